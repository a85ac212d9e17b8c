//! Acting on pull requests: the menu, what is picked and written, the question, the results, and what was done.

use flowlens::domain::hub::{Gate, HubNews, MergeState, Order, Outcome, QueuePlace};
use flowlens::domain::ids::Sha;
use flowlens::domain::pr_state::PrState;
use flowlens::tui::effect::{Effect, ServiceCall};
use flowlens::tui::model::Own;

use super::*;
use crate::support::board::{answer, gate, hear};
use flowlens::domain::command::{OwnCommand, Place};
use flowlens::domain::hub::HubAsk;

const ALL: &[(u16, u16)] = &[(160, 48), (100, 30), (80, 24), (40, 12)];

/// The menu on #421 with this answer of GitHub's, then these keys.
fn acting(name: &str, sizes: &[(u16, u16)], gate: &Gate, pressed: &str) {
    for (columns, lines) in sizes {
        let mut model = board::model(*columns, *lines);
        keys(&mut model, "a");
        answer(&mut model, 421, gate.clone());
        keys(&mut model, pressed);
        snap(format!("act_{name}_{columns}x{lines}"), redacted(&draw(&model)));
    }
}

/// Times of day are this machine's.
fn redacted(screen: &str) -> String {
    let clock = regex::Regex::new(r"\d\d:\d\d:\d\d").expect("an expression");
    clock.replace_all(screen, "HH:MM:SS").into_owned()
}

#[test]
fn the_menu_has_every_action_and_the_reason_why_not() {
    acting("menu", ALL, &gate(), "");
    let moved = Gate { head: Sha::parse("feed999aa").expect("a commit"), ..gate() };
    acting("menu_moved", MIDDLE, &moved, "m");
    let failing = vec!["lint (optional)".to_owned(), "coverage".to_owned()];
    let held = Gate {
        merge_state: MergeState::Blocked,
        reviews: Some("REVIEW_REQUIRED".to_owned()),
        auto_merge: Some("bo".to_owned()),
        runs: vec![],
        failing,
        ..gate()
    };
    acting("menu_held_back", &[(100, 30)], &held, "m");
    acting("menu_merged", &[(80, 24)], &Gate { state: PrState::Merged, ..gate() }, "");
    let queued = Gate { queue: QueuePlace::In { position: 3, by: Some("bo".to_owned()) }, ..gate() };
    acting("menu_queued", MIDDLE, &queued, "e");
    // The whole reason stands below the lines, however narrow.
    for (columns, lines) in [(80, 24), (60, 20), (40, 12)] {
        let mut model = board::model(columns, lines);
        keys(&mut model, "ae");
        snap(format!("act_menu_held_{columns}x{lines}"), draw(&model));
        answer(&mut model, 421, gate());
        snap(format!("act_menu_refused_{columns}x{lines}"), draw(&model));
        keys(&mut model, "l<esc>e");
        snap(format!("act_menu_reason_{columns}x{lines}"), draw(&model));
    }
    let mut model = board::model(80, 24);
    keys(&mut model, "a");
    snap("act_menu_asking_80x24", draw(&model));
    hear(&mut model, HubNews::Off("There is no token for GitHub: gh auth login, or GH_TOKEN".to_owned()));
    snap("act_menu_off_80x24", draw(&model));
    keys(&mut model, "<esc>a");
    hear(
        &mut model,
        HubNews::Gate(key(1, 421), Err("GitHub shows no acme/api#421 to this token".to_owned())),
    );
    snap("act_menu_unreadable_80x24", draw(&model));
    // What has ended by its row is not told as if it were amiss, and wraps.
    let mut model = board::model(60, 20);
    let ended = pull(1, 421, "Add OAuth refresh tokens to the session service", "ana", 49);
    keys(&mut model, "a");
    board::change(&mut model, vec![ended.with(|row| row.state = Some("merged".to_owned()))]);
    hear(
        &mut model,
        HubNews::Gate(key(1, 421), Err("GitHub shows no acme/api#421 to this token any more".to_owned())),
    );
    snap("act_menu_ended_60x20", draw(&model));
    let mut model = board::model(80, 24);
    keys(&mut model, "a");
    let ascii = Theme { color: true, ascii: true, wide_glyphs: false };
    answer(&mut model, 421, gate());
    snap("act_menu_ascii_80x24", draw_with(&model, ascii));
}

#[test]
fn lists_and_words_come_before_the_question() {
    acting("pick_labels", ALL, &gate(), "l<space><down><space>");
    acting("pick_people", MIDDLE, &gate(), "vzzz");
    acting("words", ALL, &gate(), "rPlease add a test for the expired token");
    let mut model = board::model(80, 24);
    keys(&mut model, "a");
    answer(&mut model, 421, gate());
    keys(&mut model, "c");
    let long: Vec<String> = (1..=12).map(|n| format!("Line {n} of what was written")).collect();
    update(&mut model, Msg::Written(Ok(Some(long.join("\n")))));
    snap("act_words_long_80x24", draw(&model));
    keys(&mut model, "<enter>");
    snap("act_ask_comment_80x24", draw(&model));
    keys(&mut model, "<esc>a");
    answer(&mut model, 421, gate());
    keys(&mut model, "c");
    update(&mut model, Msg::Written(Err("vi ended with 1: nothing was taken".to_owned().into())));
    snap("act_words_failed_80x24", draw(&model));
}

