//! The merge queue, as GitHub tells of it.

use chrono::TimeDelta;

use super::Model;
use crate::domain::{
    hub::{QueueTold, Queued},
    pull_request::PullRequest,
    time::{ago, lasting},
};

/// Names of those that are told to be ahead.
const AHEAD: usize = 3;

impl Model {
    /// `place 2 of 5, merged in about 12m, its checks run; behind #419 of bo, #418`; or why it is not in it any more.
    pub fn queue_told(&self, pr: &PullRequest) -> Option<String> {
        match self.hub.queue(pr.key)? {
            Ok(QueueTold::In { position, state, seconds, ahead, length, .. }) => {
                let estimate = seconds.and_then(TimeDelta::try_seconds);
                let estimate = estimate.map(|time| format!(", merged in about {}", lasting(time)));
                let state = state_of(state).map(|state| format!(", {state}"));
                let ahead = behind(ahead);
                let parts = [estimate, state, ahead].into_iter().flatten().collect::<String>();
                Some(format!("place {position} of {length}{parts}"))
            }
            Ok(QueueTold::Out { at, by, reason, failing }) if pr.state.is_open() => {
                let by = by.as_ref().map(|by| format!(" by {by}")).unwrap_or_default();
                let why = reason.as_ref().map(|why| format!(": {}", why.replace('_', " ").to_lowercase()));
                let failing = (!failing.is_empty()).then(|| format!("; failing: {}", failing.join(", ")));
                let parts = [why, failing].into_iter().flatten().collect::<String>();
                Some(format!("it left{by} {}{parts}", ago(self.minute, *at)))
            }
            Err(why) if pr.queue_position.is_some() => Some(format!("GitHub tells nothing of it: {why}")),
            Ok(QueueTold::Out { .. } | QueueTold::Never) | Err(_) => None,
        }
    }
}

/// GitHub's word in ours; unknown ones as they are.
fn state_of(word: &str) -> Option<String> {
    match word {
        "QUEUED" => None,
        "AWAITING_CHECKS" => Some("its checks run".to_owned()),
        "MERGEABLE" => Some("ready to be merged".to_owned()),
        "UNMERGEABLE" => Some("it cannot be merged".to_owned()),
        "LOCKED" => Some("being merged".to_owned()),
        other => Some(other.replace('_', " ").to_lowercase()),
    }
}

/// `; behind #419 of bo, #418 and 2 more`.
fn behind(ahead: &[Queued]) -> Option<String> {
    let name = |one: &Queued| {
        let by = one.author.as_ref().map(|author| format!(" of {author}")).unwrap_or_default();
        format!("#{}{by}", one.number)
    };
    // The one right before it first.
    let names: Vec<String> = ahead.iter().rev().take(AHEAD).map(name).collect();
    let more = ahead.len().saturating_sub(AHEAD);
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    (!names.is_empty()).then(|| format!("; behind {}{more}", names.join(", ")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn those_ahead_are_named_the_nearest_first() {
        let one = |number, author: Option<&str>| Queued {
            number,
            title: "a title".to_owned(),
            author: author.map(str::to_owned),
        };
        assert_eq!(behind(&[]), None);
        let ahead = [one(1, None), one(2, Some("bo")), one(3, None), one(4, Some("cy"))];
        assert_eq!(behind(&ahead).unwrap(), "; behind #4 of cy, #3, #2 of bo and 1 more");
        assert_eq!(state_of("SOMETHING_NEW").unwrap(), "something new");
    }
}
