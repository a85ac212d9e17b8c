//! The log of a job: opened, heard of, left.

use crate::{
    domain::{
        check::{Check, Detail},
        hub::HubAsk,
        ids::PrKey,
        log::{LogAsk, LogNews, job_of},
    },
    tui::{
        action::Action,
        effect::{Effect, ServiceCall},
        model::Model,
        overlay::{LogView, Overlay},
    },
};

/// The log of the selected pull request's failing check, or of one that runs again.
pub(super) fn open_failing(model: &mut Model) -> Vec<Effect> {
    let Some(key) = model.selected().map(|pr| pr.key) else {
        model.say("No pull request is selected");
        return vec![];
    };
    let check = |detail: &Detail| detail.failing_check().or_else(|| detail.repeated_check()).cloned();
    if let Some(check) = model.detail().and_then(check) {
        return open(model, key, &check);
    }
    let name = format!("{}{}", model.board.full_name(key.repo), key.number);
    let text = format!("{name}: no failing check is known");
    model.say_and_offer(text, Action::OpenPullRequest, "opens the pull request");
    vec![]
}

/// The job whose log a check has: older rows tell it by the page alone.
pub(super) fn job(check: &Check) -> Option<i64> {
    check.job().or_else(|| check.url.as_deref().and_then(job_of))
}

/// The log of a check.
pub(super) fn open(model: &mut Model, key: PrKey, check: &Check) -> Vec<Effect> {
    let Some(job) = job(check) else {
        model.say_and_offer(
            format!("{} runs elsewhere than on GitHub Actions: its log is there", check.name()),
            Action::OpenCheck,
            "opens it",
        );
        return vec![];
    };
    let repository = model.board.full_name(key.repo).to_owned();
    let ask = LogAsk { key, repository, job, name: check.name().to_owned(), attempt: None };
    model.overlay = Some(Overlay::Log(Box::new(LogView::new(ask.clone(), check.clone(), model.size))));
    read(ask)
}

/// Reads this log, and no other.
pub(super) fn read(ask: LogAsk) -> Vec<Effect> {
    vec![Effect::Service(ServiceCall::Hub(HubAsk::Log(ask)))]
}

/// The log is left.
pub(super) fn leave() -> Vec<Effect> {
    vec![Effect::Service(ServiceCall::Hub(HubAsk::NoLog))]
}

/// News of a log; those of one that is shown no more are late.
pub(super) fn take(model: &mut Model, ask: &LogAsk, news: LogNews) {
    let size = model.size;
    if let Some(view) = model.overlay.as_mut().and_then(Overlay::log).filter(|view| view.ask == *ask) {
        view.take(news, size);
    }
}

/// The checks of a pull request are read: the one whose log is shown may have another attempt by now.
pub(super) fn take_checks(model: &mut Model, key: PrKey) {
    let (size, detail) = (model.size, model.details.get(key));
    let checks = detail.and_then(|detail| detail.as_ref().ok()).map(|detail| detail.checks.as_slice());
    let view = model.overlay.as_mut().and_then(Overlay::log).filter(|view| view.key() == key);
    let Some((view, checks)) = view.zip(checks) else { return };
    let check = checks.iter().find(|check| check.id == view.check.id);
    if let Some((check, job)) = check.and_then(|check| Some((check, job(check)?))) {
        view.take_check(check, job, size);
    }
    if model.counts_seconds() {
        model.keep_second();
    }
}

/// Nothing can be asked of GitHub.
pub(super) fn refuse(model: &mut Model, why: &str) {
    if let Some(view) = model.overlay.as_mut().and_then(Overlay::log) {
        view.refuse(why);
    }
}
