//! Acting on pull requests: what may be chosen, what is asked, and what a yes sends.

use chrono::TimeDelta;
use flowlens::domain::command::{OwnCommand, Place};
use flowlens::domain::hub::{
    Act, ActKind, Gate, HubAsk, HubNews, MergeMethod, MergeState, Order, Outcome, RunState, Waits,
};
use flowlens::domain::ids::Sha;
use flowlens::domain::pr_state::PrState;
use flowlens::tui::effect::{Effect, ServiceCall};
use flowlens::tui::keymap::Keymap;
use flowlens::tui::model::{Model, Own, Setup};
use flowlens::tui::msg::{Msg, NotWritten};
use flowlens::tui::translate::translate;
use uuid::Uuid;

use super::{after, notice, send, text};
use crate::support::board::{self, answer, change, gate, hear, key, keys, pass, pull, workflow_run};

/// The menu on #421, with this answer of GitHub's.
fn menu(gate: Gate) -> Model {
    let mut model = board::model(140, 40);
    keys(&mut model, "a");
    answer(&mut model, 421, gate);
    model
}

fn orders(effects: &[Effect]) -> Vec<Order> {
    let sent = effects.iter().filter_map(|effect| match effect {
        Effect::Service(ServiceCall::Hub(HubAsk::Act(orders))) => Some(orders.clone()),
        _ => None,
    });
    sent.flatten().collect()
}

#[test]
fn each_action_is_asked_about_and_sent_after_a_yes_alone() {
    for (gate, pressed, want) in vec![
        (gate(), "f", "Rerun failed jobs of CI, attempt 1; Rerun failed jobs of Lint, attempt 1"),
        (
            gate(),
            "D",
            "Rerun failed with debug log of CI, attempt 1; Rerun failed with debug log of Lint, attempt 1",
        ),
        (gate(), "F", "Rerun all jobs of CI, attempt 1; Rerun all jobs of Lint, attempt 1"),
        (gate(), "x", "Cancel the run of Docs, attempt 1"),
        (gate(), "a", "Approve"),
        (gate(), "acGood work<enter>", "Approve \"Good work\""),
        (gate(), "acGood work<esc>", "Approve"),
        (gate(), "rPlease test it<enter>", "Request changes \"Please test it\""),
        (gate(), "cy n<enter>", "Comment \"y n\""),
        (gate(), "vbo<enter>", "Ask for a review: bo"),
        (gate(), "v<space><down><space><enter>", "Ask for a review: ana, bo"),
        (gate(), "vback<enter>", "Ask for a review: acme/backend"),
        (gate(), "m", "Merge (squash)"),
        (gate(), "mm", "Merge (merge)"),
        (gate(), "mmm", "Merge (squash)"),
        (Gate { methods: vec![MergeMethod::Rebase], ..gate() }, "m", "Merge (rebase)"),
        (Gate { methods: vec![MergeMethod::Rebase], ..gate() }, "mm", "Merge (rebase)"),
        (gate(), "M", "Turn auto-merge on (squash)"),
        (gate(), "Mm", "Turn auto-merge on (merge)"),
        (Gate { auto_merge: Some("bo".into()), ..gate() }, "M", "Turn auto-merge off"),
        (gate(), "u", "Update the branch (merge)"),
        (gate(), "um", "Update the branch (rebase)"),
        (gate(), "d", "Turn into a draft"),
        (Gate { state: PrState::Draft, ..gate() }, "d", "Mark as ready for review"),
        (gate(), "C", "Close"),
        (Gate { state: PrState::Closed, ..gate() }, "C", "Reopen"),
        (gate(), "lbug<enter>", "Labels +bug"),
        (gate(), "lwip<enter>", "Labels -wip"),
        (gate(), "l<space><down><space><enter>", "Labels +bug; Labels -wip"),
        (gate(), "s<enter>", "Assignees -bo"),
        (gate(), "scy<enter>", "Assignees +cy"),
    ] {
        // Neither Enter nor any other key but `y` sends anything.
        for no in ["<enter>", "n", "<esc>", "q", "<enter><enter>y"] {
            let mut model = menu(gate.clone());
            let mut effects = keys(&mut model, pressed);
            effects.extend(keys(&mut model, no));
            assert_eq!(orders(&effects), [], "{pressed}, then {no}");
            assert!(model.overlay.is_none(), "{pressed}, then {no}");
        }
        let mut model = menu(gate.clone());
        assert_eq!(orders(&keys(&mut model, pressed)), [], "{pressed}");
        assert_eq!(orders(&keys(&mut model, "xYaj<space>")), [], "{pressed}");
        let sent = orders(&keys(&mut model, "y"));
        let told: Vec<String> = sent.iter().map(|order| order.act.told()).collect();
        assert_eq!(told.join("; "), want, "{pressed}");
        for order in &sent {
            assert_eq!(order.target.name(), "acme/api#421");
            assert_eq!((order.node.as_str(), order.target.head.as_str()), ("PR_node", "abc0421def"));
        }
        let mut ids: Vec<Uuid> = sent.iter().map(|order| order.id).collect();
        ids.dedup();
        assert_eq!(ids.len(), sent.len());
        assert_eq!(orders(&keys(&mut model, "y")), [], "once");
    }
}

