//! What GitHub alone tells of the pull request that is shown: which checks are required, and the merge queue. It is asked
//! only where there is a token, and nothing waits for it.

use chrono::TimeDelta;

use crate::{
    domain::{
        hub::{HubAsk, QueueTold},
        ids::PrKey,
    },
    tui::{
        effect::{Effect, ServiceCall},
        model::{Model, PullTab},
    },
};

/// So often the merge queue is asked about while the pull request is in it, and what was not answered is asked again.
const AGAIN: TimeDelta = TimeDelta::seconds(30);

/// Asks for what is not known yet, or by now may be otherwise.
pub(super) fn want(model: &mut Model) -> Vec<Effect> {
    if model.hub.off.is_some() || !model.may_ask_github() {
        return vec![];
    }
    let Some(key) = model.current() else { return vec![] };
    let asks = [checks(model, key), queue(model, key)];
    model.pull.asked_silently |= asks.iter().any(Option::is_some);
    asks.into_iter().flatten().map(|ask| Effect::Service(ServiceCall::Hub(ask))).collect()
}

/// Once for each head, while its checks are on the screen; again where no answer came.
fn checks(model: &mut Model, key: PrKey) -> Option<HubAsk> {
    let target = model.target(key).filter(|_| model.pull_tab() == Some(PullTab::Checks))?;
    let is_answered = matches!(model.hub.checks(key), Some(Ok(_)));
    let is_asked = model.pull.asked_checks.as_ref().is_some_and(|(of, head, at)| {
        (*of, head) == (key, &target.head) && (is_answered || model.now - *at < AGAIN)
    });
    if is_asked {
        return None;
    }
    model.pull.asked_checks = Some((key, target.head.clone(), model.now));
    Some(HubAsk::Checks(target))
}

/// Again and again while it is in the queue; once why it is not any more.
fn queue(model: &mut Model, key: PrKey) -> Option<HubAsk> {
    let pr = model.board.pull(key)?;
    let is_in = pr.queue_position.is_some();
    let history = model.detail().map(|detail| detail.history.as_slice()).unwrap_or_default();
    let last = history.iter().find(|entry| entry.field == "queue");
    let is_known = matches!(model.hub.queue(key), Some(Ok(QueueTold::Out { .. } | QueueTold::Never)));
    let has_left = pr.state.is_open() && !is_known && last.is_some_and(|entry| entry.value == "left");
    let is_due = model.pull.asked_queue.is_none_or(|(of, at)| of != key || model.now - at >= AGAIN);
    let target = model.target(key).filter(|_| (is_in || has_left) && is_due)?;
    model.pull.asked_queue = Some((key, model.now));
    Some(HubAsk::Queue(target))
}
