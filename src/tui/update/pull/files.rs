//! The changed files as a tab.

use crate::{
    domain::{
        files::{Files, Spot},
        ids::PrKey,
    },
    tui::{
        action::Action,
        effect::{Effect, ServiceCall},
        model::{Model, PullTab},
        msg::{Edit, Turn},
        overlay::{FilesView, Layer as _, Reaction},
        panel,
    },
};

/// Where a review begins best.
pub(super) fn first_spot(model: &Model) -> Option<Spot> {
    model.findings().and_then(panel::first_focus)
}

/// Shows the files, at this place where one is named, and asks for them unless they are here.
pub(super) fn want(model: &mut Model, spot: Option<Spot>) -> Vec<Effect> {
    if let Some(files) = model.pull.files.as_mut() {
        if let Some(spot) = spot {
            files.visit(spot, model.size);
        }
        return vec![];
    }
    let Some((key, head)) = model.selected().map(|pr| (pr.key, pr.head.clone())) else { return vec![] };
    let alerts = model.findings().map(panel::spots).unwrap_or_default();
    let spot = spot.or_else(|| first_spot(model));
    model.pull.files = Some(FilesView::tab(key, spot, alerts));
    model.pull.files_of.clone_from(&head);
    vec![Effect::Service(ServiceCall::Files(key, head))]
}

/// Reads them anew where they are of another head than the present one, or could not be read.
pub(super) fn renew(model: &mut Model) -> Vec<Effect> {
    let head = model.selected().and_then(|pr| pr.head.clone());
    let failed = model.pull.files.as_ref().is_some_and(|view| matches!(view.files, Some(Err(_))));
    if model.pull.files.is_none() || !(failed || head != model.pull.files_of) {
        return vec![];
    }
    model.pull.files = None;
    if model.pull.tab == PullTab::Files { want(model, None) } else { vec![] }
}

/// The files have come.
pub(in crate::tui::update) fn take(model: &mut Model, key: PrKey, files: Result<Files, String>) {
    let size = model.size;
    if let Some(view) = model.pull.files.as_mut().filter(|view| view.key == key) {
        view.take(files, size);
    }
}

pub(super) fn act(model: &mut Model, action: Action) -> Vec<Effect> {
    with(model, |files, model| {
        files.act(action, model.backdrop());
    });
    vec![]
}

/// A key while the search is typed.
pub(in crate::tui::update) fn edit(model: &mut Model, edit: &Edit) {
    with(model, |files, model| {
        files.edit(edit, model.backdrop());
    });
}

pub(super) fn wheel(model: &mut Model, cell: (u16, u16), turn: Turn) {
    with(model, |files, model| files.wheel(cell, turn, model.backdrop()));
}

/// Ends the search, if there is one on the screen.
pub(super) fn ends_search(model: &mut Model) -> bool {
    if model.pull.tab != PullTab::Files {
        return false;
    }
    let mut stays = false;
    with(model, |files, model| {
        stays = files.act(Action::Back, model.backdrop()) == Reaction::Stay;
    });
    stays
}

fn with(model: &mut Model, act: impl FnOnce(&mut FilesView, &Model)) {
    if let Some(mut files) = model.pull.files.take() {
        act(&mut files, model);
        model.pull.files = Some(files);
    }
}
