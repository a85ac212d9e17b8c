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
    Left,
    Right,
    NextPane,
    PrevPane,
    Enter,
    Back,
    Filter,
    QuickFilter,
    Sort,
    Repositories,
    Mark,
    Details,
    OpenPullRequest,
    OpenCheck,
    CopyNumber,
    CopyUrl,
    Regenerate,
    RegenerateStale,
    CancelRequests,
    Refresh,
    Reread,
    AbsoluteTimes,
    Zoom,
    Freeze,
    Mouse,
    Palette,
    Help,
    Sync,
    Demo,
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
    pub help: &'static str,
    /// The help lists it under this heading.
    pub group: Group,
}

/// A heading of the help.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Group {
    Move,
    /// Choosing what is shown.
    Show,
    /// Doing something with the selection.
    Act,
    Program,
}

impl Group {
    /// All, in the help's order.
    pub const ALL: [Self; 4] = [Self::Move, Self::Show, Self::Act, Self::Program];

    pub const fn title(self) -> &'static str {
        match self {
            Self::Move => "Move",
            Self::Show => "Show",
            Self::Act => "Act",
            Self::Program => "Program",
        }
    }
}

const fn bind(
    action: Action,
    name: &'static str,
    keys: &'static [&'static str],
    group: Group,
    help: &'static str,
) -> Binding {
    Binding { action, name, keys, help, group }
}

pub const BINDINGS: [Binding; 38] = [
    bind(Action::Up, "up", &["k", "up"], Group::Move, "line up"),
    bind(Action::Down, "down", &["j", "down"], Group::Move, "line down"),
    bind(Action::PageUp, "page-up", &["ctrl-u", "pageup"], Group::Move, "page up"),
    bind(Action::PageDown, "page-down", &["ctrl-d", "pagedown"], Group::Move, "page down"),
    bind(Action::Top, "top", &["g", "home"], Group::Move, "first line"),
    bind(Action::Bottom, "bottom", &["G", "end"], Group::Move, "last line"),
    bind(Action::Left, "left", &["h", "left"], Group::Move, "pane to the left, repositories"),
    bind(Action::Right, "right", &["l", "right"], Group::Move, "pane to the right"),
    bind(Action::NextPane, "next-pane", &["tab"], Group::Move, "next pane or tab"),
    bind(Action::PrevPane, "previous-pane", &["backtab"], Group::Move, "previous pane or tab"),
    bind(
        Action::Enter,
        "enter",
        &["enter"],
        Group::Move,
        "into the selected line; from the insight into its file",
    ),
    bind(Action::Back, "back", &["esc"], Group::Move, "back; clears marks, then the filter"),
    bind(Action::Filter, "filter", &["/"], Group::Show, "filter, as you type"),
    bind(
        Action::QuickFilter,
        "quick-filter",
        &["f"],
        Group::Show,
        "next quick filter: open, mine, failing …",
    ),
    bind(Action::Sort, "sort", &["s"], Group::Show, "next sort: attention, updated, age, risk, number"),
    bind(Action::Repositories, "repositories", &["p"], Group::Show, "to the repositories"),
    bind(Action::AbsoluteTimes, "absolute-times", &["t"], Group::Show, "ages or times"),
    bind(Action::Zoom, "zoom", &["z"], Group::Show, "this pane alone, without borders, to copy from"),
    bind(Action::Freeze, "freeze", &["ctrl-f"], Group::Show, "hold the order still until pressed again"),
    bind(Action::Mark, "mark", &["space"], Group::Act, "mark or unmark"),
    bind(Action::Details, "details", &["d"], Group::Act, "changed files and patches, from where to begin"),
    bind(Action::OpenPullRequest, "open", &["o"], Group::Act, "open the pull request"),
    bind(Action::OpenCheck, "open-check", &["O"], Group::Act, "open its failing check"),
    bind(Action::CopyNumber, "copy", &["y"], Group::Act, "copy owner/repo#number"),
    bind(Action::CopyUrl, "copy-url", &["Y"], Group::Act, "copy its URL"),
    bind(Action::Regenerate, "regenerate", &["i"], Group::Act, "ask for a new insight, of all marked ones"),
    bind(
        Action::RegenerateStale,
        "regenerate-stale",
        &["I"],
        Group::Act,
        "ask for all shown that are stale or have none",
    ),
    bind(Action::CancelRequests, "cancel-requests", &["x"], Group::Act, "take back what is queued of that"),
    bind(Action::Refresh, "refresh", &["r"], Group::Program, "poll now, and GitHub; apply a new order"),
    bind(Action::Reread, "reread", &["R"], Group::Program, "read everything again"),
    bind(Action::Mouse, "mouse", &["m"], Group::Program, "mouse on or off"),
    bind(Action::Palette, "palette", &[":"], Group::Program, "find a command or a repository"),
    bind(Action::Help, "help", &["?"], Group::Program, "this help"),
    bind(Action::Sync, "sync", &["a"], Group::Program, "sync a repository or an organisation"),
    bind(Action::Demo, "demo", &["D"], Group::Program, "a simulated team, while the database is empty"),
    bind(Action::Suspend, "suspend", &["ctrl-z"], Group::Program, "suspend to the shell"),
    bind(Action::Repaint, "repaint", &["ctrl-l"], Group::Program, "paint the screen anew"),
    bind(Action::Quit, "quit", &["q"], Group::Program, "quit (Ctrl-C always does)"),
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

    pub fn binding(self) -> &'static Binding {
        // Every action has a row: a test holds it.
        BINDINGS.iter().find(|b| b.action == self).unwrap_or(&BINDINGS[0])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_action_has_one_row_and_each_name_is_taken_once() {
        for (n, binding) in BINDINGS.iter().enumerate() {
            assert_eq!(binding.action.binding().name, binding.name);
            assert!(BINDINGS[n + 1..].iter().all(|b| b.action != binding.action && b.name != binding.name));
        }
    }
}
