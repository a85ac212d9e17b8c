//! Passing messages: which of them goes with what.

use super::{after, notice, send, text};
use crate::support::board::{self, keys, pass};
use flowlens::tui::{model::Model, msg::Msg};

/// What a key has done is read by the next key.
#[test]
fn what_only_confirms_goes_with_the_next_key() {
    for next in ["j", "/", "<esc>", "?"] {
        let mut model = board::model(140, 40);
        keys(&mut model, "m");
        assert!(notice(&model).starts_with("Mouse on"), "{}", notice(&model));
        keys(&mut model, next);
        assert_eq!(notice(&model), "", "{next}");
    }
    let mut model = board::model(140, 40);
    keys(&mut model, "m");
    pass(&mut model, 7);
    assert_eq!(notice(&model), "", "or with the time");
}

/// What came by itself may come while somebody types.
#[test]
fn what_comes_by_itself_stays_its_time() {
    let mut model = board::model(140, 40);
    send(&mut model, Msg::Done(Ok("a worker's word".to_owned())));
    keys(&mut model, "jk");
    assert_eq!(notice(&model), "a worker's word");
    pass(&mut model, 7);
    assert_eq!(notice(&model), "");
}

#[test]
fn an_error_stays_until_it_is_dismissed_or_another_message_comes() {
    let fails = Msg::Done(Err("no answer".to_owned()));
    let mut model = board::model(80, 24);
    keys(&mut model, "/add<enter>");
    send(&mut model, fails.clone());
    keys(&mut model, "jk");
    pass(&mut model, 600);
    assert!(text(&model).contains("no answer; Esc dismisses"), "{}", text(&model));
    assert_eq!((after(&mut model, "<esc>"), notice(&model)), (String::new(), ""), "Esc does nothing else");
    assert!(after(&mut model, "<esc>").contains("filter"), "the next one does");
    send(&mut model, fails);
    keys(&mut model, "?");
    assert!(text(&model).contains("no answer"), "also over what opens: {}", text(&model));
    keys(&mut model, "<esc>");
    assert_eq!(notice(&model), "no answer");
    keys(&mut model, "m");
    assert!(notice(&model).starts_with("Mouse on"));
}

/// Its frame and the header are all that a long one covers.
#[test]
fn over_what_is_open_an_error_takes_two_lines_at_most() {
    let mut model = board::model(80, 24);
    keys(&mut model, "?");
    let lines = |model: &Model| text(model).lines().take(24).map(str::to_owned).collect::<Vec<_>>();
    let before = lines(&model);
    send(&mut model, Msg::Done(Err("no answer ".repeat(40))));
    let after = lines(&model);
    let is_other = |at: &usize| before[*at] != after[*at];
    assert_eq!((0..before.len()).filter(is_other).collect::<Vec<_>>(), [0, 1], "{}", text(&model));
}

/// On a screen whose list has no room to tell it.
#[test]
fn an_order_is_told_where_one_pane_is_shown_at_a_time() {
    let mut model = board::model(40, 12);
    keys(&mut model, "s");
    assert_eq!(notice(&model), "Order: waiting");
    keys(&mut model, "S");
    assert_eq!(notice(&model), "Order: waiting, reversed");
    let mut model = board::model(60, 20);
    keys(&mut model, "sSj");
    assert!(text(&model).contains("waiting ▴"), "{}", text(&model));
}
