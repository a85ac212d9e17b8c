//! Asking for new insights, taking that back, and what is heard of it.

use super::super::{
    effect::Effect,
    model::{Model, Overlay, Standing, is_overtaken},
};
use crate::domain::{
    ids::PrKey,
    insight::LocalInsight,
    request::{Asked, Request, RequestState},
};

/// So many are asked for without a question.
const FEW: usize = 5;

/// `1 insight`, `3 insights`.
pub(super) fn counted(n: usize, what: &str) -> String {
    format!("{n} {what}{}", if n == 1 { "" } else { "s" })
}

/// The marked pull requests, else the selected one.
fn chosen(model: &Model) -> Vec<PrKey> {
    if model.list.marked.is_empty() {
        model.selected().map(|pr| pr.key).into_iter().collect()
    } else {
        model.list.marked.iter().copied().collect()
    }
}

fn is_queued(model: &Model, key: PrKey) -> bool {
    match model.standing(key) {
        Some(Standing::Asked) => true,
        Some(Standing::Of(request)) => request.state == RequestState::Queued,
        None => false,
    }
}

/// Nothing can be asked for now, and that was said.
fn is_cut_off(model: &mut Model) -> bool {
    let cut_off = model.link.outage.is_some() || model.link.source.is_none();
    if cut_off {
        model.say("The database does not answer: nothing was asked for");
    }
    cut_off
}

pub(super) fn regenerate(model: &mut Model) -> Vec<Effect> {
    let all = chosen(model);
    if all.is_empty() {
        model.say("No pull request is selected");
        return vec![];
    }
    if is_cut_off(model) {
        return vec![];
    }
    let keys: Vec<PrKey> = all.iter().copied().filter(|key| !is_queued(model, *key)).collect();
    let marked = !model.list.marked.is_empty();
    match (keys.len(), all.len()) {
        (0, 1) => model.say("Already queued"),
        (0, n) => model.say(format!("All {n} are already queued")),
        (n, _) if n > FEW => {
            let what = format!("{n} marked pull requests");
            model.overlay = Some(Overlay::Confirm { what, keys, marked });
        }
        _ => return ask(model, &keys, marked),
    }
    vec![]
}

/// Of all that are shown: those whose insight is stale, and those without one.
pub(super) fn regenerate_stale(model: &mut Model) -> Vec<Effect> {
    if is_cut_off(model) {
        return vec![];
    }
    let (mut keys, mut without, mut open) = (Vec::new(), 0, 0);
    for pr in model.list.rows.iter().filter_map(|key| model.board.pull(*key)) {
        let insight = model.insight_of(pr);
        if insight.is_some_and(|insight| insight.is_stale(pr.head.as_ref()) != Some(true)) {
            continue;
        }
        if model.asking.is_waiting(pr.key) || model.requests.of(pr.key).is_some_and(Request::is_open) {
            open += 1;
            continue;
        }
        without += usize::from(insight.is_none());
        keys.push(pr.key);
    }
    match (keys.len(), open) {
        (0, 0) => model.say("No insight that is shown is stale or missing"),
        (0, n) => model.say(format!("All {n} that are stale or missing are already asked for")),
        (n, _) => {
            let stale = (n > without).then(|| format!("{} stale", n - without));
            let without = (without > 0).then(|| format!("{without} without an insight"));
            let kinds: Vec<String> = stale.into_iter().chain(without).collect();
            let what = format!("{}: {}", counted(n, "pull request"), kinds.join(", "));
            model.overlay = Some(Overlay::Confirm { what, keys, marked: false });
        }
    }
    vec![]
}

/// The answer was yes; what is gone or was queued meanwhile is left out.
pub(super) fn confirmed(model: &mut Model) -> Vec<Effect> {
    let Some(Overlay::Confirm { keys, marked, .. }) = model.overlay.take() else { return vec![] };
    if is_cut_off(model) {
        return vec![];
    }
    let keys: Vec<PrKey> =
        keys.into_iter().filter(|key| model.board.pull(*key).is_some() && !is_queued(model, *key)).collect();
    if keys.is_empty() {
        model.say("Already queued");
        return vec![];
    }
    ask(model, &keys, marked)
}

