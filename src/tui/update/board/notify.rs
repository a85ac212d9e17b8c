//! A rule for what is shown, made on the screen.

use super::super::notify::begin;
use crate::{
    domain::{filter::NEEDS_ME, notify::Rule, text::truncate, view::View},
    tui::{
        effect::{Effect, ServiceCall},
        model::Model,
        overlay::{Confirm, Overlay, Reaction},
    },
};

/// Asks whether the reader is to be told of what comes into what is shown.
pub(super) fn ask(model: &mut Model) -> Vec<Effect> {
    let View { text, filter, .. } = model.shown_view();
    let rules = || model.notify.all.iter().map(|watch| &watch.rule);
    if model.demo {
        model.say(
            "In the demo nothing is told; on a database of your own this adds a rule to the config file",
        );
        return vec![];
    }
    if let Some(rule) = rules().find(|rule| rule.text == text) {
        model.say(format!("You are told of this by the rule {} in the config file", rule.name.clone()));
        return vec![];
    }
    if model.me.is_none() && filter.needs_me() {
        model.say_error(NEEDS_ME);
        return vec![];
    }
    let view = model.views.view();
    let name =
        if text == view.text { view.name.clone() } else { truncate(&text, View::LONGEST_NAME).into_owned() };
    let is_taken = |name: &String| rules().any(|rule| rule.name == *name);
    let numbered = (2..).map(|n| format!("{name} {n}"));
    let Some(name) = std::iter::once(name.clone()).chain(numbered).find(|name| !is_taken(name)) else {
        return vec![];
    };
    let shown = if text.is_empty() { "any pull request" } else { &text };
    let what = format!(
        "Ring the bell and notify the desktop when a pull request comes into {name} ({shown})? A rule is added to the \
         config file; it may run a program, too."
    );
    let yes = Reaction::Tell(Box::new(Rule::by_terminal(name, text, filter)));
    model.overlay = Some(Overlay::Confirm(Confirm { title: " Be told? ", what, yes }));
    vec![]
}

/// Tells from now on, and writes the rule into the config file.
pub(in crate::tui::update) fn tell(model: &mut Model, rule: Rule) -> Vec<Effect> {
    model.notify.add(rule.clone());
    if model.link.loaded {
        // What is there already is no news.
        begin(model);
    }
    vec![Effect::Service(ServiceCall::Remember(Box::new(rule)))]
}
