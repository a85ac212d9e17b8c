//! The menu of actions: all of them, each with its key; what may not be done is dim, with the reason.

use ratatui::{Frame, style::Style};

use super::{
    Part, Turned,
    stock::{Offer, Stock, is_for_all, moved, off},
};
use crate::{
    domain::{
        hub::{ActKind, Gate, MergeState, QueuePlace},
        text::{fit, truncate, width},
    },
    tui::{
        action::Action,
        geometry::{Area, middle},
        keymap::{Hint, Key},
        msg::{Edit, LineEdit, Msg, Turn},
        overlay::Backdrop,
        pen::{Pen, boxed},
        theme::Theme,
    },
};

/// Something that may be chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Choice {
    Act(ActKind),
    /// Here, with git.
    Checkout,
}

/// A line of the menu: one choice, or the first of two that may be made.
struct Entry {
    key: char,
    choices: &'static [Choice],
    /// It is only shown where it may be chosen.
    is_rare: bool,
}

const fn entry(key: char, choices: &'static [Choice]) -> Entry {
    Entry { key, choices, is_rare: false }
}

const fn rare(key: char, choices: &'static [Choice]) -> Entry {
    Entry { key, choices, is_rare: true }
}

/// No key of it is one of moving: `j`, `k`, `g`, `G`, `q`.
const ENTRIES: [Entry; 18] = [
    entry('f', &[Choice::Act(ActKind::RerunFailed)]),
    entry('F', &[Choice::Act(ActKind::RerunAll)]),
    entry('x', &[Choice::Act(ActKind::CancelRun)]),
    rare('X', &[Choice::Act(ActKind::ForceCancel)]),
    rare('w', &[Choice::Act(ActKind::ApproveRun)]),
    entry('a', &[Choice::Act(ActKind::Approve)]),
    entry('r', &[Choice::Act(ActKind::RequestChanges)]),
    entry('c', &[Choice::Act(ActKind::Comment)]),
    entry('v', &[Choice::Act(ActKind::AskReview)]),
    entry('m', &[Choice::Act(ActKind::Merge)]),
    entry('M', &[Choice::Act(ActKind::AutoMergeOn), Choice::Act(ActKind::AutoMergeOff)]),
    entry('e', &[Choice::Act(ActKind::Enqueue), Choice::Act(ActKind::Dequeue)]),
    entry('u', &[Choice::Act(ActKind::UpdateBranch)]),
    entry('d', &[Choice::Act(ActKind::Ready), Choice::Act(ActKind::Draft)]),
    entry('C', &[Choice::Act(ActKind::Close), Choice::Act(ActKind::Reopen)]),
    entry('l', &[Choice::Act(ActKind::Labels)]),
    entry('s', &[Choice::Act(ActKind::Assign)]),
    entry('o', &[Choice::Checkout]),
];

/// Cells of an action's name.
const NAME: usize = 27;
/// Lines above the actions, and below them.
const HEAD: u16 = 2;
const FOOT: u16 = 2;

/// A line as it stands now.
struct Line {
    key: char,
    choice: Choice,
    offer: Offer,
}

/// Where the cursor is; nothing else is kept.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Menu {
    /// The key of its line; `None`: the first one.
    chosen: Option<char>,
}

impl Menu {
    pub(super) fn cursor(self) -> char {
        self.chosen.unwrap_or(ENTRIES[0].key)
    }

    fn at(self, lines: &[Line]) -> usize {
        lines.iter().position(|line| line.key == self.cursor()).unwrap_or_default()
    }

    fn go(&mut self, lines: &[Line], at: usize) {
        self.chosen = lines.get(at).or(lines.last()).map(|line| line.key);
    }

    fn choose(&mut self, line: Option<&Line>) -> Turned {
        let Some(line) = line else { return Turned::Stay };
        self.chosen = Some(line.key);
        // What may not be done says why in the last line.
        if line.offer.allowed > 0 { Turned::Chosen(line.choice) } else { Turned::Stay }
    }
}

fn offer(choice: Choice, stock: &Stock, back: Backdrop<'_>) -> Offer {
    let kind = match choice {
        Choice::Act(kind) => kind,
        Choice::Checkout => {
            let why = match (back.no_actions, stock.targets.len()) {
                (Some(why), _) => Some(why.to_owned()),
                (None, 1) => None,
                (None, _) => Some("one at a time".to_owned()),
            };
            return Offer { allowed: usize::from(why.is_none()), why };
        }
    };
    stock.offer(back, kind)
}

