//! All decisions: a message and the model give the next model and what is to be done. No I/O, no clock.

mod feed;
mod input;
mod insights;
mod motion;
mod reading;

use chrono::{DateTime, TimeDelta};

use super::{
    action::Action,
    effect::Effect,
    geometry::{Layout, Pane},
    model::{FilesView, Model, Overlay, STILL},
    msg::Msg,
    order, panel,
};
use crate::domain::{ids::PrKey, time::whole_minute};

/// Takes in one message.
pub fn update(model: &mut Model, msg: Msg) -> Vec<Effect> {
    match msg {
        Msg::Tick(now) => tick(model, now),
        Msg::Resize(width, height) => {
            model.size = (width, height);
            order::scroll_to_selected(model);
            order::scroll_to_repository(model);
            vec![]
        }
        Msg::Action(action) => {
            model.last_key = model.now;
            act(model, action)
        }
        Msg::Edit(edit) => {
            model.last_key = model.now;
            input::edit(model, &edit)
        }
        Msg::Mouse(pointer) => {
            model.last_key = model.now;
            motion::point(model, pointer)
        }
        Msg::Feed(event) => feed::take(model, event),
        Msg::Detail(key, result) => {
            model.details.put(key, result);
            vec![]
        }
        Msg::Files(key, result) => {
            if let Some(Overlay::Files(view)) = &mut model.overlay
                && view.key == key
            {
                view.files = Some(result);
                motion::to_spot(view, model.size);
            }
            vec![]
        }
        Msg::Asked(result) => {
            insights::asked(model, result);
            vec![]
        }
        Msg::Cancelled(result) => {
            insights::cancelled(model, result);
            vec![]
        }
        Msg::Requests(requests) => {
            insights::told(model, requests);
            vec![]
        }
        Msg::Local(key, local) => {
            insights::local(model, key, local);
            vec![]
        }
        Msg::Me(login) => {
            model.me = Some(login);
            if model.link.loaded { rearrange(model) } else { feed::settle(model) }
        }
        Msg::NotOpened(url, why) => {
            tracing::warn!(%why, "no browser");
            model.say_error("No browser could be started here");
            model.overlay = Some(Overlay::Text { title: "Open this address".to_owned(), text: url.clone() });
            vec![Effect::Copy(url)]
        }
        Msg::Done(Ok(text)) => {
            model.say(text);
            vec![]
        }
        Msg::Done(Err(text)) => {
            model.say_error(text);
            vec![]
        }
    }
}

fn tick(model: &mut Model, now: DateTime<chrono::Utc>) -> Vec<Effect> {
    model.now = now;
    keep_time(model);
    if model.notice.as_ref().is_some_and(|notice| notice.until <= now) {
        model.notice = None;
    }
    if model.list.waiting.any() && is_unattended(model) {
        return rearrange(model);
    }
    vec![]
}

/// The minute goes forward. The server's clock is only known to some milliseconds, and ages must not flicker at
/// the turn of a minute; back it goes only where a clock was set.
fn keep_time(model: &mut Model) {
    let minute = whole_minute(model.server_now());
    if minute > model.minute || model.minute - minute > TimeDelta::minutes(1) {
        model.minute = minute;
    }
}

/// Nobody has pressed a key for so long that the order may change by itself.
fn is_unattended(model: &Model) -> bool {
    !model.frozen && model.now - model.last_key >= STILL
}

/// Applies the new order, and reads the details of what is selected then.
fn rearrange(model: &mut Model) -> Vec<Effect> {
    let before = model.list.selected;
    order::apply(model);
    follow(model, before)
}

/// The details of a newly selected pull request are wanted.
fn follow(model: &Model, before: Option<PrKey>) -> Vec<Effect> {
    if model.list.selected == before { vec![] } else { want_detail(model) }
}

fn want_detail(model: &Model) -> Vec<Effect> {
    match model.selected() {
        Some(pr) if model.details.get(pr.key).is_none_or(Result::is_err) => {
            vec![Effect::Detail(pr.key, pr.head.clone())]
        }
        Some(_) | None => vec![],
    }
}

