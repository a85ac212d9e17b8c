//! The views, and the reader's place in each.

mod saved;

use std::borrow::Cow;

use super::{LastStay, Model, PullList};
use crate::{
    domain::{
        attention::Order,
        board::{BoardChange, Sets, Which},
        filter::{Context, Filter, Noted},
        ids::PrKey,
        pull_request::PullRequest,
        view::{Column, Grouping, View},
    },
    tui::state_file::{SavedState, SavedView},
};

/// The view of a filter that the command line gives.
const WHOLE: &str = "All";

/// What the configuration says about the board; a choice that the state file remembers beats each.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Configured {
    /// In the order of their tabs.
    pub views: Vec<View>,
    /// The name of the first view.
    pub view: String,
    /// Times instead of ages.
    pub absolute_times: bool,
}

impl Default for Configured {
    fn default() -> Self {
        let views = View::built_in(Order::default());
        Self {
            view: views.first().map(|view| view.name.clone()).unwrap_or_default(),
            views,
            absolute_times: false,
        }
    }
}

/// Where a view comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// Built in, or of the config file.
    Configured,
    /// Saved from the screen.
    Saved,
    /// The command line gives a filter, for this run.
    Given,
}

/// The reader's place in a view, and what was chosen there.
#[derive(Clone, Debug, Default)]
pub struct Place {
    selected: Option<PrKey>,
    top: usize,
    chosen: bool,
    sort: Order,
    grouping: Grouping,
    columns: Vec<Column>,
    filter_text: String,
    filter: Filter,
    before: Option<Box<Place>>,
}

/// The views in the order of their tabs.
#[derive(Clone, Debug)]
pub struct Views {
    /// One at least.
    all: Vec<View>,
    /// Beside each.
    held: Vec<Held>,
    shown: usize,
    /// The one that was shown before it.
    before: usize,
    /// The one to come back to in the next run.
    home: usize,
    /// Saved ones that this version cannot read; they are kept.
    unread: Vec<SavedView>,
}

/// What is held of a view.
#[derive(Clone, Debug)]
struct Held {
    origin: Origin,
    /// The place in it while another one is shown.
    place: Place,
    /// The most that were in it, by which its tab is cut: names do not change with each count.
    most: usize,
}

impl Views {
    /// The configured ones and the saved ones, each as the last run left it.
    pub(super) fn new(configured: &Configured, state: &SavedState, given: Option<(String, Filter)>) -> Self {
        let mut views = Self { all: vec![], held: vec![], shown: 0, before: 0, home: 0, unread: vec![] };
        for view in &configured.views {
            views.push(view.clone(), Origin::Configured);
        }
        for saved in &state.views {
            match saved.view() {
                // What is configured since then wins.
                Some(view) if views.find(&view.name).is_some() => {}
                // The configuration has more than at the last run: those that do not fit are kept for the next.
                Some(_) if views.all.len() + 1 >= View::MOST => views.unread.push(saved.clone()),
                Some(view) => {
                    views.insert(view);
                }
                None => views.unread.push(saved.clone()),
            }
        }
        if views.all.is_empty() {
            views.push(View { name: WHOLE.to_owned(), ..View::default() }, Origin::Configured);
        }
        let named = |name: &str| views.find(View::renamed(name));
        let first = named(&configured.view).unwrap_or_default();
        let last = state.view_choice.as_ref().and_then(|choice| named(&choice.chosen));
        let is_void =
            state.view_choice.as_ref().is_none_or(|choice| named(&choice.configured) != Some(first));
        views.home = last.filter(|_| !is_void).unwrap_or(first);
        views.shown = views.home;
        for (view, held) in views.all.iter().zip(&mut views.held) {
            if let Some(place) = state.places.iter().find(|place| view.is_called(&place.view)) {
                held.place.recall(view, place);
            }
        }
        let last = last.unwrap_or(first);
        views.held[last].place.recall(&views.all[last], &state.place());
        if let Some((text, filter)) = given {
            views.shown = views.all.len();
            views.push(View { name: WHOLE.to_owned(), ..View::default() }, Origin::Given);
            let place = &mut views.held[views.shown].place;
            (place.filter_text, place.filter) = (text, filter);
        }
        views.before = views.shown;
        views
    }

