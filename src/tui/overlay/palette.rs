//! The palette: commands, actions, views, orders, repositories and pull requests, found by typing.

use std::cmp::Reverse;

use nucleo_matcher::{
    Config, Matcher, Utf32Str,
    pattern::{CaseMatching, Normalization, Pattern},
};
use ratatui::{Frame, style::Style};

use super::{Backdrop, Choice, Layer, Reaction, prompt::prompt};
use crate::{
    domain::{
        attention::Sort,
        board::Board,
        command::OwnCommand,
        ids::{PrKey, RepoId},
        notify::Rule,
        text::{folded, has_part, truncate, width},
        view::Grouping,
    },
    tui::{
        action::{Action, BINDINGS, Binding, KeyGroup},
        geometry::{Area, middle},
        keymap::{Hint, Key, Keymap, fixed_hints},
        line::LineEditor,
        msg::{Edit, Turn},
        pen::{Pen, boxed},
        theme::Theme,
    },
};

/// Ranks names that hold the words above all others.
const NAME_BONUS: u32 = 10_000;
/// Ranks descriptions that hold the words above names through which their letters are strewn.
const DESCRIPTION_BONUS: u32 = NAME_BONUS / 2;
/// Ranks a number that is typed above all names.
const NUMBER_BONUS: u32 = 2 * NAME_BONUS;
/// Pull requests that are offered at once.
const PULLS: usize = 50;
/// Letters that a title is sought by at least.
const WORD: usize = 2;

/// An entry of the palette.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Offer {
    Action(Action),
    /// A repository to narrow the list to.
    Repository(RepoId),
    /// A view, by the index of its tab.
    View(usize),
    /// To order the list.
    Sort(Sort),
    /// To group it.
    Group(Grouping),
    Pull(PrKey),
    /// Another database, by its index.
    Database(usize),
    /// A theme to wear.
    Theme(usize),
    /// To be told by a rule no more, by its index.
    Rule(usize),
    /// A command of the user's own, by its index.
    Own(usize),
    /// To act on the chosen pull requests.
    Act(Choice),
}

/// The text typed, and the cursor among the offers.
#[derive(Clone, Debug)]
pub struct Palette {
    pub line: LineEditor,
    /// The offer that Enter takes, whatever comes above it meanwhile; `None` until the cursor moves: the first.
    pub chosen: Option<Offer>,
    /// The rules that tell.
    rules: Vec<Rule>,
}

impl Palette {
    /// The palette with a text that is typed already.
    pub fn with(text: &str, rules: Vec<Rule>) -> Self {
        Self { line: text.into(), chosen: None, rules }
    }

    /// Index of the offer that Enter takes.
    pub fn cursor(&self, offers: &[Offer]) -> usize {
        self.chosen.and_then(|chosen| offers.iter().position(|offer| *offer == chosen)).unwrap_or_default()
    }

