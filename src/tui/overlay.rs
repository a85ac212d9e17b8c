//! Layers over a screen, one open at a time. Each owns its state, its keys and its drawing, in a file of its own.

mod act;
mod activity;
mod add;
mod address;
mod coloured;
mod columns;
mod confirm;
mod export;
mod files;
mod help;
mod lines;
mod log;
mod palette;
mod progress;
mod prompt;
mod rules;
mod save;
mod search;
mod snooze;

use chrono::{DateTime, Utc};
use ratatui::Frame;

pub use self::{
    act::{Acting, Choice, Deed, Stock},
    activity::ActivityLog,
    add::AddRepository,
    address::ShownAddress,
    columns::ColumnPicker,
    confirm::{Confirm, Wanted},
    export::ExportFile,
    files::FilesView,
    help::Help,
    lines::Line,
    log::LogView,
    palette::{Offer, Palette},
    progress::{Acts, clock},
    rules::{RuleLine, RulePicker},
    save::SaveView,
    snooze::{Snooze, end as snooze_end},
};
use super::{
    action::Action,
    columns::Needs,
    keymap::{Hint, Key, Keymap, Scope},
    line::edit_of,
    msg::{Edit, Msg, Turn},
    theme::{Look, Theme},
};
use crate::{
    domain::{
        attention::{Order, Sort},
        board::Board,
        command::OwnCommand,
        files::Spot,
        hub::{Hub, Target},
        ids::{PrKey, RepoId},
        log::LogAsk,
        notify::{Alert, Rule},
        source::Source,
        view::{Column, Grouping, View},
    },
    report::Form,
};

#[derive(Clone, Debug)]
pub enum Overlay {
    /// The keys, the filter language and the signs.
    Help(Help),
    /// The changed files of a pull request.
    Files(FilesView),
    /// The log of a job.
    Log(Box<LogView>),
    /// Commands and repositories, found by typing.
    Palette(Palette),
    /// A repository or an organisation to sync.
    Add(AddRepository),
    /// The columns of the list.
    Columns(ColumnPicker),
    /// What the reader is told of.
    Rules(RulePicker),
    /// A question.
    Confirm(Confirm),
    /// An address that was not opened.
    Address(ShownAddress),
    /// A file to write what is shown to.
    Export(ExportFile),
    /// What is shown, to be saved as a view.
    SaveView(SaveView),
    /// How long to hide something.
    Snooze(Snooze),
    /// Acting on GitHub, from the menu to the question.
    Act(Box<Acting>),
    /// Several actions on their way.
    Acts(Acts),
    /// What was done and told in this session.
    Activity(ActivityLog),
}

/// The part of the model that overlays see.
#[derive(Clone, Copy, Debug)]
pub struct Backdrop<'m> {
    /// Repositories and pull requests.
    pub board: &'m Board,
    /// The views, in the order of their tabs.
    pub views: &'m [View],
    /// The repositories, by name.
    pub repositories: &'m [RepoId],
    /// The databases, by name, and the one that is shown.
    pub databases: &'m [String],
    pub database: &'m str,
    /// The database that answers.
    pub source: Option<&'m Source>,
    /// The themes.
    pub look: &'m Look,
    /// The demo keeps nothing.
    pub is_demo: bool,
    /// What is done on GitHub from here.
    pub hub: &'m Hub,
    /// What the rules told of.
    pub alerts: &'m [Alert],
    /// Why nothing is done anywhere.
    pub no_actions: Option<&'m str>,
    /// Commands of the user's own.
    pub commands: &'m [OwnCommand],
    /// The order and the groups of the list.
    pub order: Order,
    pub grouping: Grouping,
    /// Cells of the list, and what the widths of its columns depend on beside these.
    pub list: (usize, Needs),
    pub now: DateTime<Utc>,
    /// The server's clock, cut to the second, while something counts seconds.
    pub second: DateTime<Utc>,
    /// Columns and rows of the terminal.
    pub size: (u16, u16),
}

