//! The changed files: a list with lines added and removed, and the patch of the selected one.

use ratatui::{Frame, style::Style, widgets::Clear};

use super::Scene;
use crate::{
    domain::{
        files::{ChangedFile, Files},
        text::{truncate_start, width},
    },
    tui::{
        action::Action,
        geometry::{Area, body, files as areas},
        model::{FilesView, Found},
        pen::{Pen, rect},
        theme::Theme,
    },
};

pub(super) fn draw(scene: Scene<'_>, frame: &mut Frame<'_>, view: &FilesView) {
    let (model, theme) = (scene.model, scene.theme);
    let area = body(model.size);
    frame.render_widget(Clear, rect(area));
    let name = format!("{}{}", model.board.full_name(view.key.repo), view.key.number);
    let mut pen = Pen::new(frame, Area { height: 1, ..area }, theme);
    pen.put(&format!(" {name}"), theme.accent());
    let files = match &view.files {
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
    pen.put(&format!("  {} files", files.len()), Style::new());
    pen.put(&format!("  +{added}"), theme.good());
    pen.put(&format!(" -{removed}"), theme.bad());
    let found = view.found();
    if let Some(missed) = missed(view, files, found) {
        pen.put(&format!("   {missed}"), theme.warn());
    }
    pen.put(&format!("   {}", hint(scene)), theme.dim());
    let (list_area, patch_area) = areas(model.size);
    list(frame, list_area, theme, files, view.cursor);
    if let Some(file) = files.get(view.cursor) {
        let row = found.filter(|found| found.file == view.cursor).and_then(|found| found.row);
        patch(frame, patch_area, theme, file, view.scroll, row);
    }
}

/// Why it does not stand at what it was opened for.
fn missed(view: &FilesView, files: &[ChangedFile], found: Option<Found>) -> Option<String> {
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

fn hint(scene: Scene<'_>) -> String {
    let key = |action| scene.keymap.first(action);
    format!(
        "{} {} file  {} {} patch  {} closes",
        key(Action::Down),
        key(Action::Up),
        key(Action::PageDown),
        key(Action::PageUp),
        key(Action::Back)
    )
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

/// The patch from a row on; the `marked` one is what it was opened for.
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
            pen.put_right(&format!(" {} more lines ", lines.len() - n - 1), theme.warn());
        }
        pen.newline();
    }
}
