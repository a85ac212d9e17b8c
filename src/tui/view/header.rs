//! The first line: the counts of what is wrong, the database, and the freshness of the data.

use ratatui::style::Style;

use super::Scene;
use crate::{
    domain::{
        ingest::Ingest,
        insight::Risk,
        pipeline::StageStatus,
        source::Engine,
        text::{counted, fit, truncate, width},
        time::{age, ago},
        view::View,
    },
    tui::{
        model::{Model, SyncLine, Tone},
        pen::Pen,
    },
};

/// Columns from which the newest row's age is shown beside `live`.
const ROOM_FOR_NEWEST: u16 = 110;
/// From how many on a delivery's is, in few words, where no sync has anything to say.
const ROOM_FOR_AGE: u16 = 80;
/// From how many on it is shown that nothing comes in.
const ROOM_FOR_SILENCE: u16 = 60;

/// Cells kept for what stands at the left.
const LEFT: usize = 14;

/// A part of the line: in words, and with less of them.
struct Part {
    words: String,
    short: String,
    style: Style,
    /// The higher gives way first.
    turn: u8,
}

/// The freshness stands at the right and never goes; at the left is what fits beside it.
pub(super) fn draw(scene: Scene<'_>, pen: &mut Pen<'_>) {
    let cells = usize::from(pen.width());
    let (told, style) = status(scene);
    let (told, sync) = shared(scene, told, cells);
    let right = width(&told) + sync.as_ref().map_or(0, |(text, _)| width(text)) + 1;
    pen.put(" ", Style::new());
    for (text, style) in fitted(parts(scene), cells.saturating_sub(right + 2)) {
        pen.put(&text, style);
        pen.put("  ", Style::new());
    }
    pen.to(cells.saturating_sub(right).max(1));
    if let Some((text, style)) = sync {
        pen.put(&text, style);
    }
    let room = pen.room();
    pen.put(&fit(&told, room), style);
}

/// The parts that fit, from left to right: first each in few words, then in more of them.
fn fitted(parts: Vec<Part>, room: usize) -> Vec<(String, Style)> {
    let mut turns: Vec<usize> = (0..parts.len()).collect();
    turns.sort_by_key(|n| parts.get(*n).map(|part| part.turn));
    let mut left = room;
    let mut take = |cells: usize| {
        let fits = cells <= left;
        left -= if fits { cells } else { 0 };
        fits
    };
    let gap = 2;
    let shown: Vec<usize> = turns.into_iter().filter(|n| take(width(&parts[*n].short) + gap)).collect();
    let more = |part: &Part| width(&part.words) - width(&part.short);
    let worded: Vec<usize> = shown.iter().copied().filter(|n| take(more(&parts[*n]))).collect();
    let text = |(n, part): (usize, Part)| {
        let text = if worded.contains(&n) { part.words } else { part.short };
        shown.contains(&n).then_some((text, part.style))
    };
    parts.into_iter().enumerate().filter_map(text).collect()
}

