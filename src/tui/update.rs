//! All decisions: a message changes the model and returns effects. No I/O, no clock.

mod act;
mod board;
mod feed;
mod hub;
mod log;
mod notify;
mod overlay;
mod pull;
mod replies;
mod sync;
mod told;

use chrono::{DateTime, Utc};

use super::{
    action::{Action, KeyGroup},
    effect::{Effect, HostCall, ServiceCall},
    model::{Model, Notice},
    msg::Msg,
    overlay::{Help, Overlay, Palette, RuleLine, ShownAddress},
    screen::Screen,
    theme::Background,
};
use crate::domain::{board::Which, hub::HubNews};

/// What finds the orders and groupings in the palette.
const ORDERS: &str = "by ";

pub fn update(model: &mut Model, msg: Msg) -> Vec<Effect> {
    let before = model.current();
    if let Msg::Action(action) = msg {
        model.last_stay.act(action, before);
        // To take all for seen counts them first.
        let is_done_there = action.binding().group == KeyGroup::Act && action != Action::Seen;
        if is_done_there && model.overlay.is_none() {
            board::look(model, before);
        }
    }
    if matches!(msg, Msg::Action(_) | Msg::Edit(_) | Msg::Own(_)) {
        model.pass_notice();
    }
    // A change of the view begins a stay of its own.
    let was_stay = model.last_stay.is_stay(model.now);
    let (was_open, notice) = (model.overlay.is_some(), model.notice.clone());
    let effects = decide(model, msg);
    board::unpin(model);
    if !was_open && model.overlay.is_some() && model.notice == notice {
        // The lines are for what has opened; an error stays until it is dismissed.
        model.notice.take_if(|notice| !notice.is_error());
    }
    if model.current() != before && (model.last_stay.leave(before, model.now) || was_stay) {
        board::look(model, before);
    }
    model.count_noted();
    effects
}

fn decide(model: &mut Model, msg: Msg) -> Vec<Effect> {
    match msg {
        Msg::Tick(now) => return tick(model, now),
        Msg::Resize(width, height) => {
            model.size = (width, height);
            board::scroll(model);
            pull::resize(model);
        }
        Msg::Action(action) => {
            model.last_key = model.now;
            return press(model, action);
        }
        Msg::Edit(edit) => {
            model.last_key = model.now;
            return match (&model.overlay, model.screen) {
                (Some(_), _) => overlay::edit(model, &edit),
                (None, Screen::Board) => board::edit(model, &edit),
                (None, Screen::Pull) => {
                    pull::edit(model, &edit);
                    vec![]
                }
            };
        }
        Msg::Mouse(pointer) => {
            model.last_key = model.now;
            return match (&model.overlay, model.screen) {
                (Some(_), _) => overlay::point(model, pointer),
                (None, Screen::Board) => board::point(model, pointer),
                (None, Screen::Pull) => pull::point(model, pointer),
            };
        }
        Msg::Feed(event) => return feed::take(model, event),
        Msg::Detail(key, result) => {
            // A late answer about an older head would put its checks beside the new one.
            let head = model.board.pull(key).and_then(|pr| pr.head.as_ref());
            let of = result.as_ref().ok().and_then(|detail| detail.head.as_ref());
            if of.zip(head).is_none_or(|(of, head)| of == head) {
                pull::keep_check(model, |model| model.details.put(key, result));
                log::take_checks(model, key);
                return told::want(model);
            }
        }
        Msg::Usual(repository, times) => pull::take_usual(model, repository, times),
        Msg::Files(key, of, result) => return replies::files(model, key, of.as_ref(), result),
        Msg::Asked(result) => replies::asked(model, result),
        Msg::Cancelled(result) => replies::cancelled(model, result),
        Msg::Requests(requests) => replies::told(model, requests),
        Msg::Local(key, local) => replies::local(model, key, local),
        Msg::Worker(outage) => model.link.worker_outage = outage,
        Msg::Me(login) => return is_me(model, login),
        Msg::Background(is_light) => model.look.background = Some(Background::of(is_light)),
        Msg::Sync(news) => return sync::take(model, news),
        Msg::Hub(HubNews::Log(ask, news)) => log::take(model, &ask, news),
        Msg::Hub(news) => {
            if let HubNews::Off(why) = &news {
                log::refuse(model, why);
            }
            return hub::take(model, news);
        }
        Msg::Candidates(found) => {
            if let Some(Overlay::Add(add)) = &mut model.overlay {
                add.take(found);
            }
        }
        Msg::NotOpened(url, why) => {
            tracing::warn!(%why, "no browser");
            if model.overlay.is_some() || model.input.is_some() {
                // The next keys are meant for that.
                model.say_error("No browser could be started here: its address is sent to the clipboard");
                return vec![Effect::Host(HostCall::Copy(url))];
            }
            model.say_error("No browser could be started here");
            model.overlay = Some(Overlay::Address(ShownAddress {
                title: "Open this address".to_owned(),
                url: url.clone(),
                doubt: None,
            }));
            return vec![Effect::Host(HostCall::Copy(url))];
        }
        Msg::Exported(path, result) => replies::exported(model, &path, result),
        Msg::Own(at) => {
            model.last_key = model.now;
            return act::own(model, at);
        }
        Msg::Ended(id, end) => hub::ended(model, id, end),
        Msg::Written(written) => act::written(model, written),
        Msg::RuleKept(name, result) => board::rule_kept(model, &name, result),
        // What has nothing to say.
        Msg::Done(Ok(text)) if text.is_empty() => {}
        Msg::Done(Ok(text)) => model.tell(text),
        Msg::Done(Err(text)) => model.say_error(text),
    }
    vec![]
}

