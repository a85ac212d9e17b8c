//! The areas of the screen at a given size. `update` needs them for pages and clicks, `view` for drawing.

mod panes;
mod pull;

pub use self::{
    panes::Panes,
    pull::{PullAreas, STAGES},
};

/// A rectangle of cells.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Area {
    /// Column of its left edge.
    pub x: u16,
    /// Row of its upper edge.
    pub y: u16,
    /// Columns.
    pub width: u16,
    /// Rows.
    pub height: u16,
}

impl Area {
    /// Whether a box of this size has room for a frame.
    pub const fn has_frame(self) -> bool {
        self.width >= 24 && self.height >= 5
    }

    /// Without the frame, where it has one.
    #[must_use]
    pub const fn framed(self) -> Self {
        if self.has_frame() { self.inside() } else { self }
    }

    pub const fn contains(self, x: u16, y: u16) -> bool {
        x >= self.x && x < self.x + self.width && y >= self.y && y < self.y + self.height
    }

    /// Without its border.
    #[must_use]
    pub const fn inside(self) -> Self {
        Self {
            x: self.x + 1,
            y: self.y + 1,
            width: self.width.saturating_sub(2),
            height: self.height.saturating_sub(2),
        }
    }

    /// `height` of its rows, from row `from` on.
    #[must_use]
    pub const fn rows(self, from: u16, height: u16) -> Self {
        Self { y: self.y + from, height, ..self }
    }
}

/// Everything between header and footer.
pub fn body(size: (u16, u16)) -> Area {
    Area { x: 0, y: 1, width: size.0, height: size.1.saturating_sub(2) }
}

/// A box in the middle of the body, no larger than it.
pub fn middle(size: (u16, u16), width: u16, height: u16) -> Area {
    let body = body(size);
    let (width, height) = (width.min(body.width), height.min(body.height));
    Area { x: (body.width - width) / 2, y: body.y + (body.height - height) / 2, width, height }
}

/// The same at the lower end of the body.
pub fn lower(size: (u16, u16), width: u16, height: u16) -> Area {
    let (area, body) = (middle(size, width, height), body(size));
    Area { y: body.y + body.height - area.height, ..area }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Layout {
    /// Four panes with borders.
    Wide,
    /// The list above, one detail tab below, no borders.
    Medium,
    /// One pane at a time.
    Narrow,
    /// Too small to show anything.
    Tiny,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Pane {
    Repos,
    #[default]
    Pulls,
    /// The pipeline of the selected pull request.
    Pipeline,
    /// The insight of the selected pull request.
    Insight,
}

/// Fewest columns of the wide layout.
pub const WIDE: u16 = 120;
/// Fewest columns and rows of the medium layout.
pub const MEDIUM: (u16, u16) = (80, 20);
/// Fewest rows for a line of tabs.
const TABS: u16 = 10;
/// Fewest columns and rows of any layout.
pub const SMALLEST: (u16, u16) = (20, 5);
/// Most lines of the insight at the right of the list: it seldom tells more, and the pipeline does.
const INSIGHT_LINES: u16 = 24;

/// Cells of the rule before the names of the details.
pub const RULE: usize = 2;

/// A detail of the selected pull request, where only one fits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum DetailTab {
    #[default]
    Pipeline,
    Insight,
}

impl DetailTab {
    pub const ALL: [Self; 2] = [Self::Pipeline, Self::Insight];

    pub const fn name(self) -> &'static str {
        match self {
            Self::Pipeline => "Pipeline",
            Self::Insight => "Insight",
        }
    }

    pub const fn pane(self) -> Pane {
        match self {
            Self::Pipeline => Pane::Pipeline,
            Self::Insight => Pane::Insight,
        }
    }

    #[must_use]
    pub const fn other(self) -> Self {
        match self {
            Self::Pipeline => Self::Insight,
            Self::Insight => Self::Pipeline,
        }
    }
}

/// Beside the size, the areas follow from these.
#[derive(Clone, Copy, Debug, Default)]
pub struct Arrangement {
    /// Where not all panes fit, it is shown.
    pub focus: Pane,
    /// The detail shown where only one fits.
    pub tab: DetailTab,
    /// The pane with the focus is shown alone.
    pub zoomed: bool,
    pub panes: Panes,
    /// Cells of the repositories' names and counts, and their lines.
    pub repos: (u16, u16),
    /// Cells that the list needs before the repositories have all of theirs.
    pub list: u16,
    /// The repositories are shown also without the focus.
    pub shows_repos: bool,
}

