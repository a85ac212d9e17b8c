//! The state of the dashboard. Only `update` changes it; `view` only reads it.

mod asking;
mod details;
mod overlay;

use std::collections::BTreeSet;

use chrono::{DateTime, TimeDelta, Utc};

pub use self::{
    asking::{Asking, Progress, Standing, is_overtaken},
    details::{Details, Reading},
    overlay::{FilesView, Found, Overlay, Spot},
};
use super::{
    geometry::{Areas, Layout, Pane},
    state_file::State,
};
use crate::domain::{
    attention::Sort,
    board::{Board, Poll},
    filter::{Context, Filter, Quick},
    ids::{PrKey, RepoId},
    pull_request::PullRequest,
    requests::Requests,
    source::{Outage, Source},
    time::whole_minute,
};

/// How long a notice stays.
const NOTICE: TimeDelta = TimeDelta::seconds(6);
/// The order holds still while keys are pressed, and this long after the last.
pub const STILL: TimeDelta = TimeDelta::seconds(60);

/// What was decided before the first frame.
#[derive(Clone, Debug, Default)]
#[expect(clippy::struct_excessive_bools, reason = "independent facts")]
pub struct Setup {
    /// The login that `@me` means.
    pub me: Option<String>,
    /// This machine's clock.
    pub now: DateTime<Utc>,
    /// Columns and rows of the terminal.
    pub size: (u16, u16),
    /// Sort to start with, unless the state file names one.
    pub sort: Sort,
    /// Quick filter to start with, likewise.
    pub quick: Quick,
    /// Filter from the command line; beats the state file's.
    pub filter: Option<(String, Filter)>,
    /// What the last run left.
    pub state: State,
    /// Start with times instead of ages.
    pub absolute_times: bool,
    /// Start with the mouse captured.
    pub mouse: bool,
    /// The session runs over SSH: no browser is started here.
    pub remote: bool,
    /// This is the demo: its team comes by itself.
    pub demo: bool,
    /// The address, for the page that is shown before the database answers; never a password.
    pub target: String,
    /// Warnings of the configuration, shown once.
    pub warnings: Vec<String>,
}

/// Everything.
#[derive(Debug)]
#[expect(clippy::struct_excessive_bools, reason = "independent switches of the screen")]
pub struct Model {
    /// What was read.
    pub board: Board,
    /// How the feed is doing.
    pub link: Link,
    /// The list of pull requests.
    pub list: List,
    /// The list of repositories.
    pub repos: Repos,
    /// Which pane has the focus.
    pub focus: Pane,
    /// The focused pane is shown alone.
    pub zoomed: bool,
    /// The filter is being typed.
    pub input: Option<Input>,
    /// What lies over the panes.
    pub overlay: Option<Overlay>,
    /// What was asked for, by whomever.
    pub requests: Requests,
    /// What was asked for here.
    pub asking: Asking,
    /// What was read on demand.
    pub details: Details,
    /// Where the reader is in the insight pane; see [`Model::reading`].
    pub read: Reading,
    /// A passing message in the footer.
    pub notice: Option<Notice>,
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
    /// This is the demo.
    pub demo: bool,
    /// The address as given.
    pub target: String,
    /// Columns and rows.
    pub size: (u16, u16),
    /// This machine's clock at the start.
    pub started: DateTime<Utc>,
    /// This machine's clock at the last message.
    pub now: DateTime<Utc>,
    /// The moment from which ages are drawn: the server's clock, cut to the minute.
    pub minute: DateTime<Utc>,
    /// When the last key was pressed.
    pub last_key: DateTime<Utc>,
}

/// How the feed is doing.
#[derive(Clone, Debug, Default)]
pub struct Link {
    /// The node being connected to.
    pub connecting: Option<String>,
    /// What answered last.
    pub source: Option<Source>,
    /// The last good poll.
    pub poll: Option<Poll>,
    /// The failure that holds, if one does.
    pub outage: Option<Outage>,
    /// A complete read has ended at least once.
    pub loaded: bool,
}

/// The list of pull requests: an order that holds still.
#[derive(Clone, Debug, Default)]
pub struct List {
    /// What is shown, in order.
    pub rows: Vec<PrKey>,
    /// The cursor; `None` while nothing is there.
    pub selected: Option<PrKey>,
    /// Index of the uppermost row on the screen.
    pub top: usize,
    /// Marked ones.
    pub marked: BTreeSet<PrKey>,
    /// The sort.
    pub sort: Sort,
    /// The quick filter.
    pub quick: Quick,
    /// The filter as typed.
    pub filter_text: String,
    /// The same, parsed.
    pub filter: Filter,
    /// What a new order would change.
    pub waiting: Waiting,
    /// Rows come into an empty list, until the poll ends.
    pub filling: bool,
}

/// What a new order would change.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Waiting {
    /// Rows that would come in.
    pub new: usize,
    /// Rows that would go: they match no longer.
    pub left: usize,
    /// Rows that stay would change places.
    pub moved: bool,
}

impl Waiting {
    /// Something waits.
    pub const fn any(self) -> bool {
        self.new > 0 || self.left > 0 || self.moved
    }
}

/// The list of repositories. The first line, `None`, means all.
#[derive(Clone, Debug, Default)]
pub struct Repos {
    /// By name.
    pub rows: Vec<RepoId>,
    /// The one to which the pull requests are narrowed.
    pub selected: Option<RepoId>,
    /// Index of the uppermost line on the screen.
    pub top: usize,
}

