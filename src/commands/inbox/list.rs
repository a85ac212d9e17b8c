//! Deliveries as lines, or as JSON.

use std::io::{self, Write};

use chrono::{DateTime, Utc};
use serde_json::{Value, json};
use terminal_size::{Width, terminal_size_of};

use super::{MEND, deliveries, filter, words};
use crate::{
    cli::ListArgs,
    commands::{Failure, INDENT, notice},
    domain::{
        delivery::DeliveryState,
        size::Size,
        text::{fit, width},
        time::ago,
    },
    store::inbox::{Counts, Entry, Filter, Inbox},
};

/// Deliveries of one question.
const PAGE: u32 = 500;
/// Between two columns.
const GAP: &str = "  ";
const HEAD: [&str; 7] = ["received", "state", "tries", "size", "event", "repository", "id"];

pub(super) async fn list(args: &ListArgs, inbox: &mut Inbox, out: &mut impl Write) -> Result<(), Failure> {
    let counts = inbox.counts().await?;
    let filter = filter(&args.which);
    let mut entries: Vec<Entry> = Vec::new();
    loop {
        let left = args.limit.saturating_sub(u32::try_from(entries.len()).unwrap_or(u32::MAX));
        let limit = left.min(PAGE);
        let after = entries.last().map(Into::into);
        let page = if limit == 0 { Vec::new() } else { inbox.list(&filter, after, limit).await? };
        let is_last = page.len() < usize::try_from(limit).unwrap_or(usize::MAX) || page.is_empty();
        entries.extend(page);
        if is_last {
            break;
        }
    }
    if args.json {
        let listed: Vec<Value> = entries.iter().map(document).collect();
        let text = json!({"schema_version": 1, "pending": counts.pending, "dead": counts.dead, "deliveries": listed});
        writeln!(out, "{text:#}")?;
        return Ok(());
    }
    let now = counts.now.or_else(|| entries.first().map(|entry| entry.received_at)).unwrap_or_default();
    table(&entries, now, out)?;
    match (entries.is_empty(), filter == Filter::default()) {
        (true, true) => notice("the inbox is empty"),
        (true, false) => notice(format_args!("no delivery is {}", words(&filter))),
        (false, _) => {}
    }
    notice(summary(&counts, now));
    if entries.iter().any(|entry| entry.state == DeliveryState::Dead) {
        notice(MEND);
    }
    Ok(())
}

/// `12 deliveries wait, the oldest came 3m ago; 1 is dead`.
fn summary(counts: &Counts, now: DateTime<Utc>) -> String {
    let oldest = counts.oldest_pending.map(|at| format!(", the oldest came {}", ago(now, at)));
    let (pending, dead) = (counts.pending, counts.dead);
    let verb = |count: usize, one: &'static str, more: &'static str| if count == 1 { one } else { more };
    format!(
        "{} {}{}; {dead} {} dead",
        deliveries(pending),
        verb(pending, "waits", "wait"),
        oldest.unwrap_or_default(),
        verb(dead, "is", "are")
    )
}

fn table(entries: &[Entry], now: DateTime<Utc>, out: &mut impl Write) -> io::Result<()> {
    if entries.is_empty() {
        return Ok(());
    }
    let rows: Vec<[String; 7]> = entries.iter().map(|entry| row(entry, now)).collect();
    let head = HEAD.map(str::to_owned);
    let wide: Vec<usize> = (0..HEAD.len())
        .map(|n| [&head].into_iter().chain(&rows).map(|row| width(&row[n])).max().unwrap_or_default())
        .collect();
    let cells = wide.iter().sum::<usize>() + GAP.len() * (HEAD.len() - 1);
    let room = terminal_size_of(io::stdout()).map(|(Width(room), _)| usize::from(room));
    // An id is there to be copied: a terminal that would break it gets it in a line of its own.
    let before_id = if room.is_some_and(|room| cells > room) { INDENT } else { GAP };
    let line = |row: &[String; 7]| {
        let fitted = |(cell, wide): (&String, &usize)| fit(cell, *wide);
        let [rest @ .., id] = row;
        let rest: Vec<String> = rest.iter().zip(&wide).map(fitted).collect();
        let rest = rest.join(GAP);
        let rest = if before_id == GAP { &rest } else { rest.trim_end() };
        format!("{rest}{before_id}{id}")
    };
    writeln!(out, "{}", line(&head))?;
    for (entry, row) in entries.iter().zip(&rows) {
        writeln!(out, "{}", line(row))?;
        if let Some(error) = &entry.error {
            writeln!(out, "{GAP}{error}")?;
        }
    }
    Ok(())
}

fn row(entry: &Entry, now: DateTime<Utc>) -> [String; 7] {
    [
        ago(now, entry.received_at),
        entry.state.to_string(),
        entry.attempts.to_string(),
        Size(entry.size).to_string(),
        event(entry),
        repository(entry),
        entry.id.to_string(),
    ]
}

pub(super) fn event(entry: &Entry) -> String {
    let action = entry.action.as_ref().map(|action| format!(" {action}")).unwrap_or_default();
    format!("{}{action}", entry.event)
}

/// Its name, else GitHub's id of it.
pub(super) fn repository(entry: &Entry) -> String {
    let id = || entry.repository_id.map(|id| format!("repository {id}"));
    entry.repository.as_deref().map(str::to_owned).or_else(id).unwrap_or_default()
}

pub(super) fn document(entry: &Entry) -> Value {
    json!({
        "id": entry.id.to_string(),
        "event": entry.event,
        "action": entry.action,
        "repository": entry.repository,
        "repository_id": entry.repository_id,
        "state": entry.state.word(),
        "attempts": entry.attempts,
        "error": entry.error,
        "size": entry.size,
        "received_at": entry.received_at,
        "processed_at": entry.processed_at,
        "next_attempt_at": entry.next_attempt_at,
        "claimed_by": entry.claimed_by,
        "lease_until": entry.lease_until,
    })
}
