//! The question before an action. It names the pull request, its title, the commit, and all that is sent; `y` alone
//! says yes.

use ratatui::{Frame, style::Style};

use super::{
    Part, Turned,
    stock::{Detail, Stock, orders, verdict},
};
use crate::{
    domain::{
        hub::{Act, ActKind, Gate, Order, Pick, Run, RunRef, RunState, Target, Verdict, Waits},
        text::{clean, counted, truncate, wrap},
    },
    tui::{
        action::Action,
        geometry::{Area, middle},
        keymap::{Hint, Key},
        msg::{Edit, LineEdit, Msg, Turn},
        overlay::{Backdrop, Reaction},
        pen::{Pen, boxed},
        theme::Theme,
    },
};

/// Columns of the box at most, and cells beside its text.
const WIDEST: u16 = 88;
const MARGIN: u16 = 6;
/// Lines of a comment that are shown.
const BODY: usize = 5;
const YES: &str = "y";

/// What a yes does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Deed {
    Orders(Vec<Order>),
    /// Of its head, here.
    Checkout(Target),
}

/// What is asked, fixed as it was when it was asked.
#[derive(Clone, Debug)]
pub(super) struct Question {
    title: String,
    deed: Deed,
    lines: Vec<Line>,
    /// First line that is shown.
    top: usize,
}

#[derive(Clone, Debug)]
struct Line {
    text: String,
    tone: Tone,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Tone {
    Strong,
    Plain,
    Dim,
    Warning,
}

fn line(tone: Tone, text: impl Into<String>) -> Line {
    Line { text: text.into(), tone }
}

impl Question {
    pub(super) fn new(kind: ActKind, detail: &Detail, stock: &Stock, back: Backdrop<'_>) -> Self {
        let (mut all, mut left, mut warnings) = (Vec::new(), Vec::new(), Vec::new());
        for target in &stock.targets {
            let gate = match verdict(back, target, kind) {
                Verdict::Not(why) => Err(why),
                Verdict::Warned(why) => {
                    warnings.push((target.name(), why));
                    Ok(())
                }
                Verdict::Allowed => Ok(()),
            };
            let gate = gate.and_then(|()| match back.hub.gate(target.key) {
                Some(Ok(gate)) => Ok(gate),
                Some(Err(why)) => Err(why.clone()),
                None => Err("GitHub has not answered".to_owned()),
            });
            match gate.and_then(|gate| Ok((gate, acts(kind, detail, gate)?))) {
                Ok((gate, acts)) => {
                    let first = back.hub.next() + u64::try_from(all.len()).unwrap_or_default();
                    all.extend(orders(target, gate, acts, first, back.now));
                }
                Err(why) => left.push((target.name(), why)),
            }
        }
        warnings.retain(|(name, _)| all.iter().any(|order: &Order| order.target.name() == *name));
        left.extend(stock.headless.iter().map(|name| (name.clone(), "its commit is not known".to_owned())));
        let lines = match stock.targets.as_slice() {
            [one] => of_one(one, &all, back),
            _ => of_many(&all),
        };
        let warned = warnings.into_iter().map(|(name, why)| {
            line(
                Tone::Warning,
                if stock.targets.len() > 1 { format!("{name}: {why}") } else { capital(&why) },
            )
        });
        let left = left.into_iter().map(|(name, why)| line(Tone::Dim, format!("Left out: {name}: {why}")));
        let verb = kind.name();
        let title = match (stock.targets.as_slice(), all.len()) {
            ([one], _) => format!("{verb}: {}?", one.name()),
            (_, n) => format!("{verb}: {}?", counted(n, "action")),
        };
        Self {
            title,
            lines: lines.into_iter().chain(warned).chain(left).collect(),
            deed: Deed::Orders(all),
            top: 0,
        }
    }

