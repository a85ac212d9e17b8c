//! Effects in words.

use flowlens::domain::hub::HubAsk;
use flowlens::domain::ids::PrKey;
use flowlens::domain::sync::SyncAsk;
use flowlens::tui::effect::{Effect, Errand, HostCall, ServiceCall};

pub(super) fn effect(effect: &Effect) -> String {
    match effect {
        Effect::Service(ServiceCall::Refresh) => "!refresh".to_owned(),
        Effect::Service(ServiceCall::Reread) => "!reread".to_owned(),
        Effect::Service(ServiceCall::Detail(key, _)) => format!("!detail {}", key.number),
        Effect::Service(ServiceCall::Files(key, _)) => format!("!files {}", key.number),
        Effect::Service(ServiceCall::Usual(_, commits, _)) => format!("!usual {}", commits.len()),
        Effect::Service(ServiceCall::Ask(keys)) => format!("!ask {}", numbered(keys)),
        Effect::Service(ServiceCall::Join(keys)) => format!("!join {}", numbered(keys)),
        Effect::Service(ServiceCall::Cancel(keys)) => format!("!cancel {}", numbered(keys)),
        Effect::Service(ServiceCall::Sync(SyncAsk::Look { repository, number })) => {
            format!("!look {repository}#{number}")
        }
        Effect::Service(ServiceCall::Sync(SyncAsk::Again)) => "!again".to_owned(),
        Effect::Service(ServiceCall::Sync(SyncAsk::Also(name))) => format!("!also {name}"),
        Effect::Service(ServiceCall::Sync(SyncAsk::Candidates)) => "!candidates".to_owned(),
        Effect::Service(ServiceCall::Sync(SyncAsk::Remember(name))) => format!("!remember {name}"),
        Effect::Service(ServiceCall::Hub(HubAsk::Gate(target))) => {
            format!("!gate {}#{} {}", target.repository, target.number, target.head)
        }
        Effect::Service(ServiceCall::Hub(HubAsk::Act(orders))) => {
            let told = orders.iter().map(|order| format!("{} {}", order.name(), order.act.told()));
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
