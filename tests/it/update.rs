//! Decisions of the dashboard: what was before, what happened, what is after. No terminal, no clock.

mod act;
mod bindings;
mod browser;
mod clock;
mod demo;
mod details;
mod drafts;
mod echo;
mod filter;
mod groups;
mod held;
mod insights;
mod logs;
mod menu;
mod mouse;
mod notices;
mod notify;
mod order;
mod overlays;
mod place;
mod pull;
mod seen;
mod snooze;
mod sync;
mod tabs;
mod typing;
mod views;

use std::collections::BTreeMap;

use flowlens::{
    domain::{hub::HubAsk, ids::PrKey, sync::SyncAsk},
    tui::{
        action::Action,
        effect::{Effect, Errand, HostCall, ServiceCall},
        keymap::Keymap,
        model::Model,
        msg::Msg,
        overlay::Overlay,
        theme::Theme,
        update::update,
        view,
    },
};

use crate::support::{
    board::{self, keys},
    screen,
};

/// What the user would notice, by name.
fn look(model: &Model) -> BTreeMap<&'static str, String> {
    let overlay = match &model.overlay {
        None => String::new(),
        Some(Overlay::Help(help)) => format!("help {}", help.page),
        Some(Overlay::Files(view)) => {
            let spot =
                view.spot.as_ref().map(|spot| format!(" {}:{}", spot.file, spot.line.unwrap_or_default()));
            format!(
                "files {} {}.{}{}",
                view.key.number,
                view.cursor,
                view.scroll.row,
                spot.unwrap_or_default()
            )
        }
        Some(Overlay::Log(view)) => format!("log {}", view.ask.name),
        Some(Overlay::Palette(palette)) => {
            let cursor = palette.cursor(&palette.offers(model.backdrop()));
            format!("palette {}.{cursor}", palette.line.text())
        }
        Some(Overlay::Add(add)) => format!("add {}", add.line.text()),
        Some(Overlay::Confirm(confirm)) => format!("confirm {}", confirm.what),
        Some(Overlay::Columns(columns)) => format!("columns {}", columns.cursor),
        Some(Overlay::Rules(rules)) => format!("rules {}", rules.cursor),
        Some(Overlay::SaveView(save)) => format!("save {}", save.line.text()),
        Some(Overlay::Address(address)) => format!("address {}", address.url),
        Some(Overlay::Export(export)) => format!("export {}", export.line.text()),
        Some(Overlay::Snooze(snooze)) => format!("snooze {}.{}", snooze.line.text(), snooze.cursor),
        Some(Overlay::Act(acting)) => format!("act {}", acting.shown()),
        Some(Overlay::Acts(acts)) => format!("acts {}", acts.top),
        Some(Overlay::Activity(log)) => format!("activity {:?}", log.cursor),
    };
    let list = &model.list;
    BTreeMap::from([
        ("pull", pull::look(model)),
        ("focus", format!("{:?}", model.focus)),
        ("tab", format!("{:?}", model.tab)),
        ("details", model.areas().details(model.size).map_or("none".to_owned(), |size| size.to_string())),
        ("repos shown", model.areas().repos.is_some().to_string()),
        ("zoomed", model.zoomed.to_string()),
        ("selected", list.selected.map_or_else(|| "none".to_owned(), |key| key.number.to_string())),
        ("repo", model.repos.selected.map_or("all", |id| model.board.full_name(id)).to_owned()),
        ("marked", list.marked.len().to_string()),
        ("sort", list.sort.name().to_owned()),
        ("groups", list.groups.len().to_string()),
        ("view", model.views.view().name.clone()),
        ("filter", list.filter_text.clone()),
        ("rows", list.rows.len().to_string()),
        ("top", list.top.to_string()),
        ("typing", model.input.as_ref().map(|input| input.line.text().to_owned()).unwrap_or_default()),
        ("overlay", overlay),
        ("reading", format!("{}.{}", model.reading().cursor, model.reading().top)),
        ("times", model.absolute_times.to_string()),
        ("mouse", model.mouse.to_string()),
        ("frozen", model.frozen.to_string()),
    ])
}

