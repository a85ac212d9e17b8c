//! The columns of the rows that facts make.

use serde_json::Value;

use crate::{
    domain::{ids::PrNumber, names::names, pipeline::StageStatus},
    facts::{
        fact::{CheckConclusion, CheckStatus, ReviewState},
        rows::{CheckKey, CheckRow, HistoryItem, PipelineRunRow, PullRequestRow, RepositoryRow, ReviewRow},
    },
    store::engine::{
        columns::{columns, fields},
        tables::{checks, pipeline_runs, pull_requests, repositories, reviews},
        transaction::Cell,
    },
};

repositories!(written RepositoryRow { github_id: Big, id: Id, full_name: Text, });
pull_requests!(written PullRequestRow { id: Id, });
pipeline_runs!(written PipelineRunRow { id: Id, });
checks!(written CheckRow {});
reviews!(written ReviewRow {});

/// The key of a pull request and of its run, within the repository.
pub(super) struct PullKey {
    pub(super) pr_number: PrNumber,
}

/// The key of a review, within the repository.
pub(super) struct ReviewKey {
    pub(super) pr_number: PrNumber,
    pub(super) review_id: i64,
}

columns!(
    struct FilesColumn {
        files_changed: Json,
    }
);
columns!(
    struct GoneColumn {
        gone_at: Time,
    }
);
columns!(PullKey { pr_number: Int });
columns!(CheckKey { head_sha: Text, app: Text, suite_id: Big, name: Text });
columns!(ReviewKey { pr_number: Int, review_id: Big });

fields! {
    StageStatus as Text: |c| Ok(Self::parse(&c.text()?.unwrap_or_default())), |v| Cell::text(v.word());
    CheckStatus as Text: |c| Ok(Self::parse(&c.text()?.unwrap_or_default())), |v| Cell::text(v.word());
    ReviewState as Text: |c| Ok(Self::parse(&c.text()?.unwrap_or_default())), |v| Cell::text(v.word());
    Option<CheckConclusion> as Text:
        |c| Ok(c.text()?.as_deref().map(CheckConclusion::parse)),
        |v| Cell::maybe(v.as_ref().map(CheckConclusion::word));
    Vec<String> as Json:
        |c| Ok(c.json().as_ref().map(names).unwrap_or_default()),
        |v| Cell::json(Some(v.iter().map(String::as_str).collect()));
    // Entries that are not ours are left out.
    Vec<HistoryItem> as Json:
        |c| Ok(list(c.json()).filter_map(|item| serde_json::from_value(item).ok()).collect()),
        |v| Cell::json(Some(v.iter().filter_map(|item| serde_json::to_value(item).ok()).collect()));
}

/// The elements of a JSON array.
fn list(value: Option<Value>) -> impl Iterator<Item = Value> {
    let list = match value {
        Some(Value::Array(list)) => list,
        _ => Vec::new(),
    };
    list.into_iter()
}
