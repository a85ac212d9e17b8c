//! CSV after RFC 4180, with plain line feeds. The columns are those of the JSON contract, laid flat.

use std::io::{self, Write};

use chrono::{DateTime, SecondsFormat, Utc};

use super::{Report, json};

const HEADER: [&str; 26] = [
    "repository",
    "number",
    "title",
    "author",
    "branch",
    "head_sha",
    "state",
    "pr",
    "pr_since",
    "build",
    "build_since",
    "approval",
    "approval_since",
    "merge",
    "merge_since",
    "risk",
    "score",
    "summary",
    "recommendation",
    "stale",
    "next_verb",
    "next_owner",
    "next_since",
    "url",
    "created_at",
    "updated_at",
];

pub(super) fn write(report: &Report<'_>, out: &mut impl Write) -> io::Result<()> {
    writeln!(out, "{}", HEADER.join(","))?;
    for pr in report.pulls() {
        writeln!(out, "{}", row(&json::PullRequest::new(report, pr)).join(","))?;
    }
    Ok(())
}

/// One line's cells. What comes from elsewhere goes through [`text`]; numbers, times and words of our own can
/// do no harm and stay bare.
fn row(pr: &json::PullRequest<'_>) -> [String; HEADER.len()] {
    let json::Stages { pr: opened, build, approval, merge } = &pr.stages;
    let (insight, next) = (pr.insight.as_ref(), pr.next_action.as_ref());
    [
        text(pr.repository),
        pr.number.to_string(),
        text(Some(pr.title)),
        text(pr.author),
        text(pr.branch),
        text(pr.head_sha),
        pr.state.to_owned(),
        stage(opened),
        time(opened.since),
        stage(build),
        time(build.since),
        stage(approval),
        time(approval.since),
        stage(merge),
        time(merge.since),
        text(insight.and_then(|i| i.risk)),
        insight.and_then(|i| i.score).map(|score| score.to_string()).unwrap_or_default(),
        text(insight.and_then(|i| i.summary)),
        text(insight.and_then(|i| i.recommendation)),
        insight.and_then(|i| i.stale).map(|stale| stale.to_string()).unwrap_or_default(),
        next.map(|n| n.verb.to_owned()).unwrap_or_default(),
        text(next.map(|n| n.owner.as_str())),
        time(next.and_then(|n| n.since)),
        text(pr.url.as_deref()),
        time(pr.created_at),
        time(pr.updated_at),
    ]
}

/// A stage's word: the foreign one itself where there is no better.
fn stage(stage: &json::StageState<'_>) -> String {
    match (stage.status, stage.raw) {
        ("other", Some(raw)) => text(Some(raw)),
        (status, _) => status.to_owned(),
    }
}

fn time(at: Option<DateTime<Utc>>) -> String {
    at.map(|at| at.to_rfc3339_opts(SecondsFormat::AutoSi, true)).unwrap_or_default()
}

/// A cell of somebody else's words. Spreadsheets run cells that begin like a formula: those get a leading
/// apostrophe, which makes them text, and quotes.
fn text(cell: Option<&str>) -> String {
    let cell = cell.unwrap_or_default();
    let formula = cell.starts_with(['=', '+', '-', '@', '\t', '\r']);
    if !formula && !cell.contains([',', '"', '\n', '\r']) {
        return cell.to_owned();
    }
    format!("\"{}{}\"", if formula { "'" } else { "" }, cell.replace('"', "\"\""))
}

#[cfg(test)]
mod tests {
    use super::text;

    #[test]
    fn formulas_become_text_and_quotes_are_doubled() {
        for (cell, written) in [
            ("", ""),
            ("plain words", "plain words"),
            ("a, b", "\"a, b\""),
            ("say \"hi\"", "\"say \"\"hi\"\"\""),
            ("=1+1", "\"'=1+1\""),
            ("+1", "\"'+1\""),
            ("-1", "\"'-1\""),
            ("@SUM(A1)", "\"'@SUM(A1)\""),
            ("\t=1", "\"'\t=1\""),
            ("\r=1", "\"'\r=1\""),
            ("=\"a\"&\"b\"", "\"'=\"\"a\"\"&\"\"b\"\"\""),
            ("1=1", "1=1"),
        ] {
            assert_eq!(text(Some(cell)), written);
        }
    }
}
