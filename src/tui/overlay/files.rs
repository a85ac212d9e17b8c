//! The changed files: a list with lines added and removed, and the patch of the selected one.

use ratatui::{Frame, style::Style, widgets::Clear};

use super::{Backdrop, Keys, Layer, Reaction};
use crate::{
    domain::{
        files::{ChangedFile, Files, Spot, patch_row},
        ids::PrKey,
        text::{counted, truncate_start, width},
    },
    tui::{
        action::Action,
        geometry::{Area, body},
        keymap::Keymap,
        msg::Turn,
        pen::{Pen, rect},
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
    pub scroll: usize,
    /// The requested line.
    pub spot: Option<Spot>,
}

/// The requested line's place in the files.
#[derive(Clone, Copy)]
struct Landing {
    /// Index of the file.
    file: usize,
    /// Row of its patch; `None` where no line is requested, or the patch does not show it.
    row: Option<usize>,
}

impl FilesView {
    /// Before the files are read.
    pub const fn new(key: PrKey, spot: Option<Spot>) -> Self {
        Self { key, files: None, cursor: 0, scroll: 0, spot }
    }

    /// Takes in the files, and goes to the requested line, which then stands below the upper quarter of the patch.
    pub fn take(&mut self, files: Result<Files, String>, size: (u16, u16)) {
        if matches!(self.files, Some(Ok(_))) {
            // An answer to the same question, asked once more: the reader has moved since.
            return;
        }
        self.files = Some(files);
        let Some(found) = self.found() else { return };
        let above = usize::from(areas(size).1.height) / 4;
        self.cursor = found.file;
        self.scroll = found.row.unwrap_or_default().saturating_sub(above).min(self.last_scroll(size));
    }

    /// The last line at which the patch may start, so that no empty lines follow.
    fn last_scroll(&self, size: (u16, u16)) -> usize {
        let Some(Ok(Files::Known(files))) = &self.files else { return 0 };
        let lines = files.get(self.cursor).and_then(|file| file.patch.as_ref()).map_or(0, Vec::len);
        // A line of the area is the file's name.
        lines.saturating_sub(usize::from(areas(size).1.height.saturating_sub(1)).max(1))
    }

    /// Another file is shown from its begin.
    const fn choose(&mut self, file: usize) {
        if file != self.cursor {
            (self.cursor, self.scroll) = (file, 0);
        }
    }

    /// `None` where no line is requested, or its file is not among these.
    fn found(&self) -> Option<Landing> {
        let (Some(Ok(Files::Known(files))), Some(spot)) = (&self.files, &self.spot) else { return None };
        let at = files.iter().position(|file| file.path == spot.file.trim())?;
        let patch = files.get(at).and_then(|file| file.patch.as_deref());
        let row = patch.zip(spot.line).and_then(|(patch, line)| patch_row(patch, line));
        Some(Landing { file: at, row })
    }
}

impl Layer for FilesView {
    fn keys(&self) -> Keys {
        &[
            (&[Action::Back], "closes"),
            (&[Action::Down, Action::Up], "file"),
            (&[Action::PageDown, Action::PageUp], "patch"),
            (&[Action::Top, Action::Bottom], "its ends"),
            (&[Action::NextPane, Action::PrevPane, Action::Right, Action::Left], ""),
        ]
    }

    fn act(&mut self, action: Action, back: Backdrop<'_>) -> Reaction {
        if action == Action::Back {
            return Reaction::Close;
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
                self.scroll = step.step(self.scroll, page, self.last_scroll(back.size) + 1);
            }
            _ => {}
        }
        Reaction::Stay
    }

    fn wheel(&mut self, (x, y): (u16, u16), turn: Turn, back: Backdrop<'_>) {
        let Some(Ok(Files::Known(files))) = &self.files else { return };
        let (list, patch) = areas(back.size);
        if list.contains(x, y) {
            let to = turn.from(self.cursor, files.len());
            self.choose(to);
        } else if patch.contains(x, y) {
            self.scroll = turn.from(self.scroll, self.last_scroll(back.size) + 1);
        }
    }

    fn draw(&self, back: Backdrop<'_>, _: &Keymap, theme: Theme, frame: &mut Frame<'_>) {
        let area = body(back.size);
        frame.render_widget(Clear, rect(area));
        let name = format!("{}{}", back.board.full_name(self.key.repo), self.key.number);
        let mut pen = Pen::new(frame, Area { height: 1, ..area }, theme);
        pen.put(&format!(" {name}"), theme.accent());
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
        let added: u64 = files.iter().map(|f| f.additions).sum();
        let removed: u64 = files.iter().map(|f| f.deletions).sum();
        pen.put(&format!("  {}", counted(files.len(), "file")), Style::new());
        pen.put(&format!("  +{added}"), theme.good());
        pen.put(&format!(" -{removed}"), theme.bad());
        let found = self.found();
        if let Some(missed) = missed(self, files, found) {
            pen.put(&format!("   {missed}"), theme.warn());
        }
        let (list_area, patch_area) = areas(back.size);
        list(frame, list_area, theme, files, self.cursor);
        if let Some(file) = files.get(self.cursor) {
            let row = found.filter(|found| found.file == self.cursor).and_then(|found| found.row);
            patch(frame, patch_area, theme, file, self.scroll, row);
        }
    }
}

