//! Lives that are told twice: by deliveries, in any order, and by answers, one after the other.

use std::collections::BTreeMap;

use flowlens::facts::fact::{
    AllChecksSeen, CheckName, CheckSeen, Fact, MergeabilitySeen, PullRequestSeen, What,
};
use proptest::{collection::vec, prelude::*};

use super::{lives::slow_life, memory::Memory};

/// What answers say after these facts: the picture, whether it can be merged, the checks of the head and their list.
fn answers(facts: &[Fact]) -> Vec<Fact> {
    let picture = |fact: &Fact| match &fact.what {
        What::PullRequest(seen) if seen.number == 1 => Some((fact.clone(), (**seen).clone())),
        _ => None,
    };
    let (Some((last, pull)), Some(now)) = (facts.iter().rev().find_map(picture), facts.last()) else {
        return Vec::new();
    };
    let dated = |what| Fact { at: now.at, what, ..last.clone() };
    let mut told = vec![Fact {
        what: What::PullRequest(Box::new(PullRequestSeen { mergeable_state: None, ..pull.clone() })),
        ..last.clone()
    }];
    told.push(dated(What::Mergeability(MergeabilitySeen {
        number: 1,
        head_sha: pull.head_sha.clone(),
        updated_at: last.at,
        mergeable: None,
        merge_state: pull.mergeable_state.as_deref().map(str::to_uppercase),
    })));
    let mut checks = BTreeMap::new();
    for fact in facts {
        match &fact.what {
            What::Check(seen) if seen.head_sha == pull.head_sha => {
                let id = if seen.app == CheckSeen::STATUS { 0 } else { seen.github_id };
                let seen = CheckSeen { attempt: None, github_id: id, ..seen.clone() };
                let name = CheckName::from(&seen);
                checks.insert(name, Fact { what: What::Check(seen), ..fact.clone() });
            }
            _ => {}
        }
    }
    let whole = AllChecksSeen { head_sha: pull.head_sha, checks: checks.keys().cloned().collect() };
    told.extend(checks.into_values());
    told.push(dated(What::AllChecks(whole)));
    told
}

/// The facts of a life in some order, and answers among them in theirs.
pub(crate) fn heard() -> impl Strategy<Value = (Vec<Fact>, Vec<Fact>)> {
    let asked = |facts: Vec<Fact>| {
        let n = facts.len();
        (Just(facts.clone()), Just(facts).prop_shuffle(), vec((0..n, 0..=n), 0..6))
    };
    slow_life().prop_flat_map(asked).prop_map(|(facts, shuffled, mut asked)| {
        // What was asked for later is heard later.
        let mut places: Vec<usize> = asked.iter().map(|(_, place)| *place).collect();
        places.sort_unstable();
        asked.sort_unstable();
        let mut heard = Vec::new();
        let mut spoken = asked.iter().zip(places).peekable();
        for (n, fact) in shuffled.into_iter().map(Some).chain([None]).enumerate() {
            while let Some(((after, _), _)) = spoken.next_if(|(_, place)| *place <= n) {
                heard.extend(answers(&facts[..=*after]));
            }
            heard.extend(fact);
        }
        (facts, heard)
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn answers_among_deliveries_in_any_order_give_the_same_rows((facts, heard) in heard()) {
        let mut memory = Memory::default();
        for fact in &heard {
            memory.apply(std::slice::from_ref(fact));
        }
        prop_assert_eq!(&memory, &Memory::of(&heard));
        // The answers first, or last.
        let (spoken, delivered): (Vec<Fact>, Vec<Fact>) =
            heard.iter().cloned().partition(|fact| !facts.contains(fact));
        prop_assert_eq!(&memory, &Memory::of(&[delivered.clone(), spoken.clone()].concat()));
        let mut slowly = Memory::default();
        for fact in spoken.iter().chain(delivered.iter().rev()) {
            slowly.apply(std::slice::from_ref(fact));
        }
        prop_assert_eq!(&memory, &slowly);
        prop_assert_eq!(memory.apply(&heard), 0);
        // Answers tell nothing that the deliveries did not.
        let alone = Memory::of(&facts);
        for (key, stored) in &memory.pulls {
            let other = &alone.pulls[key];
            prop_assert_eq!((&stored.pull, &stored.reviews), (&other.pull, &other.reviews));
            let stages = |stored: &flowlens::facts::rows::Stored| {
                let run = stored.run.clone().expect("a run");
                [run.status_pr, run.status_build, run.status_approval, run.status_merge]
            };
            prop_assert_eq!(stages(stored), stages(other));
        }
        prop_assert_eq!(&memory.checks, &alone.checks);
    }
}
