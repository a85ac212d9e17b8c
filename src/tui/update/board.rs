//! The board: its rows, its cursors, and actions on the selected pull request.

mod export;
mod filter;
mod find;
mod insights;
mod motion;
mod notify;
mod order;
mod panes;
mod reading;
mod seen;
mod snooze;
mod views;

use self::order::Instead;
pub(super) use self::{
    export::export,
    filter::edit,
    find::go_to,
    insights::ask,
    motion::point,
    notify::{end as end_rule, follow as follow_rules, keep as keep_rule, kept as rule_kept, tell},
    order::{put_cursor, scroll, unpin, window},
    reading::{scroll as read_on, spot as reading_spot, step as read},
    seen::{look, note},
    snooze::{snooze, wake_due},
    views::{save as save_view, show},
};
use crate::{
    domain::{
        attention::{Order, Sort},
        check::Detail,
        files::Spot,
        ids::{PrKey, RepoId},
        pull_request::PullRequest,
        view::{Column, Grouping},
        web::openable,
    },
    tui::{
        action::Action,
        effect::{Effect, HostCall, ServiceCall},
        geometry::{Layout, Pane},
        model::Model,
        overlay::{ColumnPicker, FilesView, Overlay, ShownAddress},
        panel,
    },
};

/// Fewer pull requests than these are sorted with each page that comes.
const MANY: usize = 2_000;

/// Other actions do nothing on the board.
pub(super) fn act(model: &mut Model, action: Action) -> Vec<Effect> {
    match action {
        Action::Up | Action::Down | Action::PageUp | Action::PageDown | Action::Top | Action::Bottom => {
            motion::step(model, action)
        }
        Action::NextChanged | Action::PreviousChanged => motion::hop(model, action),
        Action::Seen => seen::look_at_all(model),
        Action::Snooze => snooze::open(model),
        Action::Left | Action::Right | Action::NextPane | Action::PrevPane | Action::Enter | Action::Back => {
            motion::focus(model, action)
        }
        Action::NextPull => motion::step_pulls(model, Action::Down),
        Action::PrevPull => motion::step_pulls(model, Action::Up),
        Action::LargerDetails | Action::SmallerDetails | Action::DetailsBeside | Action::HideRepositories => {
            panes::arrange(model, action)
        }
        Action::Filter => {
            filter::open(model);
            vec![]
        }
        Action::Yesterday => filter::since_yesterday(model),
        Action::NextView => views::step(model, 1),
        Action::PrevView => views::step(model, -1),
        Action::View(key) => views::choose_key(model, key),
        Action::SaveView => {
            views::ask_name(model);
            vec![]
        }
        Action::ForgetView => views::forget(model),
        Action::Sort => order_by(model, model.list.sort.next()),
        Action::Reverse => order_by(model, model.list.sort.reverse()),
        Action::Group => group(model, model.list.grouping.next()),
        Action::Columns => {
            let (list, (_, needs)) = (&model.list, model.list_room());
            let picker = ColumnPicker::new(&list.columns, needs.time, list.sort.sort);
            model.overlay = Some(Overlay::Columns(picker));
            vec![]
        }
        Action::Notify => {
            notify::open(model);
            vec![]
        }
        Action::Export => export::open(model),
        Action::Repositories => {
            model.focus = Pane::Repos;
            scroll(model);
            vec![]
        }
        Action::Zoom => {
            model.zoomed = !model.zoomed;
            scroll(model);
            vec![]
        }
        Action::Freeze => freeze(model),
        Action::Mark => mark(model),
        // While the header offers a page, its key opens that.
        Action::OpenCheck if let Some(url) = model.sync.take_page() => {
            let hosts = model.hosts.clone();
            open(model, "Let the token in", url, Some(&hosts))
        }
        Action::Regenerate => insights::regenerate(model),
        Action::RegenerateStale => insights::regenerate_stale(model),
        Action::CancelRequests => insights::cancel(model),
        Action::CopyNumber | Action::CopyUrl if model.acts_on_marked() => export::copy_marked(model, action),
        Action::Details
        | Action::OpenPullRequest
        | Action::OpenCheck
        | Action::CopyNumber
        | Action::CopyUrl => on_selected(model, action),
        _ => vec![],
    }
}

/// The minute has turned: ages in filters and in the order are compared anew.
pub(super) fn turn(model: &mut Model) -> Vec<Effect> {
    model.count_timed();
    if model.link.loaded && model.needs_clock() { settle(model) } else { vec![] }
}