/// A line that is being typed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Input {
    /// So far.
    pub text: String,
    /// The filter before, for Esc.
    pub before: String,
    /// Why it is not a filter.
    pub error: Option<String>,
}

/// A passing message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    /// What to say.
    pub text: String,
    /// It tells of a failure.
    pub is_error: bool,
    /// Until when.
    pub until: DateTime<Utc>,
}

impl Model {
    /// The dashboard before anything was read.
    pub fn new(setup: Setup) -> Self {
        let Setup { state, .. } = setup;
        let remembered = Filter::parse(&state.filter).ok().map(|filter| (state.filter.clone(), filter));
        let (filter_text, filter) = setup.filter.or(remembered).unwrap_or_default();
        let mut model = Self {
            board: Board::default(),
            link: Link::default(),
            list: List {
                sort: state.sort.as_deref().and_then(Sort::parse).unwrap_or(setup.sort),
                quick: state.quick.as_deref().and_then(Quick::parse).unwrap_or(setup.quick),
                filter_text,
                filter,
                selected: state.selected.map(|(repo, number)| {
                    PrKey::new(RepoId::new(repo), crate::domain::ids::PrNumber::new(number))
                }),
                ..List::default()
            },
            repos: Repos { selected: state.repository.map(RepoId::new), ..Repos::default() },
            focus: Pane::default(),
            zoomed: false,
            input: None,
            overlay: None,
            requests: Requests::default(),
            asking: Asking::default(),
            details: Details::default(),
            read: Reading::default(),
            notice: None,
            absolute_times: setup.absolute_times || state.absolute_times,
            mouse: setup.mouse,
            frozen: false,
            me: setup.me,
            remote: setup.remote,
            demo: setup.demo,
            target: setup.target,
            size: setup.size,
            started: setup.now,
            now: setup.now,
            minute: whole_minute(setup.now),
            last_key: setup.now,
        };
        if let Some(warning) = setup.warnings.first() {
            model.say_error(warning.clone());
        }
        model
    }

    /// The server's clock, as far as it is known: ages are right even where this machine's clock is not.
    pub fn server_now(&self) -> DateTime<Utc> {
        self.link.poll.map_or(self.now, |poll| self.now + (poll.server_now - poll.at))
    }

    /// There is no repository and no pull request, as far as is known; after the first complete read, in the database.
    pub fn is_empty(&self) -> bool {
        self.board.is_empty() && self.board.repository_count() == 0
    }

    /// The selected pull request.
    pub fn selected(&self) -> Option<&PullRequest> {
        self.board.pull(self.list.selected?)
    }

    /// Index of the selected pull request among the rows.
    pub fn position(&self) -> Option<usize> {
        let selected = self.list.selected?;
        self.list.rows.iter().position(|key| *key == selected)
    }

    /// Where everything is.
    pub fn areas(&self) -> Areas {
        Areas::new(self.size.0, self.size.1, self.focus, self.zoomed)
    }

    /// Which arrangement holds.
    pub const fn layout(&self) -> Layout {
        Layout::of(self.size.0, self.size.1)
    }

    /// What filters are held against.
    pub fn context(&self) -> Context<'_> {
        Context { board: &self.board, me: self.me.as_deref(), now: self.server_now() }
    }

    /// The data is as old as the last good poll, not current.
    pub const fn is_stale(&self) -> bool {
        self.link.outage.is_some() && self.link.poll.is_some()
    }

    /// Shows a passing message.
    pub fn say(&mut self, text: impl Into<String>) {
        self.notice = Some(Notice { text: text.into(), is_error: false, until: self.now + NOTICE });
    }

    /// Shows a passing error, and logs it.
    pub fn say_error(&mut self, text: impl Into<String>) {
        let text = text.into();
        tracing::warn!(message = %text, "shown");
        self.notice = Some(Notice { text, is_error: true, until: self.now + NOTICE });
    }

    /// When time alone changes the screen next: the app sleeps until then.
    pub fn deadline(&self) -> DateTime<Utc> {
        let ages = self.minute + TimeDelta::seconds(60) + (self.now - self.server_now());
        let countdown = self.link.outage.as_ref().map(|_| self.now + TimeDelta::seconds(1));
        let notice = self.notice.as_ref().map(|n| n.until);
        let order = (self.list.waiting.any() && !self.frozen).then(|| self.last_key + STILL);
        let elapsed = self.running_shown().and_then(|request| request.started_at).map(|at| {
            let part = (self.server_now() - at).subsec_nanos().max(0);
            self.now + TimeDelta::nanoseconds(1_000_000_000 - i64::from(part))
        });
        [countdown, notice, order, elapsed].into_iter().flatten().fold(ages, DateTime::min)
    }

    /// What to remember for the next run.
    pub fn state(&self) -> State {
        State {
            selected: self.list.selected.map(|key| (key.repo.uuid(), key.number.get())),
            repository: self.repos.selected.map(RepoId::uuid),
            sort: Some(self.list.sort.name().to_owned()),
            quick: Some(self.list.quick.name().to_owned()),
            filter: self.list.filter_text.clone(),
            absolute_times: self.absolute_times,
        }
    }
}
