//! The reasons of the probability, as bars.

use super::piece::{BAR, Ink, PanelLine, Piece, line, may_stack, text};
use crate::domain::{
    assessment::Reason,
    text::{truncate, width, wrap},
};

/// Most cells of a reason's group, which names its bar.
const LONGEST_GROUP: usize = 12;
/// Fewest cells in which words, and not signs, tell what a reason does.
const WORDED: usize = 64;
/// Most lines of a reason beside its first.
const MORE_LINES: usize = 2;
/// Halves of the cells of a bar.
const HALVES: u8 = 16;
/// Contributions in log-odds: of a full bar, and the least that is shown, which moves a probability by one point.
const FULL_BAR: f64 = 1.0;
const LEAST: f64 = 0.05;

/// `43 %`
pub fn percent(score: f64) -> String {
    format!("{:.0} %", 100.0 * score)
}

/// `size   █████▌   raises 420 lines in 12 files`: bars to one scale for all pull requests; a larger contribution
/// stretches it. Reasons below [`LEAST`] are left out, unless all are.
pub(super) fn reasons(list: &[Reason], cells: usize, most: usize) -> Vec<PanelLine> {
    let largest = list.iter().map(|reason| reason.contribution.abs()).fold(0.0, f64::max);
    let least = if largest < LEAST { 0.0 } else { LEAST };
    let scale = largest.max(FULL_BAR);
    let group = list.iter().map(|reason| width(&reason.group)).max().unwrap_or_default().min(LONGEST_GROUP);
    let (bar, effects) = (group + 1, Effects::new(cells));
    let effect = bar + BAR + 1;
    let words = effect + effects.cells() + 1;
    let shown: Vec<&Reason> = list.iter().filter(|reason| reason.contribution.abs() >= least).collect();
    // Each has a line; what is left over goes to the first ones whose words need more.
    let mut over = most.saturating_sub(shown.len());
    let mut lines = Vec::new();
    for reason in shown {
        let (share, raises) = (reason.contribution.abs() / scale, reason.contribution > 0.0);
        let mut pieces = vec![
            text(Ink::Plain, truncate(&reason.group, group)),
            Piece::To(bar),
            Piece::Bar(halves(share), raises),
            Piece::To(effect),
            text(Ink::Plain, effects.of(raises)),
        ];
        let stacked = may_stack(cells, most) && words + width(&reason.text) > cells;
        let (column, room) = if stacked { (0, cells) } else { (words, cells.saturating_sub(words)) };
        if stacked {
            lines.push(line(std::mem::take(&mut pieces)));
        }
        let told = wrap(&reason.text, room, 1 + over.min(MORE_LINES));
        over = over.saturating_sub(told.len().saturating_sub(1));
        for part in told {
            pieces.extend([Piece::To(column), text(Ink::Dim, part)]);
            lines.push(line(std::mem::take(&mut pieces)));
        }
        // Without room for a word there is the bar all the same.
        lines.extend((!pieces.is_empty()).then(|| line(pieces)));
    }
    lines
}

/// How the lines tell whether a reason raises the risk: colour alone is not enough.
#[derive(Clone, Copy)]
enum Effects {
    Words,
    Signs,
}

impl Effects {
    const fn new(cells: usize) -> Self {
        if cells < WORDED { Self::Signs } else { Self::Words }
    }

    const fn of(self, raises: bool) -> &'static str {
        match (self, raises) {
            (Self::Words, true) => "raises",
            (Self::Words, false) => "lowers",
            (Self::Signs, true) => "↑",
            (Self::Signs, false) => "↓",
        }
    }

    const fn cells(self) -> usize {
        match self {
            Self::Words => 6,
            Self::Signs => 1,
        }
    }
}

/// Half cells of a bar; any contribution has at least one.
fn halves(share: f64) -> usize {
    let lit = (1..=HALVES).filter(|n| share * f64::from(HALVES) >= f64::from(*n) - 0.5).count();
    lit.max(usize::from(share > 0.0))
}
