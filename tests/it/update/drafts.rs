//! Words for a review or a comment: whatever happens before they are sent, they are offered again.

use flowlens::{
    domain::hub::{Act, HubAsk, HubNews, Order, Outcome},
    tui::{
        effect::{Effect, ServiceCall},
        model::Model,
        msg::Msg,
    },
};

use super::{after, look, notice, send};
use crate::support::board::{self, answer, gate, hear, keys};

const LONG: &str = "First\n\nSecond";

fn menu(model: &mut Model) {
    keys(model, "a");
    answer(model, 421, gate());
}

fn order(effects: &[Effect]) -> Order {
    match effects {
        [Effect::Service(ServiceCall::Hub(HubAsk::Act(orders)))] => orders[0].clone(),
        other => panic!("{other:?}"),
    }
}

/// A comment as it was written in the editor.
fn written() -> Model {
    let mut model = board::model(140, 40);
    menu(&mut model);
    keys(&mut model, "c");
    send(&mut model, Msg::Written(Ok(Some(LONG.to_owned()))));
    model
}

#[test]
fn words_that_are_not_sent_are_offered_again() {
    for left in ["<esc><esc>", "<enter><enter>", "<enter><esc>", "<enter>n", "<enter>q"] {
        let mut model = written();
        keys(&mut model, left);
        assert!(model.overlay.is_none(), "{left}");
        let was_asked = left.contains("<enter>");
        assert_eq!(notice(&model).contains("your words are kept"), was_asked, "{left}");
        // For whatever they are meant now; but for this pull request alone.
        for way in ["c", "r", "ac"] {
            menu(&mut model);
            assert_eq!(after(&mut model, way), format!("overlay act words {LONG}"), "{left}, then {way}");
            keys(&mut model, "<esc><esc>");
            assert!(model.overlay.is_none(), "{left}, then {way}");
        }
        keys(&mut model, "ja");
        let head = model.selected().and_then(|pr| pr.head.clone()).expect("a head");
        answer(&mut model, 419, flowlens::domain::hub::Gate { head, ..gate() });
        assert_eq!(after(&mut model, "c"), "overlay act words ", "{left}: another one");
    }
    // A line, too, and back from the question to the menu of the same.
    let mut model = board::model(140, 40);
    menu(&mut model);
    keys(&mut model, "rone line<esc>");
    assert_eq!(after(&mut model, "r"), "overlay act words one line");
}

#[test]
fn words_are_forgotten_once_they_are_sent_and_kept_where_they_are_not() {
    for (outcome, is_kept) in [
        (Outcome::Done("commented".to_owned()), false),
        (Outcome::Settled("the comment is there".to_owned()), false),
        (Outcome::Refused("its conversation is locked".to_owned()), true),
        (Outcome::NotSent("no network".to_owned()), true),
    ] {
        let mut model = written();
        keys(&mut model, "<enter>");
        let order = order(&keys(&mut model, "y"));
        assert_eq!(order.act, Act::Comment { body: LONG.to_owned() });
        hear(&mut model, HubNews::Outcome(order.id, outcome.clone()));
        menu(&mut model);
        keys(&mut model, "c");
        let want = if is_kept { format!("act words {LONG}") } else { "act words ".to_owned() };
        assert_eq!(look(&model)["overlay"], want, "{outcome:?}");
    }
    // Whoever wants them no more drops them.
    let mut model = written();
    assert_eq!(after(&mut model, "<ctrl-u>"), "overlay act words ");
    keys(&mut model, "<esc><esc>");
    menu(&mut model);
    assert_eq!(after(&mut model, "c"), "overlay act words ");
}

#[test]
fn more_than_github_takes_is_refused_and_not_cut() {
    let mut model = board::model(140, 40);
    menu(&mut model);
    keys(&mut model, "c");
    let most = "é".repeat(65_536);
    send(&mut model, Msg::Written(Ok(Some(format!("{most}!")))));
    keys(&mut model, "<enter>");
    assert!(look(&model)["overlay"].starts_with("act words é"), "no question");
    let effects = keys(&mut model, "<tab>");
    assert!(super::effect(&effects[0]).ends_with("é!"), "all of it is in the editor again");
    send(&mut model, Msg::Written(Ok(Some(most.clone()))));
    keys(&mut model, "<enter>");
    assert_eq!(order(&keys(&mut model, "y")).act, Act::Comment { body: most });
}
