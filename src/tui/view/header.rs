//! The first line: the database, the counts, and the freshness of the data.

use ratatui::style::Style;

use super::Scene;
use crate::{
    domain::{
        text::{counted, fit, truncate, width},
        time::{age, ago},
    },
    tui::{
        action::Action,
        model::{Model, Tone},
        pen::Pen,
    },
};

/// Columns from which the newest row's age is shown beside `live`.
const ROOM_FOR_NEWEST: u16 = 110;

pub(super) fn draw(scene: Scene<'_>, pen: &mut Pen<'_>) {
    let (model, theme) = (scene.model, scene.theme);
    let (status, style) = status(scene);
    let (status, sync) = shared(scene, status, usize::from(pen.width()));
    let told = sync.as_ref().map_or(0, |(text, _)| width(text));
    let reserved = width(&status) + told + 2;
    pen.put(" FlowLens", theme.strong());
    if usize::from(pen.width()) < reserved + 12 {
        // Too narrow for both: the freshness matters more.
        pen.to(1);
        if let Some((text, style)) = sync {
            pen.put(&text, style);
        }
        let room = pen.room();
        pen.put(&fit(&status, room), style);
        return;
    }
    if let Some(source) = &model.link.source {
        put_if(pen, reserved, &format!("  {}", source.database), theme.accent());
        put_if(pen, reserved, &format!("{}{} {}", theme.dot(), source.engine, source.version), theme.dim());
        if source.exposed {
            put_if(pen, reserved, "  NOT ENCRYPTED", theme.bad());
        }
        if let Some(origin) = &source.origin {
            put_if(pen, reserved, &format!("  {origin}"), theme.warn());
        }
    }
    let left_out = model.board.left_out();
    if left_out > 0 {
        put_if(pen, reserved, &format!("  {} left out", counted(left_out, "row")), theme.warn());
    }
    for (text, style) in totals(scene) {
        put_if(pen, reserved, &text, style);
    }
    pen.put_right(&format!("{status} "), style);
    if let Some((text, style)) = sync {
        pen.to(usize::from(pen.width()).saturating_sub(reserved - 1));
        pen.put(&text, style);
    }
}

/// The status beside how the sync with GitHub is, or only one of them where there is no room for both.
fn shared(scene: Scene<'_>, status: String, cells: usize) -> (String, Option<(String, Style)>) {
    let (model, theme) = (scene.model, scene.theme);
    let Some(line) = model.sync.line(model.now) else { return (status, None) };
    let style = match line.tone {
        Tone::Good => theme.good(),
        Tone::Busy => theme.accent(),
        Tone::Bad => theme.bad(),
    };
    let key = scene.keymap.first(Action::OpenCheck);
    let offer = (line.offers_page && !key.is_empty()).then(|| format!("{}{key} opens it", theme.dot()));
    let (text, dot) = (line.text + &offer.unwrap_or_default(), theme.dot());
    if width(&text) + width(dot) + width(&status) + 14 <= cells {
        return (status, Some((text + dot, style)));
    }
    // What is wrong with the database is worse.
    if model.link.outage.is_some() {
        return (status, None);
    }
    (String::new(), Some((truncate(&text, cells.saturating_sub(2)).into_owned(), style)))
}

/// Writes a part whole or not at all.
fn put_if(pen: &mut Pen<'_>, reserved: usize, text: &str, style: Style) {
    if width(text) + reserved <= pen.room() {
        pen.put(text, style);
    }
}

fn totals(scene: Scene<'_>) -> Vec<(String, Style)> {
    let (model, theme) = (scene.model, scene.theme);
    if model.board.repository_count() == 0 && model.board.is_empty() {
        return vec![];
    }
    let (total, repos) = (model.board.total(), model.board.repository_count());
    let open = match (model.board.is_limited(), model.board.loaded_open()) {
        (true, loaded) if loaded < total.open => {
            format!("  {} of {} open", grouped(loaded), short(total.open))
        }
        (true, _) => format!("  {} open, ended ones cut", grouped(total.open)),
        (false, _) => format!("  {} open", grouped(total.open)),
    };
    let tone = |n: u64, style: Style| if n == 0 { theme.dim() } else { style };
    let mut totals = vec![
        (format!("   {repos} {}", if repos == 1 { "repo" } else { "repos" }), theme.dim()),
        (open, Style::new()),
        (format!("  {} failing", grouped(total.failing)), tone(total.failing, theme.bad())),
    ];
    // Where nothing is assessed, nobody knows.
    if total.assessed > 0 {
        totals
            .push((format!("  {} high risk", grouped(total.high_risk)), tone(total.high_risk, theme.bad())));
    }
    totals
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
        return ("connecting".to_owned(), theme.warn());
    }
    let Some(poll) = &link.poll else {
        return (if link.source.is_some() { "reading" } else { "starting" }.to_owned(), theme.warn());
    };
    if model.frozen {
        return ("order frozen".to_owned(), theme.warn());
    }
    if let Some(slowed) = poll.slowed_to {
        let text = format!("live, every {}s: no index on updated_at", slowed.as_secs().max(1));
        return (text, theme.warn());
    }
    let every =
        link.resting.map(|tick| format!(", every {}s while idle", tick.as_secs().max(1))).unwrap_or_default();
    // `live` is about the poll; the age of the newest row shows whether any service still writes.
    let newest = poll.newest_row_at.map(|at| format!("{}newest row {}", theme.dot(), ago(model.minute, at)));
    (
        format!("live{every}{}", newest.filter(|_| model.size.0 >= ROOM_FOR_NEWEST).unwrap_or_default()),
        theme.good(),
    )
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
