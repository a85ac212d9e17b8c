//! The tabs of the views: those that fit, and their names.

use flowlens::tui::model::{Configured, Model, Setup};

use crate::support::board::{self, change, key, keys, pull, remove};

/// The names in the tabs, as far as there is room.
fn names(model: &Model) -> Vec<String> {
    model.shown_tabs(usize::from(model.size.0)).into_iter().map(|tab| tab.name).collect()
}

/// The tabs that fit are in one piece, with that of the shown view among them, and as many as fit.
#[test]
fn as_many_tabs_as_fit_are_shown() {
    for columns in 20..140 {
        let mut model = board::model(columns, 24);
        for _ in 0..6 {
            keys(&mut model, "f");
            let tabs = model.shown_tabs(usize::from(columns));
            let at: Vec<usize> = tabs.iter().map(|tab| tab.at).collect();
            assert!(at.windows(2).all(|pair| pair[0] + 1 == pair[1]), "{columns}: {at:?}");
            assert!(at.contains(&model.views.shown()), "{columns}: {at:?}");
            for (n, tab) in tabs.iter().enumerate() {
                assert!(tab.x > 0 && tab.x + tab.cells() < usize::from(columns), "{columns}: {tab:?}");
                assert!(
                    tabs.get(n + 1).is_none_or(|next| next.x > tab.x + tab.cells()),
                    "{columns}: {tab:?}"
                );
            }
            // Six with their numbers and five cells of each name, and the whole name of the one that is shown.
            if columns >= 70 {
                assert_eq!(at.len(), 6, "{columns}");
            }
            let names = tabs.iter().map(|tab| (tab.name.as_str(), model.views.all()[tab.at].name.as_str()));
            let is_cut = names.filter(|(name, whole)| name != whole).count() > 0;
            assert!(!is_cut || at.len() == 6 || at.len() == 1, "{columns}: names are cut in vain");
            assert!(!is_cut || tabs.iter().all(|tab| tab.name.chars().count() >= 4), "{columns}");
        }
    }
}

/// Neither counts, nor news, nor another view that is shown cut a name otherwise.
#[test]
fn names_are_cut_steadily() {
    for columns in 70..120 {
        let mut model = board::model(columns, 24);
        let failing = |number| pull(1, number, "Fails", "ana", 1).stages(["passed", "failed", "", ""]);
        change(&mut model, (600..612).map(failing).collect());
        let before = names(&model);
        assert_eq!(before.len(), 6, "{columns}");
        remove(&mut model, &(600..612).map(|number| key(1, number)).collect::<Vec<_>>());
        assert_eq!(names(&model), before, "{columns}: fewer in them");
        keys(&mut model, "u");
        assert_eq!(names(&model), before, "{columns}: no news");
        for shown in ["3", "5"] {
            keys(&mut model, shown);
            assert_eq!(names(&model), before, "{columns}: another one is shown");
        }
    }
}

/// A name is not cut so far that it is like another.
#[test]
fn names_are_told_apart() {
    let mut views = Configured::default().views;
    for (view, name) in views.iter_mut().zip(["Review api", "Review web", "Mine", "Queue of all"]) {
        name.clone_into(&mut view.name);
    }
    for columns in 40..140 {
        let configured = Configured { views: views.clone(), ..Configured::default() };
        let model = board::with(Setup { configured, ..board::setup(columns, 24) });
        let names = names(&model);
        let mut others = names.iter().skip(1);
        assert!(others.all(|other| *other != names[0]), "{columns}: {names:?}");
    }
}