/// The line between the list and the details, which the mouse can drag.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Divider {
    /// The first row of the details below the list.
    Row(u16),
    /// The first column of the details beside it.
    Column(u16),
}

impl Layout {
    /// The layout for a terminal of this size.
    pub const fn of(width: u16, height: u16) -> Self {
        if width < SMALLEST.0 || height < SMALLEST.1 {
            Self::Tiny
        } else if width >= WIDE && height >= MEDIUM.1 {
            Self::Wide
        } else if width >= MEDIUM.0 && height >= MEDIUM.1 {
            Self::Medium
        } else {
            Self::Narrow
        }
    }
}

/// Where each pane is. A pane that is not shown has no area; with borders the area includes them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Areas {
    /// One line at the top.
    pub header: Area,
    /// The tabs of the views, a line below it.
    pub views: Option<Area>,
    pub repos: Option<Area>,
    /// The pull requests, their column titles included.
    pub pulls: Option<Area>,
    /// The rule with the tabs, between list and detail (medium).
    pub tabs: Option<Area>,
    pub pipeline: Option<Area>,
    pub insight: Option<Area>,
    /// One line at the bottom.
    pub footer: Area,
    /// Panes are drawn with borders.
    pub bordered: bool,
    pub divider: Option<Divider>,
}

impl Areas {
    /// Lays out a terminal.
    pub fn new(width: u16, height: u16, how: Arrangement) -> Self {
        let all = Area { x: 0, y: 0, width, height };
        let mut areas =
            Self { header: all.rows(0, 1), footer: all.rows(height.saturating_sub(1), 1), ..Self::default() };
        let mut body = body((width, height));
        if height >= TABS && !how.zoomed {
            areas.views = Some(body.rows(0, 1));
            body = body.rows(1, body.height - 1);
        }
        match Layout::of(width, height) {
            Layout::Tiny => {}
            Layout::Wide | Layout::Medium | Layout::Narrow if how.zoomed => areas.alone(how.focus, body),
            Layout::Narrow => areas.narrow(how.focus, body),
            Layout::Medium => areas.medium(how, body),
            Layout::Wide => areas.wide(how, body),
        }
        areas
    }

    fn alone(&mut self, focus: Pane, body: Area) {
        match focus {
            Pane::Repos => self.repos = Some(body),
            Pane::Pulls => self.pulls = Some(body),
            Pane::Pipeline => self.pipeline = Some(body),
            Pane::Insight => self.insight = Some(body),
        }
    }

    /// Pipeline and insight share a high screen, the insight with more rows; on a low one each is alone.
    fn narrow(&mut self, focus: Pane, body: Area) {
        match focus {
            Pane::Pipeline | Pane::Insight if body.height >= 16 => {
                let upper = if focus == Pane::Insight { body.height * 2 / 5 } else { body.height / 2 };
                self.pipeline = Some(body.rows(0, upper));
                self.insight = Some(body.rows(upper, body.height - upper));
            }
            Pane::Repos | Pane::Pulls | Pane::Pipeline | Pane::Insight => self.alone(focus, body),
        }
    }

    fn medium(&mut self, how: Arrangement, body: Area) {
        let lower = how.panes.lines(Layout::Medium, body.height);
        let upper = body.height - lower;
        match how.focus {
            Pane::Repos => self.repos = Some(body.rows(0, upper)),
            Pane::Pulls | Pane::Pipeline | Pane::Insight => self.pulls = Some(body.rows(0, upper)),
        }
        let rule = body.rows(upper, 1);
        (self.tabs, self.divider) = (Some(rule), Some(Divider::Row(rule.y)));
        let detail = Some(body.rows(upper + 1, lower - 1));
        match how.tab {
            DetailTab::Insight => self.insight = detail,
            DetailTab::Pipeline => self.pipeline = detail,
        }
    }

