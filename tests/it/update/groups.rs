//! Groups and stacks: the cursor stays on rows, whatever lines are between them; and pull requests that are named.

use flowlens::domain::{board::FeedEvent, view::Grouping};
use flowlens::tui::action::Action;
use flowlens::tui::model::{ListLine, Model};
use flowlens::tui::msg::{Msg, Pointer};

use super::{after, effect, numbers, selected, send};
use crate::support::board::{self, Draft, change, key, keys, noon, poll_at, pull, remove, tell};

/// The lines of the list: names of groups, and numbers of rows behind their indent.
fn lines(model: &Model) -> Vec<String> {
    let told = |line| match model.list.line(line)? {
        ListLine::Group(at) => {
            let group = &model.list.groups[at];
            Some(format!("{} {} ✗{} ▲{}", group.name, group.len, group.failing, group.high_risk))
        }
        ListLine::Row(at) => {
            let indent = " ".repeat(usize::from(model.list.depth(at)));
            Some(format!("{indent}{}", model.list.rows[at].number.get()))
        }
    };
    (0..).map_while(told).collect()
}

/// Six open ones of two repositories, three of them upon each other.
fn small(columns: u16, height: u16) -> Model {
    let mut model = board::model(columns, height);
    let all = model.list.rows.clone();
    remove(&mut model, &all);
    keys(&mut model, "6");
    let all = model.list.rows.clone();
    remove(&mut model, &all);
    keys(&mut model, "1");
    let on = |number, branch: &str, base: &str, hours| {
        let (branch, base) = (branch.to_owned(), base.to_owned());
        pull(1, number, "A change", "ana", hours)
            .with(|row| (row.branch_name, row.base_branch) = (Some(branch), Some(base)))
    };
    let more: Vec<Draft> = vec![
        on(1, "a", "main", 9).stages(["passed", "failed", "", ""]),
        on(2, "b", "a", 8).insight("high", Some(true)),
        on(3, "c", "b", 7),
        on(4, "d", "main", 6),
        pull(2, 5, "Elsewhere", "bo", 5),
        pull(2, 6, "Elsewhere", "bo", 4).stages(["passed", "failed", "", ""]),
    ];
    change(&mut model, more);
    tell(&mut model, FeedEvent::Polled(poll_at(noon(), noon())));
    keys(&mut model, "g");
    model
}

#[test]
fn groups_have_lines_with_counts_over_which_the_cursor_passes() {
    let mut model = small(140, 40);
    keys(&mut model, "<ctrl-g>");
    let want = ["acme/api 4 ✗1 ▲1", "1", "2", "3", "4", "acme/web 2 ✗1 ▲0", "6", "5"];
    assert_eq!(lines(&model), want);
    assert_eq!(after(&mut model, "jjj"), "selected #4, !detail #2, !detail #3, !detail #4");
    assert_eq!(after(&mut model, "j"), "selected #6, !detail #6", "over the line of a group");
    assert_eq!(after(&mut model, "G<ctrl-u>"), "selected #1, !detail #5, !detail #1");
    let area = model.areas().pulls.expect("the list");
    let mut click = |line| {
        send(&mut model, Msg::Mouse(Pointer::Click(area.x + 5, area.y + 2 + line)));
        selected(&model)
    };
    assert_eq!(
        [0, 4, 5, 6, 7, 8].map(&mut click),
        [1, 4, 4, 6, 5, 5],
        "a click on a group's line selects nothing"
    );
    for _ in Grouping::ALL {
        keys(&mut model, "<ctrl-g>");
        assert_eq!(selected(&model), 5, "the selection is a pull request");
    }
}

#[test]
fn a_page_is_one_of_lines_and_the_first_row_shows_its_group() {
    for height in [10, 14, 24] {
        let mut model = board::model(80, height);
        keys(&mut model, "<ctrl-g><ctrl-g>");
        let count = numbers(&model).len();
        let mut seen = vec![selected(&model)];
        for _ in 0..count {
            keys(&mut model, "j");
            seen.push(selected(&model));
        }
        seen.dedup();
        assert_eq!(seen, numbers(&model), "each row, once");
        for _ in 0..count {
            keys(&mut model, "<ctrl-u>");
        }
        assert_eq!((selected(&model), model.list.top), (numbers(&model)[0], 0), "with its group above");
        for _ in 0..count {
            keys(&mut model, "<ctrl-d>");
        }
        assert_eq!(Some(&selected(&model)), numbers(&model).last());
    }
}