    /// The first one's head, in a folder of the user's.
    pub(super) fn checkout(stock: &Stock) -> Self {
        let Some(target) = stock.targets.first() else {
            return Self { title: String::new(), deed: Deed::Orders(vec![]), lines: vec![], top: 0 };
        };
        let lines = vec![
            line(Tone::Strong, &target.title),
            line(Tone::Plain, format!("Commit {}", target.head.short())),
            line(
                Tone::Dim,
                format!("As the branch pr/{}, in the folder of {}", target.number, target.repository),
            ),
        ];
        let title = format!("Check out here: {}?", target.name());
        Self { title, deed: Deed::Checkout(target.clone()), lines, top: 0 }
    }

    pub(super) fn title(&self) -> &str {
        &self.title
    }

    pub(super) fn is_empty(&self) -> bool {
        matches!(&self.deed, Deed::Orders(orders) if orders.is_empty())
    }

    /// Its lines, broken to so many cells.
    fn broken(&self, cells: usize) -> Vec<Line> {
        let broken = |part: &Line| -> Vec<Line> {
            wrap(&part.text, cells.max(10), 6).into_iter().map(|text| line(part.tone, text)).collect()
        };
        self.lines.iter().flat_map(broken).collect()
    }

    fn area(&self, back: Backdrop<'_>) -> Area {
        let columns = back.size.0.min(WIDEST);
        let lines = self.broken(usize::from(columns.saturating_sub(MARGIN))).len();
        middle(back.size, columns, u16::try_from(lines).unwrap_or(u16::MAX).saturating_add(5))
    }
}

fn capital(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map(|first| first.to_uppercase().chain(chars).collect()).unwrap_or_default()
}

/// All of it, line by line.
fn of_one(target: &Target, orders: &[Order], back: Backdrop<'_>) -> Vec<Line> {
    let mut lines = vec![line(Tone::Strong, &target.title)];
    if let Some(pr) = back.board.pull(target.key) {
        let by = pr.author.as_ref().map(|author| format!("by {author}"));
        let branch = pr.branch.as_ref().zip(pr.base.as_ref());
        let branch = branch.map(|(branch, base)| format!("{branch} → {base}"));
        let parts: Vec<String> = by.into_iter().chain(branch).collect();
        if !parts.is_empty() {
            lines.push(line(Tone::Dim, parts.join(" · ")));
        }
    }
    lines.push(line(Tone::Plain, format!("Commit {}", target.head.short())));
    for order in orders {
        match &order.act {
            Act::Approve { body } | Act::RequestChanges { body } | Act::Comment { body }
                if !body.is_empty() =>
            {
                let said: Vec<String> = body.lines().map(clean).collect();
                lines.extend(said.iter().take(BODY).map(|text| line(Tone::Plain, format!("> {text}"))));
                let more = said.len().saturating_sub(BODY);
                if more > 0 {
                    lines.push(line(Tone::Dim, format!("> … {} more", counted(more, "line"))));
                }
            }
            act => lines.push(line(Tone::Plain, act.told())),
        }
    }
    lines
}

/// A line for each of them.
fn of_many(orders: &[Order]) -> Vec<Line> {
    let told = |order: &Order| {
        let title = truncate(&order.target.title, 40);
        line(
            Tone::Plain,
            format!("{} {} {} · {title}", order.target.name(), order.target.head.short(), order.act.told()),
        )
    };
    orders.iter().map(told).collect()
}

/// What is to be sent for one pull request; at least one, or why there is nothing.
fn acts(kind: ActKind, detail: &Detail, gate: &Gate) -> Result<Vec<Act>, String> {
    let runs = |is_meant: fn(&Run) -> bool, act: fn(RunRef) -> Act| -> Vec<Act> {
        gate.runs.iter().filter(|run| is_meant(run)).map(|run| act(run.run.clone())).collect()
    };
    let words = || match detail {
        Detail::Words(text) => text.clone(),
        _ => String::new(),
    };
    let method = || match detail {
        Detail::Method(method) if gate.methods.contains(method) => Ok(*method),
        Detail::Method(method) => Err(format!("its repository does not allow {}", method.word())),
        _ => Err("no way to merge was chosen".to_owned()),
    };
    let acts = match kind {
        ActKind::RerunFailed => runs(|run| run.state == RunState::Failed, Act::RerunFailed),
        ActKind::RerunDebug => runs(|run| run.state == RunState::Failed, Act::RerunDebug),
        ActKind::RerunAll => runs(|run| !matches!(run.state, RunState::Unfinished(_)), Act::RerunAll),
        ActKind::CancelRun => runs(is_at_work, Act::CancelRun),
        ActKind::ForceCancel => runs(|run| run.is_cancelled_here && is_at_work(run), Act::ForceCancel),
        ActKind::ApproveRun => {
            runs(|run| run.state == RunState::Unfinished(Waits::Approval), Act::ApproveRun)
        }
        ActKind::Approve => vec![Act::Approve { body: words() }],
        ActKind::RequestChanges => vec![Act::RequestChanges { body: words() }],
        ActKind::Comment => vec![Act::Comment { body: words() }],
        ActKind::AskReview => {
            let new = |all: &[Pick]| -> Vec<Pick> {
                let (picked, _) = picked(detail, all, &[]);
                picked.into_iter().filter(|pick| !gate.reviewers.contains(&pick.name)).collect()
            };
            let (people, teams) = (new(&gate.people), new(&gate.teams));
            let is_empty = people.is_empty() && teams.is_empty();
            if is_empty { vec![] } else { vec![Act::AskReview { people, teams }] }
        }
        ActKind::Merge => vec![Act::Merge { method: method()? }],
        ActKind::AutoMergeOn => vec![Act::AutoMergeOn { method: method()? }],
        ActKind::AutoMergeOff => vec![Act::AutoMergeOff],
        ActKind::Enqueue => vec![Act::Enqueue],
        ActKind::Dequeue => vec![Act::Dequeue],
        ActKind::UpdateBranch => match detail {
            Detail::Update(method) => vec![Act::UpdateBranch { method: *method }],
            _ => vec![],
        },
        ActKind::Ready => vec![Act::Ready],
        ActKind::Draft => vec![Act::Draft],
        ActKind::Close => vec![Act::Close],
        ActKind::Reopen => vec![Act::Reopen],
        ActKind::Labels => {
            let (add, remove) = picked(detail, &gate.labels, &gate.labelled);
            one_write_each(add, remove, |add, remove| Act::Labels { add, remove })
        }
        ActKind::Assign => {
            let (add, remove) = picked(detail, &gate.people, &gate.assigned);
            one_write_each(add, remove, |add, remove| Act::Assign { add, remove })
        }
    };
    if acts.is_empty() { Err("there is nothing to change".to_owned()) } else { Ok(acts) }
}

fn is_at_work(run: &Run) -> bool {
    matches!(run.state, RunState::Unfinished(Waits::Queued | Waits::Running))
}

/// What has to be added, and what to be removed, by their names; `all` may be picked, `on` is there.
fn picked(detail: &Detail, all: &[Pick], on: &[Pick]) -> (Vec<Pick>, Vec<Pick>) {
    let Detail::Picks(picks) = detail else { return (vec![], vec![]) };
    let find = |list: &[Pick], name: &str| list.iter().find(|pick| pick.name == name).cloned();
    let wanted =
        |is_on: bool| picks.iter().filter(move |(_, on)| *on == is_on).map(|(name, _)| name.as_str());
    let add = wanted(true).filter(|name| find(on, name).is_none()).filter_map(|name| find(all, name));
    let remove = wanted(false).filter_map(|name| find(on, name));
    (add.collect(), remove.collect())
}

fn one_write_each(add: Vec<Pick>, remove: Vec<Pick>, act: fn(Vec<Pick>, Vec<Pick>) -> Act) -> Vec<Act> {
    let mut acts = Vec::new();
    if !add.is_empty() {
        acts.push(act(add, vec![]));
    }
    if !remove.is_empty() {
        acts.push(act(vec![], remove));
    }
    acts
}

impl Part for Question {
    fn hints(&self) -> Vec<Hint> {
        let yes = if self.is_empty() { vec![] } else { vec![("y", "yes")] };
        let no = [("Enter n Esc", "no")];
        yes.into_iter().chain(no).map(|(key, word)| (key.to_owned(), word)).collect()
    }

