//! Saving beside other dashboards on the same database: of each thing the last change counts, whoever made it.

use super::{SavedPlace, SavedState};

impl SavedState {
    /// What is to be written. `base` is what this dashboard has written last or began with, `theirs` what the file
    /// has by now; `first` is the name of the configured first view.
    #[must_use]
    pub fn beside(self, base: &Self, theirs: Self, first: &str) -> Self {
        let (home, places) = self.unfolded(first);
        let ((base_home, base_places), (_, their_places)) = (base.unfolded(first), theirs.unfolded(first));
        let is_home_ours = home != base_home;
        let mut places = merged(&base_places, &places, &their_places, |one, other| one.view == other.view);
        let mut state = Self {
            views: merged(&base.views, &self.views, &theirs.views, |one, other| one.name == other.name),
            repository: changed(&base.repository, self.repository, theirs.repository),
            times_choice: changed(&base.times_choice, self.times_choice, theirs.times_choice),
            filters: typed(&base.filters, self.filters, theirs.filters),
            panes: changed(&base.panes, self.panes, theirs.panes),
            theme_choice: changed(&base.theme_choice, self.theme_choice, theirs.theme_choice),
            view_choice: if is_home_ours { self.view_choice } else { theirs.view_choice },
            ..Self::default()
        };
        let home = state.home(first).to_owned();
        if let Some(at) = places.iter().position(|place| place.view == home) {
            state.set_place(places.remove(at));
        }
        places.retain(|place| !place.is_fresh());
        Self { places, ..state }
    }

    /// The name of the view that was shown last.
    fn home<'a>(&'a self, first: &'a str) -> &'a str {
        self.view_choice.as_ref().map_or(first, |choice| &choice.chosen)
    }

    /// That name, and the places in all views where anybody was.
    fn unfolded(&self, first: &str) -> (String, Vec<SavedPlace>) {
        let home = self.home(first).to_owned();
        let others = self.places.iter().filter(|place| place.view != home).cloned();
        let here = SavedPlace { view: home.clone(), ..self.place() };
        let places = others.chain([here]).filter(|place| !place.is_fresh()).collect();
        (home, places)
    }
}

/// Ours if it is another one than before.
fn changed<T: PartialEq>(base: &T, ours: T, theirs: T) -> T {
    if ours == *base { theirs } else { ours }
}

/// Of each ours if it is another one than before, or gone; else theirs.
fn merged<T: PartialEq + Clone>(
    base: &[T],
    ours: &[T],
    theirs: &[T],
    is_it: impl Fn(&T, &T) -> bool,
) -> Vec<T> {
    let of = |list: &'_ [T], one: &T| list.iter().find(|other| is_it(one, other)).cloned();
    let known = theirs.iter().filter_map(|one| {
        let mine = of(ours, one);
        if mine == of(base, one) { Some(one.clone()) } else { mine }
    });
    let is_ours_alone = |one: &&T| of(theirs, one).is_none() && of(base, one).as_ref() != Some(*one);
    known.chain(ours.iter().filter(is_ours_alone).cloned()).collect()
}

/// What was typed here since comes last.
fn typed(base: &[String], ours: Vec<String>, theirs: Vec<String>) -> Vec<String> {
    let new: Vec<String> =
        if ours == base { vec![] } else { ours.into_iter().filter(|line| !base.contains(line)).collect() };
    theirs.into_iter().filter(|line| !new.contains(line)).chain(new.iter().cloned()).collect()
}

#[cfg(test)]
mod tests {
    use super::{
        super::{Choice, SavedView},
        *,
    };

    fn view(name: &str, filter: &str) -> SavedView {
        SavedView { name: name.to_owned(), filter: filter.to_owned(), ..SavedView::default() }
    }

    fn place(view: &str, filter: &str) -> SavedPlace {
        SavedPlace { view: view.to_owned(), filter: filter.to_owned(), ..SavedPlace::default() }
    }

    fn shows(view: &str) -> Option<Choice<String>> {
        Choice::of(view.to_owned(), "Open".to_owned())
    }

    #[test]
    fn the_last_change_of_each_thing_counts() {
        let base = SavedState {
            views: vec![view("late", "age:>2d"), view("mine", "is:mine"), view("old", "x")],
            filters: vec!["one".to_owned()],
            places: vec![place("Failing", "kept")],
            ..SavedState::default()
        };
        // Here one is changed, one forgotten, one added; and another view is shown.
        let ours = SavedState {
            views: vec![view("late", "age:>3d"), view("mine", "is:mine"), view("new", "y")],
            filters: vec!["one".to_owned(), "two".to_owned()],
            places: vec![place("Failing", "kept"), place("Open", "typed here")],
            view_choice: shows("Mine"),
            filter: "in mine".to_owned(),
            ..SavedState::default()
        };
        // There another one was forgotten, and one added.
        let theirs = SavedState {
            views: vec![view("late", "age:>2d"), view("old", "x"), view("theirs", "z")],
            filters: vec!["one".to_owned(), "three".to_owned()],
            places: vec![place("Failing", "typed there")],
            repository: Some(uuid::Uuid::nil()),
            ..SavedState::default()
        };
        let saved = ours.clone().beside(&base, theirs.clone(), "Open");
        assert_eq!(saved.views, [view("late", "age:>3d"), view("theirs", "z"), view("new", "y")]);
        assert_eq!(saved.filters, ["one", "three", "two"]);
        assert_eq!((&saved.view_choice, saved.filter.as_str()), (&shows("Mine"), "in mine"));
        assert_eq!(saved.places, [place("Failing", "typed there"), place("Open", "typed here")]);
        assert_eq!(saved.repository, theirs.repository);
        let again = ours.clone().beside(&ours, saved.clone(), "Open");
        assert_eq!(again, saved, "nothing has changed here since");
        assert_eq!(ours.clone().beside(&base, base.clone(), "Open"), ours, "nobody else was there");
    }

    #[test]
    fn the_place_of_the_view_that_is_shown_elsewhere_stays() {
        let base = SavedState::default();
        let ours = SavedState { view_choice: shows("Mine"), ..SavedState::default() };
        let theirs = SavedState { filter: "typed in Open".to_owned(), ..SavedState::default() };
        let saved = ours.beside(&base, theirs, "Open");
        assert_eq!((saved.view_choice, saved.filter.as_str()), (shows("Mine"), ""));
        assert_eq!(saved.places, [place("Open", "typed in Open")]);
    }
}
