//! What the reader is told of, chosen on the screen.

use super::super::notify::begin;
use crate::{
    domain::{
        notify::Rule,
        text::{quoted, truncate},
        view::View,
    },
    tui::{
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
    model.overlay = Some(Overlay::Rules(RulePicker::new(lines, model.me.is_none(), model.demo)));
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
        begin(model, |_| true);
    }
}

/// A rule tells, and the config file is to get it; the reply says whether it has.
pub(in crate::tui::update) fn keep(model: &mut Model, rule: Rule) -> Vec<Effect> {
    if model.demo {
        let name = quoted(&rule.name);
        tell(model, rule, true);
        model.say(format!("Rule {name}: on until you quit; the demo keeps nothing"));
        return vec![];
    }
    let name = quoted(&rule.name);
    tell(model, rule.clone(), true);
    if model.notify.is_kept(&rule.name) {
        model.say(format!("Rule {name}: on, as the config file says"));
        return vec![];
    }
    model.say(format!("Rule {name}: on; the config file is being written"));
    vec![Effect::Service(ServiceCall::Remember(Box::new(rule)))]
}

/// A rule tells no more; that of the config file is there again in the next session.
pub(in crate::tui::update) fn end(model: &mut Model, name: &str) {
    let until =
        if model.notify.is_kept(name) { "off until you quit: the config file has it" } else { "removed" };
    model.notify.end(name);
    model.say(format!("Rule {}: {until}", quoted(name)));
}

/// Another database is shown: the rules stand there as they stood here. What is there already is no news.
pub(in crate::tui::update) fn follow(model: &mut Model, rules: Vec<RuleLine>) {
    let mut turned_on = Vec::new();
    for RuleLine { rule, is_on, is_kept } in rules {
        let name = rule.name.clone();
        if is_on && !model.notify.is_on(&name) {
            turned_on.push(name.clone());
        }
        model.notify.turn(rule, is_on);
        if is_kept {
            model.notify.keep(&name);
        }
    }
    if model.link.loaded {
        begin(model, |rule| turned_on.contains(&rule.name));
    }
}

/// The config file has the rule of this name, or not.
pub(in crate::tui::update) fn kept(model: &mut Model, name: &str, result: Result<String, String>) {
    match result {
        Ok(said) => {
            model.notify.keep(name);
            model.tell(said);
        }
        Err(why) => model.say_error(why),
    }
}