/// The board's data has changed: shown rows hold still, unless nobody is there to be disturbed.
pub(super) fn settle(model: &mut Model) -> Vec<Effect> {
    // With no row on the screen there is nothing to hold still, for all pages of this read.
    model.list.filling |= model.list.rows.is_empty();
    if !model.link.loaded || model.list.filling {
        // A page sorts all rows anew: where there are many, several pages do so together.
        let (now, then) = (model.board.len(), model.list.of);
        if now < MANY || !(then..then + then / 4).contains(&now) {
            fill(model);
        }
        return vec![];
    }
    if model.is_unattended() {
        return rearrange(model);
    }
    let before = model.list.selected;
    order::compare(model);
    if model.list.rows.is_empty() {
        // All rows went: what came instead is shown at once.
        order::apply(model, Instead::First);
    }
    follow(model, before)
}

/// Rows of a repository that a sync reads for the first time are the board itself, and no news: they wait for no key.
pub(super) fn take_in(model: &mut Model) -> Vec<Effect> {
    if !model.link.loaded || model.list.filling || model.frozen {
        return settle(model);
    }
    let before = model.list.selected;
    let follows = before.is_none_or(|key| !model.list.chosen && model.link.is_first_read(key.repo));
    order::apply(model, Instead::Neighbour);
    if follows {
        order::select_first(model);
    }
    follow(model, before)
}

/// Pages of a first read come in any order: the cursor stays on the first row until it was moved, and a selection of the
/// last run waits for its page.
pub(super) fn fill(model: &mut Model) {
    order::apply(model, Instead::Neighbour);
    if !model.list.chosen {
        order::select_first(model);
    }
}

/// The first complete read has ended.
pub(super) fn first_read(model: &mut Model) -> Vec<Effect> {
    model.seen.first_read(&model.board);
    fill(model);
    want_detail(model)
}

/// Applies the new order, and reads the details of what is selected then.
pub(super) fn rearrange(model: &mut Model) -> Vec<Effect> {
    let before = model.list.selected;
    order::apply(model, Instead::Neighbour);
    follow(model, before)
}

/// Asks for details where another pull request is selected than before.
fn follow(model: &Model, before: Option<PrKey>) -> Vec<Effect> {
    if model.list.selected == before { vec![] } else { want_detail(model) }
}

/// Asks for the details of the selected pull request, unless they are here.
pub(super) fn want_detail(model: &Model) -> Vec<Effect> {
    if model.detail().is_some() { vec![] } else { read_detail(model) }
}

pub(super) fn read_detail(model: &Model) -> Vec<Effect> {
    let read = |pr: &PullRequest| Effect::Service(ServiceCall::Detail(pr.key, pr.head.clone()));
    model.selected().map(read).into_iter().collect()
}

/// Shows the pull requests of this repository alone.
pub(super) fn narrow(model: &mut Model, repository: RepoId) -> Vec<Effect> {
    model.focus = Pane::Pulls;
    choose(model, |model| model.repos.selected = Some(repository))
}

/// Orders the list.
pub(super) fn sort(model: &mut Model, sort: Sort) -> Vec<Effect> {
    order_by(model, sort.into())
}

/// Whoever asks for an order wants to see what comes first in it: the cursor goes there. Where the list's title may
/// have no room for the order, it is said.
fn order_by(model: &mut Model, order: Order) -> Vec<Effect> {
    let effects = choose(model, |model| {
        model.list.sort = order;
        model.list.selected = None;
    });
    if model.layout() == Layout::Narrow {
        let reversed = if order.reversed { ", reversed" } else { "" };
        model.say(format!("Order: {}{reversed}", order.sort.name()));
    }
    effects
}

/// Groups the list, and says how: without a row there is no line of a group to see it by.
pub(super) fn group(model: &mut Model, grouping: Grouping) -> Vec<Effect> {
    let effects = choose(model, |model| model.list.grouping = grouping);
    match grouping {
        Grouping::None => model.say("No groups"),
        Grouping::Repository | Grouping::Author | Grouping::Owner | Grouping::Stack => {
            let text = format!("Grouped by {}", grouping.name());
            model.say_and_offer(text, Action::Group, "groups otherwise");
        }
    }
    effects
}

/// Shows these columns in this view.
pub(super) fn show_columns(model: &mut Model, columns: Vec<Column>) {
    model.list.columns = columns;
}

/// Ends the typing of a filter; the last right one stays.
fn keep_filter(model: &mut Model) {
    if let Some(input) = model.input.take().filter(|input| input.error.is_none()) {
        model.history.remember(input.line.text());
    }
}

/// A choice of the user's own applies at once.
fn choose(model: &mut Model, change: impl FnOnce(&mut Model)) -> Vec<Effect> {
    let before = model.list.selected;
    change(model);
    order::apply(model, Instead::First);
    follow(model, before)
}

