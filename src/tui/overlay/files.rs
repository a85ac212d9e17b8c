//! The changed files: a list with lines added and removed, and the patch of the selected one.

mod draw;
mod within;

use ratatui::{Frame, style::Style, widgets::Clear};

use self::within::Within;
use super::{
    Backdrop, Keys, Layer, LogView, Reaction,
    lines::{Line, Lines},
};
use crate::{
    domain::{
        files::{ChangedFile, Files, Spot, patch_row},
        ids::PrKey,
        text::counted,
    },
    tui::{
        action::Action,
        geometry::Area,
        keymap::{Hint, Keymap, Scope},
        msg::{Edit, Turn},
        pen::{Pen, put_cursor, rect},
        theme::Theme,
    },
};

/// The changed files of a pull request, and the reader's place among them.
#[derive(Clone, Debug)]
pub struct FilesView {
    pub key: PrKey,
    /// `None` while they are read; the error says why they cannot be.
    pub files: Option<Result<Files, String>>,
    /// Index of the selected file.
    pub cursor: usize,
    /// First line of its patch that is shown.
    pub scroll: Line,
    /// The requested line.
    pub spot: Option<Spot>,
    /// Places that the insight names.
    alerts: Vec<Spot>,
    /// The marked row: requested, found, or hopped to.
    place: Option<Place>,
    /// Long rows are wrapped.
    wrapped: bool,
    search: Option<Search>,
    within: Within,
    /// The log from which the reader has come, and goes back.
    pub behind: Option<Box<LogView>>,
}

/// The search in the patches of all files; it began at a file, a first line and a place.
type Search = super::search::Search<Place, (usize, Line, Option<Place>)>;

/// A place in the files.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Place {
    /// Index of the file.
    file: usize,
    /// Row of its patch; `None` for the file as a whole.
    row: Option<usize>,
}

impl FilesView {
    /// Before the files are read.
    pub const fn new(key: PrKey, spot: Option<Spot>, alerts: Vec<Spot>) -> Self {
        Self {
            key,
            files: None,
            cursor: 0,
            scroll: Line::of(0),
            spot,
            alerts,
            place: None,
            wrapped: false,
            search: None,
            within: Within::Body,
            behind: None,
        }
    }

    /// Takes in the files, and goes to the requested line.
    pub fn take(&mut self, files: Result<Files, String>, size: (u16, u16)) {
        if matches!(self.files, Some(Ok(_))) {
            // An answer to the same question, asked once more: the reader has moved since.
            return;
        }
        self.files = Some(files);
        if let Some(found) = self.spot.as_ref().and_then(|spot| self.place_of(spot)) {
            self.go(found, size);
        }
    }

    fn known(&self) -> &[ChangedFile] {
        match &self.files {
            Some(Ok(Files::Known(files))) => files,
            Some(Ok(Files::Unknown(_)) | Err(_)) | None => &[],
        }
    }

    /// The rows of a file's patch.
    fn patch(&self, file: usize) -> &[String] {
        self.known().get(file).and_then(|file| file.patch.as_deref()).unwrap_or_default()
    }

