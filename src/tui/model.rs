//! The state of the dashboard. Only `update` changes it; `view` only reads it.

mod asking;
mod board;
mod databases;
mod details;
mod lines;
mod notice;
mod notify;
mod own;
mod places;
mod pull;
mod queue;
mod seen;
mod story;
mod sync;
mod tabs;
mod views;

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};

pub use self::{
    asking::{Asking, Progress, Standing, is_overtaken},
    board::{ALL_REPOSITORIES, Arranged, Before, FilterInput, LastStay, PullList, RepoList, Waiting},
    details::{DetailCache, Reading},
    lines::{Lines, ListLine},
    notice::Notice,
    notify::Notify,
    own::Own,
    pull::{CheckLine, PullScreen, PullTab, ShownPullTab, check_lines, group_of, line_of},
    seen::Seen,
    story::StoryLine,
    sync::{SyncLine, SyncStatus, Tone},
    tabs::ShownTab,
    views::{Configured, Origin, Place, Views},
};
use super::{
    geometry::{DetailTab, Divider, Pane, Panes},
    line::History,
    overlay::Overlay,
    screen::Screen,
    state_file::{Choice, SavedSeen, SavedState},
    theme::Look,
};
use crate::domain::{
    board::{Board, Poll},
    filter::{Context, Filter},
    hub::Hub,
    ids::{PrKey, RepoId},
    ingest::Ingest,
    notify::Rule,
    pull_request::PullRequest,
    requests::Requests,
    source::{Outage, Source},
    sync::Synced,
    time::whole_minute,
};

/// The order holds still while keys are pressed, and this long after the last.
const STILL: TimeDelta = TimeDelta::seconds(60);

/// Settings from the command line, the config and the state file, known before the first frame.
#[derive(Clone, Debug, Default)]
#[expect(clippy::struct_excessive_bools, reason = "independent facts")]
pub struct Setup {
    /// The login that `@me` means.
    pub me: Option<String>,
    /// This machine's clock.
    pub now: DateTime<Utc>,
    /// Columns and rows of the terminal.
    pub size: (u16, u16),
    /// By the configuration.
    pub configured: Configured,
    /// Filter from the command line; beats the state file's.
    pub filter: Option<(String, Filter)>,
    /// Saved by the last run.
    pub state: SavedState,
    /// What was looked at until then.
    pub seen: SavedSeen,
    /// This run shows some repositories only.
    pub is_partial: bool,
    /// What the reader wants to be told of.
    pub rules: Vec<Rule>,
    /// The databases that may be shown, by name; none where there is one only.
    pub databases: Vec<String>,
    /// The name of this one.
    pub database: String,
    /// Start with the mouse captured.
    pub mouse: bool,
    /// The session runs over SSH: no browser is started here.
    pub remote: bool,
    /// Hosts whose pages may be opened in a browser.
    pub hosts: Vec<String>,
    /// This is the demo: its rows come without anybody's doing.
    pub demo: bool,
    /// The database's address without a password, for the page before it answers.
    pub target: String,
    /// The repositories and organisations that are synced from the start.
    pub synced: Vec<String>,
    /// There is a token for GitHub, without asking `gh`.
    pub has_token: bool,
    /// The themes, and the configured one.
    pub look: Look,
    pub own: Own,
    /// Warnings of the configuration, shown once.
    pub warnings: Vec<String>,
}

