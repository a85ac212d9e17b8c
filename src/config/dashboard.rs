//! The `[dashboard]` section.

use std::time::Duration;

use super::{Env, Flags, Origin, When, key, resolve::Resolver, tools};
use crate::domain::{attention::Order, view::View};

/// What the dashboard shows, how often it asks, and how it looks.
#[derive(Clone, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "independent settings")]
pub struct Dashboard {
    /// The time between two polls.
    pub interval: Duration,
    /// How long closed pull requests stay in view.
    pub window: Duration,
    /// How many pull requests are read at most.
    pub limit: u32,
    /// The login behind `@me`; `None`: ask `gh`.
    pub me: Option<String>,
    /// The first order.
    pub sort: Order,
    /// What may be shown, in the order of the tabs, each with its origin.
    pub views: Vec<(View, Origin)>,
    /// The name of the first view.
    pub view: String,
    /// Whether the mouse is captured.
    pub mouse: bool,
    /// ASCII glyphs: see [`super::Terminal`].
    pub ascii: When,
    /// Colours: see [`super::Terminal`].
    pub color: When,
    /// The name of a theme, or the path of its file.
    pub theme: String,
    /// The terminal's background: dark, light, or auto.
    pub background: String,
    /// Whether the terminal draws ambiguous glyphs two columns wide.
    pub wide_glyphs: bool,
    /// Whether times are shown as dates rather than ages.
    pub absolute_times: bool,
    /// Whether the database is asked less often while nothing happens.
    pub idle_backoff: bool,
    /// The program that longer texts are written in, with its arguments.
    pub editor: Vec<String>,
    /// The program that long texts are read in, with its arguments.
    pub pager: Vec<String>,
}

impl Dashboard {
    pub(super) fn read(
        r: &mut Resolver<'_>,
        flags: &Flags,
        env: Env<'_>,
        warnings: &mut Vec<String>,
    ) -> Self {
        let interval = r.get(&key::INTERVAL, flags.interval.as_deref()).0;
        let window = r.get(&key::WINDOW, flags.window.as_deref()).0;
        let limit = r.get(&key::LIMIT, flags.limit.as_deref()).0;
        let me = r.get(&key::ME, None).0;
        let sort = r.get(&key::SORT, None).0;
        let views = r.views(sort);
        let dashboard = Self {
            interval,
            window,
            limit,
            me: Some(me.trim_start_matches('@').to_owned()).filter(|login| !login.is_empty()),
            sort,
            view: r.first_view(&views, warnings),
            views,
            mouse: r.get(&key::MOUSE, None).0,
            ascii: r.get(&key::ASCII, flags.ascii.then_some("always")).0,
            color: r.get(&key::COLOR, flags.color.as_deref()).0,
            theme: r.get(&key::THEME, flags.theme.as_deref()).0,
            background: r.get_name(&key::BACKGROUND, &["auto", "dark", "light"]),
            wide_glyphs: r.get(&key::WIDE_GLYPHS, None).0,
            absolute_times: r.get(&key::ABSOLUTE_TIMES, None).0,
            idle_backoff: r.get(&key::IDLE_BACKOFF, None).0,
            editor: tools::editor(r, env, warnings),
            pager: tools::pager(r, env, warnings),
        };
        warnings.extend(costly(dashboard.limit));
        dashboard
    }
}

/// From how many pull requests on a limit has its cost, at 2 kB each.
const LARGE: u32 = 100_000;

/// What a limit costs, where that is much.
fn costly(limit: u32) -> Option<String> {
    let megabytes = u64::from(limit) / 500;
    (limit > LARGE).then(|| {
        format!(
            "limit = {limit}: so many pull requests take up to {megabytes} MB of memory, and each key its time"
        )
    })
}