/// This database is shown again, or for the first time; `rules` stand as they stood over the one before.
pub fn come_back(model: &mut Model, rules: Vec<RuleLine>, now: DateTime<Utc>) {
    model.come_back(now);
    board::follow_rules(model, rules);
}

/// Whose dashboard this is has turned out.
fn is_me(model: &mut Model, login: String) -> Vec<Effect> {
    model.me = Some(login);
    model.count(Which::All);
    if model.link.loaded {
        notify::begin(model, |_| true);
    }
    if model.link.loaded { board::rearrange(model) } else { board::settle(model) }
}

fn tick(model: &mut Model, now: DateTime<Utc>) -> Vec<Effect> {
    model.now = now;
    let turned = model.keep_minute();
    if model.counts_seconds() {
        model.keep_second();
    }
    model.notice.take_if(|notice| notice.until().is_some_and(|until| until <= now));
    let mut effects = if turned { board::turn(model) } else { vec![] };
    if turned {
        effects.extend(notify::turn(model));
    }
    effects.extend(board::wake_due(model));
    if model.list.waiting.any() && model.is_unattended() {
        effects.extend(board::rearrange(model));
    }
    effects
}

/// Leaving and repainting come first; then a key belongs to the open overlay, else to the program, else to the screen.
fn press(model: &mut Model, action: Action) -> Vec<Effect> {
    match action {
        Action::Quit => vec![Effect::Quit],
        Action::Suspend => vec![Effect::Host(HostCall::Suspend)],
        Action::Repaint => vec![Effect::Host(HostCall::Repaint)],
        _ if model.overlay.is_some() => overlay::press(model, action),
        Action::Back if model.notice.as_ref().is_some_and(Notice::is_error) => {
            model.notice = None;
            vec![]
        }
        Action::Demo => demo(model),
        Action::Sync => sync::open(model),
        Action::Act => act::open(model),
        Action::Log => act::log(model),
        Action::JobLog => log::open_failing(model),
        Action::AbsoluteTimes => {
            model.absolute_times = !model.absolute_times;
            vec![]
        }
        Action::Mouse => {
            model.mouse = !model.mouse;
            if model.mouse {
                model.say_and_offer("Mouse on: click and wheel", Action::Mouse, "lets it go");
            } else {
                model.say("Mouse off: the terminal selects");
            }
            vec![Effect::Host(HostCall::Mouse(model.mouse))]
        }
        Action::Palette => {
            model.overlay =
                Some(Overlay::Palette(Palette::with("", model.notify.telling().cloned().collect())));
            vec![]
        }
        Action::Order => {
            model.overlay = Some(Overlay::Palette(Palette::with(ORDERS, vec![])));
            vec![]
        }
        Action::Help => {
            model.overlay = Some(Overlay::Help(Help::default()));
            vec![]
        }
        Action::Refresh => {
            model.say("Polling …");
            let mut effects = match model.screen {
                Screen::Board => look_again(model),
                Screen::Pull => pull::refresh(model),
            };
            effects.push(Effect::Service(ServiceCall::Refresh));
            effects.extend(sync::look(model));
            effects
        }
        Action::Reread => {
            model.say("Reading everything again …");
            board::rearrange(model);
            let mut effects = board::read_detail(model);
            effects.push(Effect::Service(ServiceCall::Reread));
            effects
        }
        other => match model.screen {
            Screen::Board if board::opens_pull(model, other) => pull::open(model),
            Screen::Board => board::act(model, other),
            Screen::Pull => pull::act(model, other),
        },
    }
}

/// The order that waits applies. Details are read by themselves: they may have failed where polls do not.
fn look_again(model: &mut Model) -> Vec<Effect> {
    let effects = board::rearrange(model);
    if effects.is_empty() { board::want_detail(model) } else { effects }
}

/// Starts the demo where the database is empty: nobody loses a board to a slip of the hand.
fn demo(model: &mut Model) -> Vec<Effect> {
    if model.demo {
        let who = model.me.as_ref().map(|me| format!(", and you are {me}")).unwrap_or_default();
        model.say_and_offer(format!("This is the demo{who}"), Action::Quit, "leaves it");
    } else if model.link.loaded && model.is_empty() {
        return vec![Effect::Demo];
    } else {
        model.say("The demo starts from here only while the database is empty; in a shell: flowlens demo");
    }
    vec![]
}
