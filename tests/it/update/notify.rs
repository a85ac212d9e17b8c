//! What a rule tells, and what it does not.

use std::time::Duration;

use flowlens::domain::{
    board::FeedEvent,
    filter::Filter,
    notify::{Rule, Sign},
    source::Cause,
};
use flowlens::tui::{
    effect::{Effect, HostCall, ServiceCall},
    model::{Model, Setup},
    msg::Msg,
    overlay::{Overlay, RuleLine},
    update::{come_back, update},
};

use super::{after, notice, send};
use crate::screens::draw;
use crate::support::board::{
    self, Draft, HOSTILE, change, key, keys, noon, pass, poll_at, pull, remove, tell,
};

fn rule(filter: &str) -> Rule {
    Rule {
        name: "late".to_owned(),
        text: filter.to_owned(),
        filter: Filter::parse(filter).expect("a filter"),
        signs: vec![Sign::Bell],
        command: vec![],
        timeout: Duration::from_secs(1),
        per_minute: 3,
    }
}

fn with(rules: Vec<Rule>) -> Model {
    board::with(Setup { rules, ..board::setup(140, 30) })
}

/// What is told of: the lines of the terminal, and the programs with their arguments.
fn told(effects: &[Effect]) -> Vec<String> {
    let told = effects.iter().filter_map(|effect| match effect {
        Effect::Host(HostCall::Notify(sign, text)) => Some(format!("{} {text}", sign.name())),
        Effect::Service(ServiceCall::Run(run)) => Some(run.command.join("|")),
        _ => None,
    });
    told.collect()
}

fn failing(number: i32) -> Draft {
    pull(1, number, "Merge queue", "dan", 20).stages(["passed", "failed", "", ""])
}

fn passing(number: i32) -> Draft {
    pull(1, number, "Merge queue", "dan", 20).stages(["passed", "passed", "", ""])
}

#[test]
fn who_comes_in_is_told_of_once_and_at_the_start_nobody_is() {
    let mut model = Model::new(Setup { rules: vec![rule("is:failing")], ..board::setup(140, 30) });
    for event in board::start() {
        assert_eq!(told(&tell(&mut model, event)), [""; 0]);
    }
    assert_eq!(told(&change(&mut model, vec![failing(416)])), ["bell late: acme/api#416 Merge queue"]);
    assert_eq!(notice(&model), "late: acme/api#416 Merge queue");
    // It stays in, whatever else changes.
    let retitled = pull(1, 416, "Another title", "dan", 20).stages(["passed", "failed", "", ""]);
    assert_eq!(told(&change(&mut model, vec![retitled])), [""; 0]);
    assert_eq!(told(&change(&mut model, vec![passing(416)])), [""; 0]);
    assert_eq!(told(&change(&mut model, vec![failing(416)])).len(), 1, "it comes in again");
    // 421 has failed since before.
    let same = pull(1, 421, "Another title", "ana", 49).stages(["opened", "failed", "running", "pending"]);
    assert_eq!(told(&change(&mut model, vec![same])), [""; 0]);
    // Everything read anew, and who the reader is, are nothing new.
    tell(&mut model, FeedEvent::Loaded { limited: false, replaced: false });
    assert_eq!(told(&send(&mut model, Msg::Me("dan".to_owned()))), [""; 0]);
    remove(&mut model, &[key(1, 416)]);
    assert_eq!(told(&keys(&mut model, "rRs")), [""; 0]);
}

#[test]
fn what_is_met_for_the_first_time_is_told_of_if_it_was_opened_since() {
    let mut model = with(vec![rule("is:failing")]);
    let old = failing(300);
    let new = pull(1, 500, "New", "bo", -1).stages(["passed", "failed", "", ""]);
    assert_eq!(told(&change(&mut model, vec![old, new])), ["bell late: acme/api#500 New"]);
}

#[test]
fn news_of_an_outage_is_told_once() {
    let mut model = with(vec![rule("is:failing")]);
    tell(&mut model, board::outage(Cause::Refused, 9));
    assert_eq!(told(&change(&mut model, vec![failing(416)])).len(), 1);
    assert_eq!(told(&tell(&mut model, FeedEvent::Polled(poll_at(noon(), noon())))), [""; 0]);
}

