//! Asking for new insights, and taking requests back.

use crate::{
    domain::{
        ids::PrKey,
        request::{Request, RequestState},
        text::counted,
    },
    tui::{
        effect::{Effect, ServiceCall},
        model::{Model, Standing},
        overlay::{Confirm, Overlay, Wanted},
    },
};

/// Most insights that are asked for without a question.
const FEW: usize = 5;
const NOT_ASKED: &str = "nothing was asked for";

/// Whether it is asked for and no worker is known to have begun.
fn is_queued(model: &Model, key: PrKey) -> bool {
    match model.standing(key) {
        Some(Standing::Asked) => true,
        Some(Standing::Of(request)) => request.state == RequestState::Queued,
        None => false,
    }
}

/// Whether the database cannot be asked now; says so.
fn is_cut_off(model: &mut Model, so: &str) -> bool {
    let cut_off = model.link.outage.is_some() || model.link.source.is_none();
    if cut_off {
        model.say(format!("The database does not answer: {so}"));
    }
    cut_off
}

pub(super) fn regenerate(model: &mut Model) -> Vec<Effect> {
    let all = model.chosen();
    if all.is_empty() {
        model.say("No pull request is selected");
        return vec![];
    }
    if is_cut_off(model, NOT_ASKED) {
        return vec![];
    }
    let keys: Vec<PrKey> = all.iter().copied().filter(|key| !is_queued(model, *key)).collect();
    let marked = model.acts_on_marked();
    let is_joined = |key: &PrKey| !keys.contains(key) && !model.asking.is_waiting(*key);
    let joined = all.iter().copied().filter(is_joined).collect();
    match (keys.len(), all.len()) {
        (0, 1) => model.say("Already queued"),
        (0, n) => model.say(format!("All {n} are already queued")),
        (n, _) if n > FEW => {
            let what = format!("{n} marked pull requests");
            model.overlay = Some(Overlay::Confirm(Confirm::ask(what, Wanted { keys, joined, marked })));
            return vec![];
        }
        _ => return [begin(model, keys, marked), join(joined)].concat(),
    }
    join(joined)
}

/// What somebody else asked for may be left undone: then it is done here.
fn join(keys: Vec<PrKey>) -> Vec<Effect> {
    if keys.is_empty() { vec![] } else { vec![Effect::Service(ServiceCall::Join(keys))] }
}

/// Asks for all shown pull requests whose insight is stale or missing.
pub(super) fn regenerate_stale(model: &mut Model) -> Vec<Effect> {
    if is_cut_off(model, NOT_ASKED) {
        return vec![];
    }
    let (mut keys, mut without, mut open) = (Vec::new(), 0, Vec::new());
    for pr in model.list.rows.iter().filter_map(|key| model.board.pull(*key)) {
        let insight = model.insight_of(pr);
        if insight.is_some_and(|insight| insight.is_stale(pr.head.as_ref()) != Some(true)) {
            continue;
        }
        if model.asking.is_waiting(pr.key) || model.requests.of(pr.key).is_some_and(Request::is_open) {
            open.push(pr.key);
            continue;
        }
        without += usize::from(insight.is_none());
        keys.push(pr.key);
    }
    match (keys.len(), open.len()) {
        (0, 0) => model.say("No insight that is shown is stale or missing"),
        (0, n) => model.say(format!("All {n} that are stale or missing are already asked for")),
        (n, _) => {
            let pulls = counted(n, "pull request");
            let what = match n - without {
                0 => format!("{pulls} without an insight"),
                stale if stale == n => format!("{pulls} with a stale insight"),
                stale => format!("{pulls}: {stale} stale, {without} without an insight"),
            };
            let wanted = Wanted { keys, joined: open, marked: false };
            model.overlay = Some(Overlay::Confirm(Confirm::ask(what, wanted)));
            return vec![];
        }
    }
    join(open)
}

/// Asks for insights after a yes; pull requests that are gone or were queued meanwhile are left out.
pub(in crate::tui::update) fn ask(model: &mut Model, wanted: Wanted) -> Vec<Effect> {
    if is_cut_off(model, NOT_ASKED) {
        return vec![];
    }
    let Wanted { mut keys, joined, marked } = wanted;
    keys.retain(|key| model.board.pull(*key).is_some());
    if keys.is_empty() {
        model.say("None of them is there any more");
        return join(joined);
    }
    keys.retain(|key| !is_queued(model, *key));
    if keys.is_empty() {
        model.say("Already queued");
        return join(joined);
    }
    [begin(model, keys, marked), join(joined)].concat()
}

fn begin(model: &mut Model, keys: Vec<PrKey>, marked: bool) -> Vec<Effect> {
    model.asking.begin(&keys, &model.requests);
    model.seen.ask(&model.board, &keys);
    if marked {
        model.list.marked.clear();
    }
    vec![Effect::Service(ServiceCall::Ask(keys))]
}

/// Takes back queued requests: those that no worker has begun.
pub(super) fn cancel(model: &mut Model) -> Vec<Effect> {
    // Wishes are granted in their order: a request that the feed has not shown yet is there when this one's turn comes.
    let is_open = |key: &PrKey| is_queued(model, *key);
    let mut keys: Vec<PrKey> = model.chosen().into_iter().filter(is_open).collect();
    if keys.is_empty() {
        // Asking clears the marks: fall back to the requests made here.
        keys = model.asking.asked_here().filter(is_open).collect();
    }
    if keys.is_empty() {
        let runs = |key: &PrKey| model.requests.of(*key).is_some_and(Request::is_open);
        let any = model.chosen().iter().any(runs);
        model.say(if any {
            "It is being made: too late to take it back"
        } else {
            "Nothing is queued: there is nothing to take back"
        });
        return vec![];
    }
    if is_cut_off(model, "nothing was taken back") {
        return vec![];
    }
    model.say(format!("Taking back {} …", counted(keys.len(), "request")));
    vec![Effect::Service(ServiceCall::Cancel(keys))]
}
