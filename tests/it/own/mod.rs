//! Commands of the user's own, the editor and the pager, really run.

mod background;
mod terminal;
mod tools;

use std::{fs, path::Path};

use flowlens::{
    store::{
        board::detail::DetailReader, engine::connect::Connector, engine::options::Target,
        insights::InsightStore,
    },
    tui::{
        effect::ServiceCall,
        msg::Msg,
        perform::{InsightSupply, Services},
    },
};
use proptest::prelude::*;
use tokio::{sync::mpsc, task::JoinSet};

use crate::support::{board::noon, program};

/// Writes its arguments, then its environment, each with a NUL behind, into files beside it; whole, under their names.
pub(crate) const RECORDER: &str = "here=${0%/*}\nenv -0 >\"$here/env.new\" && mv \"$here/env.new\" \"$here/env\"\n\
    printf '%s\\0' \"$@\" >\"$here/args.new\" && mv \"$here/args.new\" \"$here/args\"\n";

/// A program of this name and text in a folder; its path.
pub(crate) fn script(folder: &Path, name: &str, text: &str) -> String {
    let path = folder.join(name);
    program::write(&path, text);
    path.display().to_string()
}

/// What was recorded: a list of texts.
pub(crate) fn recorded(folder: &Path, name: &str) -> Option<Vec<String>> {
    let bytes = fs::read(folder.join(name)).ok()?;
    let text = String::from_utf8(bytes).expect("text");
    Some(text.split_terminator('\0').map(str::to_owned).collect())
}

/// Text of the kind that shells, programs and terminals stumble over, of at least so many pieces.
pub(crate) fn hostile(least: usize) -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        Just("$(touch pwned)".to_owned()),
        Just("`id`".to_owned()),
        Just("-rf".to_owned()),
        Just("--".to_owned()),
        Just("--upload-pack=touch pwned".to_owned()),
        Just("'; \"".to_owned()),
        Just("\\".to_owned()),
        Just("{title}".to_owned()),
        Just("{sha}".to_owned()),
        Just("%s%n".to_owned()),
        Just("\n".to_owned()),
        Just("\u{1b}]0;x\u{7}".to_owned()),
        Just("日本\u{202e}".to_owned()),
        Just("* ~ $HOME &|<>".to_owned()),
        "[^\\x00]{1,8}",
    ];
    proptest::collection::vec(piece, least..6).prop_map(|pieces| pieces.concat())
}

/// Grants a wish as the dashboard does; what comes of it.
pub(crate) fn perform(call: ServiceCall) -> Option<Msg> {
    perform_all([call]).into_iter().next()
}

/// Grants wishes at the same time.
fn perform_all(calls: impl IntoIterator<Item = ServiceCall>) -> Vec<Msg> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let nowhere = || {
            Connector::new(Target::parse("postgres://nobody@127.0.0.1:1/nothing", &[]).expect("an address"))
        };
        let (mut tasks, mut work) = (JoinSet::new(), JoinSet::new());
        let (replies, mut heard) = mpsc::channel(16);
        let supply = InsightSupply {
            queue: InsightStore::new(nowhere()),
            by: "tests".to_owned(),
            llm: None,
            wake: Box::new(|_| {}),
            clock: noon,
        };
        let (feed, sync, hub) =
            (mpsc::channel(1).0, mpsc::unbounded_channel().0, mpsc::unbounded_channel().0);
        let reader = DetailReader::new(nowhere());
        let services = Services::start(reader, supply, feed, sync, hub, replies, &mut tasks);
        for call in calls {
            services.perform(call, &mut work);
        }
        while work.join_next().await.is_some() {}
        std::iter::from_fn(|| heard.try_recv().ok()).collect()
    })
}