#[test]
fn time_brings_one_into_a_filter_too() {
    // 417 was opened five hours ago.
    let mut model = with(vec![rule("age:>6h author:ana is:draft")]);
    assert_eq!(told(&pass(&mut model, 3500)), [""; 0]);
    assert_eq!(told(&pass(&mut model, 200)), ["bell late: acme/api#417 A draft of something larger"]);
    assert_eq!(told(&pass(&mut model, 600)), [""; 0]);
}

#[test]
fn a_rule_tells_so_often_a_minute_and_the_log_keeps_the_rest() {
    let mut model = with(vec![rule("is:failing")]);
    let all = [416, 415, 418, 420, 417].map(failing);
    let effects = change(&mut model, all.into());
    assert_eq!(told(&effects).len(), 3);
    assert!(notice(&model).starts_with("late: acme/api#416 Merge queue; and "), "{}", notice(&model));
    change(&mut model, vec![passing(416)]);
    pass(&mut model, 30);
    assert_eq!(told(&change(&mut model, vec![failing(416)])), [""; 0]);
    assert_eq!((model.notify.fired(), model.notify.alerts().len()), (6, 6));
    change(&mut model, vec![passing(416)]);
    pass(&mut model, 30);
    assert_eq!(told(&change(&mut model, vec![failing(416)])).len(), 1, "a minute is over");
}

#[test]
fn what_is_hidden_is_told_of_when_it_comes_back() {
    let mut model = with(vec![rule("is:failing")]);
    keys(&mut model, "/#416<enter>n<enter><esc>");
    assert_eq!(told(&change(&mut model, vec![failing(416)])), [""; 0]);
    assert_eq!(told(&pass(&mut model, 3600)), ["bell late: acme/api#416 Merge queue"]);
    // Shown by hand, it is in front of the reader.
    keys(&mut model, "/#416<enter>n<enter><esc>/is:snoozed<enter>");
    assert_eq!(told(&keys(&mut model, "n")), [""; 0]);
}

#[test]
fn a_rule_of_news_tells_again_after_a_look() {
    let mut model = with(vec![rule("is:new")]);
    let titled = |title: &str| vec![pull(1, 416, title, "dan", 20)];
    assert_eq!(told(&change(&mut model, titled("one"))).len(), 1);
    assert_eq!(told(&change(&mut model, titled("two"))), [""; 0]);
    keys(&mut model, "u");
    assert_eq!(told(&change(&mut model, titled("three"))).len(), 1);
}

#[test]
fn a_program_gets_its_arguments_as_they_are() {
    let command = ["tell", "--", "{title}", "at={repo}#{number}", "{author}", "$(id)"].map(str::to_owned);
    let signs = vec![Sign::Osc9, Sign::Osc777];
    let mut model = with(vec![Rule { command: command.into(), signs, ..rule("is:failing") }]);
    let hostile = pull(1, 416, HOSTILE, "{title}", 20).stages(["passed", "failed", "", ""]);
    let effects = change(&mut model, vec![hostile]);
    let told = told(&effects);
    let title = &model.board.pull(key(1, 416)).expect("it is there").title;
    assert_eq!(told[2], format!("tell|--|{title}|at=acme/api#416|{{title}}|$(id)"));
    assert_eq!(told[0], format!("osc9 late: acme/api#416 {title}"));
    assert!(!told.concat().contains(char::is_control));
    let run = effects.iter().find_map(|effect| match effect {
        Effect::Service(ServiceCall::Run(run)) => Some(run),
        _ => None,
    });
    let facts = &run.expect("a program").facts;
    assert_eq!(facts[4], "https://github.com/acme/api/pull/416");
    assert_eq!(facts[6], "@{title} to fix the build");
}