fn freeze(model: &mut Model) -> Vec<Effect> {
    model.frozen = !model.frozen;
    if model.frozen {
        let text = "Order frozen, while rows still update in place";
        model.say_and_offer(text, Action::Freeze, "lets it go");
        return vec![];
    }
    model.say("Order follows the data again");
    rearrange(model)
}

fn mark(model: &mut Model) -> Vec<Effect> {
    // The row of the last run may not be there yet, or be gone.
    let Some(key) = model.selected().map(|pr| pr.key) else { return vec![] };
    if !model.list.marked.remove(&key) {
        model.list.marked.insert(key);
    }
    motion::step_pulls(model, Action::Down)
}

/// Acts on the pull request that is selected now, whichever is selected when the reply comes.
fn on_selected(model: &mut Model, action: Action) -> Vec<Effect> {
    let Some(pr) = model.selected() else {
        model.say("No pull request is selected");
        return vec![];
    };
    let (key, head) = (pr.key, pr.head.clone());
    let Some(repository) = model.board.repository(key.repo) else {
        model.say("Its repository is not known (yet)");
        return vec![];
    };
    let (url, name) = (pr.url(repository), format!("{}{}", repository.full_name, key.number));
    match action {
        Action::Details => {
            let spot = model.findings().and_then(panel::first_focus);
            let alerts = model.findings().map(panel::spots).unwrap_or_default();
            model.overlay = Some(Overlay::Files(FilesView::new(key, spot, alerts)));
            vec![Effect::Service(ServiceCall::Files(key, head))]
        }
        Action::CopyNumber => copy(model, name),
        Action::CopyUrl => copy(model, openable(&url, Some(&model.hosts)).unwrap_or(url)),
        Action::OpenCheck => {
            let url = model.detail().and_then(Detail::failing_check).and_then(|check| check.url.clone());
            if let Some(url) = url {
                // Checks run on any host.
                open(model, "Its failing check", url, None)
            } else {
                let text = "No failing check with an address is known";
                model.say_and_offer(text, Action::OpenPullRequest, "opens the pull request");
                vec![]
            }
        }
        Action::OpenPullRequest => {
            let hosts = model.hosts.clone();
            open(model, &name, url, Some(&hosts))
        }
        _ => vec![],
    }
}

/// Copying always shows the text too: the terminal never answers whether it took it.
fn copy(model: &mut Model, text: String) -> Vec<Effect> {
    model.say(format!("Sent to the clipboard: {text}"));
    vec![Effect::Host(HostCall::Copy(text))]
}

/// Starts a browser. A doubtful address is shown instead, unbroken, and sent to the clipboard; over SSH, where no
/// browser can be started, every address is. Beside a doubt it stands as it is stored.
pub(super) fn open(model: &mut Model, title: &str, url: String, hosts: Option<&[String]>) -> Vec<Effect> {
    let (url, doubt) = match openable(&url, hosts) {
        Ok(url) if !model.remote => {
            model.say(format!("Opening {url}"));
            return vec![Effect::Service(ServiceCall::Open(url))];
        }
        Ok(url) => (url, None),
        Err(doubt) => (url, Some(doubt)),
    };
    model.overlay = Some(Overlay::Address(ShownAddress { title: title.to_owned(), url: url.clone(), doubt }));
    vec![Effect::Host(HostCall::Copy(url))]
}

/// The changed files at a place.
pub(super) fn at_file(model: &mut Model, key: PrKey, spot: Spot) -> Vec<Effect> {
    model.overlay = Some(Overlay::Files(FilesView::new(key, Some(spot), vec![])));
    let head = model.board.pull(key).and_then(|pr| pr.head.clone());
    vec![Effect::Service(ServiceCall::Files(key, head))]
}

/// Starts a browser for a page of GitHub's; what is open stays where it starts.
pub(super) fn open_beside(model: &mut Model, title: &str, url: String) -> Vec<Effect> {
    let open_now = model.overlay.take();
    let hosts = model.hosts.clone();
    let effects = open(model, title, url, Some(&hosts));
    model.overlay = model.overlay.take().or(open_now);
    effects
}

/// Whether this key opens the selected pull request's own screen.
pub(super) fn opens_pull(model: &Model, action: Action) -> bool {
    action == Action::Enter && matches!(model.focus, Pane::Pulls | Pane::Pipeline)
}

/// Whether the layout shows one pane at a time.
fn is_narrow(model: &Model) -> bool {
    match model.layout() {
        Layout::Narrow | Layout::Tiny => true,
        Layout::Wide | Layout::Medium => false,
    }
}
