//! Drawing of the list of files and of a patch.

use ratatui::{Frame, style::Style};

use super::{super::coloured::coloured, FilesView};
use crate::{
    domain::{
        code::{Language, Token},
        files::{ChangedFile, line_numbers},
        text::{truncate_start, width},
    },
    tui::{
        geometry::{Area, RULE},
        pen::Pen,
        theme::Theme,
    },
};

/// Cells left of a patch's text at most where the area is narrow; no numbers there.
const NARROW: u16 = 40;

/// Cells for the number of a line, with the blank behind it.
pub(super) fn number_cells(patch: &[String], width: u16) -> usize {
    if width < NARROW {
        return 0;
    }
    let largest = line_numbers(patch).flatten().max().unwrap_or_default();
    largest.to_string().len() + 1
}

pub(super) fn list(frame: &mut Frame<'_>, area: Area, theme: Theme, files: &[ChangedFile], cursor: usize) {
    let mut pen = Pen::new(frame, area, theme);
    let visible = usize::from(area.height).max(1);
    let top = (cursor + 1).saturating_sub(visible);
    let count = |sign: char, lines: u64| format!("{sign}{lines}");
    let widest =
        |lines: fn(&ChangedFile) -> u64| count('+', files.iter().map(lines).max().unwrap_or_default()).len();
    let (most_added, most_removed) = (widest(|file| file.additions), widest(|file| file.deletions));
    for (n, file) in files.iter().enumerate().skip(top).take(visible) {
        let style = if n == cursor { theme.strong() } else { Style::new() };
        pen.pointer(n == cursor);
        // Git's letters: R is a renamed file.
        let word = if file.status == "removed" { "deleted" } else { &file.status };
        let sign = word.chars().next().unwrap_or(' ').to_ascii_uppercase();
        pen.put(&format!("{sign} "), theme.dim());
        let right = most_added + most_removed + 3;
        let room = pen.room().saturating_sub(right);
        pen.put(&truncate_start(&file.path, room), style);
        pen.to(usize::from(area.width).saturating_sub(right - 1));
        pen.put(&format!("{:>most_added$} ", count('+', file.additions)), theme.good());
        pen.put(&format!("{:>most_removed$}", count('−', file.deletions)), theme.bad());
        pen.newline();
    }
}

/// The selected file's patch from its first line shown on, below a rule with its name.
pub(super) fn patch(frame: &mut Frame<'_>, area: Area, theme: Theme, view: &FilesView, file: &ChangedFile) {
    let rows = area.rows(1, area.height.saturating_sub(1));
    let below = patch_rows(&mut Pen::new(frame, rows, theme), rows.width, view, file, theme);
    let mut pen = Pen::new(frame, area.rows(0, 1), theme);
    // Where no line is long, nothing else shows that they are wrapped.
    let parts = [view.wrapped.then(|| "lines wrapped".to_owned()), (below > 0).then(|| theme.below(below))];
    let told = parts.into_iter().flatten().collect::<Vec<_>>().join(theme.dot());
    let told = if told.is_empty() { told } else { format!(" {told} ") };
    pen.put(&format!("{} ", theme.thin().repeat(RULE)), theme.dim());
    let room = pen.room().saturating_sub(width(&told) + RULE + 1);
    pen.put(&format!("{} ", truncate_start(&file.path, room)), theme.accent());
    pen.rule(&told, theme.accent());
}

/// The rows that fit; how many more there are.
fn patch_rows(pen: &mut Pen<'_>, width: u16, view: &FilesView, file: &ChangedFile, theme: Theme) -> usize {
    let Some(rows) = &file.patch else {
        pen.to(1);
        pen.line("GitHub sent no patch for this file: it is binary, or too large.", theme.dim());
        return 0;
    };
    let number_cells = number_cells(rows, width);
    let lines = view.lines(rows, width);
    let top = lines.down(view.scroll, 0);
    let alerts = view.alert_rows(view.cursor);
    let language = Language::of(&file.path);
    for (row, number) in line_numbers(rows).enumerate().skip(top.row) {
        let is_place = view.row() == Some(row);
        let style = style_of(&rows[row], theme);
        let style = if is_place { style.patch(theme.strong()) } else { style };
        let styles = styles_of(&rows[row], language, theme);
        let (parts, mut from) = (lines.text(row), 0);
        for (part, text) in parts.iter().enumerate() {
            if row == top.row && part < top.part {
                from += text.len();
                continue;
            }
            let (sign, sign_style) = match part {
                0 if is_place => (theme.cursor(), theme.accent()),
                0 if alerts.contains(&row) => (theme.alert(), theme.warn()),
                _ => (" ", Style::new()),
            };
            pen.put(sign, sign_style);
            let number = number.filter(|_| part == 0).map(|n| n.to_string()).unwrap_or_default();
            if number_cells > 0 {
                pen.put(&format!("{number:>0$} ", number_cells - 1), theme.dim());
            }
            coloured(pen, (from, text), (style, &styles), view.search.as_ref(), theme);
            from += text.len();
            if pen.lines_left() <= 1 {
                return rows.len() - row - usize::from(part + 1 == parts.len());
            }
            pen.newline();
        }
    }
    0
}

fn style_of(row: &str, theme: Theme) -> Style {
    match row.as_bytes().first() {
        Some(b'+') => theme.good(),
        Some(b'-') => theme.bad(),
        Some(b'@') => theme.accent(),
        Some(_) | None => Style::new(),
    }
}

/// How the pieces of a row look. In changed rows green and red tell what happened, and weight alone is left.
fn styles_of(row: &str, language: Option<&Language>, theme: Theme) -> Vec<(usize, Style)> {
    let Some((sign, code)) = row.split_at_checked(1) else { return vec![] };
    let Some(language) = language.filter(|_| matches!(sign, "+" | "-" | " ")) else { return vec![] };
    let style = |token| match token {
        Token::Keyword => theme.strong(),
        Token::Comment if sign == " " => theme.dim(),
        Token::Text if sign == " " => theme.warn(),
        Token::Number if sign == " " => theme.accent(),
        Token::Plain | Token::Comment | Token::Text | Token::Number => Style::new(),
    };
    language.tokens(code).into_iter().map(|(at, token)| (1 + at, style(token))).collect()
}
