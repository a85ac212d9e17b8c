//! News of the sync with GitHub, and the wishes to it.

use super::super::{
    action::Action,
    effect::{Effect, ServiceCall},
    model::Model,
    overlay::{AddRepository, Confirm, Overlay, Reaction},
};
use crate::domain::{
    source::Engine,
    sync::{SyncAsk, SyncNews, SyncProblem},
};

pub(super) fn take(model: &mut Model, news: SyncNews) -> Vec<Effect> {
    let effects = match &news {
        SyncNews::Dropped { name } => dropped(model, name),
        _ => vec![],
    };
    let told = model.notice.as_ref().filter(|notice| notice.is_error() && model.sync.has_told(&notice.text));
    let told = told.map(|notice| notice.text.clone());
    let is_new = model.sync.take(&news);
    // A name that is dropped was wrong to the end.
    let is_dropped = matches!(news, SyncNews::Dropped { .. });
    if told.is_some_and(|text| !is_dropped && !model.sync.has_told(&text)) {
        model.notice = None;
    }
    match news {
        // Nothing can be read of what was typed.
        SyncNews::Failed(problem @ SyncProblem { repository: None, .. })
            if model.overlay.is_none()
                && let Some(name) = model.sync.takes_first_typed() =>
        {
            return typed_again(model, &name, problem.told());
        }
        SyncNews::Failed(problem) if is_new => {
            let page = problem.url.is_some();
            model.say_error(if page { problem.said } else { problem.told() });
            if let Some(notice) = model.notice.as_mut().filter(|_| page) {
                notice.offer = Some((Action::OpenCheck, "lets the token in"));
            }
        }
        SyncNews::Login(login) if model.me.is_none() => return super::is_me(model, login),
        SyncNews::Said(text) => model.tell(text),
        // What was done there has been told already.
        SyncNews::Looked { repository, number, found: true } if model.hub.takes_look(&repository, number) => {
        }
        SyncNews::Looked { repository, number, found: true } => {
            model.tell(format!("{repository}#{number} is as on GitHub now"));
        }
        SyncNews::Looked { repository, number, found: false } => {
            model.say_error(format!("GitHub shows no {repository}#{number} to this token"));
        }
        SyncNews::Read { repository } => is_read(model, &repository),
        SyncNews::Fresh { repository, .. } | SyncNews::Elsewhere { repository } => {
            ask_to_remember(model, &repository);
        }
        SyncNews::Login(_)
        | SyncNews::Found { .. }
        | SyncNews::Dropped { .. }
        | SyncNews::Failed(_)
        | SyncNews::Reading { .. }
        | SyncNews::Paused { .. }
        | SyncNews::Resumed => {}
    }
    effects
}

fn reading(name: &str) -> String {
    format!("Reading {name} from GitHub …")
}

/// What was said of it is over; an organisation's first repository is on the board, and the header tells the rest.
fn is_read(model: &mut Model, repository: &str) {
    let said = model.notice.as_ref().map(|notice| notice.text.to_lowercase());
    let is_said = |name: &str| said == Some(reading(name).to_lowercase());
    if is_said(repository) {
        model.tell(format!("{repository} is read from GitHub"));
    } else if repository.split('/').next().is_some_and(is_said) {
        model.notice = None;
    }
}

/// A name that GitHub does not know may be typed again.
fn dropped(model: &mut Model, name: &str) -> Vec<Effect> {
    let said = model.sync.problem_of(name).map(SyncProblem::told);
    match said.filter(|_| model.sync.takes_typed(name)) {
        Some(said) if model.overlay.is_none() => typed_again(model, name, said),
        Some(_) | None => vec![],
    }
}

/// The line comes back, with what is wrong.
fn typed_again(model: &mut Model, name: &str, why: String) -> Vec<Effect> {
    model.overlay = Some(Overlay::Add(line(model).refused(name, why)));
    model.notice = None;
    vec![ask(SyncAsk::Candidates)]
}