    /// The offers that match the text, best first.
    pub fn offers(&self, back: Backdrop<'_>) -> Vec<Offer> {
        let pattern = Pattern::parse(self.line.text(), CaseMatching::Ignore, Normalization::Smart);
        let mut matcher = Matcher::new(Config::DEFAULT);
        let mut buffer = Vec::new();
        let words: Vec<String> = self.line.text().split_whitespace().map(folded).collect();
        let holds = |text: &str| words.iter().all(|word| has_part(text, word));
        let mut named = |name: &str| {
            let score = pattern.score(Utf32Str::new(name, &mut buffer), &mut matcher)?;
            Some(score + if holds(name) { NAME_BONUS } else { 0 })
        };
        // In a sentence the letters of nearly anything are strewn: its words are sought as they are.
        let described = |text: &str| holds(text).then_some(DESCRIPTION_BONUS);
        let mut scored: Vec<(u32, Offer)> = Vec::new();
        // Views are offered by their names.
        let is_offered =
            |binding: &&Binding| !matches!(binding.action, Action::View(_)) && !binding.group.is_inner();
        for binding in BINDINGS.iter().filter(is_offered) {
            let found = named(binding.name);
            let found = found.or_else(|| described(&format!("{} {}", binding.name, binding.action.help())));
            // Nobody looks here for a key that moves the cursor.
            let is_move = u32::from(binding.group == KeyGroup::Move);
            scored.extend(found.map(|score| (score.saturating_sub(is_move), Offer::Action(binding.action))));
        }
        for (at, command) in back.commands.iter().enumerate() {
            let found = named(&command.name);
            scored.extend(found.map(|score| (score, Offer::Own(at))));
        }
        // Who types a whole name means it.
        let bonus = |is_whole: bool| if is_whole { NAME_BONUS } else { 0 };
        let typed = self.line.text().trim();
        for choice in Choice::all() {
            let bonus = bonus(choice.name().eq_ignore_ascii_case(typed));
            let found = named(choice.name()).map(|n| n + bonus);
            scored.extend(found.map(|score| (score, Offer::Act(choice))));
        }
        for (at, view) in back.views.iter().enumerate() {
            let bonus = bonus(view.is_called(typed));
            let found = named(&view.name).map(|n| n + bonus).or_else(|| described(&view.text));
            scored.extend(found.map(|score| (score, Offer::View(at))));
        }
        for (at, rule) in self.rules.iter().enumerate() {
            let found = named(&rule_name(rule)).or_else(|| described(&rule.text));
            scored.extend(found.map(|score| (score, Offer::Rule(at))));
        }
        for sort in Sort::ALL {
            let found = named(&sort_name(sort)).or_else(|| described(sort.first()));
            scored.extend(found.map(|score| (score, Offer::Sort(sort))));
        }
        for grouping in Grouping::ALL {
            let found = named(&group_name(grouping));
            scored.extend(found.map(|score| (score, Offer::Group(grouping))));
        }
        for (at, name) in back.databases.iter().enumerate().filter(|(_, name)| *name != back.database) {
            let found = named(&database(name));
            scored.extend(found.map(|score| (score, Offer::Database(at))));
        }
        for id in back.repositories {
            let found = named(back.board.full_name(*id));
            scored.extend(found.map(|score| (score, Offer::Repository(*id))));
        }
        for (n, theme) in back.look.themes.iter().enumerate() {
            let found = named(&format!("theme {}", theme.name));
            scored.extend(found.map(|score| (score, Offer::Theme(n))));
        }
        scored.extend(self.pulls(back.board, &mut named, described));
        scored.sort_by_key(|(score, _)| Reverse(*score));
        scored.into_iter().map(|(_, offer)| offer).collect()
    }

    /// Pull requests by number, `421` or `#421`, or by their titles; open ones first.
    fn pulls(
        &self,
        board: &Board,
        named: &mut impl FnMut(&str) -> Option<u32>,
        described: impl Fn(&str) -> Option<u32>,
    ) -> Vec<(u32, Offer)> {
        let text = self.line.text().trim();
        let digits = text.strip_prefix('#').unwrap_or(text);
        let is_number = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
        if !is_number && text.chars().count() < WORD {
            return Vec::new();
        }
        let mut found: Vec<_> = board
            .pulls()
            .filter_map(|pr| {
                let score = if is_number {
                    let number = pr.key.number.get().to_string();
                    let rest = number.strip_prefix(digits)?.len();
                    NUMBER_BONUS - u32::try_from(rest).unwrap_or_default()
                } else {
                    described(&pr.title)?;
                    named(&pr.title)?
                };
                Some((Reverse(score), !pr.state.is_open(), Reverse(pr.key.number), pr.key.repo))
            })
            .collect();
        found.sort_unstable();
        found.truncate(PULLS);
        let offer =
            |(Reverse(score), _, Reverse(number), repo)| (score, Offer::Pull(PrKey::new(repo, number)));
        found.into_iter().map(offer).collect()
    }
}

fn sort_name(sort: Sort) -> String {
    format!("order by {}", sort.name())
}

fn rule_name(rule: &Rule) -> String {
    format!("rule {}", rule.name)
}

