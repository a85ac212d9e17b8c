//! A pull request's own screen: which one it shows, its tabs, and the reader's places in them.

use std::collections::HashMap;

use chrono::{DateTime, SubsecRound as _, TimeDelta, Utc};

use super::Model;
use crate::{
    domain::{
        check::{Check, CheckId},
        hub::CheckTold,
        ids::{PrKey, RepoId, Sha},
        pipeline::{Stage, StageStatus},
        text::width,
        usual::{Usual, UsualTimes},
    },
    tui::{
        geometry::PullAreas,
        overlay::{FilesView, Overlay},
        screen::Screen,
    },
};

/// The contents of the screen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PullTab {
    #[default]
    Checks,
    Files,
    /// Reviews and timeline.
    Reviews,
    Insight,
}

impl PullTab {
    /// From left to right.
    pub const ALL: [Self; 4] = [Self::Checks, Self::Files, Self::Reviews, Self::Insight];

    pub const fn name(self) -> &'static str {
        match self {
            Self::Checks => "Checks",
            Self::Files => "Files",
            Self::Reviews => "Reviews",
            Self::Insight => "Insight",
        }
    }

    /// The tab of a key, from 1.
    pub fn of_key(key: u8) -> Option<Self> {
        Self::ALL.get(usize::from(key.checked_sub(1)?)).copied()
    }

    /// The next one, or the one before; behind the last comes the first.
    #[must_use]
    pub fn beside(self, by: isize) -> Self {
        let count = Self::ALL.len();
        Self::ALL[(self as usize + count).saturating_add_signed(by) % count]
    }
}

/// The screen's state.
#[derive(Clone, Debug, Default)]
pub struct PullScreen {
    /// The pull request, which stays whatever becomes of the list.
    pub key: Option<PrKey>,
    pub tab: PullTab,
    /// The tab that the reader chose last.
    pub chosen: PullTab,
    /// The cursor among the checks.
    pub check: Option<CheckId>,
    /// First line of the checks that is shown.
    pub top: usize,
    /// First line of the reviews and the timeline that is shown.
    pub story_top: usize,
    /// The changed files, from when their tab is first opened.
    pub files: Option<FilesView>,
    /// The head that they are of.
    pub files_of: Option<Sha>,
    /// The server's clock, cut to the second, while something runs on the screen or in a log.
    pub second: DateTime<Utc>,
    /// When the details were last asked for.
    pub read_at: DateTime<Utc>,
    /// GitHub was asked without a word of the reader's: that nothing can be asked is no news to them.
    pub asked_silently: bool,
    /// Of which head GitHub was asked what it knows of the checks, and when.
    pub asked_checks: Option<(PrKey, Sha, DateTime<Utc>)>,
    /// Of which one it was asked about the merge queue, and when.
    pub asked_queue: Option<(PrKey, DateTime<Utc>)>,
    usual: HashMap<RepoId, AskedUsual>,
}

/// The usual times of a repository's checks.
#[derive(Clone, Debug)]
struct AskedUsual {
    at: DateTime<Utc>,
    times: Result<UsualTimes, String>,
}

/// So long the usual times hold.
const USUAL_HOLDS: TimeDelta = TimeDelta::minutes(10);

impl PullScreen {
    /// Shows a pull request from its begin; the tab stays.
    pub fn show(&mut self, key: PrKey) {
        if self.key != Some(key) {
            self.key = Some(key);
            (self.check, self.top, self.story_top) = (None, 0, 0);
            (self.files, self.files_of) = (None, None);
        }
    }

    /// Whether the usual times of a repository are to be asked for; notes that they are.
    pub fn asks_usual(&mut self, repository: RepoId, now: DateTime<Utc>) -> bool {
        if self.usual.get(&repository).is_some_and(|asked| now - asked.at < USUAL_HOLDS) {
            return false;
        }
        let times = self.usual.remove(&repository).map_or_else(|| Ok(UsualTimes::new()), |asked| asked.times);
        self.usual.insert(repository, AskedUsual { at: now, times });
        true
    }

    pub fn take_usual(&mut self, repository: RepoId, times: Result<UsualTimes, String>) {
        if let Some(asked) = self.usual.get_mut(&repository) {
            asked.times = times;
        }
    }
}