fn effect(effect: &Effect) -> String {
    match effect {
        Effect::Service(ServiceCall::Refresh) => "!refresh".to_owned(),
        Effect::Service(ServiceCall::Reread) => "!reread".to_owned(),
        Effect::Service(ServiceCall::Detail(key, _)) => format!("!detail {}", key.number),
        Effect::Service(ServiceCall::Files(key, _)) => format!("!files {}", key.number),
        Effect::Service(ServiceCall::Usual(_, commits, _)) => format!("!usual {}", commits.len()),
        Effect::Service(ServiceCall::Ask(keys)) => format!("!ask {}", numbered(keys)),
        Effect::Service(ServiceCall::Join(keys)) => format!("!join {}", numbered(keys)),
        Effect::Service(ServiceCall::Cancel(keys)) => format!("!cancel {}", numbered(keys)),
        Effect::Service(ServiceCall::Sync(SyncAsk::Look { repository: r, number: n })) => {
            format!("!look {r}#{n}")
        }
        Effect::Service(ServiceCall::Sync(SyncAsk::Again)) => "!again".to_owned(),
        Effect::Service(ServiceCall::Sync(SyncAsk::Also(name))) => format!("!also {name}"),
        Effect::Service(ServiceCall::Sync(SyncAsk::Without(name))) => format!("!without {name}"),
        Effect::Service(ServiceCall::Sync(SyncAsk::Candidates)) => "!candidates".to_owned(),
        Effect::Service(ServiceCall::Sync(SyncAsk::Remember(name))) => format!("!remember {name}"),
        Effect::Service(ServiceCall::Hub(HubAsk::Gate(target))) => {
            format!("!gate {}#{} {}", target.repository, target.number, target.head)
        }
        Effect::Service(ServiceCall::Hub(HubAsk::Act(orders))) => {
            let told = orders.iter().map(|order| format!("{} {}", order.target.name(), order.act.told()));
            format!("!act {}", told.collect::<Vec<_>>().join("; "))
        }
        Effect::Service(ServiceCall::Hub(ask)) => format!("!hub {ask:?}"),
        Effect::Service(ServiceCall::Open(url)) => format!("!open {url}"),
        Effect::Service(ServiceCall::Export(path, content)) => {
            let content = String::from_utf8_lossy(content);
            format!("!export {path}: {} lines", content.lines().count())
        }
        Effect::Host(HostCall::Copy(text)) => format!("!copy {text}"),
        Effect::Host(HostCall::Mouse(on)) => format!("!mouse {on}"),
        Effect::Host(HostCall::Notify(sign, text)) => format!("!{} {text}", sign.name()),
        Effect::Service(ServiceCall::Remember(rule)) => format!("!rule {}: {}", rule.name, rule.text),
        Effect::Service(ServiceCall::Run(run)) => format!("!run {}", run.command.join(" ")),
        Effect::Host(HostCall::Lend(errand)) => match &**errand {
            Errand::Own(_, program) => format!("!foreground {}", program.words.join(" ")),
            Errand::Page(_, program) => format!("!page {}", program.words.join(" ")),
            Errand::Show(text) => format!("!show {} bytes", text.len()),
            Errand::Write(text) => format!("!write {text}"),
        },
        Effect::Service(ServiceCall::Background(_, program)) => {
            format!("!background {}", program.words.join(" "))
        }
        Effect::Service(ServiceCall::Checkout(_, checkout)) => {
            format!("!checkout {}#{} {}", checkout.repository, checkout.number, checkout.pin)
        }
        Effect::Host(HostCall::Suspend) => "!suspend".to_owned(),
        Effect::Host(HostCall::Repaint) => "!repaint".to_owned(),
        Effect::Host(HostCall::Save) => "!save".to_owned(),
        Effect::Demo => "!demo".to_owned(),
        Effect::Database(at) => format!("!database {at}"),
        Effect::Quit => "!quit".to_owned(),
    }
}

fn numbered(keys: &[PrKey]) -> String {
    keys.iter().map(|key| key.number.to_string()).collect::<Vec<_>>().join(" ")
}

/// What some keys change, and the effects that they have: `selected #420, !detail #420`.
fn after(model: &mut Model, pressed: &str) -> String {
    let before = look(model);
    let effects = keys(model, pressed);
    let changed = look(model).into_iter().filter(|(name, value)| before.get(name) != Some(value));
    let changed = changed.map(|(name, value)| format!("{name} {value}"));
    changed.chain(effects.iter().map(effect)).collect::<Vec<_>>().join(", ")
}

