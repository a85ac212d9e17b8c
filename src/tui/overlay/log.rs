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
        check::Check,
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

/// Columns of a terminal below which lines are wrapped from the first.
const NARROW: u16 = 80;
/// Bytes for the clipboard: terminals take about so many.
const COPIED: usize = 64 * 1024;

/// The search in the log; it began at a place, and a first line.
type Search = super::search::Search<Place, (Option<Place>, Line)>;

/// A log, and the reader's place in it.
#[derive(Clone, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "independent facts")]
pub struct LogView {
    /// Which log is shown, or still read.
    pub ask: LogAsk,
    /// The one that was opened: of the newest attempt.
    first: LogAsk,
    /// The check whose log was opened.
    pub check: Check,
    /// What there is of it by now beyond what is shown, and its job.
    newer: Option<(Check, i64)>,
    job: Option<Job>,
    /// The newest attempt.
    newest: Option<Attempt>,
    /// It had not ended when an earlier one was turned to.
    is_awaited: bool,
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
    pub fn new(ask: LogAsk, check: Check, (columns, _): (u16, u16)) -> Self {
        Self {
            first: ask.clone(),
            ask,
            check,
            newer: None,
            job: None,
            newest: None,
            is_awaited: false,
            read: 0,
            refused: None,
            content: Content::default(),
            cursor: None,
            top: Line::default(),
            moved: false,
            wrapped: columns < NARROW,
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

    /// Takes in how the check stands by now, and its job: a newer attempt, or the end of one that still ran, is told of.
    pub fn take_check(&mut self, check: &Check, job: i64, size: (u16, u16)) {
        let is_awaited =
            self.is_awaited || self.job.as_ref().is_some_and(|opened| opened.id == job && is_open(opened));
        let has_ended = is_awaited && !check.is_open();
        let is_newer = job > self.first.job || job == self.first.job && has_ended;
        // Its line takes one of the log's, which stay where they are.
        let offset = self.offset(size).saturating_sub(usize::from(is_newer && self.newer.is_none()));
        self.newer = is_newer.then(|| (check.clone(), job));
        self.rest(offset, size);
    }

    /// The job was at work when it was opened, and is so no more.
    fn has_ended(&self) -> bool {
        self.job.as_ref().is_some_and(is_open)
            && self.newer.as_ref().is_some_and(|(check, _)| !check.is_open())
    }

    /// Seconds of it are on the screen.
    pub fn counts_seconds(&self) -> bool {
        self.newer.as_ref().is_some_and(|(check, _)| check.is_running() && check.started_at.is_some())
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
                let below = self.lines(size.0).between(self.top, Line::of(self.row()));
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

    /// Reads what there is by now, else the log of the attempt before, and after the first one the newest again.
    fn earlier(&mut self, size: (u16, u16)) -> Reaction {
        let (wrapped, stamps) = (self.wrapped, self.stamps);
        if let Some((check, job)) = self.newer.take() {
            let ask = LogAsk { job, ..self.first.clone() };
            *self = Self { wrapped, stamps, ..Self::new(ask.clone(), check, size) };
            return Reaction::Log(ask);
        }
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
        let ask = LogAsk { attempt, ..self.first.clone() };
        let new = Self::new(ask.clone(), self.check.clone(), size);
        let is_awaited = attempt.is_some() && (self.is_awaited || self.job.as_ref().is_some_and(is_open));
        let newest = Some(newest);
        *self = Self { first: self.first.clone(), newest, is_awaited, wrapped, stamps, ..new };
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
        self.job.as_ref().and_then(|job| job.url.clone()).or_else(|| self.check.url.clone())
    }
}

/// It has not ended.
fn is_open(job: &Job) -> bool {
    job.outcome().is_open()
}

impl Layer for LogView {
    fn keys(&self) -> Keys {
        &[
            (&[Action::Back], "closes"),
            (&[Action::NextPlace, Action::PrevPlace], "error"),
            (&[Action::Act], "act"),
            (&[Action::Filter], "search"),
            (&[Action::Wrap], "wrap"),
            (&[Action::Enter], "folds"),
            (&[Action::FoldAll], "all"),
            (&[Action::AbsoluteTimes], "times"),
            (&[Action::CopyNumber], "copy"),
            (&[Action::Pager], "pager"),
            (&[Action::OpenPullRequest], "browser"),
            (&[Action::Down, Action::Up, Action::PageDown, Action::PageUp, Action::Top, Action::Bottom], ""),
            (
                &[
                    Action::Mark,
                    Action::Earlier,
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

    /// The other attempts come early, where there are any.
    fn hints(&self, keymap: &Keymap) -> Vec<Hint> {
        let mut hints = Search::hints(self.search.as_ref(), self.keys(), keymap);
        let shown = self.ask.attempt.or_else(|| self.job.as_ref()?.attempt);
        let is_first = shown.is_some_and(|attempt| attempt.number <= 1);
        let word = if self.newer.is_some() || is_first { "newest" } else { "earlier" };
        let has_others = self.newer.is_some() || self.newest.is_some_and(|newest| newest.number > 1);
        if has_others && !self.is_typing() {
            hints.insert(2.min(hints.len()), keymap.hint(&[Action::Earlier], word));
        }
        hints
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
            Action::Earlier => return self.earlier(size),
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
        let (lines, page) = (self.lines(back.size.0), self.page(back.size));
        let last = lines.last_top(page);
        let top = turn.steps(self.top(back.size), |at, step| lines.step(step, at, 1, last));
        let line = Line::of(self.row()).clamp(top, lines.down(top, page - 1));
        self.moved = true;
        self.top = top;
        self.cursor = self.content.place(line.row).or(self.cursor);
    }

    fn draw(&self, back: Backdrop<'_>, keymap: &Keymap, theme: Theme, frame: &mut Frame<'_>) {
        draw::draw(self, back, keymap, theme, frame);
    }
}