/// What fired is in the log with its time, and counted in the header until the reader has looked at it.
#[test]
fn what_was_told_is_kept_and_counted_until_it_is_seen() {
    let header = |model: &Model| draw(model).lines().next().unwrap_or_default().to_owned();
    let mut model = with(vec![rule("is:failing")]);
    keys(&mut model, "j");
    let all = [416, 415, 418, 420, 417].map(failing);
    change(&mut model, all.into());
    pass(&mut model, 10);
    assert_eq!((notice(&model), model.notify.fired()), ("", 5), "those beyond its limit, too");
    assert!(header(&model).contains("1 rule, 5 fired"), "{}", header(&model));
    keys(&mut model, "/#418<enter>");
    pass(&mut model, 2);
    keys(&mut model, "<esc>gj");
    assert_eq!(model.notify.fired(), 4, "the reader was at one of them");
    keys(&mut model, ":alerts<enter>");
    let shown = draw(&model);
    let lines: Vec<&str> = shown.lines().filter(|line| line.contains("late: acme/api#")).collect();
    assert!(lines.len() == 5 && lines[4].contains('▌') && lines[4].contains("12:00:"), "{shown}");
    assert!(header(&model).contains("1 rule on"), "{}", header(&model));
    let newest = model.notify.alerts().last().map(|alert| alert.key);
    keys(&mut model, "kj<enter>");
    assert_eq!((model.overlay.is_none(), model.list.selected), (true, newest));
    change(&mut model, vec![passing(416)]);
    pass(&mut model, 60);
    change(&mut model, vec![failing(416)]);
    assert_eq!(model.notify.fired(), 1);
    keys(&mut model, "u");
    assert_eq!(model.notify.fired(), 0, "all shown are seen");
    keys(&mut model, ":alerts<enter>");
    for pr in [passing(416), failing(416)] {
        change(&mut model, vec![pr]);
    }
    assert_eq!((model.notify.fired(), model.notify.alerts().len()), (0, 7), "read as it comes");
}

/// The rules as the picker lists them: `[x] mine fails: is:mine is:failing`.
fn offered(model: &mut Model) -> Vec<String> {
    keys(model, "N");
    let Some(Overlay::Rules(rules)) = &model.overlay else { panic!("{:?}", model.overlay) };
    let shown = |line: &RuleLine| {
        let (on, kept) = (if line.is_on { "x" } else { " " }, if line.is_kept { " kept" } else { "" });
        format!("[{on}] {}: {}{kept}", line.rule.name, line.rule.text)
    };
    let lines = rules.lines.iter().map(shown).collect();
    keys(model, "<esc>");
    lines
}

#[test]
fn rules_are_turned_on_for_the_session_and_kept() {
    let mut model = board::model(140, 30);
    let ready = ["mine fails: is:mine is:failing", "to review: is:waiting reviewer:@me"];
    let open = "[ ] Open: is:open".to_owned();
    assert_eq!(offered(&mut model), [ready.map(|line| format!("[ ] {line}")).to_vec(), vec![open]].concat());
    assert_eq!(after(&mut model, "N<enter><esc>"), "");
    assert_eq!(offered(&mut model)[0], "[x] mine fails: is:mine is:failing");
    // What is in it by now is not told of, what comes in is, and once.
    let mine = |number| vec![pull(1, number, "Mine", "ana", -1).stages(["passed", "failed", "", ""])];
    let line = |number| format!("mine fails: acme/api#{number} Mine");
    let signs = |number| [format!("bell {}", line(number)), format!("osc9 {}", line(number))];
    assert_eq!(told(&change(&mut model, mine(600))), signs(600));
    assert_eq!(told(&change(&mut model, mine(600))), [""; 0]);
    // Off and on again: what came in meanwhile is no news.
    keys(&mut model, "N<space><esc>");
    assert_eq!(told(&change(&mut model, mine(601))), [""; 0]);
    assert_eq!(told(&keys(&mut model, "N<space><esc>")), [""; 0]);
    assert_eq!(told(&change(&mut model, mine(602))), signs(602));
    // It is written into the config file once.
    assert_eq!(after(&mut model, "Nv"), "!rule mine fails: is:mine is:failing");
    assert_eq!(notice(&model), "Rule \"mine fails\": on; the config file is being written");
    assert_eq!(offered(&mut model)[0], "[x] mine fails: is:mine is:failing", "nothing is kept before it is");
    let reply = |result: Result<&str, &str>| {
        Msg::RuleKept("mine fails".to_owned(), result.map(str::to_owned).map_err(str::to_owned))
    };
    update(&mut model, reply(Err("it may not be written")));
    assert_eq!(notice(&model), "it may not be written");
    assert_eq!(after(&mut model, "Nv"), "!rule mine fails: is:mine is:failing", "tried once more");
    update(&mut model, reply(Ok("on, and kept")));
    assert_eq!(notice(&model), "on, and kept");
    assert_eq!(after(&mut model, "N<enter>v"), "", "it was off for a moment");
    assert_eq!(notice(&model), "Rule \"mine fails\": on, as the config file says");
    // What is shown, in its own words where it is no whole view.
    keys(&mut model, "2/is:failing<enter>");
    let shown = "is:open is:mine is:failing";
    assert_eq!(after(&mut model, "Njjv"), format!("!rule {shown}: {shown}"));
    assert_eq!(offered(&mut model)[0], "[x] mine fails: is:mine is:failing kept");
    assert_eq!(offered(&mut model)[2], format!("[x] {shown}: {shown}"));
}

