//! The changed files fill the body, or a tab of a pull request's own screen.

use super::FilesView;
use crate::{
    domain::{files::Spot, ids::PrKey},
    tui::geometry::{Area, PullAreas, body},
};

/// What it fills.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Within {
    /// All between header and footer.
    Body,
    /// A tab of a pull request's own screen.
    Tab,
}

impl FilesView {
    /// The same as a tab.
    pub const fn tab(key: PrKey, spot: Option<Spot>, alerts: Vec<Spot>) -> Self {
        let mut view = Self::new(key, spot, alerts);
        view.within = Within::Tab;
        view
    }

    /// Goes to another place.
    pub fn visit(&mut self, spot: Spot, size: (u16, u16)) {
        let found = self.place_of(&spot);
        self.spot = Some(spot);
        if let Some(found) = found {
            self.go(found, size);
        }
    }

    pub(super) fn area(&self, size: (u16, u16)) -> Area {
        match self.within {
            Within::Body => body(size),
            Within::Tab => PullAreas::new(size).content,
        }
    }

    /// Below the first line: the list, and the patch with its title. Side by side where there is room, else one above
    /// the other.
    pub(super) fn areas(&self, size: (u16, u16)) -> (Area, Area) {
        let whole = self.area(size);
        let area = Area { y: whole.y + 1, height: whole.height.saturating_sub(1), ..whole };
        if area.width >= 100 {
            let left = area.width * 2 / 5;
            (Area { width: left, ..area }, Area { x: area.x + left, width: area.width - left, ..area })
        } else {
            let names = u16::try_from(self.known().len()).unwrap_or(u16::MAX);
            let upper = (area.height / 3).min(names).max(1).min(area.height);
            (area.rows(0, upper), area.rows(upper, area.height - upper))
        }
    }
}
