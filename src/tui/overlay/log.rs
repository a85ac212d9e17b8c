//! The log of a job, opened at the first error.

mod content;
mod draw;
mod scroll;

use std::sync::Arc;

use ratatui::Frame;

use self::content::{Content, Place};
use super::{
    Backdrop, Keys, Layer, Reaction,
    lines::{Line, Rows as _},
};
use crate::{
    domain::{
        ids::PrKey,
        log::{Attempt, Job, Log, LogAsk, LogNews},
    },
    tui::{
        action::Action,
        keymap::{Hint, Keymap, Scope},
        msg::{Edit, Turn},
        theme::Theme,
    },
};

/// Bytes for the clipboard: terminals take about so many.
const COPIED: usize = 64 * 1024;

/// The search in the log; it began at a place, and a first line.
type Search = super::search::Search<Place, (Option<Place>, Line)>;

/// A log, and the reader's place in it.
#[derive(Clone, Debug)]
pub struct LogView {
    /// Which log is shown, or still read.
    pub ask: LogAsk,
    /// The one that was opened: of the newest attempt.
    first: LogAsk,
    /// The page of the check.
    url: Option<String>,
    job: Option<Job>,
    /// The newest attempt.
    newest: Option<Attempt>,
    /// Bytes read so far.
    read: u64,
    /// Why there is no log, or no more of it.
    refused: Option<String>,
    content: Content,
    /// `None` before there is anything.
    cursor: Option<Place>,
    /// The first line that is shown.
    top: Line,
    /// The reader has gone somewhere.
    moved: bool,
    wrapped: bool,
    stamps: bool,
    search: Option<Search>,
    /// A word about the last key.
    said: Option<&'static str>,
}

impl LogView {
    /// Before anything of it is known.
    pub fn new(ask: LogAsk, url: Option<String>) -> Self {
        Self {
            first: ask.clone(),
            ask,
            url,
            job: None,
            newest: None,
            read: 0,
            refused: None,
            content: Content::default(),
            cursor: None,
            top: Line::default(),
            moved: false,
            wrapped: false,
            stamps: false,
            search: None,
            said: None,
        }
    }

    pub const fn key(&self) -> PrKey {
        self.ask.key
    }

    /// Takes in what comes of asking.
    pub fn take(&mut self, news: LogNews, size: (u16, u16)) {
        match news {
            LogNews::Job(job) => {
                self.newest = self.newest.or(job.attempt);
                self.job = Some(*job);
            }
            LogNews::Reading(bytes) => self.read = bytes,
            LogNews::Log(log) => self.take_log(log, size),
            LogNews::Annotations(notes) => {
                let rest = self.offset(size);
                self.content.take_notes(notes);
                self.rest(rest, size);
            }
            LogNews::Withheld(why) => self.refused = Some(why.to_string()),
            LogNews::Failed(why) => self.refused = Some(why),
        }
    }

    /// Nothing can be asked.
    pub fn refuse(&mut self, why: &str) {
        if self.job.is_none() {
            self.refused = Some(why.to_owned());
        }
    }

    fn take_log(&mut self, log: Arc<Log>, size: (u16, u16)) {
        self.read = log.bytes;
        let (error, is_exit, rest) = (log.error, log.is_exit, self.offset(size));
        self.content.take_log(log);
        if let Some(place) = self.cursor.filter(|_| self.moved) {
            self.content.reveal(place);
            self.rest(rest, size);
            return;
        }
        let end = self.content.count().saturating_sub(1);
        // The reason of an exit code stands above it.
        let above = if is_exit || error.is_none() { 3 } else { 1 };
        if let Some(place) = error.map(Place::Line).or_else(|| self.content.place(end)) {
            self.go(place, above, size);
        }
    }

    fn fold(&mut self, size: (u16, u16)) {
        let Some(place) = self.cursor else { return };
        let offset = self.offset(size);
        match self.content.toggle(place) {
            Some(head) => {
                self.cursor = Some(head);
                let below = self.lines(Self::area(size).width).between(self.top, Line::of(self.row()));
                self.rest(below.min(offset), size);
            }
            None => self.said = Some("Nothing to fold here"),
        }
    }

    /// The search goes to a place that was found.
    fn hop(&mut self, forward: bool, size: (u16, u16)) {
        let (Some(search), Some(here)) = (&self.search, self.cursor) else { return };
        if let Some(to) = if forward { search.after(here) } else { search.before(here) } {
            self.go(to, 1, size);
        }
    }

    fn hop_error(&mut self, forward: bool, size: (u16, u16)) {
        let here = self.cursor.unwrap_or(Place::Line(0));
        match self.content.error(here, forward) {
            Some(to) => self.go(to, 1, size),
            None if forward => self.said = Some("No error below"),
            None => self.said = Some("No error above"),
        }
    }

    /// Reads the log of the attempt before, and after the first one the newest again.
    fn earlier(&mut self) -> Reaction {
        let now = self.job.as_ref().and_then(|job| job.attempt);
        let now = self.ask.attempt.or(now);
        let Some((now, newest)) = now.zip(self.newest) else {
            self.said = Some("Its attempts are not known yet");
            return Reaction::Stay;
        };
        if newest.number <= 1 {
            self.said = Some("There is one attempt only");
            return Reaction::Stay;
        }
        let number = if now.number > 1 { now.number - 1 } else { newest.number };
        let attempt = (number < newest.number).then_some(Attempt { number, ..newest });
        let (stamps, wrapped) = (self.stamps, self.wrapped);
        let ask = LogAsk { attempt, ..self.first.clone() };
        let first = self.first.clone();
        *self =
            Self { first, stamps, wrapped, newest: Some(newest), ..Self::new(ask.clone(), self.url.take()) };
        Reaction::Log(ask)
    }