fn lines(stock: &Stock, back: Backdrop<'_>) -> Vec<Line> {
    let line = |entry: &Entry| {
        let mut offers = entry.choices.iter().map(|choice| (*choice, offer(*choice, stock, back)));
        let first = offers.next()?;
        let usual = if first.1.allowed > 0 { None } else { offers.find(|(_, offer)| offer.allowed > 0) };
        let (choice, offer) = usual.unwrap_or(first);
        (offer.allowed > 0 || !entry.is_rare).then_some(Line { key: entry.key, choice, offer })
    };
    ENTRIES.iter().filter_map(line).collect()
}

fn word(choice: Choice) -> &'static str {
    match choice {
        Choice::Act(kind) => kind.name(),
        Choice::Checkout => "Check out here",
    }
}

fn area(back: Backdrop<'_>, lines: usize) -> Area {
    let lines = u16::try_from(lines).unwrap_or(u16::MAX);
    middle(back.size, 92, lines.saturating_add(HEAD + FOOT + 2))
}

impl Part for Menu {
    fn hints(&self) -> Vec<Hint> {
        [("Enter", "asks first"), ("↑ ↓", "choose"), ("Esc", "closes")]
            .map(|(key, word)| (key.to_owned(), word))
            .into()
    }

    fn translate(&self, key: Key, bound: Option<Action>) -> Option<Msg> {
        if let Some(letter) = key.letter()
            && ENTRIES.iter().any(|entry| entry.key == letter)
        {
            return Some(Msg::Edit(Edit::Line(LineEdit::Insert(letter.to_string()))));
        }
        let fixed = [("enter", Action::Enter), ("up", Action::Up), ("down", Action::Down)];
        let fixed = fixed.into_iter().find(|(name, _)| Key::parse(name) == Some(key));
        match fixed.map(|(_, action)| action).or(bound)? {
            Action::Quit | Action::Back => Some(Action::Back),
            action @ (Action::Up
            | Action::Down
            | Action::PageUp
            | Action::PageDown
            | Action::Top
            | Action::Bottom
            | Action::Enter
            | Action::Suspend) => Some(action),
            _ => None,
        }
        .map(Msg::Action)
    }

    fn act(&mut self, action: Action, stock: &Stock, back: Backdrop<'_>) -> Turned {
        let lines = lines(stock, back);
        let at = self.at(&lines);
        match action {
            Action::Back => return Turned::Close,
            Action::Enter => return self.choose(lines.get(at)),
            step => self.go(&lines, step.step(at, usize::from(back.size.1) / 2, lines.len())),
        }
        Turned::Stay
    }

    fn edit(&mut self, edit: &Edit, stock: &Stock, back: Backdrop<'_>) -> Turned {
        let Edit::Line(LineEdit::Insert(letter)) = edit else { return Turned::Stay };
        let lines = lines(stock, back);
        self.choose(lines.iter().find(|line| letter.starts_with(line.key)))
    }

    fn wheel(&mut self, (x, y): (u16, u16), turn: Turn, stock: &Stock, back: Backdrop<'_>) {
        let lines = lines(stock, back);
        if area(back, lines.len()).contains(x, y) {
            self.go(&lines, turn.from(self.at(&lines), lines.len()));
        }
    }

    fn draw(&self, stock: &Stock, back: Backdrop<'_>, theme: Theme, frame: &mut Frame<'_>) {
        let lines = lines(stock, back);
        let at = self.at(&lines);
        let inside = boxed(frame, area(back, lines.len()), &format!(" Act on {} ", stock.name()), theme);
        let mut pen = Pen::new(frame, inside, theme);
        head(&mut pen, stock, back, theme);
        let visible = pen.lines_left().saturating_sub(usize::from(FOOT)).max(1);
        let top = (at + 1).saturating_sub(visible);
        for (n, line) in lines.iter().enumerate().skip(top).take(visible) {
            draw_line(&mut pen, line, n == at, stock, back, theme);
        }
        if top + visible < lines.len() {
            pen.put_right(" more below ", theme.warn());
        }
        let why = lines.get(at).and_then(|line| line.offer.why.as_deref());
        let Some(why) = why.filter(|why| !is_for_all(back, why)) else { return };
        let room = pen.room().saturating_sub(NAME + 6);
        if width(why) > room {
            pen.to(2);
            let cells = pen.room().saturating_sub(2);
            pen.paragraph_within(why, theme.warn(), usize::from(FOOT), cells);
        }
    }
}