    fn translate(&self, key: Key, bound: Option<Action>) -> Option<Msg> {
        let is = |name: &str| Key::parse(name) == Some(key);
        if is(YES) {
            return Some(Msg::Edit(Edit::Line(LineEdit::Insert(YES.to_owned()))));
        }
        let action = match bound {
            _ if ["enter", "esc", "n"].into_iter().any(is) => Action::Back,
            _ if is("up") => Action::Up,
            _ if is("down") => Action::Down,
            Some(Action::Back | Action::Quit) => Action::Back,
            Some(
                action @ (Action::Up
                | Action::Down
                | Action::PageUp
                | Action::PageDown
                | Action::Top
                | Action::Bottom
                | Action::Suspend),
            ) => action,
            _ => return None,
        };
        Some(Msg::Action(action))
    }

    fn act(&mut self, action: Action, _: &Stock, back: Backdrop<'_>) -> Turned {
        if action == Action::Back {
            return Turned::Close;
        }
        let area = self.area(back).framed();
        let lines = self.broken(usize::from(area.width.saturating_sub(MARGIN - 2))).len();
        let shown = usize::from(area.height.saturating_sub(3)).max(1);
        let last = lines.saturating_sub(shown);
        self.top = action.step(self.top.min(last), shown, last + 1);
        Turned::Stay
    }

