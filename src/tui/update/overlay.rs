//! Events for the open overlay, and its reactions.

use super::{
    super::{
        action::{Action, KeyGroup},
        effect::{Effect, Errand, HostCall, ServiceCall},
        model::Model,
        msg::{Edit, Pointer},
        overlay::{Backdrop, Choice, Overlay, Reaction},
        screen::Screen,
    },
    act, board, log, press as run, pull, sync,
};
use crate::domain::{files::Spot, hub::HubAsk, ids::PrKey};

pub(super) fn press(model: &mut Model, action: Action) -> Vec<Effect> {
    take(model, |overlay, back| overlay.act(action, back))
}

pub(super) fn edit(model: &mut Model, edit: &Edit) -> Vec<Effect> {
    take(model, |overlay, back| overlay.edit(edit, back))
}

/// GitHub has said what may be done.
pub(super) fn answered(model: &mut Model) -> Vec<Effect> {
    take(model, Overlay::answered)
}

/// Opens the menu of actions, and chooses from it.
fn choose(model: &mut Model, choice: Choice) -> Vec<Effect> {
    let mut effects = act::open_for(model, model.chosen());
    effects.extend(take(model, |overlay, back| match overlay {
        Overlay::Act(acting) => acting.choose(choice, back),
        _ => Reaction::Stay,
    }));
    effects
}

fn wear(model: &mut Model, theme: usize) {
    model.look.worn = theme;
    model.say(format!("The theme is {}", model.look.name()));
}

/// The wheel scrolls; clicks do nothing.
pub(super) fn point(model: &mut Model, pointer: Pointer) -> Vec<Effect> {
    take(model, |overlay, back| {
        if let Pointer::Wheel(x, y, turn) = pointer {
            overlay.wheel((x, y), turn, back);
        }
        Reaction::Stay
    })
}

fn take(model: &mut Model, happens: impl FnOnce(&mut Overlay, Backdrop<'_>) -> Reaction) -> Vec<Effect> {
    let Some(mut overlay) = model.overlay.take() else { return vec![] };
    let reaction = happens(&mut overlay, model.backdrop());
    if let Overlay::Act(acting) = &overlay {
        acting.keep_draft(&mut model.hub);
    }
    match reaction {
        Reaction::Stay => model.overlay = Some(overlay),
        Reaction::Close => close(model, overlay),
        Reaction::CloseAndSay(said) => model.say(said),
        Reaction::Run(action) => {
            if is_of_list(action) {
                pull::leave(model);
            }
            return run(model, action);
        }
        Reaction::SaveView(view) => return board::save_view(model, *view),
        Reaction::Copy(text) => {
            model.overlay = Some(overlay);
            model.say("Sent to the clipboard, as far as this terminal takes it (OSC 52)");
            return vec![Effect::Host(HostCall::Copy(text))];
        }
        Reaction::Show(view) => {
            pull::leave(model);
            return board::show(model, view);
        }
        Reaction::Sort(sort) => {
            pull::leave(model);
            return board::sort(model, sort);
        }
        Reaction::Group(grouping) => {
            pull::leave(model);
            return board::group(model, grouping);
        }
        Reaction::Columns(columns) => {
            model.overlay = Some(overlay);
            board::show_columns(model, columns);
        }
        Reaction::ColumnsAndClose(columns) => board::show_columns(model, columns),
        Reaction::Tell(rule, is_on) => {
            model.overlay = Some(overlay);
            board::tell(model, *rule, is_on);
        }
        Reaction::EndRule(name) => board::end_rule(model, &name),
        Reaction::KeepRule(rule) => return board::keep_rule(model, *rule),
        Reaction::Select(key) => return select(model, key),
        Reaction::Export(path, form) => {
            model.overlay = Some(overlay);
            return board::export(model, path, form);
        }
        Reaction::Narrow(repository) => {
            pull::leave(model);
            return board::narrow(model, repository);
        }
        Reaction::Wear(theme) => wear(model, theme),
        Reaction::List => {
            model.overlay = Some(overlay);
            return sync::list();
        }
        Reaction::Sync(name) => return sync::add(model, name),
        Reaction::Unsync(name) => return sync::take_back(model, name),
        Reaction::Remember(name) => return sync::remember(model, name),
        Reaction::Ask(wanted) => return board::ask(model, wanted),
        Reaction::Database(at) => return vec![Effect::Database(at)],
        Reaction::File(_, spot) if model.screen == Screen::Pull => {
            return pull::go_to_files(model, Some(spot));
        }
        Reaction::File(key, spot) => return at_file(model, overlay, key, spot),
        Reaction::Open(title, url) => {
            model.overlay = Some(overlay);
            return board::open_beside(model, &title, url);
        }
        Reaction::Log(ask) => {
            model.overlay = Some(overlay);
            return log::read(ask);
        }
        Reaction::NoLog => return log::leave(),
        Reaction::Act(key) => return act_on(model, overlay, key),
        Reaction::Page(text) => {
            model.overlay = Some(overlay);
            return vec![Effect::Host(HostCall::Lend(Box::new(Errand::Show(text.into_bytes()))))];
        }
        Reaction::Write(text) => {
            model.overlay = Some(overlay);
            return act::write(text);
        }
        Reaction::Find(of, text) => {
            model.overlay = Some(overlay);
            return vec![Effect::Service(ServiceCall::Hub(HubAsk::Picks(of, text)))];
        }
        Reaction::Do(deed) => {
            model.overlay = overlay.behind();
            return act::act(model, *deed);
        }
        Reaction::Own(at) => return act::own(model, at),
        Reaction::Choose(choice) => return choose(model, choice),
        Reaction::Snooze(keys, until) => return board::snooze(model, &keys, until),
    }
    vec![]
}

/// Goes to a place of a patch; a log that led there is behind it.
fn at_file(model: &mut Model, overlay: Overlay, key: PrKey, spot: Spot) -> Vec<Effect> {
    let effects = board::at_file(model, key, spot);
    if let (Overlay::Log(log), Some(Overlay::Files(files))) = (overlay, &mut model.overlay) {
        files.behind = Some(log);
    }
    effects
}

/// Opens the menu over a log.
fn act_on(model: &mut Model, overlay: Overlay, key: PrKey) -> Vec<Effect> {
    let effects = act::open_for(model, vec![key]);
    match (overlay, &mut model.overlay) {
        (Overlay::Log(log), Some(Overlay::Act(acting))) => acting.behind = Some(log),
        (overlay, none) => *none = Some(overlay),
    }
    effects
}

/// Closes it, for what is behind it.
fn close(model: &mut Model, overlay: Overlay) {
    if let Overlay::Act(acting) = &overlay
        && acting.asks()
    {
        let kept = if acting.has_words() { "; your words are kept" } else { "" };
        model.say(format!("Nothing was done: only y says yes{kept}"));
    }
    model.overlay = overlay.behind();
}

/// Selects a pull request; on the screen of another it is shown there.
fn select(model: &mut Model, key: PrKey) -> Vec<Effect> {
    let mut effects = board::go_to(model, key);
    if model.screen == Screen::Pull && model.list.selected == Some(key) {
        effects.extend(pull::show(model, key));
    }
    effects
}

/// Whether a command that was chosen by its name is about the list.
fn is_of_list(action: Action) -> bool {
    use Action as A;
    match action {
        A::AbsoluteTimes => false,
        A::Mark | A::Seen | A::RegenerateStale | A::Export | A::NextChanged | A::PreviousChanged => true,
        _ => action.binding().group == KeyGroup::Show,
    }
}
