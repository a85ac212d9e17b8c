//! What was done in this session, and what became of it: actions on GitHub, checkouts, commands of the user's own. And what
//! the reader was told of.

use chrono::{DateTime, Utc};
use ratatui::{Frame, style::Style};

use super::{
    Backdrop, Keys, Layer, Reaction,
    progress::{clock, standing},
};
use crate::{
    domain::{ids::PrKey, notify::Alert, pipeline::StageStatus, text::wrap},
    tui::{
        action::Action,
        geometry::{Area, middle},
        keymap::Keymap,
        msg::Turn,
        pen::{Pen, boxed},
        theme::Theme,
    },
};

/// Lines that an entry may take.
const TOLD: usize = 4;
/// Cells before a line of an entry, and one behind it.
const INDENT: usize = 5;

/// The list; it opens at its end.
#[derive(Clone, Copy, Debug)]
pub struct ActivityLog {
    /// The entry at the cursor; `None` stands on the newest, whatever comes.
    pub cursor: Option<usize>,
    /// Index of the uppermost line on the screen, as far as the cursor allows.
    top: usize,
}

/// Something that was done, or told.
struct Entry {
    at: DateTime<Utc>,
    what: String,
    /// Of something that was done.
    sign: Option<StageStatus>,
    told: Option<String>,
    /// The pull request that it was about.
    key: Option<PrKey>,
}

impl Entry {
    /// As it is copied.
    fn line(&self) -> String {
        let told = self.told.as_ref().map(|told| format!(": {told}"));
        format!("{} {}{}", clock(self.at), self.what, told.unwrap_or_default())
    }
}

/// All, the oldest first.
fn entries(back: Backdrop<'_>) -> Vec<Entry> {
    let acts = back.hub.activity().iter().map(|activity| {
        let (sign, told) = standing(activity);
        let (order, key) = (&activity.order, Some(activity.order.target.key));
        let what = format!("{} {} {}", order.target.name(), order.target.head.short(), order.act.told());
        Entry { at: order.asked_at, what, sign: Some(sign), told: Some(told), key }
    });
    let locals = back.hub.locals().iter().map(|local| {
        let (sign, told) = match &local.end {
            None => (StageStatus::Running, "under way".to_owned()),
            Some((_, Ok(said))) => (StageStatus::Passed, said.clone()),
            Some((_, Err(why))) => (StageStatus::Failed, why.clone()),
        };
        Entry { at: local.at, what: local.what.clone(), sign: Some(sign), told: Some(told), key: None }
    });
    let alerts = back.alerts.iter().map(|Alert { at, key, text, .. }| Entry {
        at: *at,
        what: text.clone(),
        sign: None,
        told: None,
        key: Some(*key),
    });
    let mut all: Vec<Entry> = acts.chain(locals).chain(alerts).collect();
    all.sort_by_key(|entry| entry.at);
    all
}

/// A line of the screen.
struct Line {
    /// Index of its entry.
    entry: usize,
    /// The first one of an entry has its sign.
    is_first: bool,
    text: String,
}

fn lines(entries: &[Entry], cells: usize) -> Vec<Line> {
    let mut lines = Vec::new();
    for (entry, told) in entries.iter().enumerate() {
        let parts = wrap(&told.line(), cells, TOLD).into_iter().enumerate();
        lines.extend(parts.map(|(n, text)| Line { entry, is_first: n == 0, text }));
    }
    lines
}

fn area(back: Backdrop<'_>) -> Area {
    middle(back.size, 110, back.size.1.saturating_sub(6).max(5))
}

/// Cells and lines inside of it.
fn room(back: Backdrop<'_>) -> (usize, usize) {
    let inside = area(back).framed();
    (usize::from(inside.width).saturating_sub(INDENT + 1), usize::from(inside.height).max(1))
}

impl Default for ActivityLog {
    /// At the newest.
    fn default() -> Self {
        Self { cursor: None, top: usize::MAX }
    }
}

impl ActivityLog {
    /// Index of the entry at the cursor, among so many.
    fn at(self, count: usize) -> usize {
        let last = count.saturating_sub(1);
        self.cursor.map_or(last, |at| at.min(last))
    }

    /// The uppermost line of a window of so many that holds the entry at the cursor, moved as little as possible.
    fn top(self, lines: &[Line], count: usize, height: usize) -> usize {
        let at = self.at(count);
        let first = lines.partition_point(|line| line.entry < at);
        let lowest = lines.partition_point(|line| line.entry <= at).saturating_sub(height);
        self.top.min(lines.len().saturating_sub(height)).clamp(lowest, first.max(lowest))
    }
}

impl Layer for ActivityLog {
    fn keys(&self) -> Keys {
        &[
            (&[Action::Back], "closes"),
            (&[Action::Enter], "goes there"),
            (&[Action::CopyNumber], "copies all"),
            (&[Action::Down, Action::Up], "line"),
            (&[Action::PageDown, Action::PageUp], "page"),
            (&[Action::Top, Action::Bottom], ""),
        ]
    }

    fn act(&mut self, action: Action, back: Backdrop<'_>) -> Reaction {
        let entries = entries(back);
        let at = self.at(entries.len());
        match action {
            Action::Back => return Reaction::Close,
            Action::Enter => {
                return entries.get(at).and_then(|entry| entry.key).map_or(Reaction::Close, Reaction::Select);
            }
            Action::CopyNumber => {
                let all: Vec<String> = entries.iter().map(Entry::line).collect();
                return if all.is_empty() { Reaction::Stay } else { Reaction::Copy(all.join("\n")) };
            }
            _ => {}
        }
        let (cells, height) = room(back);
        let to = action.step(at, height, entries.len());
        self.cursor = Some(to).filter(|to| to + 1 < entries.len());
        self.top = self.top(&lines(&entries, cells), entries.len(), height);
        Reaction::Stay
    }

    fn wheel(&mut self, (x, y): (u16, u16), turn: Turn, back: Backdrop<'_>) {
        if area(back).contains(x, y) {
            for _ in 0..Turn::LINES {
                // It stays open, whatever scrolls.
                drop(self.act(turn.step(), back));
            }
        }
    }

    fn draw(&self, back: Backdrop<'_>, _: &Keymap, theme: Theme, frame: &mut Frame<'_>) {
        let inside = boxed(frame, area(back), " Done and told in this session ", theme);
        let mut pen = Pen::new(frame, inside, theme);
        let entries = entries(back);
        let (cells, height) = room(back);
        let (at, lines) = (self.at(entries.len()), lines(&entries, cells));
        for line in lines.iter().skip(self.top(&lines, entries.len(), height)).take(height) {
            pen.pointer(line.entry == at);
            if line.is_first {
                let sign = entries[line.entry].sign.as_ref();
                let (sign, style) = sign.map_or((theme.news(), theme.accent()), |sign| {
                    (theme.stage(sign), theme.stage_style(sign))
                });
                pen.put(&format!(" {sign} "), style);
                pen.line(&line.text, if line.entry == at { theme.strong() } else { Style::new() });
            } else {
                pen.to(INDENT);
                pen.line(&line.text, theme.dim());
            }
        }
        if lines.is_empty() {
            pen.line("  Nothing yet.", theme.dim());
        }
    }
}