#[test]
fn what_may_not_be_done_is_not_asked_about() {
    let off = "It may not be changed here";
    let mut locked = gate();
    locked.locks.insert(ActKind::Close, off.to_owned());
    let moved = Gate { head: Sha::parse("feed999").expect("a commit"), ..gate() };
    for (gate, pressed) in [
        (Gate { merge_state: MergeState::Blocked, ..gate() }, "m"),
        (Gate { runs: vec![], ..gate() }, "f"),
        (gate(), "e"),
        (gate(), "X"),
        (gate(), "w"),
        (locked, "C"),
        (moved.clone(), "m"),
        (moved.clone(), "f"),
        (moved.clone(), "a"),
        (moved.clone(), "u"),
    ] {
        let mut model = menu(gate);
        let got = after(&mut model, pressed);
        assert!(!got.contains("ask") && !got.contains("words") && !got.contains("pick"), "{pressed}: {got}");
    }
    // What concerns no commit may be done all the same.
    let mut model = menu(moved);
    keys(&mut model, "chello<enter>");
    assert_eq!(orders(&keys(&mut model, "y")).len(), 1);
    // Waiting runs, and cancels without effect, bring lines of their own.
    let waits = workflow_run(14, "Deploy", RunState::Unfinished(Waits::Approval));
    let mut model = menu(Gate { runs: vec![waits], ..gate() });
    keys(&mut model, "w");
    assert!(matches!(orders(&keys(&mut model, "y"))[..], [Order { act: Act::ApproveRun(_), .. }]));
}

#[test]
fn nothing_can_be_chosen_before_github_has_answered() {
    let mut model = board::model(140, 40);
    let effects = keys(&mut model, "amyfy<enter>y");
    assert_eq!(orders(&effects), []);
    hear(&mut model, HubNews::Off("there is no token; gh auth login".to_owned()));
    assert_eq!(orders(&keys(&mut model, "my<enter>y")), []);
    hear(&mut model, HubNews::Gate(key(1, 421), Err("GitHub does not answer".to_owned())));
    assert_eq!(orders(&keys(&mut model, "my<enter>y")), []);
    // An answer about another one, or after the menu was closed, changes nothing.
    answer(&mut model, 419, gate());
    assert_eq!(orders(&keys(&mut model, "my<enter>y")), []);
}

#[test]
fn an_order_stays_as_it_was_asked_about_whatever_happens_meanwhile() {
    let mut model = menu(gate());
    keys(&mut model, "m");
    // The board moves on, another one is selected, GitHub has other news.
    change(
        &mut model,
        vec![pull(1, 421, "Another title", "eve", 1).with(|p| p.commit_sha = Some("bad".into()))],
    );
    model.list.selected = Some(key(1, 419));
    answer(&mut model, 421, Gate { node: "other".to_owned(), ..gate() });
    pass(&mut model, 400);
    let sent = orders(&keys(&mut model, "y"));
    assert_eq!(sent.len(), 1);
    assert_eq!((sent[0].target.number, sent[0].target.head.as_str()), (421, "abc0421def"));
    assert_eq!((sent[0].node.as_str(), sent[0].asked_at), ("PR_node", model.now));
    assert_eq!(sent[0].act, Act::Merge { method: MergeMethod::Squash });
}

