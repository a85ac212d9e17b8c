//! Replies about new insights, and what the feed tells of their requests.

use super::super::{
    effect::{Effect, ServiceCall},
    model::{Model, is_overtaken},
    overlay::Overlay,
};
use super::pull;
use crate::domain::{
    files::Files,
    ids::{PrKey, Sha},
    insight::LocalInsight,
    request::{Asked, Request},
    text::counted,
};

/// Changed files that were asked for when the pull request's head was `of`. Another head's lines are not this one's:
/// they are asked for anew.
pub(super) fn files(
    model: &mut Model,
    key: PrKey,
    of: Option<&Sha>,
    files: Result<Files, String>,
) -> Vec<Effect> {
    let head = model.board.pull(key).and_then(|pr| pr.head.clone());
    let waits = match &model.overlay {
        Some(Overlay::Files(view)) => view.key == key,
        _ => false,
    };
    let is_tab = model.pull.key == Some(key);
    if (waits || is_tab) && of.zip(head.as_ref()).is_some_and(|(of, head)| of != head) {
        if is_tab {
            model.pull.files_of.clone_from(&head);
        }
        return vec![Effect::Service(ServiceCall::Files(key, head))];
    }
    match &mut model.overlay {
        Some(Overlay::Files(view)) if waits => view.take(files, model.size),
        _ => pull::take_files(model, key, files),
    }
    vec![]
}

pub(super) fn asked(model: &mut Model, result: Result<Asked, String>) {
    model.asking.answered(result.is_ok());
    match result {
        Ok(Asked::Queued { queued: 0, joined: 0, absent: 0, unknown }) => {
            model.asking.gone(&unknown);
            let text = match unknown.len() {
                1 => "No insight: the files of this pull request are not known".to_owned(),
                n => format!("No insights: the files of these {n} are not known"),
            };
            model.say_error(text);
        }
        Ok(Asked::Queued { queued, joined, absent, unknown }) => {
            model.asking.gone(&unknown);
            let unknown = unknown.len();
            let mut parts = vec![format!("{} queued", counted(queued, "request"))];
            parts.extend((joined > 0).then(|| format!("{joined} {} queued already", was(joined))));
            parts.extend(
                (absent > 0).then(|| format!("{absent} {} gone", if absent == 1 { "is" } else { "are" })),
            );
            parts.extend((unknown > 0).then(|| format!("{unknown} left out, for the files are not known")));
            if joined + absent + unknown > 0 {
                model.tell(parts.join("; "));
            }
        }
        // One alone is told by its row.
        Ok(Asked::Here(1) | Asked::Local(1)) => {}
        Ok(Asked::Here(n)) => {
            model.tell(format!("Making {} here: this database has no queue", counted(n, "insight")));
        }
        Ok(Asked::Local(n)) => model.tell(format!(
            "Making {} here: the login may only read, nothing is stored",
            counted(n, "insight")
        )),
        Err(error) => model.say_error(format!("Nothing was asked for: {error}")),
    }
    finish(model);
}

const fn was(n: usize) -> &'static str {
    if n == 1 { "was" } else { "were" }
}

pub(super) fn cancelled(model: &mut Model, result: Result<usize, String>) {
    match result {
        Ok(0) => model.tell("Nothing was queued any more"),
        Ok(n) => model.tell(format!("{} taken back", counted(n, "request"))),
        Err(error) => model.say_error(format!("Nothing was taken back: {error}")),
    }
}

/// New or changed requests.
pub(super) fn told(model: &mut Model, requests: Vec<Request>) {
    model.requests.merge(requests);
    model.asking.told(&model.requests);
    finish(model);
}

/// Keeps an insight that is stored nowhere, unless the database has a later one.
pub(super) fn local(model: &mut Model, key: PrKey, local: Box<LocalInsight>) {
    let Some(pr) = model.board.pull(key) else { return };
    if !is_overtaken(pr, &local) {
        model.asking.keep(key, local);
    }
    finish(model);
}

/// Pull requests have changed; those of `gone` are deleted.
pub(super) fn board_changed(model: &mut Model, gone: &[PrKey]) {
    model.asking.forget_overtaken(&model.board);
    if !gone.is_empty() {
        model.asking.gone(gone);
        finish(model);
    }
}

pub(super) fn polled(model: &mut Model) {
    model.asking.polled();
    finish(model);
}

/// Says how it went, once all requests made here have ended.
fn finish(model: &mut Model) {
    let alone = model.asking.asked_here().next();
    let Some(progress) = model.asking.finish(&model.requests) else { return };
    if progress.total == 1 {
        let why = alone.and_then(|key| model.requests.of(key)?.error.as_deref()).unwrap_or("it failed");
        model.say_error(format!("No insight: {why}"));
        return;
    }
    let mut parts = vec![format!("{} made", counted(progress.made, "insight"))];
    parts.extend((progress.failed > 0).then(|| format!("{} failed", progress.failed)));
    parts.extend((progress.other > 0).then(|| format!("{} taken back", progress.other)));
    model.tell(parts.join(", "));
}

/// The file is written, or another path is typed.
pub(super) fn exported(model: &mut Model, path: &str, result: Result<(), String>) {
    match (result, &mut model.overlay) {
        (Ok(()), Some(Overlay::Export(_))) => {
            model.overlay = None;
            model.tell(format!("Written to {path}"));
        }
        (Ok(()), _) => model.tell(format!("Written to {path}")),
        (Err(why), Some(Overlay::Export(export))) => export.refuse(why),
        (Err(why), _) => model.say_error(format!("Nothing was written to {path}: {why}")),
    }
}
