//! What was said of the demo's pull requests before it began: the model's own words over the files of each head, in
//! time. Some heads were overlooked, so that some insights are stale.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};

use crate::{
    domain::ids::{PrKey, PrNumber, Sha},
    facts::{
        fact::{Fact, FilesSeen, PullRequestSeen, What},
        reduce::new_repo_id,
    },
    insight::{
        change::{Change, Listing, Totals},
        make::Made,
        risk::assess,
        words::words,
    },
    store::insights::insert::DatedInsight,
};

/// How long after a push its insight was made.
const AFTER: TimeDelta = TimeDelta::seconds(40);
/// Heads younger than this have none yet.
const FRESH: TimeDelta = TimeDelta::minutes(3);
/// Of the heads after the first, one of so many was overlooked.
const OVERLOOKED: i32 = 3;

/// Which heads of the team somebody asked an insight for.
#[derive(Debug, Default)]
pub(super) struct Watch {
    pulls: BTreeMap<PrKey, PullRequestSeen>,
    heads: BTreeMap<PrKey, i32>,
}

/// A change as it was at one of its heads.
#[derive(Clone, Debug, PartialEq)]
struct Head {
    key: PrKey,
    at: DateTime<Utc>,
    change: Change,
}

impl Watch {
    /// The insights of the team's history, oldest first; those of heads that were pushed just now are still to come.
    pub(super) fn past(&mut self, facts: &[Fact], now: DateTime<Utc>) -> Vec<DatedInsight> {
        let heads: Vec<Head> = facts.iter().filter_map(|fact| self.take(fact)).collect();
        heads.into_iter().filter(|head| now - head.at > FRESH).filter_map(Head::insight).collect()
    }

    /// The pull requests of which an insight is to be asked for, after what happened just now.
    pub(super) fn asked(&mut self, facts: &[Fact]) -> Vec<PrKey> {
        facts.iter().filter_map(|fact| self.take(fact)).map(|head| head.key).collect()
    }

    /// The head that a fact tells of, unless it was overlooked.
    fn take(&mut self, fact: &Fact) -> Option<Head> {
        let repo = new_repo_id(fact.repository.github_id);
        match &fact.what {
            What::PullRequest(seen) => {
                self.pulls.insert(PrKey::new(repo, PrNumber::new(seen.number)), (**seen).clone());
                None
            }
            What::Files(seen) => {
                let key = PrKey::new(repo, PrNumber::new(seen.number));
                let nth = self.heads.entry(key).or_insert(-1);
                *nth += 1;
                let overlooked = *nth > 0 && (seen.number + *nth) % OVERLOOKED == 0;
                let pull = self.pulls.get(&key).filter(|_| !overlooked)?;
                Some(Head { key, at: fact.at, change: change(pull, seen) })
            }
            What::Repository(_)
            | What::Mergeability(_)
            | What::RepositoryGone
            | What::Gone(_)
            | What::Check(_)
            | What::AllChecks(_)
            | What::Review(_)
            | What::ReviewDismissed(_)
            | What::MergeQueue(_) => None,
        }
    }
}

impl Head {
    /// Nothing, of files that nothing can be said of.
    fn insight(self) -> Option<DatedInsight> {
        let assessment = assess(&self.change);
        let words = words(&self.change, &assessment);
        let sha = self.change.head.as_deref().and_then(Sha::parse);
        let insight = Made::of(sha, assessment, words).ok()?.row(None);
        Some(DatedInsight { key: self.key, at: self.at + AFTER, insight })
    }
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

    use crate::{demo::Simulation, facts::fact::PullState};

    #[test]
    fn the_team_has_all_levels_and_rules_and_some_stale_or_missing_ones() {
        let now = DateTime::from_timestamp(1_790_000_000, 0).unwrap();
        let facts = Simulation::new(6, now).history();
        let past = Watch::default().past(&facts, now);
        let (mut levels, mut rules) = (BTreeSet::new(), BTreeSet::new());
        for said in &past {
            levels.insert(said.insight.risk_level.clone());
            let attention = said.insight.details["attention"].as_array().unwrap();
            rules.extend(attention.iter().map(|entry| entry["rule"].to_string()));
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
        let newest: BTreeMap<PrKey, Option<Sha>> =
            past.iter().map(|said| (said.key, said.insight.sha.clone())).collect();
        let stale =
            heads.iter().filter(|(key, head)| newest.get(key).is_some_and(|sha| *sha != Sha::parse(head)));
        assert!(stale.count() >= 3);
        assert!(heads.keys().any(|key| !newest.contains_key(key)));
    }
}
