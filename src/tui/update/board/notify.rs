//! What the reader is told of, chosen on the screen.

use super::super::notify::begin;
use crate::{
    domain::{notify::Rule, text::truncate, view::View},
    tui::{
        action::Action,
        effect::{Effect, ServiceCall},
        model::Model,
        overlay::{Overlay, RuleLine, RulePicker},
    },
};

/// Offers rules to begin with, one for what is shown, and all others that there are.
pub(super) fn open(model: &mut Model) {
    let known = model.notify.lines();
    let mut lines: Vec<RuleLine> = Vec::new();
    for rule in Rule::ready().chain([shown(model)]) {
        let is_it = |line: &&RuleLine| line.rule.text == rule.text;
        if lines.iter().any(|line| is_it(&line)) {
            continue;
        }
        let line = known.iter().find(is_it).cloned();
        let line = line.unwrap_or_else(|| {
            let rule = Rule { name: free(&rule.name, &known, &lines), ..rule };
            RuleLine { rule, is_on: false, is_kept: false }
        });
        lines.push(line);
    }
    let others: Vec<RuleLine> = known.into_iter().filter(|line| !lines.contains(line)).collect();
    lines.extend(others);
    model.overlay = Some(Overlay::Rules(RulePicker::new(lines, model.me.is_none())));
}

/// A rule for what is shown: named after the view, unless that is narrowed.
fn shown(model: &Model) -> Rule {
    let View { text, filter, .. } = model.shown_view();
    let view = model.views.view();
    let name = if text == view.text { &view.name } else { &text };
    Rule::by_terminal(truncate(name, View::LONGEST_NAME).into_owned(), text, filter)
}

/// The name, with a number where another rule has it.
fn free(name: &str, known: &[RuleLine], offered: &[RuleLine]) -> String {
    let is_free = |name: &String| known.iter().chain(offered).all(|line| line.rule.name != *name);
    let numbered = (2..).map(|n| format!("{name} {n}"));
    std::iter::once(name.to_owned()).chain(numbered).find(is_free).unwrap_or_default()
}

/// A rule tells from now on, or no more.
pub(in crate::tui::update) fn tell(model: &mut Model, rule: Rule, is_on: bool) {
    model.notify.turn(rule, is_on);
    if is_on && model.link.loaded {
        // What is there already is no news.
        begin(model);
    }
}

/// A rule tells: if the config file has it, in the next session, too.
pub(in crate::tui::update) fn tell_of(model: &mut Model, rule: Rule) {
    let name = rule.name.clone();
    tell(model, rule, true);
    if model.notify.is_kept(&name) {
        model.say(format!("You are told of {name}, as the config file says"));
    } else if model.demo {
        model.say(format!("You are told of {name} until you quit"));
    } else {
        model.say_and_offer(format!("You are told of {name} until you quit"), Action::Notify, "keeps it");
    }
}

/// A rule tells, and the config file gets it.
pub(in crate::tui::update) fn keep(model: &mut Model, rule: Rule) -> Vec<Effect> {
    let is_new = !model.demo && !model.notify.is_kept(&rule.name);
    tell_of(model, rule.clone());
    if is_new {
        model.notify.keep(&rule.name);
        return vec![Effect::Service(ServiceCall::Remember(Box::new(rule)))];
    }
    if model.demo {
        model.say(format!("The demo keeps nothing: you are told of {} until you quit", rule.name));
    }
    vec![]
}