/// What they are, and how GitHub has them.
fn head(pen: &mut Pen<'_>, stock: &Stock, back: Backdrop<'_>, theme: Theme) {
    let hub = back.hub;
    pen.put("  ", theme.dim());
    let [target] = stock.targets.as_slice() else {
        pen.line(&names(stock, pen.room()), Style::new());
        let (all, answered) = (stock.targets.len(), stock.answered(hub));
        pen.put("  ", theme.dim());
        match off(back) {
            Some(why) => pen.line(why, theme.warn()),
            None if answered < all => {
                pen.line(&format!("GitHub is being asked: {answered} of {all}"), theme.warn());
            }
            None => pen.line("The question names each of them", theme.dim()),
        }
        return;
    };
    pen.line(&target.title, theme.strong());
    pen.put(&format!("  {} ", target.head.short()), theme.accent());
    match (off(back), hub.gate(target.key)) {
        (Some(why), _) => pen.line(why, theme.warn()),
        (None, None) => pen.line("GitHub is being asked what may be done …", theme.warn()),
        (None, Some(Err(why))) => pen.line(why, theme.bad()),
        (None, Some(Ok(gate))) if moved(back, target).is_some() => {
            let now = gate.head.short();
            pen.line(&format!("was shown, and GitHub has {now} by now: look at that first"), theme.bad());
        }
        (None, Some(Ok(gate))) => pen.line(&standing(gate, theme), theme.dim()),
    }
}

fn names(stock: &Stock, cells: usize) -> String {
    let all: Vec<String> = stock.targets.iter().map(super::stock::name).collect();
    truncate(&all.join(", "), cells).into_owned()
}

/// `open → main · behind its base · auto-merge by ana`
fn standing(gate: &Gate, theme: Theme) -> String {
    let mut parts = vec![format!("{} {} {}", gate.state.word(), theme.arrow(), gate.base)];
    let merge = match &gate.merge_state {
        MergeState::Clean | MergeState::HasHooks => "may be merged",
        MergeState::Unstable => "optional checks not passed",
        MergeState::Blocked => "held back",
        MergeState::Behind => "behind its base",
        MergeState::Dirty => "conflicts with its base",
        MergeState::Draft => "",
        MergeState::Unknown => "GitHub still works out whether it can be merged",
        MergeState::Other(word) => word,
    };
    if gate.state.is_open() && !merge.is_empty() {
        parts.push(merge.to_owned());
    }
    parts.extend(gate.auto_merge.as_ref().map(|by| format!("auto-merge by {by}")));
    if let QueuePlace::In { position, .. } = gate.queue {
        parts.push(format!("in the merge queue at {position}"));
    }
    parts.join(theme.dot())
}

fn draw_line(
    pen: &mut Pen<'_>,
    line: &Line,
    is_chosen: bool,
    stock: &Stock,
    back: Backdrop<'_>,
    theme: Theme,
) {
    let may = line.offer.allowed > 0;
    let (key, style) = match (may, is_chosen) {
        (true, true) => (theme.accent(), theme.strong()),
        (true, false) => (theme.accent(), Style::new()),
        (false, _) => (theme.dim(), theme.dim()),
    };
    pen.put(if is_chosen { theme.cursor() } else { " " }, theme.accent());
    pen.put(&format!(" {}  ", line.key), key);
    pen.put(&fit(word(line.choice), NAME), style);
    let all = stock.targets.len();
    match &line.offer.why {
        Some(_) if may => pen.put(&format!(" {} of {all}", line.offer.allowed), theme.dim()),
        Some(why) if is_for_all(back, why) => {}
        Some(why) => {
            let room = pen.room().saturating_sub(2);
            pen.put(&format!(" {}", truncate(why, room)), theme.dim());
        }
        None if all > 1 => pen.put(&format!(" {all} of {all}"), theme.dim()),
        None => {}
    }
    pen.newline();
}