fn ask(model: &mut Model, keys: &[PrKey], marked: bool) -> Vec<Effect> {
    model.asking.begin(keys, &model.requests);
    if marked {
        model.list.marked.clear();
    }
    vec![Effect::Ask(keys.to_vec())]
}

/// Takes back what no worker has begun.
pub(super) fn cancel(model: &mut Model) -> Vec<Effect> {
    let is_queued =
        |key: &PrKey| model.requests.of(*key).is_some_and(|request| request.state == RequestState::Queued);
    let mut keys: Vec<PrKey> = chosen(model).into_iter().filter(is_queued).collect();
    if keys.is_empty() {
        // What was just asked for may be marked no more.
        keys = model.asking.asked_here().filter(is_queued).collect();
    }
    if keys.is_empty() {
        let runs = |key: &PrKey| model.requests.of(*key).is_some_and(Request::is_open);
        let any = chosen(model).iter().any(runs);
        model.say(if any {
            "It is being made: too late to take it back"
        } else {
            "Nothing is queued: there is nothing to take back"
        });
        return vec![];
    }
    if is_cut_off(model) {
        return vec![];
    }
    model.say(format!("Taking back {} …", counted(keys.len(), "request")));
    vec![Effect::Cancel(keys)]
}

pub(super) fn asked(model: &mut Model, result: Result<Asked, String>) {
    model.asking.answered(result.is_ok());
    match result {
        Ok(Asked::Queued { queued, joined, absent }) => {
            let mut parts = vec![format!("{} queued", counted(queued, "request"))];
            parts.extend((joined > 0).then(|| format!("{joined} {} queued already", was(joined))));
            parts.extend(
                (absent > 0).then(|| format!("{absent} {} gone", if absent == 1 { "is" } else { "are" })),
            );
            if joined + absent > 0 {
                model.say(parts.join("; "));
            }
        }
        Ok(Asked::Here(n)) => {
            model.say(format!("Making {} here: this database has no queue", counted(n, "insight")));
        }
        Ok(Asked::Local(n)) => model.say(format!(
            "Making {} here: the login may only read, nothing is stored",
            counted(n, "insight")
        )),
        Err(error) => model.say_error(format!("Nothing was asked for: {error}")),
    }
    finish(model);
}

const fn was(n: usize) -> &'static str {
    if n == 1 { "was" } else { "were" }
}

pub(super) fn cancelled(model: &mut Model, result: Result<usize, String>) {
    match result {
        Ok(0) => model.say("Nothing was queued any more"),
        Ok(n) => model.say(format!("{} taken back", counted(n, "request"))),
        Err(error) => model.say_error(format!("Nothing was taken back: {error}")),
    }
}

/// Requests that are new, or stand otherwise.
pub(super) fn told(model: &mut Model, requests: Vec<Request>) {
    model.requests.merge(requests);
    model.asking.told(&model.requests);
    finish(model);
}

/// An insight that is stored nowhere is kept, unless the board knows a later one.
pub(super) fn local(model: &mut Model, key: PrKey, local: Box<LocalInsight>) {
    let Some(pr) = model.board.pull(key) else { return };
    if !is_overtaken(pr, &local) {
        model.asking.keep(key, local);
    }
    finish(model);
}

/// Pull requests have changed, and these are gone.
pub(super) fn board_changed(model: &mut Model, gone: &[PrKey]) {
    model.asking.forget_overtaken(&model.board);
    if !gone.is_empty() {
        model.asking.gone(gone);
        finish(model);
    }
}

pub(super) fn polled(model: &mut Model) {
    model.asking.polled();
    finish(model);
}

/// Once all that were asked for here have ended, says how that went.
fn finish(model: &mut Model) {
    let Some(progress) = model.asking.finish(&model.requests) else { return };
    let mut parts = vec![format!("{} made", counted(progress.made, "insight"))];
    parts.extend((progress.failed > 0).then(|| format!("{} failed", progress.failed)));
    parts.extend((progress.other > 0).then(|| format!("{} taken back", progress.other)));
    model.say(parts.join(", "));
}