    /// All that is held, as it is read by a pager.
    fn text(&self) -> String {
        let log = self.content.log();
        let mut text = String::with_capacity(log.held());
        for row in log.rows() {
            text.push_str(row.text);
            text.push('\n');
        }
        text
    }

    fn page_of(&self) -> Option<String> {
        self.job.as_ref().and_then(|job| job.url.clone()).or_else(|| self.url.clone())
    }
}

impl Layer for LogView {
    fn keys(&self) -> Keys {
        &[
            (&[Action::Back], "closes"),
            (&[Action::NextPlace, Action::PrevPlace], "error"),
            (&[Action::Act], "act"),
            (&[Action::Filter], "search"),
            (&[Action::Enter], "folds"),
            (&[Action::FoldAll], "all"),
            (&[Action::AbsoluteTimes], "times"),
            (&[Action::CopyNumber], "copy"),
            (&[Action::Pager], "pager"),
            (&[Action::Earlier], "attempt before"),
            (&[Action::OpenPullRequest], "browser"),
            (&[Action::Wrap], "wrap"),
            (&[Action::Down, Action::Up, Action::PageDown, Action::PageUp, Action::Top, Action::Bottom], ""),
            (
                &[
                    Action::Mark,
                    Action::NextMatch,
                    Action::PrevMatch,
                    Action::OpenCheck,
                    Action::CopyUrl,
                    Action::Left,
                ],
                "",
            ),
        ]
    }

    fn hints(&self, keymap: &Keymap) -> Vec<Hint> {
        Search::hints(self.search.as_ref(), self.keys(), keymap)
    }

    fn scope(&self) -> Scope {
        Scope::Log
    }

    fn is_typing(&self) -> bool {
        self.search.as_ref().is_some_and(|search| search.typing)
    }

    fn edit(&mut self, edit: &Edit, back: Backdrop<'_>) -> Reaction {
        let Some(mut search) = self.search.take() else { return Reaction::Stay };
        match edit {
            Edit::Line(edit) => {
                if search.line.edit(edit) {
                    search.look(self.content.rows());
                    (self.cursor, self.top) = search.origin;
                    if let Some(hit) = self.cursor.and_then(|here| search.from(here)) {
                        self.go(hit, 1, back.size);
                    }
                }
            }
            Edit::Accept => {
                search.typing = false;
                if search.line.text().is_empty() {
                    return Reaction::Stay;
                }
            }
            Edit::Cancel => {
                (self.cursor, self.top) = search.origin;
                return Reaction::Stay;
            }
            Edit::Up | Edit::Down | Edit::ListUp | Edit::ListDown | Edit::Tab => {}
        }
        self.search = Some(search);
        Reaction::Stay
    }

    fn act(&mut self, action: Action, back: Backdrop<'_>) -> Reaction {
        let size = back.size;
        self.said = None;
        self.moved = true;
        match action {
            Action::Back | Action::Left => {
                return if self.search.take().is_some() { Reaction::Stay } else { Reaction::NoLog };
            }
            Action::Earlier => return self.earlier(),
            Action::Act => return Reaction::Act(self.key()),
            Action::OpenPullRequest | Action::OpenCheck => {
                return match self.page_of() {
                    Some(url) => Reaction::Open(self.ask.name.clone(), url),
                    None => Reaction::Stay,
                };
            }
            Action::CopyUrl => return self.page_of().map_or(Reaction::Stay, Reaction::Copy),
            _ => {}
        }
        let Some(here) = self.cursor else { return Reaction::Stay };
        match action {
            Action::Enter => {
                if let Some(note) = self.content.note(here) {
                    if let Some(spot) = note.spot.clone() {
                        return Reaction::File(self.key(), spot);
                    }
                    self.said = Some("It names no file");
                } else {
                    self.fold(size);
                }
            }
            Action::Mark => self.fold(size),
            Action::FoldAll => {
                let offset = self.offset(size);
                self.content.toggle_all();
                self.cursor = self.content.place(self.row());
                self.rest(offset, size);
            }
            Action::AbsoluteTimes | Action::Wrap => {
                let offset = self.offset(size);
                let switch = if action == Action::Wrap { &mut self.wrapped } else { &mut self.stamps };
                *switch = !*switch;
                self.rest(offset, size);
            }
            Action::Filter => self.search = Some(Search::begin((self.cursor, self.top))),
            Action::NextMatch | Action::PrevMatch => self.hop(action == Action::NextMatch, size),
            Action::NextPlace | Action::PrevPlace => self.hop_error(action == Action::NextPlace, size),
            Action::CopyNumber => return Reaction::Copy(self.content.copied(here, COPIED)),
            Action::Pager => return Reaction::Page(self.text()),
            step => self.step(step, size),
        }
        Reaction::Stay
    }

    fn wheel(&mut self, _: (u16, u16), turn: Turn, back: Backdrop<'_>) {
        let (lines, page) = (self.lines(Self::area(back.size).width), Self::page(back.size));
        let last = lines.last_top(page);
        let top = turn.steps(self.top(back.size), |at, step| lines.step(step, at, 1, last));
        let line = Line::of(self.row()).clamp(top, lines.down(top, page - 1));
        self.moved = true;
        self.top = top;
        self.cursor = self.content.place(line.row).or(self.cursor);
    }

    fn draw(&self, back: Backdrop<'_>, _: &Keymap, theme: Theme, frame: &mut Frame<'_>) {
        draw::draw(self, back, theme, frame);
    }
}
