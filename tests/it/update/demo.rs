//! The key that leads to the demo.

use flowlens::{
    domain::board::FeedEvent,
    tui::model::{Model, Setup},
};

use super::{after, notice};
use crate::support::board::{self, tell};

#[test]
fn the_demo_starts_only_from_an_empty_database() {
    let mut model = Model::new(board::setup(140, 30));
    tell(&mut model, FeedEvent::Connected(board::source()));
    assert_eq!(after(&mut model, "D"), "", "nobody knows yet whether it is empty");
    assert!(notice(&model).ends_with("in a shell: flowlens demo"), "{}", notice(&model));
    tell(&mut model, FeedEvent::Loaded { limited: false, replaced: false });
    assert_eq!(after(&mut model, "D"), "!demo");
    assert_eq!(after(&mut model, ":demo<enter>"), "!demo");
    assert_eq!(after(&mut model, "/D<esc>"), "", "a letter of a filter");
    tell(&mut model, FeedEvent::Repositories(board::repositories()));
    assert_eq!(after(&mut model, "D"), "");

    let mut model = Model::new(Setup { demo: true, ..board::setup(140, 30) });
    tell(&mut model, FeedEvent::Loaded { limited: false, replaced: false });
    assert_eq!(after(&mut model, "D"), "");
    assert!(notice(&model).starts_with("This is the demo"), "{}", notice(&model));
}
