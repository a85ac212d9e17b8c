//! Telling the reader of pull requests that come into the filter of a rule.

use crate::{
    domain::{
        attention::NextAction,
        board::BoardChange,
        filter::Context,
        ids::PrKey,
        notify::{Alert, Rule, RuleFacts, filled},
        pull_request::PullRequest,
        text::clean,
    },
    tui::{
        effect::{Effect, HostCall, RuleCommand, ServiceCall},
        model::Model,
        overlay::Overlay,
    },
};

/// Which of those that come in are told of.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Telling {
    All,
    /// Nothing has happened to them.
    None,
}

/// Everything is read, or another reader sits here: what is in the filter of such a rule by now is no news.
pub(super) fn begin(model: &mut Model, which: impl Fn(&Rule) -> bool) {
    let keys: Vec<PrKey> = model.board.pulls().map(|pr| pr.key).collect();
    look_through(model, &keys, Telling::None, which);
}

/// Pull requests have changed. One that is met for the first time is told of if it is new at all; the first read of a
/// repository is no news.
pub(super) fn changed(model: &mut Model, applied: &BoardChange) -> Vec<Effect> {
    model.notify.forget(&applied.removed);
    if !model.link.loaded {
        return vec![];
    }
    let is_told = |key: &PrKey| !model.link.is_first_read(key.repo);
    let is_new = |key: &PrKey| is_told(key) && model.seen.is_news(*key);
    let (new, old): (Vec<PrKey>, Vec<PrKey>) = applied.added.iter().copied().partition(is_new);
    let (changed, grown): (Vec<PrKey>, Vec<PrKey>) = applied.updated.iter().copied().partition(is_told);
    look_through(model, &[old, grown].concat(), Telling::None, |_| true);
    let keys = [new, changed].concat();
    look_through(model, &keys, Telling::All, |_| true)
}

/// Time has passed.
pub(super) fn turn(model: &mut Model) -> Vec<Effect> {
    if !model.link.loaded || !model.notify.on().any(|watch| watch.rule.filter.needs_clock()) {
        return vec![];
    }
    let keys: Vec<PrKey> = model.board.pulls().map(|pr| pr.key).collect();
    look_through(model, &keys, Telling::All, |rule| rule.filter.needs_clock())
}

/// These are hidden no longer, for their time has come.
pub(super) fn woken(model: &mut Model, keys: &[PrKey]) -> Vec<Effect> {
    look_through(model, keys, Telling::All, |_| true)
}

/// The reader has looked at these, hidden them or shown them: that is nothing to tell.
pub(super) fn noted(model: &mut Model, keys: &[PrKey]) {
    look_through(model, keys, Telling::None, |_| true);
}

/// Holds pull requests against the rules.
fn look_through(
    model: &mut Model,
    keys: &[PrKey],
    told: Telling,
    which: impl Fn(&Rule) -> bool,
) -> Vec<Effect> {
    if model.notify.on().next().is_none() {
        return vec![];
    }
    let mut notify = std::mem::take(&mut model.notify);
    let mut effects = Vec::new();
    let (mut lines, mut alerts) = (Vec::new(), Vec::new());
    let context = model.context();
    let is_read = matches!(model.overlay, Some(Overlay::Activity(_)));
    for watch in notify.on().filter(|watch| which(&watch.rule)) {
        for pr in keys.iter().filter_map(|key| model.board.pull(*key)) {
            let is_hidden = model.seen.is_snoozed(pr.key) && !watch.rule.filter.names_snoozed();
            let is_in = !is_hidden && watch.rule.filter.matches(pr, context);
            if !watch.enters(pr.key, is_in) || told == Telling::None {
                continue;
            }
            let facts = facts(&watch.rule, pr, context, model);
            let text = line(&facts);
            alerts.push(Alert { at: model.now, key: pr.key, text: text.clone(), is_seen: is_read });
            if watch.may_tell(model.now) {
                lines.push(text);
                effects.extend(tell(&watch.rule, facts));
            }
        }
    }
    notify.note(alerts);
    model.notify = notify;
    match lines.as_slice() {
        [] => {}
        [only] => model.tell(only.clone()),
        [first, others @ ..] => model.tell(format!("{first}; and {} more", others.len())),
    }
    effects
}

fn facts(rule: &Rule, pr: &PullRequest, context: Context<'_>, model: &Model) -> RuleFacts {
    let repository = context.board.repository(pr.key.repo);
    let next = NextAction::of(pr, context.board, model.minute).map(|next| next.sentence());
    let facts = [
        rule.name.clone(),
        context.board.full_name(pr.key.repo).to_owned(),
        pr.key.number.get().to_string(),
        pr.title.to_string(),
        repository.map(|repository| pr.url(repository)).unwrap_or_default(),
        pr.author.as_deref().unwrap_or_default().to_owned(),
        next.unwrap_or_else(|| pr.state.word().to_owned()),
    ];
    // They were cleaned when they were read; nothing rests on that here.
    facts.map(|fact| clean(&fact))
}

/// `late: acme/api#421 Add OAuth`.
fn line([rule, repo, number, title, ..]: &RuleFacts) -> String {
    format!("{rule}: {repo}#{number} {title}")
}

fn tell(rule: &Rule, facts: RuleFacts) -> Vec<Effect> {
    let text = line(&facts);
    let mut effects: Vec<Effect> =
        rule.signs.iter().map(|sign| Effect::Host(HostCall::Notify(*sign, text.clone()))).collect();
    if !rule.command.is_empty() {
        let command = rule.command.iter().map(|word| filled(word, &facts)).collect();
        let run = RuleCommand { rule: rule.name.clone(), command, facts, timeout: rule.timeout };
        effects.push(Effect::Service(ServiceCall::Run(Box::new(run))));
    }
    effects
}
