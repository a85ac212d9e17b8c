//! The menu of actions: all of them, each with its key; what may not be done is dim, with the reason.

use ratatui::{Frame, style::Style};

use super::{
    Part, Turned,
    choice::{Choice, ENTRIES, Entry},
    stock::{Offer, Stock, moved, off},
};
use crate::{
    domain::{
        hub::{Gate, MergeState, QueuePlace, Target},
        pr_state::PrState,
        text::{fit, truncate, width, wrap},
    },
    tui::{
        action::Action,
        geometry::{Area, middle},
        keymap::{Hint, Key, fixed_hints},
        line::{LineEditor, edit_of},
        msg::{Edit, LineEdit, Msg, Turn},
        overlay::Backdrop,
        pen::{Pen, boxed},
        theme::Theme,
    },
};

/// Cells of an action's name.
const NAME: usize = 27;
/// Cells before the name and around the reason beside it.
const BESIDE: usize = 7;
/// Lines above the actions, and below them at least.
const HEAD: u16 = 2;
const FOOT: u16 = 1;
/// Lines of a reason at most, and of how GitHub has it.
const REASON: usize = 4;
const TOLD: usize = 3;
/// What Enter says before there is a cursor.
const UNANSWERED: &str = "No line is chosen yet: GitHub has not answered";
/// Keys that are held behind what was chosen.
const TYPED: usize = LineEditor::LONGEST;

/// A line as it stands now.
struct Line {
    key: char,
    choice: Choice,
    offer: Offer,
}

/// Where the cursor is, and what waits for GitHub's answer.
#[derive(Clone, Debug, Default)]
pub(super) struct Menu {
    /// The key of its line; `None`: on none, until GitHub has answered.
    chosen: Option<char>,
    held: Option<Held>,
    /// Why a choice is not made.
    refused: Option<String>,
}

/// What was chosen before GitHub has answered, and what was typed behind it.
#[derive(Clone, Debug)]
pub(super) struct Held {
    pub(super) choice: Choice,
    pub(super) typed: Vec<Edit>,
}

impl Menu {
    /// With the cursor on the line of a choice.
    pub(super) fn on(choice: Choice) -> Self {
        Self { chosen: Some(choice.key()), ..Self::default() }
    }

    /// Where it is, in a word.
    pub(super) fn shown(&self) -> String {
        let at = self.chosen.map(|key| format!(" {key}")).unwrap_or_default();
        format!("menu{at}{}", if self.held.is_some() { " held" } else { "" })
    }

    fn at(&self, lines: &[Line]) -> Option<usize> {
        let key = self.chosen?;
        lines.iter().position(|line| line.key == key)
    }

    fn go(&mut self, lines: &[Line], at: usize) {
        self.chosen = lines.get(at).or(lines.last()).map(|line| line.key);
    }

    /// Chooses, as soon as GitHub has said what may be done.
    pub(super) fn choose(&mut self, choice: Choice, stock: &Stock, back: Backdrop<'_>) -> Turned {
        self.chosen = Some(choice.key());
        if choice != Choice::Checkout && stock.is_asked_about(back) {
            self.held = Some(Held { choice, typed: Vec::new() });
            return Turned::Stay;
        }
        // What may not be done says why below the lines.
        if offer(choice, stock, back).allowed > 0 { Turned::Chosen(choice) } else { Turned::Stay }
    }

    /// What was held, once GitHub has answered; what may not be done says why. The cursor begins on the likely line, and
    /// later answers leave it there.
    pub(super) fn released(&mut self, stock: &Stock, back: Backdrop<'_>) -> Option<Held> {
        if stock.is_asked_about(back) {
            return None;
        }
        if self.chosen.is_none() {
            let likely = stock.likely(back).map(|kind| Choice::Act(kind).key());
            self.chosen = likely.or_else(|| Some(self.lines(stock, back).first()?.key));
            self.refused = None;
        }
        let held = self.held.take()?;
        let offer = offer(held.choice, stock, back);
        let is_allowed = offer.allowed > 0;
        let why = offer.why.filter(|_| !is_allowed);
        self.refused = why.map(|why| format!("{}: {why}", held.choice.name()));
        is_allowed.then_some(held)
    }