fn group_name(grouping: Grouping) -> String {
    match grouping {
        Grouping::None => "group by nothing".to_owned(),
        Grouping::Repository | Grouping::Author | Grouping::Owner | Grouping::Stack => {
            format!("group by {}", grouping.name())
        }
    }
}

/// The key of a command of the user's own, as keys are shown.
pub(super) fn own_key(command: &OwnCommand) -> String {
    let key = command.key.as_deref().and_then(Key::parse);
    key.map(|key| key.to_string()).unwrap_or_default()
}

/// As one types it.
fn database(name: &str) -> String {
    format!("db {name}")
}

fn area(back: Backdrop<'_>) -> Area {
    middle(back.size, 70, 18)
}

impl Layer for Palette {
    fn hints(&self, _: &Keymap) -> Vec<Hint> {
        fixed_hints([("Enter", "runs"), ("↑ ↓", "choose"), ("Esc", "closes")])
    }

    fn is_typing(&self) -> bool {
        true
    }

    fn edit(&mut self, edit: &Edit, back: Backdrop<'_>) -> Reaction {
        let offers = self.offers(back);
        let cursor = self.cursor(&offers);
        match edit {
            Edit::Accept => {
                return match offers.get(cursor) {
                    Some(Offer::Action(action)) => Reaction::Run(*action),
                    Some(Offer::Theme(n)) => Reaction::Wear(*n),
                    Some(Offer::Repository(id)) => Reaction::Narrow(*id),
                    Some(Offer::View(at)) => Reaction::Show(*at),
                    Some(Offer::Sort(sort)) => Reaction::Sort(*sort),
                    Some(Offer::Group(grouping)) => Reaction::Group(*grouping),
                    Some(Offer::Pull(key)) => Reaction::Select(*key),
                    Some(Offer::Database(at)) => Reaction::Database(*at),
                    Some(Offer::Rule(at)) => Reaction::EndRule(self.rules[*at].name.clone()),
                    Some(Offer::Own(at)) => Reaction::Own(*at),
                    Some(Offer::Act(choice)) => Reaction::Choose(*choice),
                    None => Reaction::Close,
                };
            }
            Edit::Cancel => return Reaction::Close,
            Edit::Up | Edit::ListUp => self.chosen = offers.get(cursor.saturating_sub(1)).copied(),
            Edit::Down | Edit::ListDown | Edit::Tab => {
                self.chosen = offers.get(cursor + 1).or(offers.last()).copied();
            }
            Edit::Line(edit) => {
                if self.line.edit(edit) {
                    self.chosen = None;
                }
            }
        }
        Reaction::Stay
    }

    fn wheel(&mut self, (x, y): (u16, u16), turn: Turn, back: Backdrop<'_>) {
        if area(back).contains(x, y) {
            let offers = self.offers(back);
            self.chosen = offers.get(turn.from(self.cursor(&offers), offers.len())).copied();
        }
    }

    fn draw(&self, back: Backdrop<'_>, keymap: &Keymap, theme: Theme, frame: &mut Frame<'_>) {
        let offers = self.offers(back);
        let cursor = self.cursor(&offers);
        let cut = self.line.cut().map(|cut| format!("· {cut} ")).unwrap_or_default();
        let inside = boxed(frame, area(back), &format!(" Commands, views, pull requests {cut}"), theme);
        let mut pen = prompt(frame, inside, theme, " : ", &self.line);
        pen.newline();
        let visible = pen.lines_left().max(1);
        let top = (cursor + 1).saturating_sub(visible);
        for (n, offer) in offers.iter().enumerate().skip(top).take(visible) {
            let style = if n == cursor { theme.strong() } else { Style::new() };
            pen.pointer(n == cursor);
            put_offer(&mut pen, offer, &self.rules, style, back, keymap, theme);
            pen.newline();
        }
        if offers.is_empty() {
            pen.line("  Nothing matches.", theme.dim());
        }
    }
}

