//! The areas of a pull request's own screen.

use super::{Area, Areas, body};

/// Where its parts are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PullAreas {
    /// What it is, whose, and how far.
    pub head: Area,
    /// A line with the tabs.
    pub tabs: Area,
    /// The contents of the tab.
    pub content: Area,
}

/// Fewest columns in which the stages stand side by side with their times.
pub const STAGES: u16 = 58;
/// Fewest columns of the checks with the selected one beside them, and its share of these.
const BESIDE: u16 = 112;
/// Lines of the selected check below the others, and the fewest of the tab that has so many.
const BELOW: (u16, u16) = (6, 12);

impl PullAreas {
    pub fn new(size: (u16, u16)) -> Self {
        let body = body(size);
        let head = match body.height {
            0..6 => 1,
            6..9 => 2,
            9..12 => 3,
            12..18 => 4,
            18..22 => 5,
            _ => 6,
        };
        // The stages take a line less.
        let head = if size.0 < STAGES && head > 3 { head - 1 } else { head };
        let (head, rest) = (head.min(body.height), body.height.saturating_sub(head));
        let tabs = rest.min(1);
        Self {
            head: body.rows(0, head),
            tabs: body.rows(head, tabs),
            content: body.rows(head + tabs, rest - tabs),
        }
    }

    /// The list of checks, and what is told of the selected one where there is room.
    pub fn checks(&self) -> (Area, Option<Area>) {
        let all = self.content;
        if all.width >= BESIDE {
            let list = all.width * 11 / 20;
            let beside = Area { x: all.x + list, width: all.width - list, ..all };
            return (Area { width: list, ..all }, Some(beside));
        }
        let (lines, fewest) = BELOW;
        if all.height < fewest {
            return (all, None);
        }
        (all.rows(0, all.height - lines), Some(all.rows(all.height - lines, lines)))
    }
}

impl Areas {
    /// Of a pull request's own screen: of the board's panes it has the insight at most.
    pub fn of_pull(size: (u16, u16), shows_insight: bool) -> Self {
        let (width, height) = size;
        let all = Area { x: 0, y: 0, width, height };
        let areas = PullAreas::new(size);
        Self {
            header: all.rows(0, 1),
            footer: all.rows(height.saturating_sub(1), 1),
            tabs: Some(areas.tabs),
            insight: shows_insight.then_some(areas.content),
            ..Self::default()
        }
    }
}
