//! Acting on pull requests: opening the menu, and what a yes does.

use super::sync;
use crate::{
    domain::{
        command::{self, Place},
        hub::{HubAsk, Order, Target},
        ids::{PrKey, Sha},
    },
    tui::{
        effect::{Checkout, Effect, Errand, HostCall, Program, ServiceCall},
        model::Model,
        msg::NotWritten,
        overlay::{Acting, ActivityLog, Acts, Deed, Overlay, Stock},
    },
};

/// Pull requests that may be acted on at once: each costs GitHub a question before, and a second at least.
const MOST: usize = 50;

/// Opens the menu for the marked pull requests, else for the selected one, and asks GitHub what may be done.
pub(super) fn open(model: &mut Model) -> Vec<Effect> {
    if model.link.loaded && model.is_empty() {
        // There is nothing to act on; what the key meant before the menu is all that can be meant.
        return sync::open(model);
    }
    open_for(model, model.chosen())
}

/// Opens it for these.
pub(super) fn open_for(model: &mut Model, keys: Vec<PrKey>) -> Vec<Effect> {
    if keys.is_empty() {
        model.say("No pull request is selected");
        return vec![];
    }
    if keys.len() > MOST {
        model.say(format!("{} are marked; at most {MOST} are acted on at once", keys.len()));
        return vec![];
    }
    let mut stock = Stock::default();
    for key in in_order(model, keys) {
        match model.target(key) {
            Some(target) => stock.targets.push(target),
            None => stock.headless.push(format!("{}{}", model.board.full_name(key.repo), key.number)),
        }
    }
    if stock.targets.is_empty() {
        model.say(format!("The commit of {} is not known (yet)", stock.headless.join(", ")));
        return vec![];
    }
    for target in &stock.targets {
        model.hub.forget_gate(target.key);
    }
    let effects = stock.targets.iter().map(ask).collect();
    model.overlay = Some(Overlay::Act(Box::new(Acting::new(stock))));
    effects
}

fn ask(target: &Target) -> Effect {
    Effect::Service(ServiceCall::Hub(HubAsk::Gate(target.clone())))
}

/// Rows have changed behind the open menu: GitHub is asked anew what may be done with them.
pub(super) fn follow(model: &Model, changed: &[PrKey]) -> Vec<Effect> {
    let Some(Overlay::Act(acting)) = &model.overlay else { return vec![] };
    acting.in_menu().iter().filter(|target| changed.contains(&target.key)).map(ask).collect()
}

/// In the order of the list.
fn in_order(model: &Model, mut keys: Vec<PrKey>) -> Vec<PrKey> {
    let place = |key: &PrKey| model.list.rows.iter().position(|row| row == key);
    keys.sort_by_key(|key| (place(key).unwrap_or(usize::MAX), *key));
    keys
}

/// The user has said yes.
pub(super) fn act(model: &mut Model, deed: Deed) -> Vec<Effect> {
    match deed {
        Deed::Orders(orders) => send(model, orders),
        Deed::Checkout(target) => {
            let what = format!("Check out {} {}", target.name(), target.head.short());
            let id = model.hub.begin_local(model.now, what);
            model.say(format!("Checking out {} …", target.name()));
            let checkout = Checkout {
                repository: target.repository,
                number: target.number,
                pin: target.head,
                folder: model.own.checkouts.clone(),
                hosts: model.own.git_hosts.clone(),
            };
            vec![Effect::Service(ServiceCall::Checkout(id, Box::new(checkout)))]
        }
    }
}

fn send(model: &mut Model, mut orders: Vec<Order>) -> Vec<Effect> {
    let on_marked = model.acts_on_marked();
    for order in &mut orders {
        order.asked_at = model.now;
        if on_marked {
            model.list.marked.remove(&order.target.key);
        }
    }
    model.hub.begin(&orders);
    let is_acted_on = |key: &PrKey| orders.iter().any(|order| order.target.key == *key);
    model.list.pinned = model.list.selected.filter(is_acted_on);
    match orders.as_slice() {
        [] => return vec![],
        [one] => model.say(format!("{}: {} …", one.target.name(), one.act.told())),
        all => {
            let mut acts = Acts::new(all.iter().map(|order| order.id).collect());
            if let Some(Overlay::Log(log)) = model.overlay.take() {
                acts.behind = Some(log);
            }
            model.overlay = Some(Overlay::Acts(acts));
        }
    }
    vec![Effect::Service(ServiceCall::Hub(HubAsk::Act(orders)))]
}

/// Shows what was done and told in this session.
pub(super) fn log(model: &mut Model) -> Vec<Effect> {
    model.notify.look(|_| true);
    model.overlay = Some(Overlay::Activity(ActivityLog::default()));
    vec![]
}

/// The editor opens with this text.
pub(super) fn write(text: String) -> Vec<Effect> {
    vec![Effect::Host(HostCall::Lend(Box::new(Errand::Write(text))))]
}

pub(super) fn written(model: &mut Model, written: Result<Option<String>, NotWritten>) {
    if let Err(NotWritten { why, .. }) = &written {
        tracing::warn!(%why, "the editor has failed");
    }
    if let Some(Overlay::Act(acting)) = &mut model.overlay {
        acting.written(written);
        acting.keep_draft(&mut model.hub);
    }
}

/// Runs a command of the user's own on the selected pull request.
pub(super) fn own(model: &mut Model, at: usize) -> Vec<Effect> {
    let Some(command) = model.own.commands.get(at).cloned() else { return vec![] };
    let Some(pr) = model.selected() else {
        model.say("No pull request is selected");
        return vec![];
    };
    let Some(repository) = model.board.repository(pr.key.repo) else {
        model.say("Its repository is not known (yet)");
        return vec![];
    };
    let text = |text: Option<&str>| text.unwrap_or_default().to_owned();
    let facts: command::Facts = [
        repository.full_name.clone(),
        pr.key.number.get().to_string(),
        text(pr.branch.as_deref()),
        text(pr.head.as_ref().map(Sha::as_str)),
        pr.url(repository),
        pr.title.to_string(),
    ];
    let what = format!("{} {}{}", command.name, repository.full_name, pr.key.number);
    match command.filled(&facts) {
        Err(why) => {
            model.say_error(format!("{what}: {why}"));
            vec![]
        }
        Ok(words) => {
            let id = model.hub.begin_local(model.now, what.clone());
            let program = Program { name: what.clone(), words, facts };
            vec![match command.place {
                Place::Foreground => Effect::Host(HostCall::Lend(Box::new(Errand::Own(id, program)))),
                Place::Pager => Effect::Host(HostCall::Lend(Box::new(Errand::Page(id, program)))),
                Place::Background => {
                    model.say(format!("{what} runs …"));
                    Effect::Service(ServiceCall::Background(id, Box::new(program)))
                }
            }]
        }
    }
}
