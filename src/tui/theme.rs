//! Glyphs and colours: the terminal's own foreground, background and 16 colours. Colour is never the only carrier.

mod file;
mod palette;

pub use self::{
    file::parse,
    palette::{Background, Depth, Look, Palette, Scheme},
};

use ratatui::{
    style::{Color, Modifier, Style},
    symbols::border,
};

use crate::domain::{insight::Risk, pipeline::StageStatus, request::RequestState};

/// Glyphs and colours on this terminal.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Theme {
    /// Colours may be used.
    pub color: bool,
    /// Only ASCII may be used.
    pub ascii: bool,
    /// East Asian ambiguous glyphs take two cells here.
    pub wide_glyphs: bool,
}

/// Stands between the shape and the word of a risk that is stored nowhere.
pub const UNSAVED: &str = "~";

impl Theme {
    /// Glyphs are ASCII; also where others would be two cells wide: frames would tear.
    const fn plain(self) -> bool {
        self.ascii || self.wide_glyphs
    }

    fn fg(self, color: Color) -> Style {
        if self.color { Style::new().fg(color) } else { Style::new() }
    }

    /// For details.
    pub fn dim(self) -> Style {
        Style::new().add_modifier(Modifier::DIM)
    }

    /// For the most important words.
    pub fn strong(self) -> Style {
        Style::new().add_modifier(Modifier::BOLD)
    }

    /// For failures.
    pub fn bad(self) -> Style {
        self.fg(Color::Red)
    }

    /// For warnings.
    pub fn warn(self) -> Style {
        self.fg(Color::Yellow)
    }

    /// For success.
    pub fn good(self) -> Style {
        self.fg(Color::Green)
    }

    /// For names and keys.
    pub fn accent(self) -> Style {
        self.fg(Color::Cyan)
    }

    /// For text that a search has found.
    pub fn found(self) -> Style {
        Style::new().add_modifier(Modifier::REVERSED)
    }

