//! What a yes sends: an order for each action on each pull request.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::stock::Detail;
use crate::domain::hub::{Act, ActKind, Gate, Order, Pick, Run, RunRef, RunState, Target, Waits};

/// What is to be sent for one pull request; at least one, or why there is nothing.
pub(super) fn acts(kind: ActKind, detail: &Detail, gate: &Gate) -> Result<Vec<Act>, String> {
    let runs = |is_meant: fn(&Run) -> bool, act: fn(RunRef) -> Act| -> Vec<Act> {
        gate.runs.iter().filter(|run| is_meant(run)).map(|run| act(run.run.clone())).collect()
    };
    let words = || match detail {
        Detail::Words(text) => text.clone(),
        _ => String::new(),
    };
    let method = || match detail {
        Detail::Method(method) if gate.methods.contains(method) => Ok(*method),
        Detail::Method(method) => Err(format!("its repository does not allow {}", method.word())),
        _ => Err("no way to merge was chosen".to_owned()),
    };
    let acts = match kind {
        ActKind::RerunFailed => runs(|run| run.state == RunState::Failed, Act::RerunFailed),
        ActKind::RerunDebug => runs(|run| run.state == RunState::Failed, Act::RerunDebug),
        ActKind::RerunAll => runs(|run| !matches!(run.state, RunState::Unfinished(_)), Act::RerunAll),
        ActKind::CancelRun => runs(is_at_work, Act::CancelRun),
        ActKind::ForceCancel => runs(|run| run.is_cancelled_here && is_at_work(run), Act::ForceCancel),
        ActKind::ApproveRun => {
            runs(|run| run.state == RunState::Unfinished(Waits::Approval), Act::ApproveRun)
        }
        ActKind::Approve => vec![Act::Approve { body: words() }],
        ActKind::RequestChanges => vec![Act::RequestChanges { body: words() }],
        ActKind::Comment => vec![Act::Comment { body: words() }],
        ActKind::AskReview => {
            let new = |all: &[Pick]| -> Vec<Pick> {
                let (picked, _) = picked(detail, all, &[]);
                picked.into_iter().filter(|pick| !gate.reviewers.contains(&pick.name)).collect()
            };
            let (people, teams) = (new(&gate.people), new(&gate.teams));
            let is_empty = people.is_empty() && teams.is_empty();
            if is_empty { vec![] } else { vec![Act::AskReview { people, teams }] }
        }
        ActKind::Merge => vec![Act::Merge { method: method()? }],
        ActKind::AutoMergeOn => vec![Act::AutoMergeOn { method: method()? }],
        ActKind::AutoMergeOff => vec![Act::AutoMergeOff],
        ActKind::Enqueue => vec![Act::Enqueue],
        ActKind::Dequeue => vec![Act::Dequeue],
        ActKind::UpdateBranch => match detail {
            Detail::Update(method) => vec![Act::UpdateBranch { method: *method }],
            _ => vec![],
        },
        ActKind::Ready => vec![Act::Ready],
        ActKind::Draft => vec![Act::Draft],
        ActKind::Close => vec![Act::Close],
        ActKind::Reopen => vec![Act::Reopen],
        ActKind::Labels => {
            let (add, remove) = picked(detail, &gate.labels, &gate.labelled);
            one_write_each(add, remove, |add, remove| Act::Labels { add, remove })
        }
        ActKind::Assign => {
            let (add, remove) = picked(detail, &gate.people, &gate.assigned);
            one_write_each(add, remove, |add, remove| Act::Assign { add, remove })
        }
    };
    if acts.is_empty() { Err("there is nothing to change".to_owned()) } else { Ok(acts) }
}

fn is_at_work(run: &Run) -> bool {
    matches!(run.state, RunState::Unfinished(Waits::Queued | Waits::Running))
}

/// What has to be added, and what to be removed, by their names; `all` may be picked, `on` is there.
fn picked(detail: &Detail, all: &[Pick], on: &[Pick]) -> (Vec<Pick>, Vec<Pick>) {
    let Detail::Picks(picks) = detail else { return (vec![], vec![]) };
    let find = |list: &[Pick], name: &str| list.iter().find(|pick| pick.name == name).cloned();
    let wanted =
        |is_on: bool| picks.iter().filter(move |(_, on)| *on == is_on).map(|(name, _)| name.as_str());
    let add = wanted(true).filter(|name| find(on, name).is_none()).filter_map(|name| find(all, name));
    let remove = wanted(false).filter_map(|name| find(on, name));
    (add.collect(), remove.collect())
}

fn one_write_each(add: Vec<Pick>, remove: Vec<Pick>, act: fn(Vec<Pick>, Vec<Pick>) -> Act) -> Vec<Act> {
    let mut acts = Vec::new();
    if !add.is_empty() {
        acts.push(act(add, vec![]));
    }
    if !remove.is_empty() {
        acts.push(act(vec![], remove));
    }
    acts
}

/// One order for each action. Nothing in it is looked up again later.
pub(super) fn orders(
    target: &Target,
    gate: &Gate,
    acts: Vec<Act>,
    first: u64,
    now: DateTime<Utc>,
) -> Vec<Order> {
    let order = |(n, act): (u64, Act)| {
        let stamp = format!("{} {} {n}", target.name(), now.timestamp_micros());
        let id = Uuid::new_v5(&Uuid::NAMESPACE_URL, stamp.as_bytes());
        Order::new(id, target.clone(), gate, act, now)
    };
    (first..).zip(acts).filter_map(order).collect()
}
