//! Rows of text in their colours, with the marks of a search.

use ratatui::style::Style;

use super::search::Search;
use crate::{
    domain::text::truncate,
    tui::{pen::Pen, theme::Theme},
};

/// Writes a part of a row, which begins at this byte of it. Each style is for what follows its own byte.
pub(super) fn coloured<P: Copy + Ord, O>(
    pen: &mut Pen<'_>,
    (from, text): (usize, &str),
    (base, styles): (Style, &[(usize, Style)]),
    search: Option<&Search<P, O>>,
    theme: Theme,
) {
    // The end of a long row is not shown.
    let shown = truncate(text, pen.room());
    let pieces = search.map_or_else(|| vec![(false, shown.as_ref())], |search| search.pieces(&shown));
    let mut at = from;
    for (is_found, piece) in pieces {
        let mut rest = piece;
        while !rest.is_empty() {
            let begun = styles.partition_point(|(begin, _)| *begin <= at);
            let cut = styles.get(begun).map_or(rest.len(), |(next, _)| next - at);
            let (part, more) = rest.split_at_checked(cut).unwrap_or((rest, ""));
            let style = begun.checked_sub(1).and_then(|last| styles.get(last));
            let style = style.map_or(base, |(_, style)| base.patch(*style));
            pen.put(part, if is_found { style.patch(theme.found()) } else { style });
            at += part.len();
            rest = more;
        }
    }
}