/// All parts, from left to right.
fn parts(scene: Scene<'_>) -> Vec<Part> {
    let (model, theme) = (scene.model, scene.theme);
    let whole = |words: String, style, turn| Part { short: words.clone(), words, style, turn };
    let mut parts = vec![whole("FlowLens".to_owned(), theme.strong(), 8)];
    if !model.databases.is_empty() {
        parts.push(whole(model.database.clone(), theme.strong(), 2));
    }
    if let Some(source) = &model.link.source {
        // The demo's is a file of its own, whose name tells nothing.
        let name = if model.demo { "demo".to_owned() } else { source.database.clone() };
        parts.push(whole(name, theme.accent(), 4));
        parts.extend(source.exposed.then(|| whole("NOT ENCRYPTED".to_owned(), theme.bad(), 3)));
        parts.extend(source.origin.clone().map(|origin| whole(origin, theme.warn(), 5)));
    }
    let Ingest { late, dead, .. } = model.link.ingest;
    let of_webhooks = |n: u32, word: &str, words: &str, style| {
        let many = if n >= Ingest::MOST { format!("{n}+") } else { n.to_string() };
        (n > 0).then(|| Part {
            short: format!("{many} {word}"),
            words: format!("{many} {words}"),
            style,
            turn: 3,
        })
    };
    parts.extend(of_webhooks(
        dead,
        "dead",
        if dead == 1 { "dead delivery" } else { "dead deliveries" },
        theme.bad(),
    ));
    parts.extend(of_webhooks(
        late,
        "late",
        if late == 1 { "late delivery" } else { "late deliveries" },
        theme.warn(),
    ));
    let left_out = model.board.left_out();
    if left_out > 0 {
        parts.push(whole(format!("{} left out", counted(left_out, "row")), theme.warn(), 6));
    }
    if model.board.repository_count() == 0 && model.board.is_empty() {
        return parts;
    }
    let (total, repos) = (model.board.total(), model.board.repository_count());
    let tone = |n: u64| if n == 0 { theme.dim() } else { theme.bad() };
    let count = |sign: &str, n: u64, word: &str, turn| {
        let short = format!("{sign}{}", grouped(n));
        Part { words: format!("{short} {word}"), short, style: tone(n), turn }
    };
    let tabs = tabs(model);
    let is_told = |filter: &str| tabs.iter().any(|tab| tab == filter);
    if !is_told(View::FAILING) {
        parts.push(count(theme.stage(&StageStatus::Failed), total.failing, "failing", 0));
    }
    // Where nothing is assessed, nobody knows.
    if total.assessed > 0 && !is_told(View::HIGH_RISK) {
        parts.push(count(theme.risk(&Risk::High), total.high_risk, "high risk", 1));
    }
    if !is_told(View::OPEN) || model.board.is_limited() {
        parts.push(whole(open(model, total.open), Style::new(), 2));
    }
    let rules = model.notify.telling().count();
    let (on, fired) = (counted(rules, "rule"), model.notify.fired());
    if fired > 0 {
        let short = format!("{fired} fired");
        let words = if rules > 0 { format!("{on}, {short}") } else { short.clone() };
        parts.push(Part { words, short, style: theme.warn(), turn: 5 });
    } else if rules > 0 {
        parts.push(Part { words: format!("{on} on"), short: on, style: theme.accent(), turn: 5 });
    }
    parts.push(whole(counted(repos, "repo"), theme.dim(), 7));
    parts
}

/// The filters of the tabs that are on the screen: what they count is not told twice.
fn tabs(model: &Model) -> Vec<String> {
    let Some(area) = model.areas().views else { return Vec::new() };
    let tabs = model.shown_tabs(usize::from(area.width)).into_iter();
    tabs.filter_map(|tab| model.views.all().get(tab.at)).map(|view| view.text.clone()).collect()
}

/// `40 open`, or how many of them are shown.
fn open(model: &Model, open: u64) -> String {
    match (model.board.is_limited(), model.board.loaded_open()) {
        (true, loaded) if loaded < open => format!("{} of {} open", grouped(loaded), short(open)),
        (true, _) => format!("{} open, ended ones cut", grouped(open)),
        (false, _) => format!("{} open", grouped(open)),
    }
}

/// The status beside how the sync with GitHub is, or only one of them where there is no room for both.
fn shared(scene: Scene<'_>, status: String, cells: usize) -> (String, Option<(String, Style)>) {
    let (model, theme) = (scene.model, scene.theme);
    let Some(SyncLine { mut parts, tone, offer }) = model.sync_line() else { return (status, None) };
    let style = match tone {
        Tone::Good => theme.good(),
        Tone::Busy => theme.accent(),
        Tone::Old => theme.warn(),
        Tone::Bad => theme.bad(),
    };
    let key = |action| Some(scene.keymap.first(action)).filter(|key| !key.is_empty());
    if let Some((key, does)) = offer.and_then(|(action, does)| Some((key(action)?, does))) {
        parts.insert(1, format!("{key} {does}"));
    }
    let dot = theme.dot();
    let room = cells.saturating_sub(width(dot) + width(&status) + LEFT);
    if let Some(text) = joined(&parts, dot, room) {
        return (status, Some((text + dot, style)));
    }
    // What is wrong with the database is worse.
    if model.link.outage.is_some() {
        return (status, None);
    }
    let text = joined(&parts, dot, cells.saturating_sub(LEFT))
        .unwrap_or_else(|| truncate(&parts[0], cells.saturating_sub(2)).into_owned());
    (String::new(), Some((text, style)))
}

