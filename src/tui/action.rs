//! Everything that a key can do: one table, from which the keymap, the help, the palette and the config's
//! `[keys]` are drawn.

/// A command of the user. [`BINDINGS`] has its name, which `[keys]` in the config uses, and its description.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Action {
    Up,
    Down,
    PageUp,
    PageDown,
    Top,
    Bottom,
    NextChanged,
    PreviousChanged,
    Left,
    Right,
    NextPane,
    PrevPane,
    NextPull,
    PrevPull,
    Enter,
    Back,
    Filter,
    /// What changed since yesterday.
    Yesterday,
    NextView,
    PrevView,
    /// The view of this number, 1 to 9.
    View(u8),
    SaveView,
    ForgetView,
    Sort,
    Reverse,
    Order,
    Group,
    Columns,
    Notify,
    Repositories,
    Mark,
    /// The menu of actions on GitHub.
    Act,
    Seen,
    Snooze,
    Details,
    OpenPullRequest,
    OpenCheck,
    JobLog,
    CopyNumber,
    CopyUrl,
    Export,
    Regenerate,
    RegenerateStale,
    CancelRequests,
    Refresh,
    Reread,
    AbsoluteTimes,
    Zoom,
    LargerDetails,
    SmallerDetails,
    DetailsBeside,
    HideRepositories,
    Freeze,
    Mouse,
    Palette,
    Help,
    /// What was done and told in this session.
    Log,
    Sync,
    Demo,
    NextMatch,
    PrevMatch,
    NextPlace,
    PrevPlace,
    Wrap,
    FoldAll,
    Earlier,
    Pager,
    /// The tab of this number on a pull request's own screen, 1 to 4.
    PullTab(u8),
    /// The pull request behind this one in the list.
    Following,
    Preceding,
    CheckLog,
    Suspend,
    Repaint,
    Quit,
}

/// A row of [`BINDINGS`].
#[derive(Clone, Copy, Debug)]
pub struct Binding {
    pub action: Action,
    /// Its name in `[keys]` and in the palette.
    pub name: &'static str,
    /// The keys by default.
    pub keys: &'static [&'static str],
    /// Empty: it shares the help of the row before.
    pub help: &'static str,
    /// The help lists it under this heading.
    pub group: KeyGroup,
}

/// A heading of the help.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyGroup {
    Move,
    /// Choosing what is shown.
    Show,
    /// Doing something with the selection.
    Act,
    /// On a pull request's own screen alone; their keys may do something else elsewhere.
    Pull,
    /// In the changed files and in logs alone, as with these.
    Files,
    /// In logs alone.
    Log,
    Program,
}

impl KeyGroup {
    /// All, in the help's order: the most used first.
    pub const ALL: [Self; 7] =
        [Self::Move, Self::Show, Self::Act, Self::Program, Self::Pull, Self::Files, Self::Log];

    /// Its keys mean it on some screens or overlays alone.
    pub const fn is_inner(self) -> bool {
        matches!(self, Self::Pull | Self::Files | Self::Log)
    }

    pub const fn title(self) -> &'static str {
        match self {
            Self::Move => "Move",
            Self::Show => "Show",
            Self::Act => "Act",
            Self::Pull => "On a pull request's screen",
            Self::Files => "In changed files and in logs",
            Self::Log => "In a log",
            Self::Program => "Program",
        }
    }
}

const fn bind(
    action: Action,
    name: &'static str,
    keys: &'static [&'static str],
    group: KeyGroup,
    help: &'static str,
) -> Binding {
    Binding { action, name, keys, help, group }
}