#[derive(Debug)]
#[expect(clippy::struct_excessive_bools, reason = "independent switches of the screen")]
pub struct Model {
    pub board: Board,
    pub link: FeedStatus,
    /// The sync with GitHub.
    pub sync: SyncStatus,
    /// What is done on GitHub from here.
    pub hub: Hub,
    pub own: Own,
    /// What fills the space between header and footer.
    pub screen: Screen,
    /// The screen of a pull request.
    pub pull: PullScreen,
    /// What may be shown, in the order of the tabs.
    pub views: Views,
    /// The list of pull requests: the view that is shown.
    pub list: PullList,
    pub repos: RepoList,
    /// The row to come back to.
    pub last_stay: LastStay,
    /// What changed since the reader last looked.
    pub seen: Seen,
    /// What the reader wants to be told of.
    pub notify: Notify,
    /// The databases that may be shown, by name; none where there is one only.
    pub databases: Vec<String>,
    /// The name of this one.
    pub database: String,
    /// While everything is read once more, for nobody looked meanwhile: what is there still.
    pub found: Option<foldhash::HashSet<PrKey>>,
    pub focus: Pane,
    /// The detail shown where only one fits: moving in the list keeps it.
    pub tab: DetailTab,
    /// The focused pane is shown alone.
    pub zoomed: bool,
    /// The reader's sizes and places of the panes.
    pub panes: Panes,
    /// The mouse has taken hold of it.
    pub dragged: Option<Divider>,
    /// Set while the filter is typed.
    pub input: Option<FilterInput>,
    /// Filters typed before.
    pub history: History,
    pub overlay: Option<Overlay>,
    /// Requests for insights, of all users.
    pub requests: Requests,
    /// Requests for insights made in this dashboard.
    pub asking: Asking,
    pub details: DetailCache,
    /// The place in the insight pane; read it by [`Model::reading`].
    pub read: Reading,
    /// A passing message in the footer.
    pub notice: Option<Notice>,
    /// What the choices on the screen are made against.
    pub configured: Configured,
    /// What this dashboard has saved last, or began with.
    pub saved: SavedState,
    /// The themes, and what the terminal can show of them.
    pub look: Look,
    /// Times instead of ages.
    pub absolute_times: bool,
    /// The mouse is captured.
    pub mouse: bool,
    /// The order holds until it is let go.
    pub frozen: bool,
    /// The login that `@me` means.
    pub me: Option<String>,
    /// The session runs over SSH.
    pub remote: bool,
    /// Hosts whose pages may be opened in a browser.
    pub hosts: Vec<String>,
    pub demo: bool,
    /// The database's address, without a password.
    pub target: String,
    /// Columns and rows.
    pub size: (u16, u16),
    /// This machine's clock at the start.
    pub started: DateTime<Utc>,
    /// This machine's clock at the last message.
    pub now: DateTime<Utc>,
    /// Ages are drawn from this moment: the server's clock, cut to the minute.
    pub minute: DateTime<Utc>,
    /// When the last key was pressed.
    pub last_key: DateTime<Utc>,
}

/// The state of the feed.
#[derive(Clone, Debug, Default)]
pub struct FeedStatus {
    /// A connection is being made.
    pub connecting: bool,
    /// The server that answered last.
    pub source: Option<Source>,
    /// The last good poll.
    pub poll: Option<Poll>,
    /// The present failure.
    pub outage: Option<Outage>,
    /// The outage under which this dashboard's own worker waits.
    pub worker_outage: Option<String>,
    /// A complete read has ended at least once.
    pub loaded: bool,
    /// Nothing has happened for long: the time between two looks.
    pub resting: Option<Duration>,
    /// How the deliveries of webhooks stand; nothing where there are none.
    pub ingest: Ingest,
    /// How old GitHub's word is, of each repository that a sync reads.
    pub synced: Vec<Synced>,
}

impl FeedStatus {
    /// A sync reads this repository for the first time: what comes is the board itself.
    pub fn is_first_read(&self, repository: RepoId) -> bool {
        self.synced.iter().any(|one| one.repository == repository && one.is_first)
    }
}

impl Model {
    /// The dashboard before the first read.
    pub fn new(setup: Setup) -> Self {
        let state = setup.state;
        let saved = state.clone();
        let times =
            state.times_choice.clone().and_then(|choice| choice.against(&setup.configured.absolute_times));
        let views = Views::new(&setup.configured, &state, setup.filter);
        let list = views.list();
        let selected = list.selected;
        let mut model = Self {
            board: Board::default(),
            link: FeedStatus::default(),
            sync: SyncStatus::new(setup.synced, setup.has_token),
            hub: Hub::default(),
            own: setup.own,
            screen: Screen::default(),
            pull: PullScreen::default(),
            views,
            list,
            repos: RepoList { selected: state.repository.map(RepoId::new), ..RepoList::default() },
            last_stay: LastStay::new(selected, setup.now),
            seen: Seen::new(&setup.seen, setup.is_partial),
            notify: Notify::new(setup.rules),
            databases: setup.databases,
            database: setup.database,
            found: None,
            focus: Pane::default(),
            tab: DetailTab::default(),
            zoomed: false,
            panes: state.panes,
            dragged: None,
            input: None,
            history: state.filters.into(),
            overlay: None,
            requests: Requests::default(),
            asking: Asking::default(),
            details: DetailCache::default(),
            read: Reading::default(),
            notice: None,
            absolute_times: times.unwrap_or(setup.configured.absolute_times),
            configured: setup.configured,
            saved,
            look: setup.look,
            mouse: setup.mouse,
            frozen: false,
            me: setup.me,
            remote: setup.remote,
            hosts: setup.hosts,
            demo: setup.demo,
            target: setup.target,
            size: setup.size,
            started: setup.now,
            now: setup.now,
            minute: whole_minute(setup.now),
            last_key: setup.now,
        };
        if let Some(name) = state.theme_choice.and_then(|choice| choice.against(&model.look.configured)) {
            model.look.choose(&name);
        }
        match setup.warnings.as_slice() {
            [] => {}
            [only] => model.say_error(only.clone()),
            [first, others @ ..] => {
                model.say_error(format!("{first}; and {} more: flowlens config check", others.len()));
            }
        }
        model
    }