#[test]
fn a_stack_is_a_tree() {
    let mut model = small(140, 40);
    keys(&mut model, "<ctrl-g><ctrl-g><ctrl-g><ctrl-g>");
    assert_eq!(lines(&model), ["acme/api a 3 ✗1 ▲1", "1", " 2", "  3", "in no stack 3 ✗1 ▲0", "6", "4", "5"]);
}

#[test]
fn groups_hold_still_and_count_what_changes() {
    let mut model = small(140, 40);
    keys(&mut model, "<ctrl-g><ctrl-g><ctrl-g>");
    let before = numbers(&model);
    let first = model.list.groups[0].clone();
    // It waits for somebody else now, and fails no more.
    change(&mut model, vec![pull(1, 1, "A change", "ana", 9).stages(["passed", "passed", "", ""])]);
    assert_eq!((numbers(&model), first.failing, model.list.groups[0].failing), (before.clone(), 1, 0));
    assert!(model.list.waiting.moved, "it belongs elsewhere");
    remove(&mut model, &[key(1, 4)]);
    assert_eq!(numbers(&model), before.iter().copied().filter(|n| *n != 4).collect::<Vec<_>>());
    keys(&mut model, "r");
    assert!(!model.list.waiting.any());
}

/// What has ended is of no risk any longer, neither as it happens nor in a new order.
#[test]
fn a_group_counts_the_risk_of_open_ones_alone() {
    let mut model = small(140, 40);
    keys(&mut model, "/is:open,merged<enter><ctrl-g>");
    assert_eq!(lines(&model)[0], "acme/api 4 ✗1 ▲1");
    let merged = pull(1, 2, "A change", "ana", 8).insight("high", Some(true));
    change(&mut model, vec![merged.with(|row| row.state = Some("merged".to_owned()))]);
    assert_eq!(lines(&model)[0], "acme/api 4 ✗1 ▲0");
    keys(&mut model, "r");
    assert_eq!(lines(&model)[0], "acme/api 4 ✗1 ▲0");
}

#[test]
fn a_number_or_a_title_finds_a_pull_request_wherever_it_is() {
    let mut model = board::model(140, 30);
    assert_eq!(after(&mut model, ":419<enter>"), "selected #419, !detail #419");
    assert_eq!(after(&mut model, ":#421<enter>"), "selected #421");
    keys(&mut model, "pj");
    let ended = after(&mut model, ":9<enter>");
    assert!(ended.contains("selected #9") && ended.contains("view Ended"), "{ended}");
    let notice = model.notice.as_ref().expect("told").text.clone();
    assert!(notice.contains("it is in Ended"), "{notice}");
    keys(&mut model, "1/nothing<enter>");
    let found = after(&mut model, ":oauth<enter>");
    assert!(found.contains("filter ,") && found.contains("selected #421"), "{found}");
    assert!(model.notice.as_ref().expect("told").text.contains("the filter is cleared"));
}

#[test]
fn what_is_shown_is_written_in_the_form_of_its_name() {
    let mut model = small(140, 40);
    let written = |model: &mut Model, pressed: &str| {
        let effects = keys(model, pressed);
        effects.iter().map(effect).collect::<Vec<_>>().join(", ")
    };
    assert_eq!(written(&mut model, "<ctrl-s><enter>"), "!export flowlens-open-2026-03-02.csv: 7 lines");
    send(&mut model, Msg::Exported("x".to_owned(), Err("It is there already".to_owned())));
    assert!(model.overlay.is_some(), "another name may be typed");
    assert_eq!(written(&mut model, "<ctrl-u>~/a.MD<enter>"), "!export ~/a.MD: 8 lines");
    send(&mut model, Msg::Exported("~/a.MD".to_owned(), Ok(())));
    assert!(model.overlay.is_none());
    assert_eq!(model.notice.as_ref().expect("told").text, "Written to ~/a.MD");
    assert_eq!(written(&mut model, "<ctrl-s><ctrl-u>a.txt<enter>"), "", "no form has this ending");
    keys(&mut model, "<esc>/nothing<enter>");
    assert_eq!(after(&mut model, "<ctrl-s>"), "", "nothing is shown");
    assert_eq!(Action::Export.binding().keys, ["ctrl-s"]);
}