/// An overlay's reaction to a key: whether it stays open, and what `update` has to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reaction {
    Stay,
    Close,
    /// Closes, with a word of what was done.
    CloseAndSay(String),
    /// Closes a log, and the menu of actions on its pull request opens.
    Act(PrKey),
    /// Closes, and this command runs.
    Run(Action),
    /// Closes, and the list shows this repository alone.
    Narrow(RepoId),
    /// Closes, and the view of this tab is shown.
    Show(usize),
    /// Closes, and the list is ordered by this.
    Sort(Sort),
    /// Closes, and the list is grouped by this.
    Group(Grouping),
    /// Stays open, and the list has these columns.
    Columns(Vec<Column>),
    /// Closes, and the list has these columns.
    ColumnsAndClose(Vec<Column>),
    /// Stays open, and this rule tells from now on, or no more.
    Tell(Box<Rule>, bool),
    /// Closes, and the rule of this name tells no more.
    EndRule(String),
    /// Closes, and this rule tells and is in the config file, too.
    KeepRule(Box<Rule>),
    /// Closes, and this pull request is selected.
    Select(PrKey),
    /// Stays open until what is shown is written to a file of this path.
    Export(String, Form),
    /// Closes, and this view is saved.
    SaveView(Box<View>),
    /// Stays open, and this is on the clipboard.
    Copy(String),
    /// Closes, and the theme at this index is worn.
    Wear(usize),
    /// Stays open, and the token's repositories are listed again.
    List,
    /// Closes, and this repository or organisation is synced.
    Sync(String),
    /// Closes, and this one is synced no more.
    Unsync(String),
    /// Closes, and the config file names this, too.
    Remember(String),
    /// Closes, and new insights are asked for.
    Ask(Wanted),
    /// Closes, and another database is shown.
    Database(usize),
    /// Closes, and the changed files are shown at this place.
    File(PrKey, Spot),
    /// Stays open, and this address is opened, which is of that.
    Open(String, String),
    /// Stays open, and another log is read.
    Log(LogAsk),
    /// Closes, and the log is no longer read.
    NoLog,
    /// Stays open behind a pager with this text.
    Page(String),
    /// Closes, and these are hidden until then; `None`: until something changes.
    Snooze(Vec<PrKey>, Option<DateTime<Utc>>),
    /// Stays open until the editor, which begins with this text, has ended.
    Write(String),
    /// Stays open, and more is looked for in the repositories of these, by this text.
    Find(Vec<Target>, String),
    /// Closes, and this is done.
    Do(Box<Deed>),
    /// Closes, and the command of the user's own at this index runs.
    Own(usize),
    /// Closes, and this is chosen from the menu of actions.
    Choose(Choice),
}

/// Actions of an overlay, and a word for the footer; an empty word leaves them out there.
pub type Keys = &'static [(&'static [Action], &'static str)];

/// The behaviour of an overlay, or of a tab that is like one.
pub trait Layer {
    /// Its own keys; all others do nothing while it is open. While text is typed every key is text.
    fn keys(&self) -> Keys {
        &[]
    }

    /// Where its keys are looked up.
    fn scope(&self) -> Scope {
        Scope::All
    }

    /// The message of a key; `bound` is its action in the keymap.
    fn translate(&self, key: Key, bound: Option<Action>) -> Option<Msg> {
        if self.is_typing() {
            return edit_of(key).map(Msg::Edit);
        }
        // The key that quits closes the overlay first.
        let action = if bound? == Action::Quit { Action::Back } else { bound? };
        let is_own = self.keys().iter().any(|(actions, _)| actions.contains(&action));
        (is_own || action == Action::Suspend).then_some(Msg::Action(action))
    }

    /// Keys for the footer, most useful first.
    fn hints(&self, keymap: &Keymap) -> Vec<Hint> {
        let named = self.keys().iter().filter(|(_, word)| !word.is_empty());
        named.map(|(actions, word)| keymap.hint(actions, word)).collect()
    }

    /// Whether it takes text: then text may be pasted, too.
    fn is_typing(&self) -> bool {
        false
    }

