//! A step of any cursor.

use super::super::action::Action;

/// An index after a movement among `len` lines, `page` of them a page.
pub(super) fn moved(at: usize, action: Action, page: usize, len: usize) -> usize {
    let last = len.saturating_sub(1);
    match action {
        Action::Up => at.saturating_sub(1),
        Action::Down => at.saturating_add(1).min(last),
        Action::PageUp => at.saturating_sub(page.max(1)),
        Action::PageDown => at.saturating_add(page.max(1)).min(last),
        Action::Top => 0,
        Action::Bottom => last,
        _ => at,
    }
}