pub const BINDINGS: [Binding; 85] = [
    bind(Action::Up, "up", &["k", "up"], KeyGroup::Move, "line up, down"),
    bind(Action::Down, "down", &["j", "down"], KeyGroup::Move, ""),
    bind(Action::PageUp, "page-up", &["ctrl-u", "pageup"], KeyGroup::Move, "page up"),
    bind(Action::PageDown, "page-down", &["ctrl-d", "pagedown"], KeyGroup::Move, "page down"),
    bind(Action::Top, "top", &["g", "home"], KeyGroup::Move, "first, last line"),
    bind(Action::Bottom, "bottom", &["G", "end"], KeyGroup::Move, ""),
    bind(Action::NextChanged, "next-changed", &["]"], KeyGroup::Move, "next, previous changed"),
    bind(Action::PreviousChanged, "previous-changed", &["["], KeyGroup::Move, ""),
    bind(Action::Left, "left", &["h", "left"], KeyGroup::Move, "pane left, right"),
    bind(Action::Right, "right", &["l", "right"], KeyGroup::Move, ""),
    bind(Action::NextPane, "next-pane", &["tab"], KeyGroup::Move, "next, previous pane"),
    bind(Action::PrevPane, "previous-pane", &["backtab"], KeyGroup::Move, ""),
    bind(Action::NextPull, "next-pull-request", &["ctrl-n"], KeyGroup::Move, "next, previous row"),
    bind(Action::PrevPull, "previous-pull-request", &["ctrl-p"], KeyGroup::Move, ""),
    bind(Action::Enter, "enter", &["enter"], KeyGroup::Move, "open the pull request"),
    bind(Action::Back, "back", &["esc"], KeyGroup::Move, "back; clears a filter"),
    bind(Action::Filter, "filter", &["/"], KeyGroup::Show, "filter, as you type"),
    bind(Action::View(1), "view-1", &["1"], KeyGroup::Show, "view of that number"),
    bind(Action::View(2), "view-2", &["2"], KeyGroup::Show, ""),
    bind(Action::View(3), "view-3", &["3"], KeyGroup::Show, ""),
    bind(Action::View(4), "view-4", &["4"], KeyGroup::Show, ""),
    bind(Action::View(5), "view-5", &["5"], KeyGroup::Show, ""),
    bind(Action::View(6), "view-6", &["6"], KeyGroup::Show, ""),
    bind(Action::View(7), "view-7", &["7"], KeyGroup::Show, ""),
    bind(Action::View(8), "view-8", &["8"], KeyGroup::Show, ""),
    bind(Action::View(9), "view-9", &["9"], KeyGroup::Show, ""),
    bind(Action::NextView, "next-view", &["f"], KeyGroup::Show, "next, previous view"),
    bind(Action::PrevView, "previous-view", &["F"], KeyGroup::Show, ""),
    bind(Action::SaveView, "save-view", &["v"], KeyGroup::Show, "save this as a view"),
    bind(Action::Sort, "sort", &["s"], KeyGroup::Show, "next order: waiting …"),
    bind(Action::Reverse, "reverse", &["S"], KeyGroup::Show, "reverse the order"),
    bind(Action::Order, "order", &["alt-s"], KeyGroup::Show, "pick order and groups"),
    bind(Action::Group, "group", &["ctrl-g"], KeyGroup::Show, "next grouping"),
    bind(Action::Columns, "columns", &["C"], KeyGroup::Show, "pick and order columns"),
    bind(Action::Notify, "notify", &["N"], KeyGroup::Show, "rules: be told when …"),
    bind(Action::Repositories, "repositories", &["p"], KeyGroup::Show, "to the repositories"),
    bind(Action::AbsoluteTimes, "absolute-times", &["t"], KeyGroup::Show, "ages or times"),
    bind(Action::Zoom, "zoom", &["z"], KeyGroup::Show, "this pane alone"),
    bind(Action::LargerDetails, "larger-details", &["+"], KeyGroup::Show, "more, less details"),
    bind(Action::SmallerDetails, "smaller-details", &["-"], KeyGroup::Show, ""),
    bind(Action::DetailsBeside, "details-beside", &["|"], KeyGroup::Show, "details beside, below"),
    bind(Action::HideRepositories, "hide-repositories", &["b"], KeyGroup::Show, "hide the repositories"),
    bind(Action::Freeze, "freeze", &["ctrl-f"], KeyGroup::Show, "hold the order still"),
    bind(Action::Yesterday, "yesterday", &[], KeyGroup::Show, "changed since then"),
    bind(Action::ForgetView, "forget-view", &[], KeyGroup::Show, "delete a saved view"),
    bind(Action::Mark, "mark", &["space"], KeyGroup::Act, "mark or unmark"),
    bind(Action::Act, "act", &["a"], KeyGroup::Act, "act: rerun, merge …"),
    bind(Action::Seen, "seen", &["u"], KeyGroup::Act, "mark all as seen; undo"),
    bind(Action::Snooze, "snooze", &["n"], KeyGroup::Act, "hide for a while; show"),
    bind(Action::Details, "details", &["d"], KeyGroup::Act, "changed files, patches"),
    bind(Action::OpenPullRequest, "open", &["o"], KeyGroup::Act, "open in the browser"),
    bind(Action::OpenCheck, "open-check", &["O"], KeyGroup::Act, "open its failing check"),
    bind(Action::JobLog, "job-log", &["L"], KeyGroup::Act, "log of what failed"),
    bind(Action::CopyNumber, "copy", &["y"], KeyGroup::Act, "copy owner/repo#number"),
    bind(Action::CopyUrl, "copy-url", &["Y"], KeyGroup::Act, "copy its URL"),
    bind(Action::Export, "export", &["ctrl-s"], KeyGroup::Act, "write csv, json or md"),
    bind(Action::Regenerate, "regenerate", &["i"], KeyGroup::Act, "ask for a new insight"),
    bind(Action::RegenerateStale, "regenerate-stale", &["I"], KeyGroup::Act, "ask for stale, missing"),
    bind(Action::CancelRequests, "cancel-requests", &["x"], KeyGroup::Act, "take those back"),
    bind(Action::PullTab(1), "pull-checks", &["1"], KeyGroup::Pull, "Checks … Insight"),
    bind(Action::PullTab(2), "pull-files", &["2"], KeyGroup::Pull, ""),
    bind(Action::PullTab(3), "pull-reviews", &["3"], KeyGroup::Pull, ""),
    bind(Action::PullTab(4), "pull-insight", &["4"], KeyGroup::Pull, ""),
    bind(Action::Following, "pull-next", &["]"], KeyGroup::Pull, "next, previous pull"),
    bind(Action::Preceding, "pull-previous", &["["], KeyGroup::Pull, ""),
    bind(Action::CheckLog, "check-log", &["l"], KeyGroup::Pull, "log of the check"),
    bind(Action::NextMatch, "next-match", &["n"], KeyGroup::Files, "next, previous found"),
    bind(Action::PrevMatch, "previous-match", &["N"], KeyGroup::Files, ""),
    bind(Action::NextPlace, "next-place", &["]", "}"], KeyGroup::Files, "to file, alert, error"),
    bind(Action::PrevPlace, "previous-place", &["[", "{"], KeyGroup::Files, ""),
    bind(Action::Wrap, "wrap", &["w"], KeyGroup::Files, "wrap long lines"),
    bind(Action::FoldAll, "fold-all", &["Z"], KeyGroup::Log, "fold all, unfold all"),
    bind(Action::Earlier, "earlier-attempt", &["e"], KeyGroup::Log, "another attempt"),
    bind(Action::Pager, "pager", &["|", "P"], KeyGroup::Log, "all of it in the pager"),
    bind(Action::Refresh, "refresh", &["r"], KeyGroup::Program, "poll now, and GitHub"),
    bind(Action::Reread, "reread", &["R"], KeyGroup::Program, "read everything again"),
    bind(Action::Mouse, "mouse", &["m"], KeyGroup::Program, "mouse on or off"),
    bind(Action::Palette, "palette", &[":"], KeyGroup::Program, "command, view or pull"),
    bind(Action::Help, "help", &["?"], KeyGroup::Program, "this help"),
    bind(Action::Log, "log", &[], KeyGroup::Program, "what was done, alerts"),
    bind(Action::Sync, "sync", &["A"], KeyGroup::Program, "sync from GitHub"),
    bind(Action::Demo, "demo", &["D"], KeyGroup::Program, "a simulated team"),
    bind(Action::Suspend, "suspend", &["ctrl-z"], KeyGroup::Program, "suspend to the shell"),
    bind(Action::Repaint, "repaint", &["ctrl-l"], KeyGroup::Program, "paint the screen anew"),
    bind(Action::Quit, "quit", &["q"], KeyGroup::Program, "quit; Ctrl-C does, too"),
];

