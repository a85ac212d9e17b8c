//! The reasons of the probability, as bars.

use super::piece::{BAR, Ink, PanelLine, Piece, line, may_stack, text};
use crate::domain::{
    assessment::Reason,
    text::{truncate, width},
};

/// Fewest cells in which a reason's group is named.
const GROUPED: usize = 64;
/// Halves of the cells of a bar.
const HALVES: u8 = 16;
/// Contributions in log-odds: of a full bar, and the least that is shown, which moves a probability by one point.
const FULL_BAR: f64 = 1.0;
const LEAST: f64 = 0.05;

/// `43 %`
pub fn percent(score: f64) -> String {
    format!("{:.0} %", 100.0 * score)
}

/// `█████▌   raises 420 lines in 12 files`: bars to one scale for all pull requests; a larger contribution stretches
/// it. Reasons below [`LEAST`] are left out, unless all are.
pub(super) fn reasons(list: &[Reason], cells: usize, most: usize) -> Vec<PanelLine> {
    const WORD: usize = 6;
    let largest = list.iter().map(|reason| reason.contribution.abs()).fold(0.0, f64::max);
    let least = if largest < LEAST { 0.0 } else { LEAST };
    let scale = largest.max(FULL_BAR);
    let named = cells >= GROUPED;
    let group = list.iter().map(|reason| width(&reason.group)).max().unwrap_or_default().min(12);
    let bar = if named { group + 1 } else { 0 };
    let words = bar + BAR + 1 + WORD + 1;
    let mut lines = Vec::new();
    for reason in list.iter().filter(|reason| reason.contribution.abs() >= least) {
        let share = reason.contribution.abs() / scale;
        let word = if reason.contribution < 0.0 { "lowers" } else { "raises" };
        let mut pieces = if named { vec![text(Ink::Plain, truncate(&reason.group, group))] } else { vec![] };
        pieces.extend([
            Piece::To(bar),
            Piece::Bar(halves(share), reason.contribution > 0.0),
            Piece::To(bar + BAR + 1),
            text(Ink::Plain, word),
        ]);
        if may_stack(cells, most) && words + width(&reason.text) > cells {
            lines.push(line(pieces));
            pieces = vec![text(Ink::Dim, truncate(&reason.text, cells))];
        } else {
            pieces.extend([
                Piece::To(words),
                text(Ink::Dim, truncate(&reason.text, cells.saturating_sub(words))),
            ]);
        }
        lines.push(line(pieces));
    }
    lines
}

/// Half cells of a bar; any contribution has at least one.
fn halves(share: f64) -> usize {
    let lit = (1..=HALVES).filter(|n| share * f64::from(HALVES) >= f64::from(*n) - 0.5).count();
    lit.max(usize::from(share > 0.0))
}