#[test]
fn marked_ones_are_one_list_with_one_confirmation_and_a_result_each() {
    let mut model = board::model(140, 40);
    let effects = keys(&mut model, "<space><space>a");
    let asked =
        effects.iter().filter(|effect| matches!(effect, Effect::Service(ServiceCall::Hub(_)))).count();
    assert_eq!(asked, 2);
    answer(&mut model, 421, gate());
    let head = model.board.pull(key(1, 419)).and_then(|pr| pr.head.clone()).expect("a head");
    answer(&mut model, 419, Gate { head, node: "other".to_owned(), state: PrState::Closed, ..gate() });
    // One of them is closed: it is left out, and said to be.
    keys(&mut model, "m");
    let sent = orders(&keys(&mut model, "y"));
    assert_eq!(sent.iter().map(|order| order.target.name()).collect::<Vec<_>>(), ["acme/api#421"]);
    assert!(model.list.marked.len() == 1, "what was acted on is marked no longer");

    let mut model = board::model(140, 40);
    keys(&mut model, "<space><space>a");
    answer(&mut model, 421, gate());
    let head = model.board.pull(key(1, 419)).and_then(|pr| pr.head.clone()).expect("a head");
    answer(&mut model, 419, Gate { head, node: "other".to_owned(), ..gate() });
    keys(&mut model, "lbug<enter>");
    let sent = orders(&keys(&mut model, "y"));
    assert_eq!(sent.iter().map(|order| order.node.as_str()).collect::<Vec<_>>(), ["PR_node", "other"]);
    assert!(model.list.marked.is_empty());
    assert_eq!(after(&mut model, "j"), "", "the results are shown");
    let way_out = |model: &Model| {
        let shown = text(model);
        let line = shown.lines().find(|line| line.contains("│  Esc closes")).unwrap_or_default().to_owned();
        line.split('│').map(str::trim).find(|part| part.starts_with("Esc")).unwrap_or_default().to_owned()
    };
    assert_eq!(way_out(&model), "Esc closes; they go on");
    // A key that means nothing there has the way out stand out.
    let calm = text(&model);
    assert_eq!(after(&mut model, "a"), "");
    assert_ne!(text(&model), calm);
    assert_eq!(after(&mut model, "j"), "");
    assert_eq!(text(&model), calm);
    hear(&mut model, HubNews::Sending(sent[0].id));
    hear(&mut model, HubNews::Outcome(sent[0].id, Outcome::Done("labelled".to_owned())));
    assert_eq!(notice(&model), "acme/api#421: labelled");
    hear(&mut model, HubNews::Outcome(sent[1].id, Outcome::Refused("no right".to_owned())));
    assert_eq!(notice(&model), "acme/api#419: refused: no right");
    assert_eq!(way_out(&model), "Esc closes");
    assert_eq!(after(&mut model, "<esc>"), "overlay ");
}

#[test]
fn a_result_is_told_by_name_and_the_row_waits_for_the_database() {
    let mut model = menu(gate());
    keys(&mut model, "m");
    let id = orders(&keys(&mut model, "y"))[0].id;
    assert_eq!(notice(&model), "acme/api#421: Merge (squash) …");
    let row = |model: &Model| model.hub.sent_at(model.board.pull(key(1, 421)).expect("it")).is_some();
    assert!(!row(&model));
    let until = model.now + TimeDelta::seconds(30);
    hear(&mut model, HubNews::Outcome(id, Outcome::Unknown { until }));
    assert!(notice(&model).contains("no answer tells what became of it"), "{}", notice(&model));
    assert!(!row(&model));
    hear(&mut model, HubNews::Outcome(id, Outcome::Settled("merged".to_owned())));
    assert!(notice(&model).starts_with("acme/api#421: merged"), "{}", notice(&model));
    assert!(row(&model));
    pass(&mut model, 12);
    change(&mut model, vec![pull(1, 419, "Another row", "bo", 1)]);
    assert!(row(&model), "another one was read");
    let later = model.now;
    change(&mut model, vec![pull(1, 421, "Merged", "ana", 1).with(|p| p.updated_at = Some(later))]);
    assert!(!row(&model));
}

/// The database may be quicker than the answer.
#[test]
fn a_row_that_shows_it_already_waits_for_nothing() {
    let mut model = menu(gate());
    keys(&mut model, "m");
    let id = orders(&keys(&mut model, "y"))[0].id;
    hear(&mut model, HubNews::Sending(id));
    let later = model.now;
    change(&mut model, vec![pull(1, 421, "Merged", "ana", 1).with(|p| p.updated_at = Some(later))]);
    hear(&mut model, HubNews::Outcome(id, Outcome::Done("merged".to_owned())));
    assert!(model.hub.sent_at(model.board.pull(key(1, 421)).expect("it")).is_none());
}

