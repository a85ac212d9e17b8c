//! What an action needs that is picked from a list: labels, people.

use ratatui::{Frame, style::Style};

use super::{
    Part, Turned,
    stock::{Detail, Stock},
};
use crate::{
    domain::{
        hub::{ActKind, Gate, Pick, Target},
        text::{fit, folded, has_part},
    },
    tui::{
        action::Action,
        geometry::{Area, middle},
        keymap::{Hint, Key, fixed_hints},
        line::{LineEditor, edit_of},
        msg::{Edit, LineEdit, Msg, Turn},
        overlay::{Backdrop, Reaction, prompt::prompt},
        pen::boxed,
        theme::Theme,
    },
};

/// Cells of a name in the list.
const NAME: usize = 44;

#[derive(Clone, Debug)]
pub(super) struct Picker {
    kind: ActKind,
    title: String,
    line: LineEditor,
    rows: Vec<Row>,
    /// The name under the cursor; `None`: the first that is shown.
    chosen: Option<String>,
    /// GitHub looks for more.
    is_asking: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Row {
    name: String,
    was: Held,
    is: Held,
}

/// On how many of the pull requests it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Held {
    None,
    Some,
    All,
}

impl Picker {
    /// `None` where there is nothing to pick.
    pub(super) fn of(kind: ActKind, stock: &Stock, back: Backdrop<'_>) -> Option<Self> {
        let rows = rows(kind, stock, back)?;
        let title = format!("{}: {}", kind.name(), stock.name());
        Some(Self { kind, title, line: LineEditor::default(), rows, chosen: None, is_asking: false })
    }

    /// GitHub has found more.
    pub(super) fn refill(&mut self, stock: &Stock, back: Backdrop<'_>) {
        self.is_asking = false;
        for row in rows(self.kind, stock, back).into_iter().flatten() {
            if self.rows.iter().all(|known| known.name != row.name) {
                self.rows.push(row);
            }
        }
    }

    /// Has GitHub look for what is typed, in each repository that has more than it told.
    fn find(&mut self, stock: &Stock, back: Backdrop<'_>) -> Turned {
        let text = self.line.text().trim().to_owned();
        let mut of: Vec<Target> = Vec::new();
        for (target, _) in stock.gates(back).into_iter().filter(|(_, gate)| gate.has_more_picks) {
            if of.iter().all(|other| other.key.repo != target.key.repo) {
                of.push(target.clone());
            }
        }
        if text.is_empty() || of.is_empty() {
            return Turned::Stay;
        }
        self.is_asking = true;
        Turned::Reaction(Reaction::Find(of, text))
    }

    pub(super) fn shown(&self) -> String {
        let ticked =
            self.changed().into_iter().map(|(name, on)| format!("{}{name}", if on { '+' } else { '-' }));
        let at = self.found().get(self.cursor()).map(|row| row.name.clone()).unwrap_or_default();
        std::iter::once(at).chain(ticked).collect::<Vec<_>>().join(" ")
    }

    /// The rows that hold what is typed.
    fn found(&self) -> Vec<&Row> {
        let part = folded(self.line.text().trim());
        self.rows.iter().filter(|row| has_part(&row.name, &part)).collect()
    }

    fn cursor(&self) -> usize {
        let chosen = self.chosen.as_ref();
        chosen.and_then(|chosen| self.found().iter().position(|row| row.name == *chosen)).unwrap_or_default()
    }

    fn go(&mut self, at: usize) {
        let found = self.found();
        let name = found.get(at).or(found.last()).map(|row| row.name.clone());
        self.chosen = name;
    }

    /// Names that are to be on all, or on none.
    fn changed(&self) -> Vec<(String, bool)> {
        let changed = self.rows.iter().filter(|row| row.was != row.is);
        changed.map(|row| (row.name.clone(), row.is == Held::All)).collect()
    }

    fn tick(&mut self) {
        let at = self.cursor();
        let Some(name) = self.found().get(at).map(|row| row.name.clone()) else { return };
        if let Some(row) = self.rows.iter_mut().find(|row| row.name == name) {
            row.is = match (row.was, row.is) {
                // What some have may stay as it is.
                (Held::Some, Held::None) => Held::Some,
                (_, Held::All) => Held::None,
                (_, Held::Some | Held::None) => Held::All,
            };
        }
        self.chosen = Some(name);
    }

    fn accept(&mut self) -> Turned {
        if self.found().is_empty() {
            return Turned::Stay;
        }
        // Without a mark the line under the cursor is meant.
        if self.changed().is_empty() {
            self.tick();
        }
        Turned::Ready(self.kind, Detail::Picks(self.changed()))
    }
}

