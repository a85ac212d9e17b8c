//! What leaves the dashboard: in which order wishes are granted.

use flowlens::store::board::detail::DetailReader;
use flowlens::store::engine::{connect::Connector, options::Target};
use flowlens::store::insights::InsightStore;
use flowlens::tui::effect::ServiceCall;
use flowlens::tui::msg::Msg;
use flowlens::tui::perform::{InsightSupply, Services};
use tokio::sync::mpsc;
use tokio::task::JoinSet;

use crate::support::board::{key, noon};

/// Where nothing listens: every wish fails at once, and says so.
fn nowhere() -> Connector {
    Connector::new(Target::parse("postgres://nobody@127.0.0.1:1/nothing", &[]).expect("an address"))
}

#[tokio::test]
async fn wishes_are_granted_in_the_order_in_which_they_are_made() {
    let mut tasks = JoinSet::new();
    let (feed, _commands) = mpsc::channel(1);
    let (replies, mut heard) = mpsc::channel(1);
    let asking = InsightSupply {
        queue: InsightStore::new(nowhere()),
        by: "tests".to_owned(),
        llm: None,
        wake: Box::new(|_| {}),
        clock: noon,
    };
    let services = Services::start(
        DetailReader::new(nowhere()),
        asking,
        feed,
        mpsc::unbounded_channel().0,
        mpsc::unbounded_channel().0,
        replies,
        &mut tasks,
    );
    let at_rest = tasks.len();
    let is_ask = |n: i32| n % 3 != 1;
    for n in 0..12 {
        let keys = vec![key(1, n)];
        services
            .perform(if is_ask(n) { ServiceCall::Ask(keys) } else { ServiceCall::Cancel(keys) }, &mut tasks);
    }
    assert_eq!(tasks.len(), at_rest, "a task a wish would leave their order to the scheduler");
    for n in 0..12 {
        let reply = heard.recv().await.expect("a reply");
        let in_order = match &reply {
            Msg::Asked(Err(_)) => is_ask(n),
            Msg::Cancelled(Err(_)) => !is_ask(n),
            _ => false,
        };
        assert!(in_order, "{n}: {reply:?}");
    }
}