    fn wide(&mut self, how: Arrangement, body: Area) {
        self.bordered = true;
        let shows_repos = how.shows_repos || how.focus == Pane::Repos;
        if how.panes.is_beside(body.width) {
            self.beside(how, shows_repos, body);
        } else {
            self.below(how, shows_repos, body);
        }
    }

    /// Details below the lists, side by side.
    fn below(&mut self, how: Arrangement, shows_repos: bool, body: Area) {
        let lower = how.panes.lines(Layout::Wide, body.height);
        let (upper, lower) = (body.rows(0, body.height - lower), body.rows(body.height - lower, lower));
        let left = body.width / 2;
        self.divider = Some(Divider::Row(lower.y));
        self.pipeline = Some(Area { width: left, ..lower });
        self.insight = Some(Area { x: left, width: body.width - left, ..lower });
        let repos = if shows_repos { Panes::repos(how.repos.0, how.list, body.width) } else { 0 };
        self.repos = shows_repos.then_some(Area { width: repos, ..upper });
        self.pulls = Some(Area { x: repos, width: body.width - repos, ..upper });
    }

    /// The list with the whole height; at its right the repositories and the details, below each other.
    fn beside(&mut self, how: Arrangement, shows_repos: bool, body: Area) {
        let columns = how.panes.columns(body.width);
        let x = body.width - columns;
        let column = Area { x, width: columns, ..body };
        let repos = if shows_repos { Panes::repo_lines(how.repos.1, body.height) } else { 0 };
        let details = body.height - repos;
        let upper = (details * 2 / 5).max(details.saturating_sub(INSIGHT_LINES));
        self.divider = Some(Divider::Column(x));
        self.pulls = Some(Area { width: x, ..body });
        self.repos = shows_repos.then_some(column.rows(0, repos));
        self.pipeline = Some(column.rows(repos, upper));
        self.insight = Some(column.rows(repos + upper, details - upper));
    }

    /// The detail whose name on the rule holds a cell.
    pub fn tab_at(&self, x: u16, y: u16) -> Option<DetailTab> {
        let rule = self.tabs.filter(|rule| rule.contains(x, y))?;
        let mut left = usize::from(x - rule.x).checked_sub(RULE)?;
        for tab in DetailTab::ALL {
            // A blank on each side, and the rule behind.
            let cells = tab.name().len() + 2;
            if left < cells {
                return Some(tab);
            }
            left = left.checked_sub(cells + 1)?;
        }
        None
    }

    /// The divider, where the cell is on it or on the border before it.
    pub fn divider_at(&self, x: u16, y: u16) -> Option<Divider> {
        let near = |at: u16, line: u16| at == line || (self.bordered && at + 1 == line);
        self.divider.filter(|divider| match divider {
            Divider::Row(row) => near(y, *row),
            Divider::Column(column) => {
                near(x, *column) && self.pulls.is_some_and(|list| list.contains(list.x, y))
            }
        })
    }

    /// Lines of the details below the list, or columns of those beside it.
    pub fn details(&self, size: (u16, u16)) -> Option<u16> {
        let body = body(size);
        match self.divider? {
            Divider::Row(row) => Some(body.y + body.height - row),
            Divider::Column(column) => Some(body.width - column),
        }
    }

    /// The pane that holds a cell.
    pub fn pane_at(&self, x: u16, y: u16) -> Option<Pane> {
        let panes = [
            (self.repos, Pane::Repos),
            (self.pulls, Pane::Pulls),
            (self.pipeline, Pane::Pipeline),
            (self.insight, Pane::Insight),
        ];
        panes.into_iter().find(|(area, _)| area.is_some_and(|area| area.contains(x, y))).map(|(_, pane)| pane)
    }

    /// Content rows of a pane: without borders and column titles.
    pub fn rows_of(&self, pane: Pane) -> usize {
        let area = match pane {
            Pane::Repos => self.repos,
            Pane::Pulls => self.pulls,
            Pane::Pipeline => self.pipeline,
            Pane::Insight => self.insight,
        };
        let Some(area) = area else { return 0 };
        let titles = match pane {
            Pane::Pulls => 1,
            Pane::Repos | Pane::Pipeline | Pane::Insight => 0,
        };
        let borders = if self.bordered { 2 } else { 0 };
        usize::from(area.height.saturating_sub(borders + titles))
    }
}

#[cfg(test)]
mod tests;
