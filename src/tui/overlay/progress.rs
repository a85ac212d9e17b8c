//! Several actions on their way: each with its result.

use chrono::{DateTime, Local, Utc};
use ratatui::{Frame, style::Style};
use uuid::Uuid;

use super::{Backdrop, Keys, Layer, LogView, Reaction};
use crate::{
    domain::{
        hub::{Activity, Hub, Outcome},
        pipeline::StageStatus,
        text::{truncate, wrap},
    },
    tui::{
        action::Action,
        geometry::{Area, middle},
        keymap::{Key, Keymap},
        line::edit_of,
        msg::{Edit, Msg, Turn},
        pen::{Pen, boxed},
        theme::Theme,
    },
};

/// Lines that a result may take.
const TOLD: usize = 3;

/// The actions, by the ids of their orders.
#[derive(Clone, Debug)]
pub struct Acts {
    ids: Vec<Uuid>,
    /// First line that is shown.
    pub top: usize,
    /// The last key meant nothing here.
    is_stray: bool,
    /// The log from which they were asked for.
    pub behind: Option<Box<LogView>>,
}

/// A time of day as this machine has it.
pub fn clock(at: DateTime<Utc>) -> String {
    at.with_timezone(&Local).format("%H:%M:%S").to_string()
}

/// How an action stands: a stage's sign, and a word.
pub(super) fn standing(activity: &Activity) -> (StageStatus, String) {
    match &activity.outcome {
        None if activity.is_sent => (StageStatus::Running, "on its way …".to_owned()),
        None => (StageStatus::Pending, "waits for its turn".to_owned()),
        Some((_, outcome)) => {
            let sign = match outcome {
                Outcome::Done(_) | Outcome::Settled(_) => StageStatus::Passed,
                Outcome::Unknown { .. } => StageStatus::Running,
                Outcome::Refused(_)
                | Outcome::Moved { .. }
                | Outcome::NotSent(_)
                | Outcome::Unseen { .. } => StageStatus::Failed,
            };
            (sign, outcome.told(clock))
        }
    }
}

/// A line: the first one of an action has its sign, the others are indented.
pub(super) fn signed(pen: &mut Pen<'_>, sign: Option<&StageStatus>, text: &str, theme: Theme) {
    if let Some(sign) = sign {
        pen.put(&format!(" {} ", theme.stage(sign)), theme.stage_style(sign));
        pen.line(text, Style::new());
    } else {
        pen.to(5);
        pen.line(text, theme.dim());
    }
}

impl Acts {
    pub const fn new(ids: Vec<Uuid>) -> Self {
        Self { ids, top: 0, is_stray: false, behind: None }
    }

    fn lines(&self, hub: &Hub, cells: usize) -> Vec<(Option<StageStatus>, String)> {
        let mut lines = Vec::new();
        for activity in self.ids.iter().filter_map(|id| hub.activity_of(*id)) {
            let (sign, told) = standing(activity);
            let order = &activity.order;
            let what = format!("{} {}", order.target.name(), order.act.told());
            lines.push((Some(sign), truncate(&what, cells).into_owned()));
            lines.extend(wrap(&told, cells.saturating_sub(2), TOLD).into_iter().map(|line| (None, line)));
        }
        lines
    }

    /// So many have ended.
    fn ended(&self, hub: &Hub) -> usize {
        let outcome = |id: &Uuid| hub.activity_of(*id)?.outcome.as_ref();
        self.ids.iter().filter_map(outcome).filter(|(_, outcome)| outcome.is_final()).count()
    }

    fn area(&self, back: Backdrop<'_>) -> Area {
        let lines = self.lines(back.hub, cells(back)).len();
        middle(back.size, 92, u16::try_from(lines).unwrap_or(u16::MAX).saturating_add(4))
    }
}

/// Lines for the results, of those inside: the last one, and a blank above it, are for the way out.
fn shown(inside: usize) -> usize {
    inside.saturating_sub(2).max(1)
}

fn cells(back: Backdrop<'_>) -> usize {
    usize::from(back.size.0.min(92)).saturating_sub(8)
}

impl Layer for Acts {
    fn keys(&self) -> Keys {
        &[
            (&[Action::Back], "closes"),
            (&[Action::Down, Action::Up], "line"),
            (&[Action::PageDown, Action::PageUp], "page"),
            (&[Action::Enter, Action::Top, Action::Bottom], ""),
        ]
    }

    /// What means nothing here has the line of the way out stand out.
    fn translate(&self, key: Key, bound: Option<Action>) -> Option<Msg> {
        match bound {
            Some(Action::Quit) => Some(Msg::Action(Action::Back)),
            Some(action) if self.keys().iter().any(|(own, _)| own.contains(&action)) => {
                Some(Msg::Action(action))
            }
            Some(Action::Suspend) => Some(Msg::Action(Action::Suspend)),
            _ => edit_of(key).map(Msg::Edit),
        }
    }

    fn edit(&mut self, _: &Edit, _: Backdrop<'_>) -> Reaction {
        self.is_stray = true;
        Reaction::Stay
    }

    fn act(&mut self, action: Action, back: Backdrop<'_>) -> Reaction {
        self.is_stray = false;
        if let Action::Back | Action::Enter = action {
            return Reaction::Close;
        }
        let lines = self.lines(back.hub, cells(back)).len();
        let shown = shown(usize::from(self.area(back).framed().height));
        let last = lines.saturating_sub(shown);
        self.top = action.step(self.top.min(last), shown, last + 1);
        Reaction::Stay
    }

    fn wheel(&mut self, (x, y): (u16, u16), turn: Turn, back: Backdrop<'_>) {
        if self.area(back).contains(x, y) {
            for _ in 0..Turn::LINES {
                // It stays open, whatever scrolls.
                drop(self.act(turn.step(), back));
            }
        }
    }

    fn draw(&self, back: Backdrop<'_>, keymap: &Keymap, theme: Theme, frame: &mut Frame<'_>) {
        if let Some(log) = &self.behind {
            log.draw(back, keymap, theme, frame);
        }
        let (all, ended) = (self.ids.len(), self.ended(back.hub));
        let title = format!(" {ended} of {all} actions have ended ");
        let inside = boxed(frame, self.area(back), &title, theme);
        let mut pen = Pen::new(frame, inside, theme);
        let visible = shown(pen.lines_left());
        let lines = self.lines(back.hub, cells(back));
        // The terminal may have grown since.
        let top = self.top.min(lines.len().saturating_sub(visible));
        for (sign, text) in lines.iter().skip(top).take(visible) {
            signed(&mut pen, sign.as_ref(), text, theme);
        }
        if top + visible < lines.len() {
            pen.put_right(" more below ", theme.warn());
        }
        pen.newline();
        pen.to(2);
        pen.put(&keymap.first(Action::Back), theme.accent());
        let closes = if ended < all { " closes; they go on" } else { " closes" };
        pen.line(closes, if self.is_stray { theme.warn() } else { theme.dim() });
    }
}
