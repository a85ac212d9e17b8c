//! Where the panes are, and what layers over them see.

use super::{Model, PullTab};
use crate::domain::{hub::Target, ids::PrKey, view::Column};
use crate::tui::{
    columns::{Needs, needed, time_of},
    geometry::{Areas, Arrangement, Layout},
    overlay::Backdrop,
};

/// Cells of the numbers of nearly all repositories.
const NUMBER: usize = 6;

impl Model {
    pub fn areas(&self) -> Areas {
        if let Some(tab) = self.pull_tab() {
            return Areas::of_pull(self.size, tab == PullTab::Insight);
        }
        let arrangement = Arrangement {
            focus: self.focus,
            tab: self.tab,
            zoomed: self.zoomed,
            panes: self.panes,
            repos: (self.repos.cells, self.repos.lines()),
            list: self.list_need(),
            shows_repos: self.shows_repos(),
        };
        Areas::new(self.size.0, self.size.1, arrangement)
    }

    /// Whether the repositories have a pane without the focus, too: of a single one there is nothing to choose.
    pub const fn shows_repos(&self) -> bool {
        !self.panes.hides_repos && self.repos.rows.len() > 1
    }

    pub const fn layout(&self) -> Layout {
        Layout::of(self.size.0, self.size.1)
    }

    /// Cells of the list that come before the repositories' names. They are the same for each order, filter and
    /// repository, so that no choice of these moves the list.
    fn list_need(&self) -> u16 {
        let needs = Needs {
            number: NUMBER,
            repositories: true,
            names: self.repos.names,
            times: self.absolute_times,
            time: Column::Age,
        };
        u16::try_from(needed(needs, &self.list.columns)).unwrap_or(u16::MAX)
    }

    /// Cells of the list, and what the widths of its columns depend on beside these.
    pub fn list_room(&self) -> (usize, Needs) {
        let areas = self.areas();
        let cells = areas.pulls.map_or(self.size.0, |area| area.width);
        let frame = if areas.bordered { 2 } else { 0 };
        // Seven digits are more than any repository has.
        let largest = self.list.rows.iter().map(|key| key.number.get()).max().unwrap_or_default();
        let needs = Needs {
            number: largest.to_string().len().clamp(3, 7),
            repositories: self.repos.selected.is_none(),
            names: self.repos.names,
            times: self.absolute_times,
            time: time_of(
                self.list.sort.sort,
                self.list.filter.names_changed() || self.set().names_changed(),
            ),
        };
        (usize::from(cells.saturating_sub(frame)), needs)
    }

    /// A pull request as it is shown, to be acted on; `None` without a commit that could be meant.
    pub fn target(&self, key: PrKey) -> Option<Target> {
        let pr = self.board.pull(key)?;
        let repository = self.board.repository(key.repo)?;
        Some(Target {
            key,
            repository: repository.full_name.clone(),
            number: key.number.get(),
            title: pr.title.to_string(),
            head: pr.head.clone()?,
            url: pr.url(repository),
        })
    }

    /// The part that overlays see.
    pub fn backdrop(&self) -> Backdrop<'_> {
        Backdrop {
            board: &self.board,
            views: self.views.all(),
            repositories: &self.repos.rows,
            databases: &self.databases,
            database: &self.database,
            source: self.link.source.as_ref(),
            look: &self.look,
            is_demo: self.demo,
            hub: &self.hub,
            alerts: self.notify.alerts(),
            no_actions: self.own.no_actions.as_deref(),
            commands: &self.own.commands,
            order: self.list.sort,
            grouping: self.list.grouping,
            list: self.list_room(),
            now: self.now,
            second: self.pull.second,
            size: self.size,
        }
    }
}