fn act(model: &mut Model, action: Action) -> Vec<Effect> {
    if changes_what_is_behind(action) {
        model.overlay = None;
    }
    match action {
        Action::Quit => vec![Effect::Quit],
        Action::Suspend => vec![Effect::Suspend],
        Action::Demo => demo(model),
        Action::Up | Action::Down | Action::PageUp | Action::PageDown | Action::Top | Action::Bottom => {
            motion::step(model, action)
        }
        Action::Left | Action::Right | Action::NextPane | Action::PrevPane | Action::Enter | Action::Back => {
            motion::focus(model, action)
        }
        Action::Filter => {
            input::open(model);
            vec![]
        }
        Action::QuickFilter => choose(model, |model| model.list.quick = model.list.quick.next()),
        Action::Sort => choose(model, |model| model.list.sort = model.list.sort.next()),
        Action::Repositories => {
            model.focus = Pane::Repos;
            order::scroll_to_repository(model);
            vec![]
        }
        Action::AbsoluteTimes => {
            model.absolute_times = !model.absolute_times;
            vec![]
        }
        Action::Zoom => {
            model.zoomed = !model.zoomed;
            order::scroll_to_selected(model);
            order::scroll_to_repository(model);
            vec![]
        }
        Action::Freeze => freeze(model),
        Action::Mouse => {
            model.mouse = !model.mouse;
            model.say(if model.mouse {
                "Mouse on: click and wheel; m lets it go"
            } else {
                "Mouse off: the terminal selects"
            });
            vec![Effect::Mouse(model.mouse)]
        }
        Action::Palette => {
            model.overlay = Some(Overlay::Palette { text: String::new(), cursor: 0 });
            vec![]
        }
        Action::Help => {
            model.overlay = match model.overlay {
                Some(Overlay::Help { .. }) => None,
                Some(_) | None => Some(Overlay::Help { top: 0 }),
            };
            vec![]
        }
        Action::Refresh => {
            model.say("Polling …");
            let mut effects = rearrange(model);
            effects.push(Effect::Refresh);
            effects
        }
        Action::Reread => {
            model.say("Reading everything again …");
            let mut effects = rearrange(model);
            effects.push(Effect::Reread);
            effects
        }
        Action::Mark => mark(model),
        Action::Regenerate => insights::regenerate(model),
        Action::RegenerateStale => insights::regenerate_stale(model),
        Action::CancelRequests => insights::cancel(model),
        Action::Details
        | Action::OpenPullRequest
        | Action::OpenCheck
        | Action::CopyNumber
        | Action::CopyUrl => on_selected(model, action),
    }
}

/// The demo is for those who have nothing to look at yet; nobody else loses the board to a slip of the hand.
fn demo(model: &mut Model) -> Vec<Effect> {
    if model.demo {
        model.say("This is the demo; q leaves it");
    } else if model.link.loaded && model.is_empty() {
        return vec![Effect::Demo];
    } else {
        model.say("The demo starts from here only while the database is empty; in a shell: flowlens demo");
    }
    vec![]
}

/// Whatever lies over the panes goes away first: nothing changes unseen.
const fn changes_what_is_behind(action: Action) -> bool {
    matches!(
        action,
        Action::Filter
            | Action::QuickFilter
            | Action::Sort
            | Action::Repositories
            | Action::Mark
            | Action::Regenerate
            | Action::RegenerateStale
            | Action::CancelRequests
            | Action::Zoom
            | Action::Freeze
    )
}

/// A choice of the user's own applies at once.
fn choose(model: &mut Model, change: impl FnOnce(&mut Model)) -> Vec<Effect> {
    let before = model.list.selected;
    change(model);
    order::apply_from_top(model);
    follow(model, before)
}

fn freeze(model: &mut Model) -> Vec<Effect> {
    model.frozen = !model.frozen;
    if model.frozen {
        model.say("Order frozen; Ctrl-F lets it go. Rows still update in place");
        return vec![];
    }
    model.say("Order follows the data again");
    rearrange(model)
}

fn mark(model: &mut Model) -> Vec<Effect> {
    let Some(key) = model.list.selected else { return vec![] };
    if !model.list.marked.remove(&key) {
        model.list.marked.insert(key);
    }
    motion::step_pulls(model, Action::Down)
}

/// Acts on the pull request that is selected now, not on whichever is when the answer comes.
fn on_selected(model: &mut Model, action: Action) -> Vec<Effect> {
    let Some(pr) = model.selected() else {
        model.say("No pull request is selected");
        return vec![];
    };
    let key = pr.key;
    let Some(repository) = model.board.repository(key.repo) else {
        model.say("Its repository is not known (yet)");
        return vec![];
    };
    let (url, name) = (pr.url(repository), format!("{}{}", repository.full_name, key.number));
    match action {
        Action::Details => {
            let spot = model.findings().and_then(panel::first_focus);
            model.overlay = Some(Overlay::Files(FilesView::new(key, spot)));
            vec![Effect::Files(key)]
        }
        Action::CopyNumber => copy(model, name),
        Action::CopyUrl => copy(model, url),
        Action::OpenCheck => {
            let detail = model.details.get(key).and_then(|d| d.as_ref().ok());
            let check = detail.and_then(|d| d.failing_check()).and_then(|check| check.url.clone());
            if let Some(url) = check.filter(|url| url.starts_with("https://")) {
                open(model, "Its failing check", url)
            } else {
                model.say("No failing check with an address is known; o opens the pull request");
                vec![]
            }
        }
        _ => open(model, &name, url),
    }
}

/// Copying always shows the text too: the terminal never answers whether it took it.
fn copy(model: &mut Model, text: String) -> Vec<Effect> {
    model.say(format!("Sent to the clipboard: {text}"));
    vec![Effect::Copy(text)]
}

/// Over SSH there is no browser to start: the address is shown unbroken, and sent to the clipboard.
fn open(model: &mut Model, title: &str, url: String) -> Vec<Effect> {
    if model.remote {
        model.overlay = Some(Overlay::Text { title: title.to_owned(), text: url.clone() });
        return vec![Effect::Copy(url)];
    }
    model.say(format!("Opening {url}"));
    vec![Effect::Open(url)]
}

/// Whether the layout shows one pane at a time.
fn is_narrow(model: &Model) -> bool {
    match model.layout() {
        Layout::Narrow | Layout::Tiny => true,
        Layout::Wide | Layout::Medium => false,
    }
}