    /// The list at the place of the one that is shown.
    pub(super) fn list(&self) -> PullList {
        let mut list = PullList::default();
        list.enter(self.held[self.shown].place.clone());
        list
    }

    pub fn all(&self) -> &[View] {
        &self.all
    }

    /// Index of the one that is shown.
    pub const fn shown(&self) -> usize {
        self.shown
    }

    /// The one that is shown.
    pub fn view(&self) -> &View {
        &self.all[self.shown]
    }

    /// Whether it was saved from the screen.
    pub fn is_saved(&self, at: usize) -> bool {
        self.held.get(at).is_some_and(|held| held.origin == Origin::Saved)
    }

    /// The one of this name, in any case; not that of a given filter.
    pub fn find(&self, name: &str) -> Option<usize> {
        let lasting = self.all.iter().zip(&self.held).filter(|(_, held)| held.origin != Origin::Given);
        lasting.map(|(view, _)| view).position(|view| view.is_called(name))
    }

    /// The one of this key.
    pub fn of_key(&self, key: u8) -> Option<usize> {
        self.all.iter().position(|view| view.key == Some(key))
    }

    fn push(&mut self, view: View, origin: Origin) {
        self.held.push(Held { origin, place: Place::of(&view), most: 0 });
        self.all.push(view);
    }

    /// The views that a pull request is in, and after [`View::MOST`] those in which it is news. Anew, but for views that
    /// time does not change only if `all` are asked for.
    fn sets(&self, pr: &PullRequest, context: Context<'_>, old: Sets, all: bool) -> Sets {
        let noted = |keys: fn(&Noted) -> &foldhash::HashSet<PrKey>| {
            context.noted.is_some_and(|noted| keys(noted).contains(&pr.key))
        };
        let (is_snoozed, is_news) = (noted(|noted| &noted.snoozed), noted(|noted| &noted.new));
        let asked = self.all.iter().enumerate().filter(|(_, view)| all || view.filter.needs_clock());
        asked.fold(old, |sets, (n, view)| {
            let is_hidden = is_snoozed && !view.filter.names_snoozed();
            let is_in = !is_hidden && view.filter.matches(pr, context);
            sets.with(n, is_in).with(View::MOST + n, is_in && is_news)
        })
    }
}

impl Place {
    /// Nobody was there yet.
    fn of(view: &View) -> Self {
        Self { sort: view.sort, grouping: view.grouping, columns: view.columns.clone(), ..Self::default() }
    }
}

impl PullList {
    /// The place in the view that is shown.
    fn place(&self) -> Place {
        Place {
            selected: self.selected,
            top: self.top,
            chosen: self.chosen,
            sort: self.sort,
            grouping: self.grouping,
            columns: self.columns.clone(),
            filter_text: self.filter_text.clone(),
            filter: self.filter.clone(),
            before: self.before.clone(),
        }
    }

    /// Takes another view's place. The rows are still the old ones.
    fn enter(&mut self, place: Place) {
        let Place { selected, top, chosen, sort, grouping, columns, filter_text, filter, before } = place;
        (self.selected, self.top, self.chosen) = (selected, top, chosen);
        (self.sort, self.grouping, self.columns) = (sort, grouping, columns);
        (self.filter_text, self.filter) = (filter_text, filter);
        self.before = before;
    }

    /// Keeps this place to come back to; from a look, the one before that.
    pub fn look_away(&mut self) {
        if self.before.is_none() {
            self.before = Some(Box::new(self.place()));
        }
    }

    /// Comes back from a look, if there is one. The rows are still the old ones.
    pub fn look_back(&mut self) -> bool {
        let before = self.before.take();
        let is_back = before.is_some();
        if let Some(before) = before {
            self.enter(*before);
        }
        is_back
    }
}