/// Below the first line: the list, and the patch with its title. Side by side where there is room, else one above
/// the other.
fn areas(size: (u16, u16)) -> (Area, Area) {
    let body = body(size);
    let area = Area { y: body.y + 1, height: body.height.saturating_sub(1), ..body };
    if area.width >= 100 {
        let left = area.width * 2 / 5;
        (Area { width: left, ..area }, Area { x: area.x + left, width: area.width - left, ..area })
    } else {
        let upper = (area.height / 3).max(1).min(area.height);
        (area.rows(0, upper), area.rows(upper, area.height - upper))
    }
}

/// Why the requested line is not shown.
fn missed(view: &FilesView, files: &[ChangedFile], found: Option<Landing>) -> Option<String> {
    let spot = view.spot.as_ref()?;
    let name = spot.file.rsplit('/').next().unwrap_or_default();
    let Some(found) = found else { return Some(format!("{name} is not among them")) };
    let file = files.get(found.file)?;
    match (spot.line, found.row) {
        _ if file.status == "removed" => Some(format!("{name} is deleted")),
        (Some(line), None) if file.patch.is_some() => Some(format!("line {line} is not in its patch")),
        _ => None,
    }
}

fn list(frame: &mut Frame<'_>, area: Area, theme: Theme, files: &[ChangedFile], cursor: usize) {
    let mut pen = Pen::new(frame, area, theme);
    let visible = usize::from(area.height).max(1);
    let top = (cursor + 1).saturating_sub(visible);
    for (n, file) in files.iter().enumerate().skip(top).take(visible) {
        let style = if n == cursor { theme.strong() } else { Style::new() };
        pen.put(if n == cursor { theme.cursor() } else { " " }, theme.accent());
        // Git's letters: R is a renamed file.
        let word = if file.status == "removed" { "deleted" } else { &file.status };
        let sign = word.chars().next().unwrap_or(' ').to_ascii_uppercase();
        pen.put(&format!("{sign} "), theme.dim());
        let (added, removed) = (format!("+{}", file.additions), format!("-{}", file.deletions));
        let right = width(&added) + width(&removed) + 3;
        let room = pen.room().saturating_sub(right);
        pen.put(&truncate_start(&file.path, room), style);
        pen.to(usize::from(area.width).saturating_sub(right - 1));
        pen.put(&added, theme.good());
        pen.put(" ", Style::new());
        pen.put(&removed, theme.bad());
        pen.newline();
    }
}

/// The patch from row `scroll` on; row `marked` is the requested line.
fn patch(
    frame: &mut Frame<'_>,
    area: Area,
    theme: Theme,
    file: &ChangedFile,
    scroll: usize,
    marked: Option<usize>,
) {
    let mut pen = Pen::new(frame, area, theme);
    let rule = theme.thin().repeat(2);
    pen.put(&format!("{rule} "), theme.dim());
    let room = pen.room();
    pen.put(&truncate_start(&file.path, room), theme.accent());
    pen.newline();
    let Some(lines) = &file.patch else {
        pen.to(1);
        pen.line("GitHub sent no patch for this file: it is binary, or too large.", theme.dim());
        return;
    };
    let visible = pen.lines_left();
    for (n, line) in lines.iter().enumerate().skip(scroll).take(visible) {
        let style = match line.as_bytes().first() {
            Some(b'+') => theme.good(),
            Some(b'-') => theme.bad(),
            Some(b'@') => theme.accent(),
            Some(_) | None => Style::new(),
        };
        let is_marked = marked == Some(n);
        pen.put(if is_marked { theme.cursor() } else { " " }, theme.accent());
        pen.put(line, if is_marked { style.patch(theme.strong()) } else { style });
        if n + 1 == scroll + visible && n + 1 < lines.len() {
            let more = counted(lines.len() - n - 1, "more line");
            pen.put_right(&format!(" {more} "), theme.warn());
        }
        pen.newline();
    }
}