    /// `y`.
    fn edit(&mut self, edit: &Edit, _: &Stock, _: Backdrop<'_>) -> Turned {
        match edit {
            Edit::Line(LineEdit::Insert(key)) if key == YES && !self.is_empty() => {
                Turned::Reaction(Reaction::Do(Box::new(self.deed.clone())))
            }
            _ => Turned::Stay,
        }
    }

    fn wheel(&mut self, (x, y): (u16, u16), turn: Turn, stock: &Stock, back: Backdrop<'_>) {
        if self.area(back).contains(x, y) {
            for _ in 0..Turn::LINES {
                // Scrolling leads nowhere else.
                drop(self.act(turn.step(), stock, back));
            }
        }
    }

    fn draw(&self, _: &Stock, back: Backdrop<'_>, theme: Theme, frame: &mut Frame<'_>) {
        let area = self.area(back);
        let inside = boxed(frame, area, &format!(" {} ", self.title), theme);
        let lines = self.broken(usize::from(inside.width.saturating_sub(MARGIN - 2)));
        let shown = usize::from(inside.height.saturating_sub(3)).max(1);
        let mut pen = Pen::new(frame, inside, theme);
        pen.newline();
        let top = self.top.min(lines.len().saturating_sub(shown));
        for line in lines.iter().skip(top).take(shown) {
            let style = match line.tone {
                Tone::Strong => theme.strong(),
                Tone::Plain => Style::new(),
                Tone::Dim => theme.dim(),
                Tone::Warning => theme.warn(),
            };
            pen.to(2);
            pen.line(&line.text, style);
        }
        if top + shown < lines.len() {
            pen.put_right(" more below ", theme.warn());
        }
        pen.newline();
        pen.to(2);
        if self.is_empty() {
            pen.put("There is nothing to do; ", theme.warn());
            pen.put("Esc", theme.accent());
            pen.put(" closes", theme.dim());
            return;
        }
        pen.put("y", theme.accent());
        pen.put(" yes, do it     ", theme.dim());
        pen.put("Enter", theme.strong());
        pen.put(" or ", theme.dim());
        pen.put("n", theme.strong());
        pen.put(" no", theme.strong());
    }
}
