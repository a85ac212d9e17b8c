//! A store in memory that does just what the reducer's contract asks of one: it reads the rows of the pull requests
//! that a batch is about and the checks of their heads, reduces, and writes what differs.

use std::collections::{BTreeMap, BTreeSet};

use flowlens::{
    domain::ids::{PrNumber, RepoId},
    facts::{
        fact::Fact,
        reduce::{self, checks, repository},
        rows::{CheckKey, CheckRow, RepositoryRow, RowChange, Stored},
    },
};

/// The tables.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Memory {
    pub(crate) repositories: BTreeMap<i64, RepositoryRow>,
    /// Pull request, run and reviews; checks are apart.
    pub(crate) pulls: BTreeMap<(i64, i32), Stored>,
    pub(crate) checks: BTreeMap<(i64, CheckKey), CheckRow>,
}

impl Memory {
    /// After these facts, at once.
    pub(crate) fn of(facts: &[Fact]) -> Self {
        let mut memory = Self::default();
        memory.apply(facts);
        memory
    }

    /// Applies a batch; how many rows were written beside repositories.
    pub(crate) fn apply(&mut self, facts: &[Fact]) -> usize {
        let before = self.repositories.clone();
        repository::fold(&mut self.repositories, facts);
        repository::settle_names(&mut self.repositories);
        let names: BTreeSet<&String> = self.repositories.values().map(|row| &row.full_name).collect();
        assert_eq!(names.len(), self.repositories.len(), "full_name is unique");
        let ids: BTreeSet<i64> = facts.iter().map(|fact| fact.repository.github_id).collect();
        let gone_at = |rows: &BTreeMap<i64, RepositoryRow>, id| rows.get(&id).and_then(|row| row.gone_at);
        let turned = |id: &i64| gone_at(&before, *id) != gone_at(&self.repositories, *id);
        let ids: Vec<(i64, bool)> = ids.into_iter().map(|id| (id, turned(&id))).collect();
        ids.into_iter().map(|(id, turned)| self.apply_to(id, facts, turned)).sum()
    }

    /// To all of its pull requests, if the repository went or came back.
    fn apply_to(&mut self, id: i64, facts: &[Fact], to_all: bool) -> usize {
        let facts: Vec<Fact> = facts.iter().filter(|fact| fact.repository.github_id == id).cloned().collect();
        let repo = self.repositories[&id].id;
        let commits: BTreeSet<&str> = facts.iter().filter_map(|fact| fact.what.commit()).collect();
        let mut numbers: BTreeSet<i32> = facts.iter().filter_map(|fact| fact.what.number()).collect();
        for ((of, number), stored) in &self.pulls {
            let head = stored.pull.as_ref().and_then(|pull| pull.commit_sha.as_deref());
            if *of == id && (to_all || head.is_some_and(|head| commits.contains(head))) {
                numbers.insert(*number);
            }
        }
        let mut written = 0;
        for number in numbers {
            let before = self.load(id, repo, number, &facts, &commits);
            let after = reduce::reduce(before.clone(), &facts);
            assert!(after.run.as_ref().is_none_or(|run| run.history.len() <= reduce::HISTORY));
            for change in reduce::diff(&before, &after) {
                written += 1;
                self.write(id, repo, number, change);
            }
        }
        // Checks of commits that no pull request has (yet).
        let mut rows: BTreeMap<CheckKey, CheckRow> = self.checks_of(id, &commits);
        checks::fold_all(&mut rows, &facts);
        self.checks.extend(rows.into_iter().map(|(key, row)| ((id, key), row)));
        written
    }

    fn checks_of(&self, id: i64, commits: &BTreeSet<&str>) -> BTreeMap<CheckKey, CheckRow> {
        let rows = self.checks.iter().filter(|((of, key), _)| *of == id && commits.contains(&*key.head_sha));
        rows.map(|((_, key), row)| (key.clone(), row.clone())).collect()
    }

    fn load(&self, id: i64, repo: RepoId, number: i32, facts: &[Fact], commits: &BTreeSet<&str>) -> Stored {
        let stored = self.pulls.get(&(id, number)).cloned();
        let mut stored = stored.unwrap_or_else(|| Stored::new(repo, PrNumber::new(number)));
        stored.repository_gone_at = self.repositories[&id].gone_at;
        let head = stored.head_after(facts);
        let mut wanted = commits.clone();
        wanted.extend(head.as_deref());
        stored.checks = self.checks_of(id, &wanted);
        stored
    }

    fn write(&mut self, id: i64, repo: RepoId, number: i32, change: RowChange) {
        let empty = || Stored::new(repo, PrNumber::new(number));
        if let RowChange::Check(key, row) = change {
            self.checks.insert((id, key), *row);
            return;
        }
        let stored = self.pulls.entry((id, number)).or_insert_with(empty);
        match change {
            RowChange::Pull(row) => stored.pull = Some(*row),
            RowChange::Run(mut row) => {
                let json = serde_json::to_string(&row.history).expect("JSON");
                row.history = serde_json::from_str(&json).expect("a history");
                stored.run = Some(*row);
            }
            RowChange::Review(review, row) => {
                stored.reviews.insert(review, *row);
            }
            RowChange::Check(..) => {}
        }
    }
}