    /// A patch's rows on the screen's lines, in an area of this width.
    fn lines<'p>(&self, patch: &'p [String], width: u16) -> Lines<'p, [String]> {
        let cells = usize::from(width).saturating_sub(1 + draw::number_cells(patch, width));
        Lines::new(patch, cells, self.wrapped)
    }

    /// Lines of the patch on a screen. A line of the area is the file's name.
    fn page(&self, size: (u16, u16)) -> usize {
        usize::from(self.areas(size).1.height.saturating_sub(1)).max(1)
    }

    /// The selected file's patch, and the last line at which it may start, so that no empty lines follow.
    fn shown(&self, size: (u16, u16)) -> (Lines<'_, [String]>, Line) {
        let lines = self.lines(self.patch(self.cursor), self.areas(size).1.width);
        let last = lines.last_top(self.page(size));
        (lines, last)
    }

    /// Another file is shown from its begin.
    const fn choose(&mut self, file: usize) {
        if file != self.cursor {
            (self.cursor, self.scroll) = (file, Line::of(0));
        }
    }

    /// Marks a place, and shows its row below the upper quarter of the patch.
    fn go(&mut self, place: Place, size: (u16, u16)) {
        (self.cursor, self.place) = (place.file, Some(place));
        let above = usize::from(self.areas(size).1.height) / 4;
        let (lines, last) = self.shown(size);
        self.scroll = lines.up(Line::of(place.row.unwrap_or_default()), above).min(last);
    }

    /// The marked row, if it is of the selected file.
    fn row(&self) -> Option<usize> {
        self.place.filter(|place| place.file == self.cursor)?.row
    }

    /// The place where the reader is: the marked one as long as it is on the screen.
    fn here(&self, size: (u16, u16)) -> Place {
        let end = self.shown(size).0.down(self.scroll, self.page(size) - 1);
        let marked = self.row().filter(|row| (self.scroll..=end).contains(&Line::of(*row)));
        let first = (self.scroll > Line::of(0)).then_some(self.scroll.row);
        Place { file: self.cursor, row: marked.or(first) }
    }

    /// `None` where the file is not among these.
    fn place_of(&self, spot: &Spot) -> Option<Place> {
        let file = self.known().iter().position(|file| file.path == spot.file.trim())?;
        Some(Place { file, row: spot.line.and_then(|line| patch_row(self.patch(file), line)) })
    }

    /// The rows of a file that the insight names.
    fn alert_rows(&self, file: usize) -> Vec<usize> {
        let places = self.alerts.iter().filter_map(|spot| self.place_of(spot));
        places.filter(|place| place.file == file).filter_map(|place| place.row).collect()
    }

    /// The next begin of a file, or place that the insight names; or the one before. At an end, on from the other.
    fn hop(&mut self, forward: bool, size: (u16, u16)) {
        let here = self.here(size);
        let begins = (0..self.known().len()).map(|file| Place { file, row: None });
        let alerts = self.alerts.iter().filter_map(|spot| self.place_of(spot));
        let mut places: Vec<Place> = begins.chain(alerts).collect();
        places.sort_unstable();
        let to = if forward {
            places.iter().find(|place| **place > here).or(places.first())
        } else {
            places.iter().rev().find(|place| **place < here).or(places.last())
        };
        let to = to.copied();
        if let Some(to) = to {
            self.go(to, size);
        }
    }

    /// Goes to the next line found, or the one before.
    fn hop_found(&mut self, forward: bool, size: (u16, u16)) {
        let here = self.here(size);
        let Some(search) = &self.search else { return };
        if let Some(to) = if forward { search.after(here) } else { search.before(here) } {
            self.go(to, size);
        }
    }

    /// Wraps long rows or cuts them; the first row shown stays.
    fn wrap(&mut self, size: (u16, u16)) {
        self.wrapped = !self.wrapped;
        self.scroll = Line::of(self.scroll.row).min(self.shown(size).1);
    }
}

impl FilesView {
    /// The sums of all files, and why the requested line is not shown.
    fn sums(&self, pen: &mut Pen<'_>, files: &[ChangedFile], theme: Theme) {
        let added: u64 = files.iter().map(|f| f.additions).sum();
        let removed: u64 = files.iter().map(|f| f.deletions).sum();
        pen.put(&format!("  {}", counted(files.len(), "file")), Style::new());
        pen.put(&format!("  +{added}"), theme.good());
        pen.put(&format!(" −{removed}"), theme.bad());
        if let Some(missed) = missed(self, files) {
            pen.put(&format!("   {missed}"), theme.warn());
        }
    }
}

impl Layer for FilesView {
    fn keys(&self) -> Keys {
        &[
            (&[Action::Back], "closes"),
            (&[Action::Down, Action::Up], "file"),
            (&[Action::PageDown, Action::PageUp], "patch"),
            (&[Action::NextPlace, Action::PrevPlace], "file/alert"),
            (&[Action::Filter], "search"),
            (&[Action::Wrap], "wrap"),
            (&[Action::Top, Action::Bottom], "its ends"),
            (&[Action::NextPane, Action::PrevPane, Action::Right, Action::Left], ""),
            (&[Action::NextMatch, Action::PrevMatch], ""),
        ]
    }

    fn hints(&self, keymap: &Keymap) -> Vec<Hint> {
        Search::hints(self.search.as_ref(), self.keys(), keymap)
    }

    fn scope(&self) -> Scope {
        Scope::Files
    }

    fn is_typing(&self) -> bool {
        self.search.as_ref().is_some_and(|search| search.typing)
    }