fn line(model: &Model) -> AddRepository {
    let host = model.own.git_hosts.first().map_or("github.com", String::as_str).to_owned();
    AddRepository::new(host, model.sync.can_be_taken_back())
}

/// A poll by key also looks at the selected pull request on GitHub, where that can be.
pub(super) fn look(model: &mut Model) -> Vec<Effect> {
    if model.sync.is_refused() {
        model.say("Polling, and asking GitHub again …");
        return vec![ask(SyncAsk::Again)];
    }
    let Some(pr) = model.selected() else { return vec![] };
    let (repository, number) = (model.board.full_name(pr.key.repo).to_owned(), pr.key.number.get());
    if model.sync.is_elsewhere(&repository) {
        model.say(format!("Polling …; another sync reads {repository} from GitHub"));
        return vec![];
    }
    if !model.sync.reads(&repository) {
        return vec![];
    }
    if let Some(minutes) = model.sync.limit(model.now) {
        model.say(format!("Polling …; GitHub's limit lets nobody ask for {minutes} min"));
        return vec![];
    }
    model.say(format!("Polling, and asking GitHub for {repository}#{number} …"));
    vec![ask(SyncAsk::Look { repository, number })]
}

/// Whether a poll by key asks GitHub, too.
pub(super) fn asks(model: &Model) -> bool {
    let selected = model.selected().map(|pr| model.board.full_name(pr.key.repo));
    selected.is_some_and(|name| model.sync.reads(name))
}

/// Opens the line for a repository or an organisation.
pub(super) fn open(model: &mut Model) -> Vec<Effect> {
    let engine = model.link.source.as_ref().map(|source| source.engine);
    let trouble = model.sync.problem().map(SyncProblem::told).or_else(|| model.anothers_failure());
    if model.demo {
        model.say("The demo reads nothing from GitHub");
        return vec![];
    }
    if model.databases.first().is_some_and(|first| *first != model.database) {
        model.say(format!("Only the first database, {}, is synced with GitHub", model.databases[0]));
        return vec![];
    }
    match engine {
        Some(Engine::Sqlite) => {
            let line = line(model);
            model.overlay = Some(Overlay::Add(match trouble {
                Some(why) => line.refused("", why),
                None => line,
            }));
            vec![ask(SyncAsk::Candidates)]
        }
        Some(Engine::PostgreSql | Engine::YugabyteDb) => {
            match trouble {
                Some(why) => model.say_error(why),
                None => model
                    .say("Into a shared database only what the config file names is synced: [github] repos"),
            }
            vec![]
        }
        None => {
            model.say("The database has not answered yet");
            vec![]
        }
    }
}

pub(super) fn list() -> Vec<Effect> {
    vec![ask(SyncAsk::Candidates)]
}

/// Syncs it from now on.
pub(super) fn add(model: &mut Model, name: String) -> Vec<Effect> {
    model.say(reading(&name));
    model.sync.types(name.clone());
    vec![ask(SyncAsk::Also(name))]
}

/// Syncs it no more.
pub(super) fn take_back(model: &mut Model, name: String) -> Vec<Effect> {
    model.sync.takes_back(&name);
    model.say(format!("{name} is not read from GitHub any more"));
    vec![ask(SyncAsk::Without(name))]
}

/// Whether what was typed and can be read is to be remembered; not while something else is open.
fn ask_to_remember(model: &mut Model, repository: &str) {
    if model.overlay.is_some() {
        return;
    }
    if let Some(name) = model.sync.takes_read(repository) {
        let what = format!(
            "{name} is read. Write it into the config file, so that it is read whenever FlowLens opens?"
        );
        let yes = Reaction::Remember(name);
        model.overlay = Some(Overlay::Confirm(Confirm { title: " Remember it? ", what, yes }));
    }
}

/// Writes it into the config file.
pub(super) fn remember(model: &mut Model, name: String) -> Vec<Effect> {
    model.sync.configured.push(name.clone());
    vec![ask(SyncAsk::Remember(name))]
}

fn ask(ask: SyncAsk) -> Effect {
    Effect::Service(ServiceCall::Sync(ask))
}