    fn act(&mut self, _action: Action, _back: Backdrop<'_>) -> Reaction {
        Reaction::Stay
    }

    fn edit(&mut self, _edit: &Edit, _back: Backdrop<'_>) -> Reaction {
        Reaction::Stay
    }

    /// The wheel turned over a cell: what lies there scrolls, if it does.
    fn wheel(&mut self, _cell: (u16, u16), _turn: Turn, _back: Backdrop<'_>) {}

    fn draw(&self, back: Backdrop<'_>, keymap: &Keymap, theme: Theme, frame: &mut Frame<'_>);
}

impl Overlay {
    fn layer(&self) -> &dyn Layer {
        match self {
            Self::Help(help) => help,
            Self::Files(files) => files,
            Self::Log(log) => log.as_ref(),
            Self::Palette(palette) => palette,
            Self::Add(add) => add,
            Self::Columns(columns) => columns,
            Self::Rules(rules) => rules,
            Self::Confirm(confirm) => confirm,
            Self::Address(address) => address,
            Self::Export(export) => export,
            Self::SaveView(save) => save,
            Self::Snooze(snooze) => snooze,
            Self::Act(acting) => &**acting,
            Self::Acts(acts) => acts,
            Self::Activity(log) => log,
        }
    }

    fn layer_mut(&mut self) -> &mut dyn Layer {
        match self {
            Self::Help(help) => help,
            Self::Files(files) => files,
            Self::Log(log) => log.as_mut(),
            Self::Palette(palette) => palette,
            Self::Add(add) => add,
            Self::Columns(columns) => columns,
            Self::Rules(rules) => rules,
            Self::Confirm(confirm) => confirm,
            Self::Address(address) => address,
            Self::Export(export) => export,
            Self::SaveView(save) => save,
            Self::Snooze(snooze) => snooze,
            Self::Act(acting) => &mut **acting,
            Self::Acts(acts) => acts,
            Self::Activity(log) => log,
        }
    }

    /// What is shown again once this one is closed.
    pub fn behind(self) -> Option<Self> {
        match self {
            Self::Files(files) => files.behind.map(Self::Log),
            Self::Act(acting) => acting.behind.map(Self::Log),
            Self::Acts(acts) => acts.behind.map(Self::Log),
            _ => None,
        }
    }

    /// The log that is open, or behind the open one.
    pub fn log(&mut self) -> Option<&mut LogView> {
        match self {
            Self::Log(log) => Some(log),
            Self::Files(files) => files.behind.as_deref_mut(),
            Self::Act(acting) => acting.behind.as_deref_mut(),
            Self::Acts(acts) => acts.behind.as_deref_mut(),
            _ => None,
        }
    }

    /// GitHub has said what may be done.
    pub fn answered(&mut self, back: Backdrop<'_>) -> Reaction {
        match self {
            Self::Act(acting) => acting.answered(back),
            _ => Reaction::Stay,
        }
    }

    pub fn scope(&self) -> Scope {
        self.layer().scope()
    }

    pub fn translate(&self, key: Key, bound: Option<Action>) -> Option<Msg> {
        self.layer().translate(key, bound)
    }

    /// Keys for the footer, most useful first.
    pub fn hints(&self, keymap: &Keymap) -> Vec<Hint> {
        self.layer().hints(keymap)
    }

    pub fn is_typing(&self) -> bool {
        self.layer().is_typing()
    }

    pub fn act(&mut self, action: Action, back: Backdrop<'_>) -> Reaction {
        self.layer_mut().act(action, back)
    }

    pub fn edit(&mut self, edit: &Edit, back: Backdrop<'_>) -> Reaction {
        self.layer_mut().edit(edit, back)
    }

    pub fn wheel(&mut self, cell: (u16, u16), turn: Turn, back: Backdrop<'_>) {
        self.layer_mut().wheel(cell, turn, back);
    }

    pub fn draw(&self, back: Backdrop<'_>, keymap: &Keymap, theme: Theme, frame: &mut Frame<'_>) {
        self.layer().draw(back, keymap, theme, frame);
    }
}