/// As many of the first parts as there is room for.
pub(super) fn joined(parts: &[String], dot: &str, room: usize) -> Option<String> {
    (1..=parts.len()).rev().map(|count| parts[..count].join(dot)).find(|text| width(text) <= room)
}

/// `20 000`.
fn grouped(n: u64) -> String {
    let digits = n.to_string();
    let mut out = String::with_capacity(digits.len() + 4);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(' ');
        }
        out.push(digit);
    }
    out
}

/// `5.1 M`.
fn short(n: u64) -> String {
    match n {
        0..100_000 => grouped(n),
        100_000..1_000_000 => format!("{} k", n / 1_000),
        _ => format!("{}.{} M", n / 1_000_000, n % 1_000_000 / 100_000),
    }
}

/// The freshness of the data: `live`, or its age and the cause.
fn status(scene: Scene<'_>) -> (String, Style) {
    let (model, theme) = (scene.model, scene.theme);
    let link = &model.link;
    if let Some(outage) = &link.outage {
        let retry = match (outage.retry_at - model.now).num_seconds() {
            ..1 => "retrying".to_owned(),
            seconds => format!("retry in {seconds}s"),
        };
        let data = data_age(model).map(|age| format!("{}data {age} old", theme.dot())).unwrap_or_default();
        return (format!("{}{data}{}{retry}", outage.cause, theme.dot()), theme.bad());
    }
    if link.connecting {
        let data = data_age(model).map(|age| format!("{}data {age} old", theme.dot())).unwrap_or_default();
        return (format!("connecting{data}"), theme.warn());
    }
    let Some(poll) = &link.poll else {
        return (if link.source.is_some() { "reading" } else { "starting" }.to_owned(), theme.warn());
    };
    if model.frozen {
        return ("order frozen".to_owned(), theme.warn());
    }
    if let Some(slowed) = poll.slowed_to {
        let is_file = link.source.as_ref().is_some_and(|source| source.engine == Engine::Sqlite);
        let why = if is_file { "the disk is slow" } else { "no index on updated_at" };
        return (format!("live, every {}s: {why}", slowed.as_secs().max(1)), theme.warn());
    }
    let every =
        link.resting.map(|tick| format!(", every {}s while idle", tick.as_secs().max(1))).unwrap_or_default();
    let (newest, is_old) = newest(model).unwrap_or_default();
    let newest = if newest.is_empty() { newest } else { format!("{}{newest}", theme.dot()) };
    (format!("live{every}{newest}"), if is_old { theme.warn() } else { theme.good() })
}

/// `live` is about the poll. The age of the newest delivery, or where none is ever made of the newest row, shows whether
/// anything still comes in. That nothing does (the flag) is told on smaller screens, too.
fn newest(model: &Model) -> Option<(String, bool)> {
    let (columns, ingest) = (model.size.0, &model.link.ingest);
    let has_room = columns >= ROOM_FOR_NEWEST;
    if let Some((words, is_old)) = ingest.freshness(model.minute) {
        let is_short = !has_room && !is_old && columns >= ROOM_FOR_AGE && model.sync_line().is_none();
        let short =
            ingest.newest.filter(|_| is_short).map(|at| format!("delivery {}", age(model.minute, at)));
        let words = Some(words).filter(|_| has_room || is_old && columns >= ROOM_FOR_SILENCE);
        return words.or(short).map(|words| (words, is_old));
    }
    let at = model.link.poll?.newest_row_at.filter(|_| has_room)?;
    Some((format!("newest row {}", ago(model.minute, at)), false))
}

/// Time since the last good poll; seconds while they count.
fn data_age(model: &Model) -> Option<String> {
    let at = model.link.poll?.at;
    let seconds = (model.now - at).num_seconds();
    Some(if seconds < 60 { format!("{}s", seconds.max(0)) } else { age(model.now, at) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_read_easily() {
        assert_eq!(
            (grouped(0), grouped(999), grouped(20_000), grouped(1_234_567)),
            ("0".into(), "999".into(), "20 000".into(), "1 234 567".into())
        );
        assert_eq!(
            (short(99_999), short(512_345), short(5_149_999)),
            ("99 999".into(), "512 k".into(), "5.1 M".into())
        );
    }
}
