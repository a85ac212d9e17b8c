//! Views that are saved from the screen, and what of all of them is remembered.

use super::{Held, Origin, Place, Views};
use crate::{
    domain::{
        attention::Order,
        board::Which,
        filter::Filter,
        ids::{PrKey, PrNumber, RepoId},
        text::{clean, quoted, width},
        view::{Column, Grouping, View},
    },
    tui::{
        model::{LastStay, Model},
        state_file::{Choice, SavedPlace, SavedState, SavedView},
    },
};

impl Views {
    /// Adds a saved one, and tells where. Its key is its own if that is free, else the next free one.
    pub(super) fn insert(&mut self, mut view: View) -> usize {
        if view.key.is_none_or(|key| self.of_key(key).is_some()) {
            view.key = View::free_key(&self.all.iter().filter_map(|view| view.key).collect::<Vec<_>>());
        }
        let rank = |view: &View| view.key.unwrap_or(u8::MAX);
        let is_before =
            |(other, held): &(&View, &Held)| held.origin != Origin::Given && rank(other) <= rank(&view);
        let at = self.all.iter().zip(&self.held).filter(is_before).count();
        self.held.insert(at, Held { origin: Origin::Saved, place: Place::of(&view), most: 0 });
        self.all.insert(at, view);
        for other in [&mut self.shown, &mut self.before, &mut self.home] {
            *other += usize::from(at <= *other);
        }
        at
    }

    /// Takes the saved one away that is shown; the one from which the reader came to it is shown, else its neighbour
    /// before.
    fn remove(&mut self, at: usize) {
        self.all.remove(at);
        self.held.remove(at);
        let is_lasting = |at: &usize| self.held.get(*at).is_some_and(|held| held.origin != Origin::Given);
        let before = (self.before != at).then(|| self.before - usize::from(self.before > at));
        self.shown = before.filter(is_lasting).unwrap_or(at.saturating_sub(1));
        (self.before, self.home) = (self.shown, self.shown);
    }
}

impl Place {
    /// The place of the last run; choices that were made against another configuration are void.
    pub(super) fn recall(&mut self, view: &View, saved: &SavedPlace) {
        self.selected =
            saved.selected.map(|(repo, number)| PrKey::new(RepoId::new(repo), PrNumber::new(number)));
        self.chosen = self.selected.is_some();
        let choice = |choice: &Option<Choice<String>>, configured: &str| {
            choice.clone().and_then(|choice| choice.against(&configured.to_owned()))
        };
        let sort = choice(&saved.sort_choice, view.sort.name()).and_then(|name| Order::parse(&name));
        self.sort = sort.unwrap_or(view.sort);
        let grouping = choice(&saved.group_choice, view.grouping.name());
        self.grouping = grouping.and_then(|name| Grouping::parse(&name)).unwrap_or(view.grouping);
        let columns = saved.columns_choice.clone().and_then(|choice| choice.against(&names(&view.columns)));
        let columns = columns.and_then(|names| names.iter().map(|name| Column::parse(name)).collect());
        self.columns = columns.unwrap_or_else(|| view.columns.clone());
        // It is shown, and a file may hold anything.
        let text = clean(&saved.filter);
        if let Ok(filter) = Filter::parse(&text) {
            (self.filter_text, self.filter) = (text, filter);
        }
    }

    pub(super) fn saved(&self, view: &View) -> SavedPlace {
        if let Some(before) = &self.before {
            return before.saved(view);
        }
        let named = |chosen: &str, configured: &str| Choice::of(chosen.to_owned(), configured.to_owned());
        SavedPlace {
            view: view.name.clone(),
            selected: self.selected.map(|key| (key.repo.uuid(), key.number.get())),
            filter: self.filter_text.clone(),
            sort_choice: named(self.sort.name(), view.sort.name()),
            group_choice: named(self.grouping.name(), view.grouping.name()),
            columns_choice: Choice::of(names(&self.columns), names(&view.columns)),
        }
    }
}

/// Columns by name, as the state file has them.
fn names(columns: &[Column]) -> Vec<String> {
    columns.iter().map(|column| column.name().to_owned()).collect()
}

