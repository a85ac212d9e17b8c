//! The line of tabs: those that fit, and where each of them is.

use super::Model;
use crate::domain::text::{truncate, width};

/// A tab on the screen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShownTab {
    /// Index of its view.
    pub at: usize,
    /// Its first cell.
    pub x: usize,
    /// The number of its key, with the blank behind.
    pub key: String,
    pub name: String,
    /// How many are in it, with the blank before.
    pub count: String,
    /// How many of these changed since the reader looked.
    pub news: usize,
}

/// Cells between two tabs; and where not all fit with so many.
const GAP: usize = 3;
const SMALL_GAP: usize = 2;
/// Cells before the first tab, and at each end for the sign of those that do not fit.
const MARGIN: usize = 1;

impl ShownTab {
    /// Cells that it takes.
    pub fn cells(&self) -> usize {
        // A blank and a sign before the number.
        let news = if self.news == 0 { 0 } else { 2 + self.news.to_string().len() };
        width(&self.key) + width(&self.name) + width(&self.count) + news
    }
}

impl Model {
    /// The tabs that fit into a line of so many cells: all, else the one that is shown with its neighbours.
    pub fn shown_tabs(&self, cells: usize) -> Vec<ShownTab> {
        let mut tabs: Vec<ShownTab> = (0..self.views.all().len()).map(|at| self.tab(at)).collect();
        let room = cells.saturating_sub(2 * MARGIN);
        let all: usize = tabs.iter().map(|tab| tab.cells() + GAP).sum();
        let gap = if all <= room + GAP { GAP } else { SMALL_GAP };
        let (mut from, mut to) = (self.views.shown(), self.views.shown() + 1);
        let taken = |from: usize, to: usize| {
            let cells: usize = tabs.iter().take(to).skip(from).map(|tab| tab.cells() + gap).sum();
            cells.saturating_sub(gap)
        };
        // To the right first, where one goes on.
        loop {
            if to < tabs.len() && taken(from, to + 1) <= room {
                to += 1;
            } else if from > 0 && taken(from - 1, to) <= room {
                from -= 1;
            } else {
                break;
            }
            if from > 0 && taken(from - 1, to) <= room {
                from -= 1;
            }
        }
        tabs.truncate(to);
        tabs.drain(..from);
        let mut x = MARGIN;
        for tab in &mut tabs {
            if tab.cells() > room {
                let others = tab.cells() - width(&tab.name);
                tab.name = truncate(&tab.name, room.saturating_sub(others)).into_owned();
            }
            tab.x = x;
            x += tab.cells() + gap;
        }
        tabs
    }

    fn tab(&self, at: usize) -> ShownTab {
        let view = &self.views.all()[at];
        let more = if self.board.is_limited() { "+" } else { "" };
        let count = self.count_in(at).map_or_else(|| "–".to_owned(), |count| format!("{count}{more}"));
        ShownTab {
            at,
            x: 0,
            key: view.key.map(|key| format!("{key} ")).unwrap_or_default(),
            name: view.name.clone(),
            count: format!(" {count}"),
            news: self.news_in(at),
        }
    }

    /// The view whose tab holds a cell.
    pub fn tab_at(&self, x: u16, y: u16) -> Option<usize> {
        let area = self.areas().views.filter(|area| area.contains(x, y))?;
        let x = usize::from(x - area.x);
        let tabs = self.shown_tabs(usize::from(area.width));
        tabs.into_iter().find(|tab| (tab.x..tab.x + tab.cells()).contains(&x)).map(|tab| tab.at)
    }
}
