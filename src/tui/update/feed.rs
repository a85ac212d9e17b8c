//! The feed's events, taken in without moving anything under the reader.

use super::{
    super::{
        effect::{Effect, ServiceCall},
        model::Model,
    },
    act, board, notify, pull, replies, sync, told,
};
use crate::domain::{
    board::{FeedEvent, Poll, Which},
    ids::RepoId,
    source::Outage,
    text::counted,
};

/// Columns from which the answer to a key tells the time and how old GitHub's word is.
const ROOM_FOR_BOTH: u16 = 76;

pub(super) fn take(model: &mut Model, event: FeedEvent) -> Vec<Effect> {
    match event {
        FeedEvent::Connecting { .. } => {
            model.link.connecting = true;
            vec![]
        }
        FeedEvent::Connected(source) => {
            model.link.connecting = false;
            model.link.source = Some(source);
            vec![]
        }
        FeedEvent::Repositories(list) => {
            model.board.set_repositories(list);
            model.count(Which::All);
            model.repos.set(&model.board);
            // A deleted repository cannot stay selected; a repository that is not read yet can.
            if model.link.loaded
                && model.repos.selected.is_some_and(|id| model.board.repository(id).is_none())
            {
                model.repos.selected = None;
                return board::rearrange(model);
            }
            board::scroll(model);
            // A filter may name a repository that has another name now.
            if model.link.loaded { board::settle(model) } else { vec![] }
        }
        FeedEvent::Pulls { changed, gone } => {
            let now = model.link.loaded.then(|| model.server_now());
            if let Some(found) = &mut model.found {
                found.extend(changed.iter().map(|pr| pr.key));
            }
            let applied = model.board.apply_pulls(changed, &gone, now);
            for key in applied.updated.iter().chain(&applied.removed) {
                if Some(*key) != model.current() {
                    model.details.forget(*key);
                }
            }
            replies::board_changed(model, &applied.removed);
            let board = &model.board;
            model.hub.settle(model.now, |key| board.pull(key).and_then(|pr| pr.updated_at));
            let is_first_read = board::note(model, &applied);
            model.count_changed(&applied);
            model.repos.measure(model.board.total());
            model.list.marked.retain(|key| model.board.pull(*key).is_some());
            let told = notify::changed(model, &applied);
            let mut effects = if is_first_read { board::take_in(model) } else { board::settle(model) };
            effects.extend(told);
            effects.extend(act::follow(model, &applied.updated));
            if let Some(pr) = model.selected().filter(|pr| applied.updated.contains(&pr.key)) {
                effects.push(Effect::Service(ServiceCall::Detail(pr.key, pr.head.clone())));
            }
            effects
        }
        FeedEvent::Requests(requests) => {
            replies::told(model, requests);
            vec![]
        }
        FeedEvent::OpenCounts(counts) => {
            model.board.set_open_counts(counts);
            model.repos.measure(model.board.total());
            board::scroll(model);
            vec![]
        }
        FeedEvent::LeftOut(count) => {
            model.board.set_left_out(count);
            if count > 0 {
                let rows = counted(count, "row");
                model.say(format!("{rows} of pull_requests left out: the number is beyond 32 bits"));
            }
            vec![]
        }
        FeedEvent::Loaded { limited, replaced } => loaded(model, limited, replaced),
        FeedEvent::Polled(poll) => polled(model, poll),
        FeedEvent::Resting(resting) => {
            model.link.resting = resting;
            vec![]
        }
        FeedEvent::Ingest(ingest) => {
            model.link.ingest = ingest;
            vec![]
        }
        FeedEvent::Synced(synced) => {
            model.link.synced = synced;
            vec![]
        }
        FeedEvent::Failed(outage) => {
            failed(model, outage);
            vec![]
        }
    }
}

fn loaded(model: &mut Model, limited: bool, replaced: bool) -> Vec<Effect> {
    model.board.set_limited(limited);
    if let Some(found) = model.found.take() {
        let gone = model.board.pulls().map(|pr| pr.key).filter(|key| !found.contains(key)).collect();
        let mut effects = take(model, FeedEvent::Pulls { changed: vec![], gone });
        // What was being read when the reader left was given up.
        effects.extend(board::want_detail(model));
        return effects;
    }
    if model.link.loaded {
        return if replaced { board::rearrange(model) } else { vec![] };
    }
    model.link.loaded = true;
    if model.repos.selected.is_some_and(|id: RepoId| model.board.repository(id).is_none()) {
        model.repos.selected = None;
    }
    let effects = board::first_read(model);
    notify::begin(model, |_| true);
    effects
}

fn polled(model: &mut Model, poll: Poll) -> Vec<Effect> {
    let recovered = model.link.outage.take().is_some();
    let is_first = model.link.poll.replace(poll).is_none();
    if model.link.loaded {
        model.seen.begin(poll.server_now);
    }
    let mut effects = Vec::new();
    if model.keep_minute() {
        effects.extend(board::turn(model));
        // The clock of this machine was not the server's.
        effects.extend(if is_first { vec![] } else { notify::turn(model) });
    }
    if is_first {
        notify::begin(model, |_| true);
    }
    replies::polled(model);
    effects.extend(pull::polled(model));
    effects.extend(told::want(model));
    if poll.asked {
        let words = checked(model, poll);
        model.say(words);
    } else if recovered {
        model.tell("The database answers again");
    }
    let filled = end_filling(model) && model.list.selected.is_some();
    // The outage may have cost the details, too.
    if (recovered || filled) && effects.is_empty() {
        effects = board::want_detail(model);
    }
    effects
}

/// What a poll that was asked for has found, and how old GitHub's word is where only the database was asked.
fn checked(model: &Model, poll: Poll) -> String {
    let at = poll.at.with_timezone(&chrono::Local).format("%H:%M:%S");
    let news = match poll.changed {
        0 => "nothing new".to_owned(),
        n => format!("{} changed", counted(n, "pull request")),
    };
    if let Some(why) = model.github_trouble() {
        return format!("Checked {at}, {news}; but {why}");
    }
    match model.github_read().filter(|_| !sync::asks(model)) {
        Some(ago) if model.size.0 < ROOM_FOR_BOTH => format!("Database: {news}; GitHub read {ago}"),
        Some(ago) => format!("Checked {at}, {news} in the database; GitHub last read {ago}"),
        None => format!("Checked {at}, {news}"),
    }
}

fn failed(model: &mut Model, outage: Outage) {
    model.link.connecting = false;
    model.link.outage = Some(outage);
    // The rest of the pages comes with another poll, and the reader may be in those that came.
    end_filling(model);
}

/// Shows the last pages that came into an empty list; false: none came.
fn end_filling(model: &mut Model) -> bool {
    let was_filling = std::mem::take(&mut model.list.filling);
    if was_filling {
        board::fill(model);
    }
    was_filling
}