    /// The lines as they stand now; a rare one that was chosen says why not. Of what is merged or closed, most are rare.
    fn lines(&self, stock: &Stock, back: Backdrop<'_>) -> Vec<Line> {
        let is_over = stock.is_over(back);
        let line = |entry: &Entry| {
            let line = line(entry, stock, back)?;
            let is_rare = entry.is_rare || is_over;
            (line.offer.allowed > 0 || !is_rare || self.chosen == Some(entry.key)).then_some(line)
        };
        ENTRIES.iter().filter_map(line).collect()
    }

    /// What is to be said below the lines, of which each takes so many cells.
    fn said(&self, line: Option<&Line>, cells: usize) -> Option<String> {
        if let Some(held) = &self.held {
            return Some(format!("{}: as soon as GitHub has answered", held.choice.name()));
        }
        if self.refused.is_some() {
            return self.refused.clone();
        }
        let Offer { allowed, why } = &line?.offer;
        let why = why.as_ref()?;
        // Beside its action it is whole, if it fits there.
        (*allowed > 0 || width(why) > cells.saturating_sub(NAME + BESIDE)).then(|| why.clone())
    }
}

/// The one of its choices that may be made, else the one that fits.
fn line(entry: &Entry, stock: &Stock, back: Backdrop<'_>) -> Option<Line> {
    let lines = entry.choices.iter().map(|choice| Line {
        key: entry.key,
        choice: *choice,
        offer: offer(*choice, stock, back),
    });
    lines.min_by_key(|line| {
        let fits = matches!(line.choice, Choice::Act(kind) if stock.fits(back, kind));
        (line.offer.allowed == 0, !fits)
    })
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

fn area(back: Backdrop<'_>, lines: usize) -> Area {
    let lines = u16::try_from(lines).unwrap_or(u16::MAX);
    middle(back.size, 92, lines.saturating_add(HEAD + FOOT + 2))
}

impl Part for Menu {
    fn hints(&self) -> Vec<Hint> {
        let all = [("letter Enter", "asks first"), ("Esc", "closes"), ("↑ ↓", "see why not")];
        // Whatever else is typed belongs to what is held.
        let shown = if self.held.is_some() { &all[1..2] } else { &all[..] };
        fixed_hints(shown.iter().copied())
    }

    fn is_typing(&self) -> bool {
        self.held.is_some()
    }

    fn translate(&self, key: Key, bound: Option<Action>) -> Option<Msg> {
        if self.held.is_some() {
            return edit_of(key).map(Msg::Edit);
        }
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
        self.refused = None;
        let lines = self.lines(stock, back);
        match (action, self.at(&lines)) {
            (Action::Back, _) => return Turned::Close,
            (Action::Enter, Some(at)) => {
                return lines.get(at).map_or(Turned::Stay, |line| self.choose(line.choice, stock, back));
            }
            (Action::Enter, None) => self.refused = Some(UNANSWERED.to_owned()),
            (step, Some(at)) => self.go(&lines, step.step(at, usize::from(back.size.1) / 2, lines.len())),
            (_, None) => self.go(&lines, 0),
        }
        Turned::Stay
    }

    fn edit(&mut self, edit: &Edit, stock: &Stock, back: Backdrop<'_>) -> Turned {
        self.refused = None;
        match (&mut self.held, edit) {
            (Some(_), Edit::Cancel) => Turned::Close,
            (Some(held), edit) => {
                held.typed.extend((held.typed.len() < TYPED).then(|| edit.clone()));
                Turned::Stay
            }
            (None, Edit::Line(LineEdit::Insert(letter))) => {
                let entry = ENTRIES.iter().find(|entry| letter.starts_with(entry.key));
                let line = entry.and_then(|entry| line(entry, stock, back));
                line.map_or(Turned::Stay, |line| self.choose(line.choice, stock, back))
            }
            (None, _) => Turned::Stay,
        }
    }

    fn wheel(&mut self, (x, y): (u16, u16), turn: Turn, stock: &Stock, back: Backdrop<'_>) {
        let lines = self.lines(stock, back);
        if self.held.is_none() && area(back, lines.len()).contains(x, y) {
            self.go(&lines, turn.from(self.at(&lines).unwrap_or_default(), lines.len()));
        }
    }

    fn draw(&self, stock: &Stock, back: Backdrop<'_>, theme: Theme, frame: &mut Frame<'_>) {
        let lines = self.lines(stock, back);
        let at = self.at(&lines);
        let inside = boxed(frame, area(back, lines.len()), &format!(" Act on {} ", stock.name()), theme);
        let mut pen = Pen::new(frame, inside, theme);
        let said = self.said(at.and_then(|at| lines.get(at)), pen.room()).unwrap_or_default();
        let said = wrap(&said, pen.room().saturating_sub(4), REASON);
        head(&mut pen, stock, back, theme);
        let room = pen.lines_left().saturating_sub(said.len());
        let is_cut = lines.len() > room;
        let visible = room.saturating_sub(usize::from(is_cut)).max(1);
        let top = at.map_or(0, |at| (at + 1).saturating_sub(visible));
        for (n, line) in lines.iter().enumerate().skip(top).take(visible) {
            draw_line(&mut pen, line, at == Some(n), stock.targets.len(), theme);
        }
        if top + visible < lines.len() {
            pen.put_right(" more below ", theme.warn());
        }
        if is_cut {
            pen.newline();
        }
        for line in said {
            pen.to(2);
            pen.line(&line, theme.warn());
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
            Some(why) => pen.paragraph(why, theme.warn(), TOLD),
            None if answered < all => {
                pen.line(&format!("GitHub is being asked: {answered} of {all}"), theme.warn());
            }
            None => pen.line("The question names each of them", theme.dim()),
        }
        return;
    };
    pen.line(&target.title, theme.strong());
    pen.put(&format!("  {} ", target.head.short()), theme.accent());
    let (told, style) = match (off(back), hub.gate(target.key)) {
        (Some(why), _) => (why.to_owned(), theme.warn()),
        (None, None) => ("GitHub is being asked what may be done …".to_owned(), theme.warn()),
        // What has ended by the board is not talked about as if it were amiss.
        (None, Some(Err(why))) => match Stock::state(back, target) {
            Some(state @ (PrState::Merged | PrState::Closed)) => {
                (format!("{}{}{why}", state.word(), theme.dot()), theme.dim())
            }
            _ => (why.clone(), theme.bad()),
        },
        (None, Some(Ok(gate))) if moved(back, target).is_some() => {
            let now = gate.head.short();
            (format!("was shown, and GitHub has {now} by now: look at that first"), theme.bad())
        }
        (None, Some(Ok(gate))) => (standing(gate, theme), theme.dim()),
    };
    pen.paragraph(&told, style, TOLD);
}

fn names(stock: &Stock, cells: usize) -> String {
    let all: Vec<String> = stock.targets.iter().map(Target::name).collect();
    truncate(&all.join(", "), cells).into_owned()
}

/// `open → main · behind its base · auto-merge by ana`
fn standing(gate: &Gate, theme: Theme) -> String {
    let mut parts = vec![format!("{} {} {}", gate.state.word(), theme.arrow(), gate.base)];
    let held;
    let merge = match &gate.merge_state {
        MergeState::Clean | MergeState::HasHooks => "may be merged",
        MergeState::Unstable => "optional checks not passed",
        MergeState::Blocked => {
            held = format!("held back: {}", gate.held_back_by());
            &held
        }
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

fn draw_line(pen: &mut Pen<'_>, line: &Line, is_chosen: bool, all: usize, theme: Theme) {
    let may = line.offer.allowed > 0;
    let (key, style) = match (may, is_chosen) {
        (true, true) => (theme.accent(), theme.strong()),
        (true, false) => (theme.accent(), Style::new()),
        (false, _) => (theme.dim(), theme.dim()),
    };
    pen.put(if is_chosen { theme.cursor() } else { " " }, theme.accent());
    pen.put(&format!(" {}  ", line.key), key);
    pen.put(&fit(line.choice.name(), NAME), style);
    match &line.offer.why {
        _ if may && all > 1 => pen.put(&format!(" {} of {all}", line.offer.allowed), theme.dim()),
        Some(why) => {
            let room = pen.room().saturating_sub(2);
            pen.put(&format!(" {}", truncate(why, room)), theme.dim());
        }
        None => {}
    }
    pen.newline();
}
