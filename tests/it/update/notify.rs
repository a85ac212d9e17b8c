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
};

use super::{after, notice, send};
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
fn a_rule_tells_so_often_a_minute_and_counts_the_rest() {
    let mut model = with(vec![rule("is:failing")]);
    let all = [416, 415, 418, 420, 417].map(failing);
    let effects = change(&mut model, all.into());
    assert_eq!(told(&effects).len(), 3);
    assert!(notice(&model).starts_with("late: acme/api#416 Merge queue; and "), "{}", notice(&model));
    change(&mut model, vec![passing(416)]);
    pass(&mut model, 30);
    assert_eq!(told(&change(&mut model, vec![failing(416)])), [""; 0]);
    assert_eq!(notice(&model), "late: 1 more, beyond 3 a minute");
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

#[test]
fn a_rule_for_what_is_shown_is_made_by_the_palette() {
    let mut model = board::model(140, 30);
    keys(&mut model, "2/is:failing<enter>:notify<enter>");
    let text = "is:open is:mine is:failing";
    assert_eq!(after(&mut model, "<enter>"), format!("overlay , !rule {text}: {text}"));
    // What is in it by now is not told of, what comes in is, and once.
    let mine = || vec![pull(1, 600, "Mine", "ana", -1).stages(["passed", "failed", "", ""])];
    let line = format!("{text}: acme/api#600 Mine");
    assert_eq!(told(&change(&mut model, mine())), [format!("bell {line}"), format!("osc9 {line}")]);
    assert_eq!(told(&change(&mut model, mine())), [""; 0]);
    keys(&mut model, ":notify<enter>");
    assert_eq!(notice(&model), format!("You are told of this by the rule {text} in the config file"));
    model.demo = true;
    keys(&mut model, "1:notify<enter>");
    assert!(model.overlay.is_none(), "what the demo makes up is nothing to be told of");
}
