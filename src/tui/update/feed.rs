//! What the feed tells, taken in without moving anything under the reader.

use super::{
    super::{effect::Effect, model::Model, order},
    follow, insights, is_unattended, keep_time, rearrange, want_detail,
};
use crate::domain::{
    board::{FeedEvent, Poll},
    ids::RepoId,
    source::Outage,
};

pub(super) fn take(model: &mut Model, event: FeedEvent) -> Vec<Effect> {
    match event {
        FeedEvent::Connecting { node } => {
            model.link.connecting = Some(node);
            vec![]
        }
        FeedEvent::Connected(source) => {
            model.link.connecting = None;
            model.link.source = Some(source);
            vec![]
        }
        FeedEvent::Repositories(list) => {
            model.board.set_repositories(list);
            model.repos.rows = model.board.repositories().iter().map(|r| r.id).collect();
            // A deleted repository cannot stay selected; one that is only not read yet can.
            if model.link.loaded
                && model.repos.selected.is_some_and(|id| model.board.repository(id).is_none())
            {
                model.repos.selected = None;
                return rearrange(model);
            }
            order::scroll_to_repository(model);
            vec![]
        }
        FeedEvent::Pulls { changed, gone } => {
            let now = model.link.loaded.then(|| model.server_now());
            let applied = model.board.apply_pulls(changed, &gone, now);
            for key in applied.updated.iter().chain(&applied.removed) {
                if Some(*key) != model.list.selected {
                    model.details.forget(*key);
                }
            }
            insights::board_changed(model, &applied.removed);
            model.list.marked.retain(|key| model.board.pull(*key).is_some());
            let mut effects = settle(model);
            if let Some(pr) = model.selected().filter(|pr| applied.updated.contains(&pr.key)) {
                effects.push(Effect::Detail(pr.key, pr.head.clone()));
            }
            effects
        }
        FeedEvent::Requests(requests) => {
            insights::told(model, requests);
            vec![]
        }
        FeedEvent::OpenCounts(counts) => {
            model.board.set_open_counts(counts);
            vec![]
        }
        FeedEvent::Loaded { limited, replaced } => loaded(model, limited, replaced),
        FeedEvent::Polled(poll) => polled(model, poll),
        FeedEvent::Failed(outage) => {
            failed(model, outage);
            vec![]
        }
    }
}

/// New content is on the board: rows already shown hold still, unless nobody is there to be disturbed.
pub(super) fn settle(model: &mut Model) -> Vec<Effect> {
    // With no row on the screen there is nothing to hold still, for all pages of this read.
    model.list.filling |= model.list.rows.is_empty();
    if !model.link.loaded || model.list.filling {
        // Pages of a first read come in any order: the cursor stays on the first row until it was moved, and a
        // selection of the last run waits for its page.
        let at = model.position();
        order::apply(model);
        if at == Some(0) {
            order::select_index(model, 0);
            order::scroll_to_selected(model);
        }
        return vec![];
    }
    if is_unattended(model) {
        return rearrange(model);
    }
    let before = model.list.selected;
    order::compare(model);
    if model.list.rows.is_empty() {
        // All of them went, and what came instead is on the board.
        order::apply(model);
    }
    follow(model, before)
}

fn loaded(model: &mut Model, limited: bool, replaced: bool) -> Vec<Effect> {
    model.board.set_limited(limited);
    if model.link.loaded {
        return if replaced { rearrange(model) } else { vec![] };
    }
    model.link.loaded = true;
    if model.repos.selected.is_some_and(|id: RepoId| model.board.repository(id).is_none()) {
        model.repos.selected = None;
    }
    order::apply(model);
    order::scroll_to_repository(model);
    want_detail(model)
}

fn polled(model: &mut Model, poll: Poll) -> Vec<Effect> {
    let recovered = model.link.outage.take().is_some();
    model.link.poll = Some(poll);
    keep_time(model);
    insights::polled(model);
    if poll.asked {
        let at = poll.at.with_timezone(&chrono::Local).format("%H:%M:%S");
        model.say(match poll.changed {
            0 => format!("Checked {at}, nothing new"),
            1 => format!("Checked {at}, 1 pull request changed"),
            n => format!("Checked {at}, {n} pull requests changed"),
        });
    } else if recovered {
        model.say("The database answers again");
    }
    let filled = std::mem::take(&mut model.list.filling) && model.list.selected.is_some();
    // Details that failed with it are asked for again.
    if recovered || filled { want_detail(model) } else { vec![] }
}

fn failed(model: &mut Model, outage: Outage) {
    model.link.connecting = None;
    model.link.outage = Some(outage);
}