/// What there is to pick; `None`: nothing has to be picked.
fn rows(kind: ActKind, stock: &Stock, back: Backdrop<'_>) -> Option<Vec<Row>> {
    let gates: Vec<&Gate> = stock.gates(back).into_iter().map(|(_, gate)| gate).collect();
    let rows = match kind {
        ActKind::Labels => ticks(&gates, |gate| &gate.labels, |gate| &gate.labelled),
        ActKind::Assign => ticks(&gates, |gate| &gate.people, |gate| &gate.assigned),
        ActKind::AskReview => reviewers(&gates),
        ActKind::RerunFailed
        | ActKind::RerunAll
        | ActKind::RerunDebug
        | ActKind::CancelRun
        | ActKind::ForceCancel
        | ActKind::ApproveRun
        | ActKind::Approve
        | ActKind::RequestChanges
        | ActKind::Comment
        | ActKind::Merge
        | ActKind::AutoMergeOn
        | ActKind::AutoMergeOff
        | ActKind::Enqueue
        | ActKind::Dequeue
        | ActKind::UpdateBranch
        | ActKind::Ready
        | ActKind::Draft
        | ActKind::Close
        | ActKind::Reopen => return None,
    };
    Some(rows)
}

/// What is on one of them first.
fn ticks(gates: &[&Gate], all: impl Fn(&Gate) -> &[Pick], on: impl Fn(&Gate) -> &[Pick]) -> Vec<Row> {
    let mut names: Vec<&str> = Vec::new();
    for pick in gates.iter().flat_map(|gate| on(gate)).chain(gates.iter().flat_map(|gate| all(gate))) {
        if !names.contains(&pick.name.as_str()) {
            names.push(&pick.name);
        }
    }
    let held = |name: &str| {
        let has = |gate: &&&Gate| on(gate).iter().any(|pick| pick.name == name);
        match gates.iter().filter(has).count() {
            0 => Held::None,
            n if n == gates.len() => Held::All,
            _ => Held::Some,
        }
    };
    let tick = |name: &str| Row { name: name.to_owned(), was: held(name), is: held(name) };
    names.into_iter().map(tick).collect()
}

const fn none(_: &Gate) -> &[Pick] {
    &[]
}

/// People, and teams, that are not asked by all yet.
fn reviewers(gates: &[&Gate]) -> Vec<Row> {
    let mut rows = ticks(gates, |gate| &gate.people, none);
    rows.extend(ticks(gates, |gate| &gate.teams, none));
    rows.retain(|row| {
        gates.iter().any(|gate| {
            let is_asked = gate.reviewers.contains(&row.name);
            let is_me = gate.viewer.is_author && gate.viewer.login == row.name;
            !(is_asked || is_me)
        })
    });
    rows
}

fn area(back: Backdrop<'_>, rows: usize) -> Area {
    middle(back.size, 64, u16::try_from(rows.clamp(3, 14)).unwrap_or(14) + 4)
}

impl Part for Picker {
    fn hints(&self) -> Vec<Hint> {
        fixed_hints([("Enter", "asks first"), ("Space", "marks several"), ("↑ ↓", "choose"), ("Esc", "back")])
    }

    fn translate(&self, key: Key, _: Option<Action>) -> Option<Msg> {
        edit_of(key).map(Msg::Edit)
    }

    fn is_typing(&self) -> bool {
        true
    }

    fn edit(&mut self, edit: &Edit, stock: &Stock, back: Backdrop<'_>) -> Turned {
        let at = self.cursor();
        match edit {
            Edit::Accept => return self.accept(),
            Edit::Cancel => return Turned::Menu(self.kind),
            Edit::Up | Edit::ListUp => self.go(at.saturating_sub(1)),
            Edit::Down | Edit::ListDown | Edit::Tab => self.go(at + 1),
            Edit::Line(LineEdit::Insert(text)) if text == " " => self.tick(),
            Edit::Line(edit) => {
                if self.line.edit(edit) {
                    self.chosen = None;
                    return self.find(stock, back);
                }
            }
        }
        Turned::Stay
    }

    fn wheel(&mut self, (x, y): (u16, u16), turn: Turn, _: &Stock, back: Backdrop<'_>) {
        if area(back, self.rows.len()).contains(x, y) {
            let len = self.found().len();
            self.go(turn.from(self.cursor(), len));
        }
    }

    fn draw(&self, _: &Stock, back: Backdrop<'_>, theme: Theme, frame: &mut Frame<'_>) {
        let (found, cursor) = (self.found(), self.cursor());
        let inside = boxed(frame, area(back, self.rows.len()), &format!(" {} ", self.title), theme);
        let mut pen = prompt(frame, inside, theme, " > ", &self.line);
        pen.newline();
        let visible = pen.lines_left().max(1);
        let top = (cursor + 1).saturating_sub(visible);
        for (n, row) in found.iter().enumerate().skip(top).take(visible) {
            let style = if n == cursor { theme.strong() } else { Style::new() };
            pen.pointer(n == cursor);
            let sign = match row.is {
                Held::None => " [ ]",
                Held::Some => " [-]",
                Held::All => " [x]",
            };
            pen.put(sign, if row.was == row.is { theme.dim() } else { theme.warn() });
            pen.put(&format!(" {}", fit(&row.name, NAME)), style);
            pen.newline();
        }
        if found.is_empty() {
            let why = match (self.is_asking, self.rows.is_empty()) {
                (true, _) => "  GitHub is being asked …",
                (false, true) => "  GitHub lists none.",
                (false, false) => "  Nothing matches.",
            };
            pen.line(why, theme.dim());
        }
    }
}