#[test]
fn the_rules_of_the_session_go_along_to_another_database() {
    let mut here = board::model(140, 30);
    keys(&mut here, "N<enter><esc>");
    let mut there = board::model(140, 30);
    come_back(&mut there, here.notify.lines(), here.now);
    assert_eq!(offered(&mut there)[0], "[x] mine fails: is:mine is:failing");
    let mine = |number| vec![pull(1, number, "Mine", "ana", -1).stages(["passed", "failed", "", ""])];
    // One that failed there already is no news, whatever changes in it.
    let failing = there.board.pulls().find(|pr| pr.author.as_deref() == Some("ana") && pr.is_failing());
    let known = failing.map(|pr| pr.key.number.get()).expect("one of mine that fails");
    assert_eq!(told(&change(&mut there, mine(known))), [""; 0]);
    assert_eq!(told(&change(&mut there, mine(600))).len(), 2);
    // What is turned off there is off here, too.
    keys(&mut there, "N<space><esc>");
    come_back(&mut here, there.notify.lines(), there.now);
    assert_eq!(told(&change(&mut here, mine(600))), [""; 0]);
}

#[test]
fn the_palette_has_the_rules_that_tell_and_ends_them() {
    let mut model = with(vec![rule("is:failing")]);
    keys(&mut model, "N<enter><esc>");
    let telling = |model: &Model| model.notify.telling().map(|rule| rule.name.clone()).collect::<Vec<_>>();
    assert_eq!(telling(&model), ["late", "mine fails"]);
    keys(&mut model, ":rule mine<enter>");
    assert_eq!(telling(&model), ["late"]);
    assert_eq!(notice(&model), "Rule \"mine fails\": removed");
    assert_eq!(model.notify.lines().len(), 1, "it was of this session alone");
    keys(&mut model, ":rule late<enter>");
    assert_eq!(notice(&model), "Rule \"late\": off until you quit: the config file has it");
    assert!(telling(&model).is_empty() && !model.notify.lines()[0].is_on);
    assert_eq!(told(&change(&mut model, vec![failing(415)])), [""; 0]);
}

#[test]
fn rules_of_the_config_file_are_listed_behind_those_to_begin_with() {
    let mut model = with(vec![
        rule("is:failing"),
        Rule { name: "Open".to_owned(), ..rule("label:bug") },
        Rule { name: "red".to_owned(), ..rule("is:mine is:failing") },
    ]);
    let want = [
        "[x] red: is:mine is:failing kept",
        "[ ] to review: is:waiting reviewer:@me",
        "[ ] Open 2: is:open",
        "[x] late: is:failing kept",
        "[x] Open: label:bug kept",
    ];
    assert_eq!(offered(&mut model), want);
    keys(&mut model, "Njjj<space><esc>");
    assert_eq!(told(&change(&mut model, vec![failing(416)])), [""; 0], "it is off");
}

#[test]
fn the_demo_tells_and_keeps_nothing() {
    let mut model = board::model(140, 30);
    model.demo = true;
    assert_eq!(after(&mut model, "Nv"), "");
    assert_eq!(notice(&model), "Rule \"mine fails\": on until you quit; the demo keeps nothing");
    let mine = vec![pull(1, 600, "Mine", "ana", -1).stages(["passed", "failed", "", ""])];
    assert_eq!(told(&change(&mut model, mine)).len(), 2);
}

#[test]
fn nobody_is_told_of_his_own_where_nobody_knows_who_he_is() {
    let mut model = board::with(Setup { me: None, ..board::setup(140, 30) });
    keys(&mut model, "N<enter>");
    assert!(matches!(model.overlay, Some(Overlay::Rules(_))), "the list says why");
    assert_eq!(offered(&mut model)[0], "[ ] mine fails: is:mine is:failing");
}
