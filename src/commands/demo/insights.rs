//! What was said of the demo's pull requests before it began: the model's own words over the files of each head, in
//! time. Some heads were overlooked, so that some insights are stale.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};

use crate::{
    domain::ids::{PrKey, PrNumber},
    github::{
        facts::{Fact, FilesSeen, PullRequestSeen, What},
        reduce::new_repo_id,
    },
    insight::change::{Change, Listing, Totals},
};

/// How long after a push its insight was made.
const AFTER: TimeDelta = TimeDelta::seconds(40);
/// Heads younger than this have none yet.
const FRESH: TimeDelta = TimeDelta::minutes(3);
/// Of the heads after the first, one of so many was overlooked.
const OVERLOOKED: i32 = 3;

/// A change as it was at one of its heads, and when an insight was made of it.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Past {
    pub key: PrKey,
    pub at: DateTime<Utc>,
    pub change: Change,
}

/// The heads of which insights were made, oldest first.
pub(super) fn past(facts: &[Fact], now: DateTime<Utc>) -> Vec<Past> {
    let mut pulls: BTreeMap<PrKey, &PullRequestSeen> = BTreeMap::new();
    let mut heads: BTreeMap<PrKey, i32> = BTreeMap::new();
    let mut said = Vec::new();
    for fact in facts {
        let repo = new_repo_id(fact.repository.github_id);
        match &fact.what {
            What::PullRequest(seen) => {
                pulls.insert(PrKey::new(repo, PrNumber::new(seen.number)), seen);
            }
            What::Files(seen) => {
                let key = PrKey::new(repo, PrNumber::new(seen.number));
                let nth = heads.entry(key).or_insert(-1);
                *nth += 1;
                let overlooked = *nth > 0 && (seen.number + *nth) % OVERLOOKED == 0;
                if let Some(pull) = pulls.get(&key)
                    && !overlooked
                    && now - fact.at > FRESH
                {
                    said.push(Past { key, at: fact.at + AFTER, change: change(pull, seen) });
                }
            }
            What::Repository(_)
            | What::Check(_)
            | What::Review(_)
            | What::ReviewDismissed(_)
            | What::MergeQueue(_) => {}
        }
    }
    said
}

fn change(pull: &PullRequestSeen, seen: &FilesSeen) -> Change {
    let count = |n: Option<i32>| n.and_then(|n| n.try_into().ok());
    Change {
        title: pull.title.clone(),
        author: pull.author.clone(),
        branch: Some(pull.head_branch.clone()),
        head: Some(seen.head_sha.clone()),
        totals: Totals {
            changed_files: count(pull.changed_files),
            additions: count(pull.additions),
            deletions: count(pull.deletions),
        },
        files: Listing::read(Some(&seen.files.to_string())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    use crate::{demo::Simulation, github::facts::PullState, insight::risk::assess};

    #[test]
    fn the_team_has_all_levels_and_rules_and_some_stale_or_missing_ones() {
        let now = DateTime::from_timestamp(1_790_000_000, 0).unwrap();
        let facts = Simulation::new(6, now).history();
        let past = past(&facts, now);
        let (mut levels, mut rules) = (BTreeSet::new(), BTreeSet::new());
        for said in &past {
            let assessment = assess(&said.change);
            levels.extend(assessment.level.as_ref().map(|level| level.word().to_owned()));
            rules.extend(assessment.found.iter().map(|found| found.rule));
        }
        assert_eq!(levels.len(), 3, "{levels:?}");
        assert!(rules.len() >= 8, "{rules:?}");

        let mut heads = BTreeMap::new();
        for fact in &facts {
            if let What::PullRequest(seen) = &fact.what
                && !matches!(seen.state, PullState::Merged { .. } | PullState::Closed { .. })
            {
                let key = PrKey::new(new_repo_id(fact.repository.github_id), PrNumber::new(seen.number));
                heads.insert(key, seen.head_sha.clone());
            }
        }
        let newest: BTreeMap<PrKey, &str> =
            past.iter().map(|said| (said.key, said.change.head.as_deref().unwrap_or_default())).collect();
        let stale = heads.iter().filter(|(key, head)| newest.get(key).is_some_and(|sha| sha != head));
        assert!(stale.count() >= 3);
        assert!(heads.keys().any(|key| !newest.contains_key(key)));
    }
}