#[test]
fn words_come_from_the_editor_too_and_are_kept_where_it_fails() {
    let mut model = menu(gate());
    assert_eq!(after(&mut model, "cone line"), "overlay act words one line");
    assert_eq!(after(&mut model, "<tab>"), "!write one line");
    send(&mut model, Msg::Written(Err("vi ended with 1: nothing was taken".to_owned().into())));
    assert_eq!(after(&mut model, "!"), "overlay act words one line!");
    send(&mut model, Msg::Written(Ok(None)));
    send(&mut model, Msg::Written(Ok(Some("First 👩‍💻\n\nSecond\n".to_owned()))));
    keys(&mut model, "<enter>");
    let sent = orders(&keys(&mut model, "y"));
    assert_eq!(sent[0].act, Act::Comment { body: "First 👩‍💻\n\nSecond".to_owned() });
    // What was written before it failed is a draft like any other.
    let mut model = menu(gate());
    keys(&mut model, "c<tab>");
    let why = "vi ended with 1: what was written is kept".to_owned();
    send(&mut model, Msg::Written(Err(NotWritten { why, text: Some("Half\nof it\n".to_owned()) })));
    keys(&mut model, "<esc><esc>a");
    answer(&mut model, 421, gate());
    keys(&mut model, "c<enter>");
    let sent = orders(&keys(&mut model, "y"));
    assert_eq!(sent[0].act, Act::Comment { body: "Half\nof it".to_owned() });
    // Nothing written, nothing sent.
    let mut model = menu(gate());
    keys(&mut model, "c<enter>");
    assert_eq!(orders(&keys(&mut model, "y<backspace>")), []);
    assert_eq!(after(&mut model, "<esc>"), "overlay act menu c");
}

#[test]
fn read_only_switches_the_checkout_off_too() {
    let why = "--readonly: nothing is written".to_owned();
    let own = Own { no_actions: Some(why), ..Own::default() };
    let mut model = board::with(Setup { own, ..board::setup(140, 40) });
    keys(&mut model, "a");
    assert_eq!(after(&mut model, "o"), "overlay act menu o");
    assert_eq!(after(&mut model, "y<enter>y"), "");
    // Whatever GitHub allows.
    answer(&mut model, 421, gate());
    for key in ["f", "F", "x", "a", "r", "c", "v", "m", "M", "e", "u", "d", "C", "l", "s", "o"] {
        let got = after(&mut model, &format!("{key}y<enter>y"));
        assert!(!got.contains('!') && !got.contains("ask"), "{key}: {got}");
    }
}

fn own(name: &str, key: Option<&str>, words: &[&str], place: Place) -> OwnCommand {
    let words = words.iter().map(|word| (*word).to_owned()).collect();
    OwnCommand { name: name.to_owned(), key: key.map(str::to_owned), words, place }
}

#[test]
fn commands_of_ones_own_run_on_the_selected_one() {
    let commands = vec![
        own("log", Some("e"), &["git", "log", "{sha}"], Place::Foreground),
        own("diff", Some("ctrl-e"), &["gh", "pr", "diff", "{number}", "--repo={repo}"], Place::Pager),
        own("say", None, &["say", "--", "{title}"], Place::Background),
        own("bad", Some("B"), &["git", "log", "{branch}"], Place::Background),
    ];
    let keys_of: Vec<Option<&str>> = commands.iter().map(|command| command.key.as_deref()).collect();
    let keymap = Keymap::default().with_commands(&keys_of).expect("free keys");
    let own = Own { commands: commands.clone(), ..Own::default() };
    let mut model = board::with(Setup { own, ..board::setup(140, 40) });
    let press = |model: &mut Model, pressed: &str| {
        let events = board::events(pressed);
        let effects = events.iter().flat_map(|event| {
            translate(model, &keymap, event).map(|msg| send(model, msg)).unwrap_or_default()
        });
        effects.map(|effect| super::effect(&effect)).collect::<Vec<_>>().join(", ")
    };
    assert_eq!(press(&mut model, "e"), "!foreground git log abc0421def");
    assert_eq!(press(&mut model, "<ctrl-e>"), "!page gh pr diff 421 --repo=acme/api");
    assert!(press(&mut model, ":say<enter>").starts_with("!background say -- Add OAuth refresh"));
    assert_eq!(press(&mut model, "?e"), "", "an overlay has its own keys");
    assert_eq!(press(&mut model, "q/e"), "", "a letter of a filter");
    press(&mut model, "<esc>");
    let hostile = pull(1, 421, "x", "ana", 49).with(|p| p.branch_name = Some("--upload-pack=x".into()));
    change(&mut model, vec![hostile]);
    assert_eq!(press(&mut model, "B"), "");
    assert!(notice(&model).contains("its branch begins with \"-\""), "{}", notice(&model));
    send(&mut model, Msg::Ended(1, Err("ended with 3".to_owned())));
    assert_eq!(notice(&model), "log acme/api#421: ended with 3");

    for (key, says) in [
        ("j", "j does down already"),
        ("ctrl-c", "always quits"),
        ("ctrl-m", "is enter on a terminal"),
        ("zz", "is no key"),
    ] {
        let problems = Keymap::default().with_commands(&[Some(key)]).expect_err(key);
        assert!(problems[0].1.contains(says), "{problems:?}");
    }
    let twice = Keymap::default().with_commands(&[Some("e"), None, Some("e")]).expect_err("twice");
    assert_eq!(twice, [(2, "e starts another command already".to_owned())]);
}
