//! The question before an action. It names the pull request, its title, the commit, and all that is sent; `y` alone
//! says yes.

use ratatui::{Frame, style::Style};

use super::{
    Part, Turned,
    orders::{acts, orders},
    stock::{Detail, Stock, verdict},
    words,
};
use crate::{
    domain::{
        hub::{Act, ActKind, Order, Target, Verdict},
        text::{clean, counted, truncate, wrap},
    },
    tui::{
        action::Action,
        geometry::{Area, middle},
        keymap::{Hint, Key, fixed_hints},
        msg::{Edit, LineEdit, Msg, Turn},
        overlay::{Backdrop, Reaction},
        pen::{Pen, boxed},
        theme::Theme,
    },
};

/// Columns of the box at most, and cells beside its text.
const WIDEST: u16 = 88;
const MARGIN: u16 = 6;
/// Cells from which the keys have all their words.
const ROOM_FOR_WORDS: usize = 58;
/// Lines of a comment that are shown.
const BODY: usize = 5;
const YES: &str = "y";
/// Leads to words that go with it.
const COMMENT: &str = "c";
/// Asks about another way of it.
const WAY: &str = "m";

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
    /// The action, if words may go with it.
    takes_words: Option<ActKind>,
    /// Another way of it, and its name.
    other: Option<(ActKind, Detail, &'static str)>,
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
            takes_words: (words::may_be_added(kind) && !all.is_empty()).then_some(kind),
            deed: Deed::Orders(all),
            other: detail.other(stock, back).map(|(other, name)| (kind, other, name)),
            top: 0,
        }
    }

    /// The first one's head, in a folder of the user's.
    pub(super) fn checkout(stock: &Stock) -> Self {
        let Some(target) = stock.targets.first() else {
            return Self {
                title: String::new(),
                deed: Deed::Orders(vec![]),
                lines: vec![],
                takes_words: None,
                other: None,
                top: 0,
            };
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
        Self { title, deed: Deed::Checkout(target.clone()), lines, takes_words: None, other: None, top: 0 }
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
            act => {
                let way = match act {
                    Act::Merge { method } | Act::AutoMergeOn { method } => Some(method.meaning()),
                    Act::UpdateBranch { method } => Some(method.meaning()),
                    _ => None,
                };
                let way = way.map(|way| format!(": {way}")).unwrap_or_default();
                lines.push(line(Tone::Plain, format!("{}{way}", act.told())));
            }
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

impl Part for Question {
    fn hints(&self) -> Vec<Hint> {
        let yes = (!self.is_empty()).then_some((YES, "yes"));
        let comment = self.takes_words.map(|_| (COMMENT, "adds a comment"));
        let way = self.other.as_ref().map(|_| (WAY, "another way"));
        fixed_hints(yes.into_iter().chain(comment).chain(way).chain([("Enter n Esc", "no")]))
    }

    fn translate(&self, key: Key, bound: Option<Action>) -> Option<Msg> {
        let is = |name: &str| Key::parse(name) == Some(key);
        let own = [(YES, true), (COMMENT, self.takes_words.is_some()), (WAY, self.other.is_some())];
        if let Some((letter, true)) = own.into_iter().find(|(letter, _)| is(letter)) {
            return Some(Msg::Edit(Edit::Line(LineEdit::Insert(letter.to_owned()))));
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

    /// `y`, `c`, `m`.
    fn edit(&mut self, edit: &Edit, _: &Stock, _: Backdrop<'_>) -> Turned {
        let Edit::Line(LineEdit::Insert(key)) = edit else { return Turned::Stay };
        match (key.as_str(), self.takes_words, &self.other) {
            (YES, _, _) if !self.is_empty() => Turned::Reaction(Reaction::Do(Box::new(self.deed.clone()))),
            (COMMENT, Some(kind), _) => Turned::Words(kind),
            (WAY, _, Some((kind, detail, _))) => Turned::Ready(*kind, detail.clone()),
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
        let is_wide = pen.room() >= ROOM_FOR_WORDS;
        let mut put = |key: &str, does: &str, more: &str| {
            let (more, gap) = if is_wide { (more, "     ") } else { ("", "  ") };
            pen.put(key, theme.accent());
            pen.put(&format!(" {does}{more}{gap}"), theme.dim());
        };
        put(YES, "yes", ", do it");
        if self.takes_words.is_some() {
            put(COMMENT, "comment", " with it");
        }
        if let Some((_, _, name)) = &self.other {
            put(WAY, name, " instead");
        }
        pen.put("Enter", theme.strong());
        pen.put(" or ", theme.dim());
        pen.put("n", theme.strong());
        pen.put(" no", theme.strong());
    }
}
