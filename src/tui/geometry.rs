//! The areas of the screen at a given size. `update` needs them for pages and clicks, `view` for drawing.

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
/// Columns of the repositories pane; and its columns on screens narrower than the second number.
const REPOS_WIDTH: u16 = 34;
const SLIM: (u16, u16) = (26, 140);

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
}

impl Areas {
    /// Lays out a terminal. Where not all panes fit, `focus` decides which are shown; `zoomed` shows it alone.
    pub fn new(width: u16, height: u16, focus: Pane, zoomed: bool) -> Self {
        let all = Area { x: 0, y: 0, width, height };
        let mut areas =
            Self { header: all.rows(0, 1), footer: all.rows(height.saturating_sub(1), 1), ..Self::default() };
        let mut body = body((width, height));
        if height >= TABS && !zoomed {
            areas.views = Some(body.rows(0, 1));
            body = body.rows(1, body.height - 1);
        }
        match Layout::of(width, height) {
            Layout::Tiny => {}
            Layout::Wide | Layout::Medium | Layout::Narrow if zoomed => areas.alone(focus, body),
            Layout::Narrow => areas.narrow(focus, body),
            Layout::Medium => areas.medium(focus, body),
            Layout::Wide => areas.wide(body),
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

    fn medium(&mut self, focus: Pane, body: Area) {
        let lower = (body.height * 2 / 5).clamp(7, 16);
        let upper = body.height - lower - 1;
        let detail = body.rows(upper + 1, lower);
        match focus {
            Pane::Repos => self.repos = Some(body.rows(0, upper)),
            Pane::Pulls | Pane::Pipeline | Pane::Insight => self.pulls = Some(body.rows(0, upper)),
        }
        self.tabs = Some(body.rows(upper, 1));
        match focus {
            Pane::Insight => self.insight = Some(detail),
            Pane::Repos | Pane::Pulls | Pane::Pipeline => self.pipeline = Some(detail),
        }
    }

    fn wide(&mut self, body: Area) {
        self.bordered = true;
        // Beyond 24 rows of the list with titles and borders, rows go to the details first.
        let least = (body.height / 3).clamp(9, 13);
        let lower = body.height.saturating_sub(27).clamp(least, 18);
        let (upper, lower) = (body.rows(0, body.height - lower), body.rows(body.height - lower, lower));
        let left = body.width / 2;
        let repos = if body.width < SLIM.1 { SLIM.0 } else { REPOS_WIDTH };
        self.repos = Some(Area { width: repos, ..upper });
        self.pulls = Some(Area { x: repos, width: body.width - repos, ..upper });
        self.pipeline = Some(Area { width: left, ..lower });
        self.insight = Some(Area { x: left, width: body.width - left, ..lower });
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
mod tests {
    use super::*;

    #[test]
    fn nothing_overlaps_and_nothing_sticks_out_at_any_size() {
        for width in 1..=170 {
            for height in 1..=60 {
                for focus in [Pane::Repos, Pane::Pulls, Pane::Pipeline, Pane::Insight] {
                    for zoomed in [false, true] {
                        check(Areas::new(width, height, focus, zoomed), width, height);
                    }
                }
            }
        }
    }

    fn check(areas: Areas, width: u16, height: u16) {
        if Layout::of(width, height) == Layout::Tiny {
            return;
        }
        let list: Vec<Area> = [
            Some(areas.header),
            areas.views,
            areas.repos,
            areas.pulls,
            areas.tabs,
            areas.pipeline,
            areas.insight,
            Some(areas.footer),
        ]
        .into_iter()
        .flatten()
        .collect();
        let cells: u32 = list.iter().map(|a| u32::from(a.width) * u32::from(a.height)).sum();
        assert_eq!(cells, u32::from(width) * u32::from(height), "{width}x{height}: all cells, each once");
        for area in list {
            assert!(
                area.x + area.width <= width && area.y + area.height <= height,
                "{width}x{height} {area:?}"
            );
        }
    }
}