/// A line of the checks.
#[derive(Clone, Copy, Debug)]
pub enum CheckLine<'m> {
    /// Begins the checks of a workflow or an app.
    Group(&'m str),
    Check(&'m Check),
}

/// The workflow or the app of a check, in words.
pub fn group_of(check: &Check) -> &str {
    match (&check.workflow_name, check.id.app.as_str()) {
        (Some(name), _) => name,
        (None, "github-actions") => "GitHub Actions",
        (None, "status") => "Statuses",
        (None, "") => "Checks",
        (None, app) => app,
    }
}

/// Checks by workflow and by name: where each stands does not depend on how far it is.
pub fn check_lines(checks: &[Check]) -> Vec<CheckLine<'_>> {
    let mut sorted: Vec<&Check> = checks.iter().collect();
    sorted.sort_by_key(|check| (group_of(check), check.name(), &check.id));
    let mut lines = Vec::with_capacity(sorted.len() + 4);
    let mut group = None;
    for check in sorted {
        if group != Some(group_of(check)) {
            group = Some(group_of(check));
            lines.push(CheckLine::Group(group_of(check)));
        }
        lines.push(CheckLine::Check(check));
    }
    lines
}

/// Index of a check's line.
pub fn line_of(lines: &[CheckLine<'_>], id: &CheckId) -> Option<usize> {
    lines.iter().position(|line| matches!(line, CheckLine::Check(check) if check.id == *id))
}

/// A tab on the screen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShownPullTab {
    pub tab: PullTab,
    /// Its first cell.
    pub x: usize,
    /// The number of its key and its name: `1 Checks`.
    pub name: String,
    /// How much is in it, with the blank before.
    pub count: String,
}

impl ShownPullTab {
    pub fn cells(&self) -> usize {
        width(&self.name) + width(&self.count)
    }
}

impl Model {
    /// The pull request that keys act on: the screen's own, or the selected row.
    pub const fn current(&self) -> Option<PrKey> {
        match self.screen {
            Screen::Board => self.list.selected,
            Screen::Pull => self.pull.key,
        }
    }

    /// The tab of the screen of a pull request, while that is shown.
    pub fn pull_tab(&self) -> Option<PullTab> {
        (self.screen == Screen::Pull).then_some(self.pull.tab)
    }

    /// The changed files on the screen of a pull request, while they are shown.
    pub fn shown_files(&self) -> Option<&FilesView> {
        self.pull.files.as_ref().filter(|_| self.pull_tab() == Some(PullTab::Files))
    }

    /// The checks of the current pull request's head, as far as they are read.
    pub fn checks(&self) -> &[Check] {
        self.detail().map(|detail| detail.checks.as_slice()).unwrap_or_default()
    }

    /// The check under the cursor.
    pub fn check(&self) -> Option<&Check> {
        let id = self.pull.check.as_ref()?;
        self.checks().iter().find(|check| check.id == *id)
    }

    /// How long a check usually takes.
    pub fn usual(&self, check: &Check) -> Option<&Usual> {
        let repository = self.pull.key?.repo;
        self.pull.usual.get(&repository)?.times.as_ref().ok()?.get(&check.timed()?)
    }

    /// What GitHub alone tells of a check of the head.
    pub fn told(&self, check: &Check) -> Option<&CheckTold> {
        let pr = self.selected()?;
        let told = self.hub.checks(pr.key)?.as_ref().ok()?;
        let is_of_head = pr.head.as_ref() == Some(&told.head);
        let is_same = |one: &&CheckTold| match (one.id, check.run) {
            (Some(id), Some(run)) => id == run,
            (None, None) => one.name == check.name(),
            _ => false,
        };
        told.checks.iter().filter(|_| is_of_head).find(is_same)
    }

    /// Whether GitHub may be asked without a word of the reader's: there is a token, or it was heard of already.
    pub const fn may_ask_github(&self) -> bool {
        self.demo || self.sync.has_token
    }

    /// Why the usual times are not known.
    pub fn no_usual(&self) -> Option<&str> {
        self.pull.usual.get(&self.pull.key?.repo)?.times.as_ref().err().map(String::as_str)
    }

