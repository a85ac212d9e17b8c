//! What was done in this session, and what became of it: actions on GitHub, checkouts, commands of the user's own.

use chrono::{DateTime, Utc};
use ratatui::Frame;

use super::{
    Backdrop, Keys, Layer, Reaction,
    progress::{clock, signed, standing},
};
use crate::{
    domain::{hub::Hub, pipeline::StageStatus, text::wrap},
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

/// The list; it opens at its end.
#[derive(Clone, Copy, Debug)]
pub struct ActivityLog {
    /// Lines below those that are shown.
    pub below: usize,
}

/// Something that was done.
struct Entry {
    at: DateTime<Utc>,
    what: String,
    sign: StageStatus,
    told: String,
}

impl Entry {
    /// As it is copied.
    fn line(&self) -> String {
        format!("{} {}: {}", clock(self.at), self.what, self.told)
    }
}

/// All, the oldest first.
fn entries(hub: &Hub) -> Vec<Entry> {
    let acts = hub.activity().iter().map(|activity| {
        let (sign, told) = standing(activity);
        let order = &activity.order;
        let what = format!("{} {} {}", order.target.name(), order.target.head.short(), order.act.told());
        Entry { at: order.asked_at, what, sign, told }
    });
    let locals = hub.locals().iter().map(|local| {
        let (sign, told) = match &local.end {
            None => (StageStatus::Running, "under way".to_owned()),
            Some((_, Ok(said))) => (StageStatus::Passed, said.clone()),
            Some((_, Err(why))) => (StageStatus::Failed, why.clone()),
        };
        Entry { at: local.at, what: local.what.clone(), sign, told }
    });
    let mut all: Vec<Entry> = acts.chain(locals).collect();
    all.sort_by_key(|entry| entry.at);
    all
}

/// A line of the screen; the first one of an entry has a sign.
fn lines(hub: &Hub, cells: usize) -> Vec<(Option<StageStatus>, String)> {
    let mut lines = Vec::new();
    for entry in entries(hub) {
        let mut parts = wrap(&entry.line(), cells, TOLD).into_iter();
        lines.push((Some(entry.sign), parts.next().unwrap_or_default()));
        lines.extend(parts.map(|part| (None, part)));
    }
    lines
}

fn area(back: Backdrop<'_>) -> Area {
    middle(back.size, 110, back.size.1.saturating_sub(6).max(5))
}

fn cells(back: Backdrop<'_>) -> usize {
    usize::from(area(back).framed().width).saturating_sub(4)
}

impl Layer for ActivityLog {
    fn keys(&self) -> Keys {
        &[
            (&[Action::Back], "closes"),
            (&[Action::CopyNumber], "copies all"),
            (&[Action::Down, Action::Up], "line"),
            (&[Action::PageDown, Action::PageUp], "page"),
            (&[Action::Enter, Action::Top, Action::Bottom], ""),
        ]
    }

    fn act(&mut self, action: Action, back: Backdrop<'_>) -> Reaction {
        match action {
            Action::Back | Action::Enter => return Reaction::Close,
            Action::CopyNumber => {
                let all: Vec<String> = entries(back.hub).iter().map(Entry::line).collect();
                return if all.is_empty() { Reaction::Stay } else { Reaction::Copy(all.join("\n")) };
            }
            _ => {}
        }
        let shown = usize::from(area(back).framed().height);
        let last = lines(back.hub, cells(back)).len().saturating_sub(shown);
        let top = action.step(last.saturating_sub(self.below.min(last)), shown, last + 1);
        self.below = last - top;
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
        let inside = boxed(frame, area(back), " What was done in this session ", theme);
        let lines = lines(back.hub, cells(back));
        let mut pen = Pen::new(frame, inside, theme);
        let last = lines.len().saturating_sub(pen.lines_left());
        let top = last.saturating_sub(self.below.min(last));
        let visible = pen.lines_left();
        for (sign, text) in lines.iter().skip(top).take(visible) {
            signed(&mut pen, sign.as_ref(), text, theme);
        }
        if lines.is_empty() {
            pen.line("  Nothing yet.", theme.dim());
        }
    }
}
