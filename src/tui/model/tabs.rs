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
    /// How many are in it.
    pub count: String,
    /// Cells of the largest count so far.
    widest: usize,
    /// How many of these changed since the reader looked.
    pub news: usize,
    /// There is no room to say how many: the sign alone stands right before the name.
    pub is_tight: bool,
}

/// Cells between two tabs; and where not all fit with so many.
const GAP: usize = 3;
const SMALL_GAP: usize = 2;
/// Cells before the first tab, and behind the last one.
const MARGIN: usize = 1;
/// Fewest cells of a name that is cut so that all tabs fit.
const LEAST_NAME: usize = 5;

impl ShownTab {
    /// Cells that it takes.
    pub fn cells(&self) -> usize {
        // A blank and a sign before the number.
        let news = if self.news == 0 || self.is_tight { 0 } else { 2 + self.news.to_string().len() };
        width(&self.key) + width(&self.name) + 1 + width(&self.count) + news
    }

    /// Cells that are kept for it, whatever its count is.
    fn kept(&self) -> usize {
        width(&self.key) + width(&self.name) + 1 + self.widest
    }
}

/// Cells of these.
fn taken(tabs: &[ShownTab], gap: usize, cells: impl Fn(&ShownTab) -> usize) -> usize {
    tabs.iter().map(|tab| cells(tab) + gap).sum::<usize>().saturating_sub(gap)
}

/// Cells at an end of the line, with room for the number of tabs beyond and its sign.
fn margin(beyond: usize) -> usize {
    if beyond == 0 { MARGIN } else { beyond.to_string().len() + 3 }
}

/// All of them, as few names cut as it takes, the longest first, but not so far that one is like another; `None` where
/// nothing helps.
fn shortened(all: &[ShownTab], room: usize, gap: usize) -> Option<Vec<ShownTab>> {
    let least: Vec<usize> = all.iter().map(|tab| least_cells(tab, all)).collect();
    let mut tabs = all.to_vec();
    // Of equal ones the last, which is looked at the least.
    let mut turns: Vec<usize> = (0..all.len()).rev().collect();
    turns.sort_by_key(|at| std::cmp::Reverse(width(&all[*at].name)));
    for at in turns {
        let over = taken(&tabs, gap, ShownTab::kept).saturating_sub(room);
        let name = &mut tabs[at].name;
        *name = truncate(name, width(name).saturating_sub(over).max(least[at])).into_owned();
    }
    (taken(&tabs, gap, ShownTab::kept) <= room).then_some(tabs)
}

/// Fewest cells that tell a name from all others, the sign of the cut among them.
fn least_cells(tab: &ShownTab, all: &[ShownTab]) -> usize {
    let shared = |other: &ShownTab| {
        let same = tab.name.chars().zip(other.name.chars()).take_while(|(one, other)| one == other);
        width(&same.map(|(c, _)| c).collect::<String>())
    };
    let most = all.iter().filter(|other| other.at != tab.at).map(shared).max().unwrap_or_default();
    LEAST_NAME.max(most + 2)
}

/// The one that is shown with as many neighbours as fit, those to the right first, where one goes on.
fn around(mut tabs: Vec<ShownTab>, shown: usize, cells: usize, gap: usize) -> Vec<ShownTab> {
    let count = tabs.len();
    let room = |from: usize, to: usize| cells.saturating_sub(margin(from) + margin(count - to));
    let (mut from, mut to) = (shown, (shown + 1).min(count));
    let fits = |from: usize, to: usize| taken(&tabs[from..to], gap, ShownTab::kept) <= room(from, to);
    loop {
        let before = (from, to);
        if to < count && fits(from, to + 1) {
            to += 1;
        }
        if from > 0 && fits(from - 1, to) {
            from -= 1;
        }
        if before == (from, to) {
            break;
        }
    }
    tabs.truncate(to);
    tabs.drain(..from);
    if let [only] = tabs.as_mut_slice() {
        let others = only.kept() - width(&only.name);
        only.name = truncate(&only.name, room(from, to).saturating_sub(others)).into_owned();
    }
    tabs
}

impl Model {
    /// The tabs in a line of so many cells: all, if need be with shorter names; else the one that is shown with its
    /// neighbours.
    pub fn shown_tabs(&self, cells: usize) -> Vec<ShownTab> {
        let all: Vec<ShownTab> = (0..self.views.all().len()).map(|at| self.tab(at)).collect();
        let room = cells.saturating_sub(2 * MARGIN);
        let gap = if taken(&all, GAP, ShownTab::kept) <= room { GAP } else { SMALL_GAP };
        let count = all.len();
        let shown = self.views.shown();
        let mut tabs = shortened(&all, room, gap).unwrap_or_else(|| around(all, shown, cells, gap));
        let before = margin(tabs.first().map_or(0, |tab| tab.at));
        let behind = margin(tabs.last().map_or(0, |tab| count - 1 - tab.at));
        // No name is cut to say how many changed, but the gaps give way.
        let fits = |gap: usize| taken(&tabs, gap, ShownTab::cells) + before + behind <= cells;
        let is_tight = !fits(SMALL_GAP);
        let gap = if is_tight || fits(gap) { gap } else { SMALL_GAP };
        let mut x = before;
        for tab in &mut tabs {
            tab.is_tight = is_tight;
            tab.x = x;
            x += tab.cells() + gap;
        }
        tabs
    }

    fn tab(&self, at: usize) -> ShownTab {
        let view = &self.views.all()[at];
        let more = if self.board.is_limited() { "+" } else { "" };
        let count = self.count_in(at).map_or_else(|| "–".to_owned(), |count| format!("{count}{more}"));
        let most = width(&format!("{}{more}", self.most_in(at)));
        ShownTab {
            at,
            x: 0,
            key: view.key.map(|key| format!("{key} ")).unwrap_or_default(),
            name: view.name.clone(),
            widest: most.max(width(&count)),
            count,
            news: self.news_in(at),
            is_tight: false,
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
