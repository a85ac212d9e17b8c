//! News of what is done on GitHub, and of what is done on this machine.

use super::overlay;
use crate::{
    domain::{
        hub::{Activity, HubNews},
        sync::SyncAsk,
    },
    tui::{
        effect::{Effect, ServiceCall},
        model::Model,
        overlay::{Overlay, clock},
    },
};

pub(super) fn take(model: &mut Model, news: HubNews) -> Vec<Effect> {
    let is_answer = matches!(news, HubNews::Gate(..) | HubNews::Picks(..) | HubNews::Off(_));
    let mut effects: Vec<Effect> = tell_of(model, &news).into_iter().collect();
    let board = &model.board;
    model.hub.take(news, model.now, |key| board.pull(key).and_then(|pr| pr.updated_at));
    if is_answer {
        effects.extend(overlay::answered(model));
    }
    effects
}

/// Tells what the reader is to know, and looks at what has changed.
fn tell_of(model: &mut Model, news: &HubNews) -> Option<Effect> {
    match news {
        HubNews::Outcome(id, outcome) => {
            let done = model.hub.activity_of(*id).map(|activity| activity.order.clone());
            done.and_then(|order| {
                if outcome.is_final() && !outcome.has_happened() {
                    model.seen.forget_act(order.target.key, *id);
                }
                let told = format!("{}: {}", order.target.name(), outcome.told(clock));
                tell(model, told, outcome.has_happened() || !outcome.is_final());
                let is_read = outcome.has_happened() && model.sync.reads(&order.target.repository);
                let (repository, number) = (order.target.repository, order.target.number);
                is_read.then(|| {
                    model.hub.look(repository.clone(), number);
                    Effect::Service(ServiceCall::Sync(SyncAsk::Look { repository, number }))
                })
            })
        }
        HubNews::Sending(id) => {
            if let Some(Activity { order, .. }) = model.hub.activity_of(*id)
                && order.act.kind().shows_on_board()
                && let Some(pr) = model.board.pull(order.target.key)
            {
                model.seen.act(pr, (*id, order.act.kind()), model.now);
            }
            None
        }
        HubNews::Picks(_, Err(why)) => {
            model.say_error(why.clone());
            None
        }
        HubNews::Checks(..) | HubNews::Queue(..) => {
            model.pull.asked_silently = false;
            None
        }
        HubNews::Off(why) if std::mem::take(&mut model.pull.asked_silently) => {
            tracing::info!(%why, "GitHub cannot be asked");
            None
        }
        HubNews::Off(why) if !matches!(model.overlay, Some(Overlay::Act(_) | Overlay::Log(_))) => {
            model.say_error(why.clone());
            None
        }
        HubNews::Gate(..) | HubNews::Picks(_, Ok(_)) | HubNews::Log(..) | HubNews::Off(_) => None,
    }
}

/// A command or a checkout has ended.
pub(super) fn ended(model: &mut Model, id: u64, end: Result<String, String>) {
    let what = model.hub.locals().iter().find(|one| one.id == id).map(|one| one.what.clone());
    let told = |said: &str| what.as_ref().map_or_else(|| said.to_owned(), |what| format!("{what}: {said}"));
    match &end {
        Ok(said) => {
            let told = told(said);
            tracing::info!("{told}");
            tell(model, told, true);
        }
        Err(why) => tell(model, told(why), false),
    }
    model.hub.end_local(id, model.now, end);
}

fn tell(model: &mut Model, told: String, is_well: bool) {
    if is_well { model.tell(told) } else { model.say_error(told) }
}