impl Model {
    /// The filter of the view that holds beside the typed one.
    pub fn set(&self) -> Cow<'_, Filter> {
        let set = &self.views.view().filter;
        if self.shows_whole_view() { Cow::Borrowed(set) } else { Cow::Owned(set.beside(&self.list.filter)) }
    }

    /// Whether the view's filter holds as a whole beside the typed one.
    pub fn shows_whole_view(&self) -> bool {
        !(self.list.filter.names_state() && self.views.view().filter.names_state())
    }

    /// The name of what is shown: the view's, unless a typed filter leaves nothing of it.
    pub fn set_name(&self) -> &str {
        if !self.shows_whole_view() && self.set().is_empty() { WHOLE } else { &self.views.view().name }
    }

    /// Whether time alone may change the rows or their order.
    pub fn needs_clock(&self) -> bool {
        self.list.sort.needs_clock()
            || self.list.grouping == Grouping::Owner
            || self.list.filter.needs_clock()
            || self.set().needs_clock()
    }

    /// Whether a look makes a row one no more.
    pub fn names_new(&self) -> bool {
        self.list.filter.names_new() || self.set().names_new()
    }

    /// Whether snoozed ones are rows, too.
    pub fn shows_snoozed(&self) -> bool {
        self.list.filter.names_snoozed() || self.set().names_snoozed()
    }

    /// Whether the rows are among those that the view counts.
    pub fn shows_members(&self) -> bool {
        self.shows_whole_view() && self.shows_snoozed() == self.views.view().filter.names_snoozed()
    }

    /// How many pull requests are in a view; `None` while nobody knows who the reader is.
    pub fn count_in(&self, at: usize) -> Option<usize> {
        let unknown = self.me.is_none() && self.views.all.get(at).is_some_and(|view| view.filter.needs_me());
        (!unknown).then(|| self.board.count_in(at))
    }

    /// The most that were in a view.
    pub(super) fn most_in(&self, at: usize) -> usize {
        self.views.held.get(at).map_or(0, |held| held.most)
    }

    /// How many of them changed since the reader last looked.
    pub fn news_in(&self, at: usize) -> usize {
        self.board.count_in(View::MOST + at)
    }

    /// Counts anew what is in which view.
    pub fn count(&mut self, which: Which<'_>) {
        self.tally(which, true);
    }

    /// The same, after pull requests have changed.
    pub fn count_changed(&mut self, applied: &BoardChange) {
        self.count(Which::Changed(applied));
        // Once everything is read, what is noted of others does not change with these.
        if self.link.loaded {
            self.seen.take_stirred();
        }
    }

    /// The same, of those that were looked at or hidden.
    pub fn count_noted(&mut self) {
        let stirred = self.seen.take_stirred();
        if !stirred.is_empty() {
            self.count(Which::These(&stirred));
        }
    }

    /// The same, for views that the time changes.
    pub fn count_timed(&mut self) {
        if self.views.all.iter().any(|view| view.filter.needs_clock()) {
            self.tally(Which::All, false);
        }
    }

    fn tally(&mut self, which: Which<'_>, all: bool) {
        let (views, me, now, noted) = (&self.views, self.me.as_deref(), self.minute, Some(self.seen.noted()));
        self.board.tally(which, |board, pr, old| views.sets(pr, Context { board, me, now, noted }, old, all));
        for (at, held) in self.views.held.iter_mut().enumerate() {
            held.most = held.most.max(self.board.count_in(at));
        }
    }

    /// Goes to another view, at the place where it was left. The rows are still the old ones.
    pub fn turn_to(&mut self, at: usize) {
        let views = &mut self.views;
        views.held[views.shown].place = self.list.place();
        let Some(held) = views.held.get(at) else { return };
        self.list.enter(held.place.clone());
        if held.origin != Origin::Given {
            views.home = at;
        }
        (views.before, views.shown) = (views.shown, at);
        self.last_stay = LastStay::new(self.list.selected, self.now);
    }
}