    /// Stands before what lines belong to: they are folded away, or not.
    pub const fn fold(self, is_folded: bool) -> &'static str {
        match (self.plain(), is_folded) {
            (true, true) => ">",
            (true, false) => "v",
            (false, true) => "▸",
            (false, false) => "▾",
        }
    }

    /// Stands before a row of a patch that the insight names.
    pub const fn alert(self) -> &'static str {
        if self.plain() { "*" } else { "◆" }
    }

    /// The name of the pane that has the focus.
    pub fn focused(self, style: Style) -> Style {
        style.patch(self.accent()).add_modifier(Modifier::UNDERLINED)
    }

    /// Says that there is more to the left.
    pub const fn more_left(self) -> &'static str {
        if self.plain() { "<" } else { "‹" }
    }

    /// Says that there is more to the right.
    pub const fn more_right(self) -> &'static str {
        if self.plain() { ">" } else { "›" }
    }

    /// Stands before a next action that is the reader's own.
    pub const fn yours(self) -> &'static str {
        if self.plain() { ">" } else { "→" }
    }

    /// A stage's glyph: ● passed, ◐ running, ○ pending, ✗ failed, ✓ merged, ⊘ closed, – skipped, ? foreign.
    pub fn stage(self, status: &StageStatus) -> &'static str {
        let (unicode, ascii) = match status {
            StageStatus::Pending => ("○", "."),
            StageStatus::Running => ("◐", "~"),
            StageStatus::Passed => ("●", "#"),
            StageStatus::Failed => ("✗", "x"),
            StageStatus::Merged => ("✓", "M"),
            StageStatus::Closed => ("⊘", "/"),
            StageStatus::Skipped => ("–", "-"),
            StageStatus::Other(_) => ("?", "?"),
        };
        if self.plain() { ascii } else { unicode }
    }

    /// For a stage's glyph among others: ✗ is a thin one, and red is dark to an eye without colours, so it is filled.
    pub fn stage_mark(self, status: &StageStatus) -> Style {
        if *status == StageStatus::Failed { self.filled() } else { self.stage_style(status) }
    }

    pub fn stage_style(self, status: &StageStatus) -> Style {
        match status {
            StageStatus::Passed => self.good(),
            StageStatus::Running => self.warn(),
            StageStatus::Failed => self.bad().add_modifier(Modifier::BOLD),
            StageStatus::Merged => self.fg(Color::Magenta),
            StageStatus::Pending | StageStatus::Closed | StageStatus::Skipped => self.dim(),
            StageStatus::Other(_) => Style::new(),
        }
    }

    /// A risk's glyph: · low, ◆ medium, ▲ high, ? foreign.
    pub fn risk(self, risk: &Risk) -> &'static str {
        let (unicode, ascii) = match risk {
            Risk::Low => ("·", "."),
            Risk::Medium => ("◆", "*"),
            Risk::High => ("▲", "!"),
            Risk::Other(_) => ("?", "?"),
        };
        if self.plain() { ascii } else { unicode }
    }

    /// A risk's colour: green, yellow, red.
    pub fn risk_style(self, risk: &Risk) -> Style {
        match risk {
            Risk::Low => self.good(),
            Risk::Medium => self.warn(),
            Risk::High => self.bad().add_modifier(Modifier::BOLD),
            Risk::Other(_) => Style::new(),
        }
    }

    /// For a risk's sign or letter among many, filled as a failed stage is.
    pub fn risk_mark(self, risk: &Risk) -> Style {
        if *risk == Risk::High { self.filled() } else { self.risk_style(risk) }
    }

    /// Underlined, so that those below each other do not run together. Not bold, too: it is not seen on a filled cell.
    fn filled(self) -> Style {
        self.bad().add_modifier(Modifier::REVERSED | Modifier::UNDERLINED)
    }

    /// A request's glyph: ◌ asked for or queued, ◐ running, ✗ failed.
    pub fn request(self, state: &RequestState) -> &'static str {
        match state {
            RequestState::Running => self.stage(&StageStatus::Running),
            RequestState::Failed | RequestState::Dead => self.stage(&StageStatus::Failed),
            RequestState::Queued | RequestState::Done | RequestState::Cancelled | RequestState::Other(_) => {
                if self.plain() {
                    "o"
                } else {
                    "◌"
                }
            }
        }
    }

    pub fn request_style(self, state: &RequestState) -> Style {
        match state {
            RequestState::Failed | RequestState::Dead => self.bad(),
            RequestState::Queued
            | RequestState::Running
            | RequestState::Done
            | RequestState::Cancelled
            | RequestState::Other(_) => self.accent(),
        }
    }

    /// The cursor's mark in the gutter.
    pub const fn cursor(self) -> &'static str {
        if self.plain() { ">" } else { "▌" }
    }

    /// A bar of `halves` half cells, not so high that it touches the one in the line below.
    pub fn bar(self, halves: usize) -> String {
        if self.plain() {
            "#".repeat(halves.div_ceil(2))
        } else {
            "━".repeat(halves / 2) + if halves % 2 == 1 { "╸" } else { "" }
        }
    }

    pub const fn mark(self) -> &'static str {
        if self.plain() { "*" } else { "◂" }
    }

    /// Marks a row that changed since the reader last looked.
    pub const fn news(self) -> &'static str {
        if self.plain() { "N" } else { "•" }
    }

    /// Stands for text that was cut off.
    pub const fn ellipsis(self) -> &'static str {
        if self.plain() { "~" } else { "…" }
    }

    /// A connector between stages, and one to a stage that was not reached.
    pub const fn link(self, reached: bool) -> &'static str {
        match (self.plain(), reached) {
            (true, true) => "=",
            (true, false) => "-",
            (false, true) => "━",
            (false, false) => "┈",
        }
    }

    /// The thin connector of the list.
    pub const fn thin(self) -> &'static str {
        if self.plain() { "-" } else { "─" }
    }

    /// Between a branch and its base.
    pub const fn arrow(self) -> &'static str {
        if self.plain() { "->" } else { "→" }
    }

    /// Before a branch that stands upon the one above it.
    pub const fn branch(self) -> &'static str {
        if self.plain() { "`- " } else { "└─ " }
    }

    /// Behind an order whose other end comes first.
    pub const fn reversed(self) -> &'static str {
        if self.plain() { " ^" } else { " ▴" }
    }

    /// Says that rows would change places.
    pub const fn moved(self) -> &'static str {
        if self.plain() { "^v" } else { "↕" }
    }

    /// Says that so many lines follow.
    pub fn below(self, lines: usize) -> String {
        format!("▾ {lines} more")
    }

    /// Separates parts of a line.
    pub const fn dot(self) -> &'static str {
        if self.plain() { " | " } else { " · " }
    }

    pub const fn border(self) -> border::Set<'static> {
        if self.plain() {
            border::Set {
                top_left: "+",
                top_right: "+",
                bottom_left: "+",
                bottom_right: "+",
                vertical_left: "|",
                vertical_right: "|",
                horizontal_top: "-",
                horizontal_bottom: "-",
            }
        } else {
            border::ROUNDED
        }
    }

    /// The text as this terminal can show it: our own signs in ASCII where it must be; on ASCII
    /// terminals everything else becomes `?`.
    pub fn text(self, text: &str) -> std::borrow::Cow<'_, str> {
        if !self.plain() || text.is_ascii() {
            return text.into();
        }
        text.chars()
            .map(|c| match c {
                c if c.is_ascii() => c,
                '…' => '~',
                '–' | '—' | '─' | '−' => '-',
                '→' => '>',
                '←' => '<',
                '↑' | '▴' => '^',
                '↓' | '▾' => 'v',
                '×' => 'x',
                '·' => '|',
                _ if self.ascii => '?',
                c => c,
            })
            .collect::<String>()
            .into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const STAGES: [StageStatus; 7] = [
        StageStatus::Pending,
        StageStatus::Running,
        StageStatus::Passed,
        StageStatus::Failed,
        StageStatus::Merged,
        StageStatus::Closed,
        StageStatus::Skipped,
    ];

    #[test]
    fn failures_are_filled_and_nothing_else_is() {
        for theme in [Theme::default(), Theme { color: true, ..Theme::default() }] {
            for status in STAGES {
                let is_filled = theme.stage_mark(&status).add_modifier.contains(Modifier::REVERSED);
                assert_eq!(is_filled, status == StageStatus::Failed, "{status:?}");
            }
            for risk in [Risk::Low, Risk::Medium, Risk::High] {
                let is_filled = theme.risk_mark(&risk).add_modifier.contains(Modifier::REVERSED);
                assert_eq!(is_filled, risk == Risk::High, "{risk:?}");
            }
        }
    }

    #[test]
    fn signs_beside_each_other_differ() {
        for ascii in [false, true] {
            let theme = Theme { ascii, ..Theme::default() };
            // More of something is `+`.
            let mut signs = vec![theme.news(), theme.mark(), "+"];
            signs.extend(STAGES.iter().map(|status| theme.stage(status)));
            let all = signs.len();
            signs.sort_unstable();
            signs.dedup();
            assert_eq!(signs.len(), all, "{signs:?}");
        }
    }
}