    fn edit(&mut self, edit: &Edit, back: Backdrop<'_>) -> Reaction {
        let Some(mut search) = self.search.take() else { return Reaction::Stay };
        match edit {
            Edit::Line(edit) => {
                if search.line.edit(edit) {
                    search.look(rows(self.known()));
                    let (file, scroll, place) = search.origin;
                    (self.cursor, self.scroll, self.place) = (file, scroll, place);
                    if let Some(hit) = search.from(self.here(back.size)) {
                        self.go(hit, back.size);
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
                (self.cursor, self.scroll, self.place) = search.origin;
                return Reaction::Stay;
            }
            Edit::Up | Edit::Down | Edit::ListUp | Edit::ListDown | Edit::Tab => {}
        }
        self.search = Some(search);
        Reaction::Stay
    }

    fn act(&mut self, action: Action, back: Backdrop<'_>) -> Reaction {
        if action == Action::Back {
            return if self.search.take().is_some() { Reaction::Stay } else { Reaction::Close };
        }
        let Some(Ok(Files::Known(files))) = &self.files else { return Reaction::Stay };
        let step = match action {
            Action::NextPane | Action::Right => Action::Down,
            Action::PrevPane | Action::Left => Action::Up,
            other => other,
        };
        match step {
            Action::Up | Action::Down => {
                let to = step.step(self.cursor, 1, files.len());
                self.choose(to);
            }
            Action::Top | Action::Bottom | Action::PageUp | Action::PageDown => {
                let page = usize::from(back.size.1) / 2;
                let (lines, last) = self.shown(back.size);
                self.scroll = lines.step(step, self.scroll, page, last);
            }
            Action::Filter => self.search = Some(Search::begin((self.cursor, self.scroll, self.place))),
            Action::NextMatch | Action::PrevMatch => self.hop_found(step == Action::NextMatch, back.size),
            Action::NextPlace | Action::PrevPlace => self.hop(step == Action::NextPlace, back.size),
            Action::Wrap => self.wrap(back.size),
            _ => {}
        }
        Reaction::Stay
    }

    fn wheel(&mut self, (x, y): (u16, u16), turn: Turn, back: Backdrop<'_>) {
        let Some(Ok(Files::Known(files))) = &self.files else { return };
        let (names, patch) = self.areas(back.size);
        if names.contains(x, y) {
            let to = turn.from(self.cursor, files.len());
            self.choose(to);
        } else if patch.contains(x, y) {
            let (lines, last) = self.shown(back.size);
            self.scroll = turn.steps(self.scroll, |at, step| lines.step(step, at, 1, last));
        }
    }

    fn draw(&self, back: Backdrop<'_>, _: &Keymap, theme: Theme, frame: &mut Frame<'_>) {
        let area = self.area(back.size);
        frame.render_widget(Clear, rect(area));
        let mut pen = Pen::new(frame, Area { height: area.height.min(1), ..area }, theme);
        if self.within == Within::Body {
            let name = format!("{}{}", back.board.full_name(self.key.repo), self.key.number);
            pen.put(&format!(" {name}"), theme.accent());
        }
        let files = match &self.files {
            Some(Ok(Files::Known(files))) => files,
            other => {
                pen.put("  changed files", theme.dim());
                let text = match other {
                    None => "Reading …",
                    Some(Ok(Files::Unknown(why))) => why,
                    Some(Err(error)) => error.as_str(),
                    Some(Ok(Files::Known(_))) => "",
                };
                let rest = Area { y: area.y + 1, height: area.height.saturating_sub(1), ..area };
                let mut pen = Pen::new(frame, rest, theme);
                pen.newline();
                pen.to(1);
                pen.paragraph(text, Style::new(), 4);
                return;
            }
        };
        let cursor = self.search.as_ref().map(|search| search.draw(&mut pen, self.place, theme));
        if self.search.is_none() {
            self.sums(&mut pen, files, theme);
        }
        let (list_area, patch_area) = self.areas(back.size);
        draw::list(frame, list_area, theme, files, self.cursor);
        if let Some(file) = files.get(self.cursor) {
            draw::patch(frame, patch_area, theme, self, file);
        }
        if let Some(column) = cursor.filter(|_| self.is_typing()) {
            put_cursor(frame, area, column);
        }
    }
}

/// The rows of all patches, in the files' order.
fn rows(files: &[ChangedFile]) -> impl Iterator<Item = (Place, &str)> {
    files.iter().enumerate().flat_map(|(file, changed)| {
        let rows = changed.patch.iter().flatten().enumerate();
        rows.map(move |(row, text)| (Place { file, row: Some(row) }, text.as_str()))
    })
}

/// Why the requested line is not shown.
fn missed(view: &FilesView, files: &[ChangedFile]) -> Option<String> {
    let spot = view.spot.as_ref()?;
    let name = spot.file.rsplit('/').next().unwrap_or_default();
    let Some(found) = view.place_of(spot) else { return Some(format!("{name} is not among them")) };
    let file = files.get(found.file)?;
    match (spot.line, found.row) {
        _ if file.status == "removed" => Some(format!("{name} is deleted")),
        (Some(line), None) if file.patch.is_some() => Some(format!("line {line} is not in its patch")),
        _ => None,
    }
}
