//! CSV after RFC 4180, with plain line feeds. The columns are those of the JSON contract, laid flat.

use std::io::{self, Write};

use chrono::{DateTime, SecondsFormat, Utc};

use super::{Report, json};

/// A formula, or a command of older kinds, begins with one of these, in their wide forms, too.
const FORMULA: [char; 10] = ['=', '+', '-', '@', '＝', '＋', '－', '＠', '\t', '\r'];

type Cell = fn(&json::PullRequest<'_>) -> String;

/// Text from elsewhere goes through [`text`]; numbers, times and words of our own can do no harm and stay bare.
const COLUMNS: [(&str, Cell); 26] = [
    ("repository", |pr| text(pr.repository)),
    ("number", |pr| pr.number.to_string()),
    ("title", |pr| text(Some(pr.title))),
    ("author", |pr| text(pr.author)),
    ("branch", |pr| text(pr.branch)),
    ("head_sha", |pr| text(pr.head_sha)),
    ("state", |pr| pr.state.to_owned()),
    ("pr", |pr| stage(&pr.stages.pr)),
    ("pr_since", |pr| time(pr.stages.pr.since)),
    ("build", |pr| stage(&pr.stages.build)),
    ("build_since", |pr| time(pr.stages.build.since)),
    ("approval", |pr| stage(&pr.stages.approval)),
    ("approval_since", |pr| time(pr.stages.approval.since)),
    ("merge", |pr| stage(&pr.stages.merge)),
    ("merge_since", |pr| time(pr.stages.merge.since)),
    ("risk", |pr| text(pr.insight.as_ref().and_then(|i| i.risk))),
    ("score", |pr| word(pr.insight.as_ref().and_then(|i| i.score))),
    ("summary", |pr| text(pr.insight.as_ref().and_then(|i| i.summary))),
    ("recommendation", |pr| text(pr.insight.as_ref().and_then(|i| i.recommendation))),
    ("stale", |pr| word(pr.insight.as_ref().and_then(|i| i.stale))),
    ("next_verb", |pr| word(pr.next_action.as_ref().map(|next| next.verb))),
    ("next_owner", |pr| text(pr.next_action.as_ref().map(|next| next.owner.as_str()))),
    ("next_since", |pr| time(pr.next_action.as_ref().and_then(|next| next.since))),
    ("url", |pr| text(pr.url.as_deref())),
    ("created_at", |pr| time(pr.created_at)),
    ("updated_at", |pr| time(pr.updated_at)),
];

pub(super) fn write(report: &Report<'_>, out: &mut impl Write) -> io::Result<()> {
    let mut table = writer(out);
    table.write_record(COLUMNS.map(|(name, _)| name)).map_err(io_error)?;
    for pr in &report.pulls {
        let pr = json::PullRequest::new(report, pr);
        table.write_record(COLUMNS.map(|(_, cell)| cell(&pr))).map_err(io_error)?;
    }
    table.flush()
}

/// Quotes stand where CSV needs them, and around a cell with an apostrophe, so that no cell that [`text`] has
/// disarmed is bare. For the library that is the character which begins a comment.
fn writer<W: Write>(out: W) -> ::csv::Writer<W> {
    ::csv::WriterBuilder::new().comment(Some(b'\'')).from_writer(out)
}

/// The library's own conversion hides the kind, by which a closed pipe is known.
fn io_error(error: ::csv::Error) -> io::Error {
    match error.into_kind() {
        ::csv::ErrorKind::Io(error) => error,
        other => io::Error::other(format!("{other:?}")),
    }
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

fn word(value: Option<impl ToString>) -> String {
    value.map(|value| value.to_string()).unwrap_or_default()
}

/// A cell of somebody else's words. Spreadsheets run cells that begin like a formula, and some of them begin a cell
/// after a semicolon or a tab, too, even within quotes: an apostrophe makes each of these text.
fn text(cell: Option<&str>) -> String {
    let mut out = String::new();
    let mut begins = true;
    for c in cell.unwrap_or_default().chars() {
        if begins && FORMULA.contains(&c) {
            out.push('\'');
        }
        out.push(c);
        // Blanks before it are no protection.
        begins = matches!(c, ';' | '\t') || (begins && c == ' ');
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

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
            ("\t=1", "\"'\t'=1\""),
            ("\r=1", "\"'\r=1\""),
            ("=\"a\"&\"b\"", "\"'=\"\"a\"\"&\"\"b\"\"\""),
            ("1=1", "1=1"),
            ("last week's", "\"last week's\""),
            ("notes;=1+1", "\"notes;'=1+1\""),
            ("notes; @SUM(A1);-2", "\"notes; '@SUM(A1);'-2\""),
            ("notes\t=1+1", "\"notes\t'=1+1\""),
            ("＝1+1", "\"'＝1+1\""),
            (" =1+1", "\" '=1+1\""),
            ("one; two", "one; two"),
        ] {
            let mut table = writer(Vec::new());
            table.write_record([&text(Some(cell)), "|"]).unwrap();
            let line = table.into_inner().unwrap();
            assert_eq!(String::from_utf8(line).unwrap(), format!("{written},|\n"));
        }
    }

    #[test]
    fn a_closed_pipe_is_known_as_such() {
        let closed = || io::Error::from(io::ErrorKind::BrokenPipe);
        assert_eq!(io_error(closed().into()).kind(), io::ErrorKind::BrokenPipe);
    }
}