    /// The server's clock, by the last poll: ages are right even where this machine's clock is wrong.
    pub fn server_now(&self) -> DateTime<Utc> {
        self.link.poll.map_or(self.now, |poll| self.now + (poll.server_now - poll.at))
    }

    /// Moves the minute forward; returns whether it has turned. The server's clock is known to some milliseconds only, and
    /// ages must not flicker at the turn of a minute; the minute goes back only after somebody has set a clock back.
    pub fn keep_minute(&mut self) -> bool {
        let minute = whole_minute(self.server_now());
        let turns = minute > self.minute || self.minute - minute > TimeDelta::minutes(1);
        if turns {
            self.minute = minute;
        }
        turns
    }

    /// The last key is so long ago that the order may change by itself.
    pub fn is_unattended(&self) -> bool {
        !self.frozen && self.now - self.last_key >= STILL
    }

    /// No repository and no pull request is known; after the first complete read: none is stored.
    pub fn is_empty(&self) -> bool {
        self.board.is_empty() && self.board.repository_count() == 0
    }

    /// The pull request that keys act on.
    pub fn selected(&self) -> Option<&PullRequest> {
        self.board.pull(self.current()?)
    }

    /// Index of the selected pull request among the rows.
    pub fn position(&self) -> Option<usize> {
        let selected = self.list.selected?;
        self.list.rows.iter().position(|key| *key == selected)
    }

    /// Whether it is a row, if it is in the view.
    pub fn is_of_list(&self, pr: &PullRequest, context: Context<'_>) -> bool {
        let is_of_repository = self.repos.selected.is_none_or(|repo| pr.key.repo == repo);
        is_of_repository && self.list.filter.matches(pr, context)
    }

    /// Whether it is in the list only because it was acted on there.
    pub fn has_left(&self, pr: &PullRequest) -> bool {
        let context = self.context();
        self.list.pinned == Some(pr.key) && !(self.set().matches(pr, context) && self.is_of_list(pr, context))
    }

    /// The context in which filters are evaluated. It is that of the drawn ages, and of the counts of the tabs.
    pub fn context(&self) -> Context<'_> {
        Context {
            board: &self.board,
            me: self.me.as_deref(),
            now: self.minute,
            noted: Some(self.seen.noted()),
        }
    }

    /// The data is as old as the last good poll, not current.
    pub const fn is_behind(&self) -> bool {
        self.link.outage.is_some() && self.link.poll.is_some()
    }

    /// The next moment at which time alone changes the screen: the app sleeps until then.
    pub fn deadline(&self) -> DateTime<Utc> {
        let ages = self.minute + TimeDelta::seconds(60) + (self.now - self.server_now());
        let countdown = self.link.outage.as_ref().map(|_| self.now + TimeDelta::seconds(1));
        let notice = self.notice.as_ref().and_then(Notice::until);
        let order = (self.list.waiting.any() && !self.frozen).then(|| self.last_key + STILL);
        let elapsed = self.running_shown().and_then(|request| request.started_at).map(|at| {
            let part = (self.server_now() - at).subsec_nanos().max(0);
            self.now + TimeDelta::nanoseconds(1_000_000_000 - i64::from(part))
        });
        let sync = self.sync_changes_at();
        let sent = self.hub.next_second(self.now);
        let wake = self.seen.next_wake(self.now);
        let second = self.next_second();
        [countdown, notice, order, elapsed, sync, sent, wake, second]
            .into_iter()
            .flatten()
            .fold(ages, DateTime::min)
    }

    /// The state to save for the next run.
    pub fn state(&self) -> SavedState {
        let mut state = SavedState {
            repository: self.repos.selected.map(RepoId::uuid),
            times_choice: Choice::of(self.absolute_times, self.configured.absolute_times),
            filters: self.history.lines().to_vec(),
            panes: self.panes,
            theme_choice: Choice::of(self.look.name().to_owned(), self.look.configured.clone()),
            ..SavedState::default()
        };
        self.save_views(&mut state);
        state
    }
}