    /// Whether the seconds of a check are on the screen, and go on as far as anybody knows.
    pub fn counts_seconds(&self) -> bool {
        let log = match &self.overlay {
            Some(Overlay::Log(log)) => Some(log),
            Some(Overlay::Act(acting)) => acting.behind.as_ref(),
            Some(Overlay::Acts(acts)) => acts.behind.as_ref(),
            _ => None,
        };
        let in_log = || log.is_some_and(|log| log.counts_seconds());
        let on_tab = || {
            self.pull_tab() == Some(PullTab::Checks)
                && self.checks().iter().any(|check| {
                    let since = if check.is_running() { check.started_at } else { check.created_at };
                    check.is_open() && since.is_some()
                })
        };
        !self.is_behind() && (in_log() || on_tab())
    }

    /// Moves the second forward. The server's clock is known to some milliseconds only, and must not flicker.
    pub fn keep_second(&mut self) {
        let second = self.server_now().trunc_subsecs(0);
        let back = self.pull.second - second;
        if back < TimeDelta::zero() || back > TimeDelta::seconds(2) {
            self.pull.second = second;
        }
    }

    /// When the next second begins, where it shows.
    pub(super) fn next_second(&self) -> Option<DateTime<Utc>> {
        let part = self.server_now().timestamp_subsec_nanos().min(999_999_999);
        self.counts_seconds().then(|| self.now + TimeDelta::nanoseconds(1_000_000_000 - i64::from(part)))
    }

    /// Whether the keys that move are for the insight.
    pub fn reads_insight(&self) -> bool {
        match self.pull_tab() {
            Some(tab) => tab == PullTab::Insight,
            None => self.focus == super::Pane::Insight,
        }
    }

    /// Whether all lines of the insight are shown, however many.
    pub fn reads_whole_insight(&self) -> bool {
        self.reading().begun || (self.reads_insight() && (self.zoomed || self.screen == Screen::Pull))
    }

    /// The tab on which the screen opens: the checks of a failed build, else the one that was chosen last.
    pub fn first_tab(&self) -> PullTab {
        let failed = self.selected().is_some_and(|pr| *pr.status(Stage::Build) == StageStatus::Failed);
        if failed { PullTab::Checks } else { self.pull.chosen }
    }

    /// The screen's place in the list, from 1, and how long that is.
    pub fn place_in_list(&self) -> Option<(usize, usize)> {
        let key = self.pull.key?;
        let at = self.list.rows.iter().position(|row| *row == key)?;
        Some((at + 1, self.list.rows.len()))
    }

    /// The tabs, with their counts where these fit.
    pub fn pull_tabs(&self) -> [ShownPullTab; 4] {
        let cells = usize::from(PullAreas::new(self.size).tabs.width).saturating_sub(1);
        let tabs = |gap: usize, counts: bool| {
            let mut x = 1;
            PullTab::ALL.map(|tab| {
                let name = format!("{} {}", tab as usize + 1, tab.name());
                let count = if counts { self.pull_count(tab) } else { String::new() };
                let shown = ShownPullTab { tab, x, name, count };
                x += shown.cells() + gap;
                shown
            })
        };
        let fits = |tabs: &[ShownPullTab; 4]| tabs[3].x + tabs[3].cells() <= cells;
        [(3, true), (2, true), (2, false)]
            .into_iter()
            .map(|(gap, counts)| tabs(gap, counts))
            .find(fits)
            .unwrap_or_else(|| tabs(1, false))
    }

    /// How much a tab has: those that failed of the checks, else all.
    fn pull_count(&self, tab: PullTab) -> String {
        let Some(pr) = self.selected() else { return String::new() };
        let count = match tab {
            PullTab::Checks => Some(self.checks().len()),
            PullTab::Files => pr.changed_files.and_then(|count| usize::try_from(count).ok()),
            PullTab::Reviews => self.detail().map(|detail| detail.said.len()),
            PullTab::Insight => None,
        };
        count.filter(|count| *count > 0).map(|count| format!(" {count}")).unwrap_or_default()
    }
}