impl Model {
    /// What is shown, as a view: the one that was saved as such, else one without a name, with a free key.
    pub fn shown_view(&self) -> View {
        let (list, view) = (&self.list, self.views.view());
        let set = if self.shows_whole_view() { view.text.clone() } else { self.set().to_string() };
        let repository = self.repos.selected.map(|id| format!("repo:{}", self.board.full_name(id)));
        let repository = repository.filter(|term| set.split_whitespace().all(|word| word != term));
        let parts = [set.trim(), repository.as_deref().unwrap_or_default(), list.filter_text.trim()];
        let text = parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ");
        let is_own = self.views.is_saved(self.views.shown());
        let taken: Vec<u8> = self.views.all.iter().filter_map(|view| view.key).collect();
        View {
            name: if is_own { view.name.clone() } else { String::new() },
            filter: Filter::parse(&text).unwrap_or_default(),
            text,
            sort: list.sort,
            grouping: list.grouping,
            columns: list.columns.clone(),
            key: if is_own { view.key } else { View::free_key(&taken) },
        }
    }

    /// Whether a view can be saved under its name.
    ///
    /// # Errors
    /// What is in the way.
    pub fn may_save(&self, view: &View) -> Result<(), String> {
        if !(1..=View::LONGEST_NAME).contains(&width(&view.name)) {
            return Err(format!("It wants a name of 1 to {} cells.", View::LONGEST_NAME));
        }
        match self.views.find(&view.name) {
            Some(at) if self.views.is_saved(at) => Ok(()),
            Some(_) => Err(format!(
                "{} is a view of the configuration: take another name, or change that one in the config file.",
                quoted(&view.name)
            )),
            None if self.views.all.len() + 1 >= View::MOST => {
                Err("There are too many views: forget one, or leave one out in the config file.".to_owned())
            }
            None => Ok(()),
        }
    }

    /// Saves a view and shows it, with the cursor where it stands. What was typed and chosen is part of it now, and no
    /// longer of the view that was shown. The rows are still the old ones.
    pub fn save_view(&mut self, view: View) {
        (self.list.filter_text, self.list.filter) = (String::new(), Filter::default());
        self.list.before = None;
        let left = Place::of(self.views.view());
        (self.list.sort, self.list.grouping, self.list.columns) = (left.sort, left.grouping, left.columns);
        let at = match self.views.find(&view.name) {
            Some(at) => {
                let key = self.views.all[at].key;
                self.views.all[at] = View { key, ..view };
                at
            }
            None => self.views.insert(view),
        };
        let here = self.list.place();
        let place = Place::of(&self.views.all[at]);
        self.views.held[at].place =
            Place { selected: here.selected, top: here.top, chosen: here.chosen, ..place };
        if at == self.views.shown {
            self.list.enter(self.views.held[at].place.clone());
        } else {
            self.turn_to(at);
        }
        self.count(Which::All);
    }

    /// Forgets the view that is shown. The rows are still the old ones.
    pub fn forget_view(&mut self) {
        self.views.remove(self.views.shown);
        self.list.enter(self.views.held[self.views.shown].place.clone());
        self.last_stay = LastStay::new(self.list.selected, self.now);
        self.count(Which::All);
    }

    /// Remembers the views, and the place in each.
    pub(in crate::tui::model) fn save_views(&self, state: &mut SavedState) {
        let views = &self.views;
        let selected = self.last_stay.row(self.list.selected, self.now);
        let shown = Place { selected, ..self.list.place() };
        for (n, (view, held)) in views.all.iter().zip(&views.held).enumerate() {
            if held.origin == Origin::Saved {
                state.views.push(SavedView::of(view));
            }
            let place = if n == views.shown { &shown } else { &held.place }.saved(view);
            if n == views.home {
                state.set_place(place);
            } else if held.origin != Origin::Given && !place.is_fresh() {
                state.places.push(place);
            }
        }
        state.views.extend(views.unread.iter().cloned());
        state.view_choice = Choice::of(views.all[views.home].name.clone(), self.configured.view.clone());
    }
}
