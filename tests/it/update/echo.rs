//! What the reader does on GitHub is no news; what others do is.

use flowlens::domain::hub::{Act, Gate, HubNews, MergeMethod, Order, Outcome, UpdateMethod};
use flowlens::tui::model::Model;

use crate::support::board::{self, Draft, answer, change, gate, hear, key, keys, pass, pull};

/// It is to be done.
fn order(model: &mut Model, number: i32, act: Act) -> Order {
    let target = model.target(key(1, number)).expect("a head");
    let gate = Gate { head: target.head.clone(), ..gate() };
    let order = Order::new(uuid::Uuid::new_v4(), target, &gate, act, model.now).expect("allowed");
    model.hub.begin(std::slice::from_ref(&order));
    order
}

/// It is on its way to GitHub.
fn sends(model: &mut Model, number: i32, act: Act) -> Order {
    let order = order(model, number, act);
    hear(model, HubNews::Sending(order.id));
    order
}

fn merge() -> Act {
    Act::Merge { method: MergeMethod::Squash }
}

fn is_news(model: &Model, number: i32) -> bool {
    model.seen.is_news(key(1, number))
}

#[test]
fn what_the_reader_has_done_is_no_news_and_what_follows_is() {
    let mut model = board::model(140, 30);
    let merged = |title: &str| {
        pull(1, 416, title, "dan", 20)
            .with(|p| p.state = Some("merged".into()))
            .stages(["merged", "passed", "", "merged"])
            .insight("low", None)
    };
    let order = sends(&mut model, 416, merge());
    change(&mut model, vec![merged("In the merge queue")]);
    hear(&mut model, HubNews::Outcome(order.id, Outcome::Done("merged".to_owned())));
    assert!(!is_news(&model, 416));
    change(&mut model, vec![merged("Another title")]);
    assert!(is_news(&model, 416), "somebody else's doing");
    // Nothing was done, or nothing came of it in time.
    for late in [false, true] {
        let mut model = board::model(140, 30);
        let order = sends(&mut model, 416, merge());
        if late {
            hear(&mut model, HubNews::Outcome(order.id, Outcome::Done("merged".to_owned())));
            pass(&mut model, 150);
        } else {
            hear(&mut model, HubNews::Outcome(order.id, Outcome::Refused("no".to_owned())));
        }
        change(&mut model, vec![merged("In the merge queue")]);
        assert!(is_news(&model, 416), "{late}");
    }
}

/// Who stays at a row to see what comes of it sees it come; who has gone elsewhere is told.
#[test]
fn what_comes_of_ones_own_doing_is_no_news_to_who_waits_for_it() {
    for (pressed, late, told) in [("", 0, false), ("<esc>j", 0, true), ("", 150, true)] {
        let mut model = board::model(140, 30);
        keys(&mut model, "a");
        answer(&mut model, 421, gate());
        keys(&mut model, "fy");
        let sent: Vec<_> = model.hub.activity().iter().map(|one| one.order.id).collect();
        for id in sent {
            hear(&mut model, HubNews::Sending(id));
        }
        keys(&mut model, pressed);
        let built = |build| {
            pull(1, 421, "Add OAuth refresh tokens to the session service", "ana", 49)
                .stages(["opened", build, "running", "pending"])
                .insight("high", Some(true))
                .with(|p| p.reviewers = Some(serde_json::json!(["bo", "cy"])))
        };
        change(&mut model, vec![built("running")]);
        assert!(!is_news(&model, 421), "{pressed:?}");
        pass(&mut model, late);
        change(&mut model, vec![built("passed")]);
        assert_eq!(is_news(&model, 421), told, "{pressed:?}, {late} s");
    }
}

/// `acme/api#420`, with these words of its build, its approval and its merge.
fn bump(build: &str, approval: &str, merge: &str) -> Draft {
    pull(1, 420, "Bump tokio from 1.53 to 1.54", "renovate[bot]", 30)
        .stages(["passed", build, approval, merge])
        .insight("low", Some(true))
}

fn pushed(draft: Draft) -> Draft {
    draft.with(|p| p.commit_sha = Some("0123456789".to_owned()))
}

/// What is no news by itself at the beginning: `acme/api#420` as it is.
fn approved() -> Model {
    let mut model = board::model(140, 30);
    change(&mut model, vec![bump("passed", "pending", "pending")]);
    assert!(!is_news(&model, 420));
    sends(&mut model, 420, Act::Approve { body: String::new() });
    model
}

#[test]
fn what_others_change_before_ones_own_doing_shows_is_news() {
    let mut model = approved();
    change(&mut model, vec![bump("failed", "pending", "pending")]);
    assert!(is_news(&model, 420), "a build");
    change(&mut model, vec![bump("failed", "approved", "pending")]);
    assert!(is_news(&model, 420), "it stays so");
    // At the same time, too; and by itself one's own doing is none.
    let mut model = approved();
    change(&mut model, vec![bump("failed", "approved", "pending")]);
    assert!(is_news(&model, 420));
    let mut model = approved();
    change(&mut model, vec![bump("passed", "approved", "pending")]);
    assert!(!is_news(&model, 420));
    change(&mut model, vec![pushed(bump("passed", "approved", "pending"))]);
    assert!(is_news(&model, 420), "afterwards");
}

#[test]
fn one_that_is_refused_before_it_is_sent_takes_nothing_from_the_one_before() {
    let mut model = approved();
    let again = order(&mut model, 420, Act::Approve { body: String::new() });
    hear(&mut model, HubNews::Outcome(again.id, Outcome::Refused("no".to_owned())));
    change(&mut model, vec![bump("passed", "approved", "pending")]);
    assert!(!is_news(&model, 420));
}

/// GitHub forgets whether it can be merged, makes the commit, and builds begin.
#[test]
fn a_branch_that_was_updated_from_here_is_no_news_until_its_builds_end() {
    let mut model = board::model(140, 30);
    sends(&mut model, 420, Act::UpdateBranch { method: UpdateMethod::Merge });
    let steps = [
        bump("passed", "pending", "running"),
        pushed(bump("pending", "pending", "running")),
        pushed(bump("running", "pending", "running")),
        pushed(bump("running", "pending", "pending")),
    ];
    for step in steps {
        change(&mut model, vec![step]);
        pass(&mut model, 1);
        assert!(!is_news(&model, 420), "{:?}", model.board.pull(key(1, 420)));
    }
    change(&mut model, vec![pushed(bump("failed", "pending", "pending"))]);
    assert!(is_news(&model, 420));
}
