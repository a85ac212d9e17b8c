//! Any pull request, for tests of what holds for all of them.

use std::collections::HashSet;

use chrono::{DateTime, TimeDelta, Utc};
use proptest::{collection::vec, option, prelude::*, sample::select};
use serde_json::json;
use uuid::Uuid;

use super::{
    board::Board,
    ids::{InsightId, PrKey, PrNumber, RepoId},
    insight::{Insight, Risk},
    pipeline::StoredStage,
    pull_request::{PullRequest, PullRow, RunRow},
    repository::Repository,
};

pub(super) const LOGINS: [&str; 6] = ["Ana", "bo", "bob", "ÉLIF", "renovate[bot]", "dependabot"];
pub(super) const STATES: [&str; 7] =
    ["pending", "running", "passed", "failed", "merged", "closed", "skipped"];
pub(super) const CHECKS: [&str; 3] = ["lint", "test (linux, stable)", "a=b"];

/// The head of one may be the base of another, and the other way about.
const BRANCHES: [&str; 5] = ["main", "MAIN", "domain", "a", "b"];

pub(super) fn now() -> DateTime<Utc> {
    DateTime::from_timestamp(1_790_000_000, 0).unwrap()
}

pub(super) fn pull_request() -> impl Strategy<Value = PullRequest> {
    let ago = || option::of((0..4_i64).prop_map(|days| now() - TimeDelta::days(days)));
    let row = (
        (
            option::of(select(&LOGINS[..])),
            vec(select(&LOGINS[..]), 0..3),
            (option::of(select(&BRANCHES[..])), select(&BRANCHES[..])),
        ),
        (select(vec!["open", "draft", "closed", "merged"]), select(vec!["clean", "dirty", "blocked"])),
        (option::of(1..3), vec(select(vec!["bug", "Debug"]), 0..2), ago()),
    );
    let row = row.prop_map(
        |((author, reviewers, (branch, base)), (state, mergeable), (place, labels, created))| PullRow {
            title: Some("Fix a, b".to_owned()),
            author: author.map(str::to_owned),
            branch_name: branch.map(str::to_owned),
            base_branch: Some(base.to_owned()),
            state: Some(state.to_owned()),
            mergeable_state: Some(mergeable.to_owned()),
            reviewers: Some(json!(reviewers)),
            labels: Some(json!(labels)),
            queue_position: place,
            created_at: created,
            updated_at: created,
            ..PullRow::default()
        },
    );
    let stage = (select(&STATES[..]), ago())
        .prop_map(|(word, since)| StoredStage { word: Some(word.to_owned()), since });
    let run = prop::array::uniform4(stage).prop_map(|stages| RunRow { stages, ..RunRow::default() });
    let score = select(vec![None, Some(0.0), Some(0.25), Some(1.0)]);
    let risk = option::of((option::of(select(vec![Risk::High, Risk::Medium, Risk::Low])), score));
    let failed = vec(select(&CHECKS[..]), 0..2);
    (row, run, risk, failed, 0..3_u128, 1..20_i32).prop_map(|(row, run, risk, failed, repo, number)| {
        let key = PrKey::new(RepoId::new(Uuid::from_u128(repo)), PrNumber::new(number));
        let insight = risk.map(|(risk, score)| Insight {
            files_came: false,
            id: InsightId::new(Uuid::nil()),
            sha: None,
            risk,
            score,
            summary: None,
            recommendation: None,
            created_at: Some(now()),
        });
        let mut pr = PullRequest::assemble(key, Some(row), Some(&run), insight);
        pr.failed_checks = failed.into_iter().map(Into::into).collect();
        pr
    })
}

/// Repositories 0 and 1; 2 is not known.
pub(super) fn board() -> Board {
    let mut board = Board::default();
    let named = |(n, name): (u128, &str)| Repository {
        id: RepoId::new(Uuid::from_u128(n)),
        full_name: name.into(),
        html_url: None,
    };
    board.set_repositories([(0, "acme/api"), (1, "Acme/Web")].map(named).into());
    board
}

/// Several, each key once.
pub(super) fn pull_requests() -> impl Strategy<Value = Vec<PullRequest>> {
    vec(pull_request(), 0..24).prop_map(|mut pulls| {
        let mut known = HashSet::new();
        pulls.retain(|pr| known.insert(pr.key));
        pulls
    })
}