/// The row that was acted on stays, and says that the view holds it no more.
#[test]
fn a_row_that_has_left_its_view_says_so() {
    for (columns, lines) in [(140, 40), (80, 24), (40, 12)] {
        let mut model = board::model(columns, lines);
        keys(&mut model, "4a");
        answer(&mut model, 421, Gate { runs: vec![], ..gate() });
        keys(&mut model, "Cy");
        let closed = pull(1, 421, "Add OAuth refresh tokens to the session service", "ana", 49);
        let green = closed.stages(["passed", "passed", "running", "pending"]);
        board::change(&mut model, vec![green]);
        keys(&mut model, "r");
        snap(format!("act_left_{columns}x{lines}"), draw(&model));
    }
}

#[test]
fn the_question_names_all_that_is_sent_and_the_answer_by_default_is_no() {
    acting("ask_merge", ALL, &gate(), "m");
    let failing = vec!["lint (optional)".to_owned(), "coverage".to_owned()];
    let unstable = Gate { merge_state: MergeState::Unstable, failing, ..gate() };
    acting("ask_merge_unstable", &[(100, 30), (80, 24)], &unstable, "m");
    acting("ask_rerun", MIDDLE, &gate(), "f");
    acting("ask_labels", MIDDLE, &gate(), "l<space><down><space><enter>");
    acting("ask_auto_merge", MIDDLE, &gate(), "M");
    acting("ask_checkout", MIDDLE, &gate(), "o");
}

fn sent(effects: &[Effect]) -> Vec<Order> {
    let orders = effects.iter().filter_map(|effect| match effect {
        Effect::Service(ServiceCall::Hub(HubAsk::Act(orders))) => Some(orders.clone()),
        _ => None,
    });
    orders.flatten().collect()
}

#[test]
fn marked_ones_are_asked_about_together_and_told_of_by_name() {
    for (columns, lines) in ALL {
        let at =
            |name: &str, model: &Model| snap(format!("act_{name}_{columns}x{lines}"), redacted(&draw(model)));
        let mut model = board::model(*columns, *lines);
        keys(&mut model, "<space><space><space>a");
        let chosen: Vec<_> = model.chosen();
        answer(&mut model, 421, gate());
        at("marked_asking", &model);
        for key in chosen.iter().filter(|key| key.number.get() != 421) {
            let head = model.board.pull(*key).and_then(|pr| pr.head.clone()).expect("a head");
            let state = if key.number.get() == 418 { PrState::Draft } else { PrState::Open };
            hear(&mut model, HubNews::Gate(*key, Ok(Box::new(Gate { head, state, ..gate() }))));
        }
        at("marked_menu", &model);
        keys(&mut model, "m");
        at("marked_ask", &model);
        let orders = sent(&keys(&mut model, "y"));
        hear(&mut model, HubNews::Sending(orders[0].id));
        hear(&mut model, HubNews::Outcome(orders[0].id, Outcome::Done("merged as 0123abc".to_owned())));
        hear(&mut model, HubNews::Sending(orders[1].id));
        at("marked_results", &model);
        let why = "Required status check \"test\" is expected (405)".to_owned();
        hear(&mut model, HubNews::Outcome(orders[1].id, Outcome::Refused(why)));
        keys(&mut model, "<esc>:log<enter>");
        at("activity", &model);
        pass(&mut model, 12);
        keys(&mut model, "<esc>");
        at("sent", &model);
    }
    let mut model = board::model(80, 24);
    keys(&mut model, ":log<enter>");
    snap("act_activity_none_80x24", draw(&model));
}

#[test]
fn commands_of_ones_own_are_in_the_help_and_in_the_palette() {
    let own = |name: &str, key: Option<&str>| OwnCommand {
        name: name.to_owned(),
        key: key.map(str::to_owned),
        words: vec!["true".to_owned()],
        place: Place::default(),
    };
    let commands = vec![own("log of the branch", Some("ctrl-e")), own("deploy to staging", None)];
    for (columns, lines) in [(140, 60), (80, 24)] {
        let own = Own { commands: commands.clone(), ..Own::default() };
        let mut model = board::with(Setup { own, ..board::setup(columns, lines) });
        keys(&mut model, "?");
        let help = draw(&model);
        assert!(
            columns == 80 || help.contains("Your commands") && help.contains("log of the branch"),
            "{help}"
        );
        keys(&mut model, "<esc>:deploy");
        snap(format!("palette_own_{columns}x{lines}"), draw(&model));
    }
}