/// What a choice means; the one that holds already is marked.
fn put_choice(pen: &mut Pen<'_>, meaning: &str, in_use: Option<&str>, theme: Theme) {
    let mark = in_use.map(|sign| format!(" in use{sign} ")).unwrap_or_default();
    let room = pen.room().saturating_sub(width(&mark));
    pen.put(&truncate(meaning, room), theme.dim());
    pen.put_right(&mark, theme.accent());
}

/// An offer's name, what it does, and at the right its keys or where it is.
fn put_offer(
    pen: &mut Pen<'_>,
    offer: &Offer,
    rules: &[Rule],
    style: Style,
    back: Backdrop<'_>,
    keymap: &Keymap,
    theme: Theme,
) {
    match offer {
        Offer::Action(action) => {
            let binding = action.binding();
            pen.put(&format!(" {:<22}", binding.name), style);
            let label = format!(" {} ", keymap.label(*action));
            let room = pen.room().saturating_sub(width(&label));
            pen.put(&truncate(&action.told(), room), theme.dim());
            pen.put_right(&label, theme.accent());
        }
        Offer::Rule(at) => {
            let Some(rule) = rules.get(*at) else { return };
            pen.put(&format!(" {:<22}", truncate(&rule_name(rule), 21)), style);
            let label = format!("{} ", keymap.first(Action::Notify));
            let room = pen.room().saturating_sub(width(&label));
            pen.put(&truncate(&format!("tells; Enter ends that: {}", rule.text), room), theme.dim());
            pen.put_right(&label, theme.accent());
        }
        Offer::Own(at) => {
            let Some(command) = back.commands.get(*at) else { return };
            pen.put(&format!(" {:<22}", truncate(&command.name, 21)), style);
            pen.put("a command of yours", theme.dim());
            pen.put_right(&format!("{} ", own_key(command)), theme.accent());
        }
        Offer::Act(choice) => {
            pen.put(&format!(" {:<28}", choice.name()), style);
            pen.put("on GitHub; asks first", theme.dim());
            pen.put_right(&format!("{} {} ", keymap.first(Action::Act), choice.key()), theme.accent());
        }
        Offer::Database(at) => {
            pen.put(&format!(" {}", database(&back.databases[*at])), style);
            pen.put("  show this database", theme.dim());
        }
        Offer::View(at) => {
            let Some(view) = back.views.get(*at) else { return };
            pen.put(&format!(" {:<22}", truncate(&view.name, 21)), style);
            pen.put(if view.text.is_empty() { "everything" } else { &view.text }, theme.dim());
            let label = view.key.map(|key| keymap.label(Action::View(key))).unwrap_or_default();
            pen.put_right(&format!("{label} "), theme.accent());
        }
        Offer::Theme(n) => {
            let name = back.look.themes.get(*n).map_or("", |theme| &theme.name);
            pen.put(&format!(" {:<22}", truncate(&format!("theme {name}"), 21)), style);
            let in_use = (*n == back.look.worn).then_some("");
            put_choice(pen, "draw the screen in this theme", in_use, theme);
        }
        Offer::Sort(sort) => {
            pen.put(&format!(" {:<22}", sort_name(*sort)), style);
            let sign = if back.order.reversed { theme.reversed() } else { "" };
            let in_use = (*sort == back.order.sort).then_some(sign);
            put_choice(pen, &format!("{} first", sort.first()), in_use, theme);
        }
        Offer::Group(grouping) => {
            pen.put(&format!(" {:<22}", group_name(*grouping)), style);
            put_choice(pen, grouping.meaning(), (*grouping == back.grouping).then_some(""), theme);
        }
        Offer::Pull(key) => {
            let Some(pr) = back.board.pull(*key) else { return };
            let repository = format!(" {} ", back.board.full_name(key.repo));
            pen.put(&format!(" {:<6} ", key.number.to_string()), style);
            let room = pen.room().saturating_sub(width(&repository));
            pen.put(&truncate(&pr.title, room), style);
            pen.put_right(&repository, theme.dim());
        }
        Offer::Repository(id) => {
            pen.put(&format!(" {:<22}", back.board.full_name(*id)), style);
            pen.put("  this repository alone", theme.dim());
        }
    }
}