impl Action {
    /// Where a cursor at `at` among `len` lines stands after this step; a page has `page` lines.
    pub fn step(self, at: usize, page: usize, len: usize) -> usize {
        let last = len.saturating_sub(1);
        match self {
            Self::Up => at.saturating_sub(1),
            Self::Down => at.saturating_add(1).min(last),
            Self::PageUp => at.saturating_sub(page.max(1)),
            Self::PageDown => at.saturating_add(page.max(1)).min(last),
            Self::Top => 0,
            Self::Bottom => last,
            _ => at,
        }
    }

    /// Its help, or the one that it shares.
    pub fn help(self) -> &'static str {
        let at = BINDINGS.iter().position(|b| b.action == self).unwrap_or_default();
        BINDINGS[..=at].iter().rev().map(|b| b.help).find(|help| !help.is_empty()).unwrap_or_default()
    }

    /// What it does alone: of `next, previous view` the half that is its own.
    pub fn told(self) -> String {
        let at = BINDINGS.iter().position(|b| b.action == self).unwrap_or_default();
        let is_second = BINDINGS[at].help.is_empty();
        let is_first = BINDINGS.get(at + 1).is_some_and(|next| next.help.is_empty());
        let words: Vec<&str> = self.help().split(' ').collect();
        let first = words.iter().position(|word| word.ends_with(','));
        let Some(first) = first.filter(|_| is_first || is_second) else { return self.help().to_owned() };
        let other = if is_second { first } else { first + 1 };
        let own = words.iter().enumerate().filter(|(at, _)| *at != other);
        own.map(|(_, word)| word.trim_end_matches(',')).collect::<Vec<_>>().join(" ")
    }

    pub fn binding(self) -> &'static Binding {
        // Every action has a row: a test holds it.
        BINDINGS.iter().find(|b| b.action == self).unwrap_or(&BINDINGS[0])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_action_that_shares_its_help_tells_its_own_half() {
        for (action, own) in [
            (Action::Up, "line up"),
            (Action::Down, "line down"),
            (Action::Top, "first line"),
            (Action::Bottom, "last line"),
            (Action::NextView, "next view"),
            (Action::PrevView, "previous view"),
            (Action::SmallerDetails, "less details"),
            (Action::Details, "changed files, patches"),
            (Action::Zoom, "this pane alone"),
        ] {
            assert_eq!(action.told(), own);
        }
        let is_offered = |b: &&Binding| !matches!(b.action, Action::View(_)) && !b.group.is_inner();
        let told: Vec<String> = BINDINGS.iter().filter(is_offered).map(|b| b.action.told()).collect();
        for (n, one) in told.iter().enumerate() {
            assert!(!told[n + 1..].contains(one), "two commands of the palette say {one}");
        }
    }

    #[test]
    fn each_action_has_one_row_and_each_name_is_taken_once() {
        for (n, binding) in BINDINGS.iter().enumerate() {
            assert_eq!(binding.action.binding().name, binding.name);
            assert!(BINDINGS[n + 1..].iter().all(|b| b.action != binding.action && b.name != binding.name));
        }
    }
}