/// What the screen shows.
fn text(model: &Model) -> String {
    let theme = Theme { color: false, ascii: false, wide_glyphs: false };
    screen::draw(model.size.0, model.size.1, |frame| view::draw(model, &Keymap::default(), &theme, frame))
}

fn numbers(model: &Model) -> Vec<i32> {
    model.list.rows.iter().map(|key| key.number.get()).collect()
}

fn selected(model: &Model) -> i32 {
    model.list.selected.map_or(0, |key| key.number.get())
}

fn notice(model: &Model) -> &str {
    model.notice.as_ref().map_or("", |notice| notice.text.as_str())
}

/// The line of the screen on which the cursor stands.
fn line(model: &Model) -> usize {
    let at = model.list.rows.iter().position(|key| Some(*key) == model.list.selected).expect("selected");
    at - model.list.top
}

/// A message that is no key.
fn send(model: &mut Model, msg: Msg) -> Vec<Effect> {
    update(model, msg)
}

/// Before, keys, after; of each action at least one row.
const ACTIONS: &[(Action, &str, &str, &str)] = &[
    (Action::Down, "", "j", "selected #419, !detail #419"),
    (Action::Down, "G", "j", ""),
    (Action::Up, "jj", "k", "selected #419, !detail #419"),
    (Action::Up, "", "<up>", ""),
    (Action::PageDown, "", "<pagedown>", "selected #106, !detail #106"),
    (Action::PageUp, "G", "<ctrl-u>", "selected #103, !detail #103"),
    (Action::Top, "G", "g", "selected #421, top 0"),
    (Action::Columns, "", "C", "overlay columns 0"),
    (Action::Notify, "", "N", "overlay rules 0"),
    (Action::Bottom, "", "G", "selected #417, top 15, !detail #417"),
    (Action::Left, "", "h", "focus Repos"),
    (Action::Left, "h", "h", ""),
    (Action::Right, "", "l", "focus Pipeline"),
    (Action::Right, "ll", "l", ""),
    (Action::NextPane, "ll", "<tab>", "focus Repos"),
    (Action::PrevPane, "h", "<backtab>", "focus Insight, tab Insight"),
    (Action::NextPull, "ll", "<ctrl-n>", "selected #419, !detail #419"),
    (Action::NextPull, "G", "<ctrl-n>", ""),
    (Action::PrevPull, "jll", "<ctrl-p>", "selected #421"),
    (Action::LargerDetails, "", "+", "details 11"),
    (Action::LargerDetails, "|", "+", "details 53"),
    (Action::SmallerDetails, "", "---", "details 7"),
    (Action::SmallerDetails, "|", "-", "details 45"),
    (Action::SmallerDetails, "z", "-", ""),
    (Action::DetailsBeside, "", "|", "details 49"),
    (Action::DetailsBeside, "|", "|", "details 10"),
    (Action::HideRepositories, "", "b", "repos shown false"),
    (Action::HideRepositories, "b", "b", "repos shown true"),
    (Action::HideRepositories, "p", "b", "focus Pulls, repos shown false"),
    (Action::Repositories, "b", "p", "focus Repos, repos shown true"),
    (Action::NextPane, "bll", "<tab>", "focus Pulls"),
    (Action::PrevPane, "b", "<backtab>", "focus Insight, tab Insight"),
    (Action::Enter, "h", "<enter>", "focus Pulls"),
    (Action::Enter, "", "<enter>", "details none, pull #421 Checks at lint, repos shown false, !usual 7"),
    (Action::Enter, "l", "<enter>", "details none, pull #421 Checks at lint, repos shown false, !usual 7"),
    (Action::Enter, "ll", "<enter>", "overlay files #421 0.0 config/dev.env:12, !files #421"),
    (Action::Down, "ll", "j", "reading 1.0"),
    (Action::Bottom, "ll", "G", "reading 4.11"),
    (Action::Back, "z", "<esc>", "details 10, repos shown true, zoomed false"),
    (Action::Back, "ll", "<esc>", "focus Pulls"),
    (Action::Back, "<space>", "<esc>", "marked 0"),
    (Action::Back, "/oauth<enter>", "<esc>", "filter , rows 29"),
    (Action::Back, "?", "<esc>", "overlay "),
    (Action::Filter, "", "/oau", "filter oau, rows 1, typing oau"),
    (Action::Filter, "?", "/", ""),
    (Action::NextView, "", "f", "rows 7, view Mine"),
    (Action::NextView, "5f", "f", "rows 29, selected #421, view Open"),
    (Action::PrevView, "", "F", "rows 2, selected #9, view Ended, !detail #9"),
    (Action::PrevView, "f", "F", "rows 29, view Open"),
    (
        Action::SaveView,
        "4v",
        "Red<tab>",
        "overlay save Red, !copy [[views]]\nname = \"Red\"\nfilter = \"is:failing\"\nsort = \"attention\"\nkey = 7\n",
    ),
    (
        Action::Yesterday,
        "l",
        ":yest<enter>",
        "filter changed:<1d is:open,merged,closed, focus Pulls, rows 7, selected #7, sort changed, !detail #7",
    ),
    (Action::ForgetView, "", ":forget-v<enter>", ""),
    (Action::ForgetView, "4vRed<enter>", ":forget-v<enter>", "view Failing, !save"),
    (Action::Sort, "", "s", "selected #123456, sort waiting, !detail #123456"),
    (Action::Reverse, "", "S", "selected #417, sort -attention, !detail #417"),
    (Action::Reverse, "gs", "S", "selected #7, sort -waiting, !detail #7"),
    (Action::Sort, "S", "s", "selected #123456, sort waiting, !detail #123456"),
    (Action::Order, "", "<alt-s>", "overlay palette by .0"),
    (Action::Order, "<alt-s>", "wai<enter>", "overlay , selected #123456, sort waiting, !detail #123456"),
    (Action::Order, "<alt-s>", "owner<enter>", "groups 9, overlay "),
    (Action::Group, "", "<ctrl-g>", "groups 4"),
    (Action::Group, "<ctrl-g><ctrl-g><ctrl-g><ctrl-g>", "<ctrl-g>", "groups 0"),
    (Action::Repositories, "", "p", "focus Repos"),
    (Action::Repositories, "", "pj", "focus Repos, repo acme/api, rows 7"),
    (Action::Mark, "", "<space>", "marked 1, selected #419, !detail #419"),
    (Action::Mark, "<space>k", "<space>", "marked 0, selected #419, !detail #419"),
    (Action::Mark, "h", "<space>", "marked 1, selected #419, !detail #419"),
    (Action::Details, "", "d", "overlay files #421 0.0 src/auth/session.rs:41, !files #421"),
    (Action::OpenPullRequest, "", "o", "!open https://github.com/acme/api/pull/421"),
    (Action::OpenCheck, "", "O", "!open https://ci.example/run/1"),
    (Action::OpenCheck, "j", "O", ""),
    (Action::CopyNumber, "", "y", "!copy acme/api#421"),
    (Action::CopyUrl, "", "Y", "!copy https://github.com/acme/api/pull/421"),
    (Action::CopyNumber, "<space><space>", "y", "!copy acme/api#421\nacme/api#419"),
    (
        Action::CopyUrl,
        "<space><space>",
        "Y",
        "!copy https://github.com/acme/api/pull/421\nhttps://github.com/acme/api/pull/419",
    ),
    (Action::Export, "", "<ctrl-s>", "overlay export flowlens-open-2026-03-02.csv"),
    (Action::Export, "<ctrl-s>", "<enter>", "!export flowlens-open-2026-03-02.csv: 30 lines"),
    (Action::Export, "<ctrl-s>", "<tab><tab>", "overlay export flowlens-open-2026-03-02.md"),
    (Action::Export, "<ctrl-s>", "<esc>", "overlay "),
    (Action::Regenerate, "", "i", "!ask #421"),
    (Action::Regenerate, "d", "i", ""),
    (Action::Regenerate, "<space><space>", "i", "marked 0, !ask #419 #421"),
    (Action::Regenerate, "i", "i", ""),
    (
        Action::Regenerate,
        "<space><space><space><space><space>",
        "i",
        "marked 0, !ask #418 #419 #421 #123456 #110",
    ),
    (
        Action::Regenerate,
        "<space><space><space><space><space><space>",
        "i",
        "overlay confirm 6 marked pull requests",
    ),
    (Action::RegenerateStale, "", "I", "overlay confirm 22 pull requests: 2 stale, 20 without an insight"),
    (Action::RegenerateStale, "", "I<esc>", ""),
    (Action::RegenerateStale, "", "In", ""),
    (Action::RegenerateStale, "", "Ix", "overlay confirm 22 pull requests: 2 stale, 20 without an insight"),
    (Action::Enter, "/is:stale<enter>I", "<enter>", "overlay , !ask #418 #77"),
    (Action::Back, "/is:stale<enter>I", "q", "overlay "),
    (Action::CancelRequests, "", "x", ""),
    (Action::CancelRequests, "i", "x", "!cancel #421"),
    (Action::Refresh, "", "r", "!refresh"),
    (Action::Reread, "", "R", "!detail #421, !reread"),
    (Action::AbsoluteTimes, "", "t", "times true"),
    (Action::Zoom, "", "z", "details none, repos shown false, zoomed true"),
    (Action::Freeze, "", "<ctrl-f>", "frozen true"),
    (Action::Freeze, "<ctrl-f>", "<ctrl-f>", "frozen false"),
    (Action::Mouse, "", "m", "mouse true, !mouse true"),
    (Action::Palette, "", ":", "overlay palette .0"),
    (Action::Help, "", "?", "overlay help 0"),
    (Action::Help, "?", "?", "overlay "),
    (Action::Demo, "", "D", ""),
    (Action::Demo, "", ":simulated<enter>", ""),
    (Action::Suspend, "", "<ctrl-z>", "!suspend"),
    (Action::Suspend, "/oau", "<ctrl-z>", "!suspend"),
    (Action::Suspend, ":so", "<ctrl-z>", "!suspend"),
    (Action::Repaint, "", "<ctrl-l>", "!repaint"),
    (Action::Repaint, "/oau", "<ctrl-l>", "!repaint"),
    (Action::Repaint, "I", "<ctrl-l>", "!repaint"),
    (Action::Sync, "", "A", ""),
    (Action::Act, "", "a", "overlay act menu, !gate acme/api#421 abc0421def"),
    (Action::Act, "a", "<down><down>", "overlay act menu F"),
    (Action::Act, "a", "m", "overlay act menu m held"),
    (Action::Act, "a", "<enter>", ""),
    (Action::Act, "a", "<down><enter>", "overlay act menu f held"),
    (Action::Act, "a", "<esc>", "overlay "),
    (Action::Act, "a", "o", "overlay act ask Check out here: acme/api#421?"),
    (Action::Act, "ao", "<enter>", "overlay "),
    (Action::Act, "ao", "n", "overlay "),
    (Action::Act, "ao", "y", "overlay , !checkout acme/api#421 abc0421def"),
    (Action::Log, "", ":log<enter>", "overlay activity None"),
    (Action::Log, ":log<enter>", "y", ""),
    (Action::Log, ":log<enter>", "q", "overlay "),
    (Action::NextMatch, "d", "n", ""),
    (Action::PrevMatch, "d", "N", ""),
    (Action::NextPlace, "d", "]", ""),
    (Action::PrevPlace, "d", "[", ""),
    (Action::Wrap, "d", "w", ""),
    // Of logs, in `update::logs`.
    (Action::JobLog, "", "L", ""),
    (Action::FoldAll, "", "", ""),
    (Action::Earlier, "", "", ""),
    (Action::Pager, "", "", ""),
    (Action::Quit, "", "q", "!quit"),
    (Action::Quit, "/oau", "<ctrl-c>", "!quit"),
    (Action::Quit, "?", "q", "overlay "),
];

/// All rows: those of a subject of their own are in its file.
fn rows() -> impl Iterator<Item = &'static (Action, &'static str, &'static str, &'static str)> {
    ACTIONS.iter().chain(pull::ACTIONS).chain(views::ACTIONS).chain(snooze::ACTIONS)
}

#[test]
fn each_action_does_what_the_table_says() {
    let mut wrong = Vec::new();
    for (action, before, pressed, want) in rows() {
        let mut model = board::model(140, 30);
        keys(&mut model, before);
        let got = after(&mut model, pressed);
        if got != *want {
            wrong.push(format!("{action:?}: {before:?}, then {pressed:?}: {got:?}, not {want:?}"));
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}
