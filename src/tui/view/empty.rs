//! The page instead of the panes while there are no rows: the state of things, and the next step.

use ratatui::style::Style;

use super::Scene;
use crate::{
    domain::source::{Cause, Engine},
    tui::{
        action::Action,
        keymap::{Hint, Keymap},
        model::Model,
        pen::Pen,
    },
};

const TOKEN: &str = "GitHub's token is that of gh (gh auth login), or GH_TOKEN holds it.";

/// A heading and paragraphs.
pub(super) struct Page {
    heading: String,
    style: Style,
    paragraphs: Vec<String>,
}

/// The page, unless there is data.
pub(super) fn page(scene: Scene<'_>) -> Option<Page> {
    let (model, theme) = (scene.model, scene.theme);
    let link = &model.link;
    if !model.board.is_empty() || (link.loaded && !model.is_empty()) {
        return None;
    }
    if let Some(outage) = &link.outage {
        let seconds = (outage.retry_at - model.now).num_seconds().max(0);
        return Some(Page {
            heading: format!("No data yet: {}", outage.cause),
            style: theme.bad(),
            paragraphs: vec![
                outage.message.clone(),
                mend(outage.cause).to_owned(),
                format!(
                    "FlowLens keeps trying {}: next in {seconds}s, at once on {}.",
                    model.target,
                    scene.keymap.first(Action::Refresh)
                ),
            ],
        });
    }
    if link.loaded && model.demo {
        return Some(Page {
            heading: "Making up a team …".to_owned(),
            style: theme.strong(),
            paragraphs: vec!["Its history is being written.".to_owned()],
        });
    }
    if link.loaded && model.sync.is_at_work() {
        return Some(syncing(scene));
    }
    if link.loaded {
        return Some(Page {
            heading: "The database is ready, and empty.".to_owned(),
            style: theme.strong(),
            paragraphs: match link.source.as_ref().map(|source| source.engine) {
                Some(Engine::Sqlite) => embedded(model, scene.keymap),
                Some(Engine::PostgreSql | Engine::YugabyteDb) | None => server(&model.target, scene.keymap),
            },
        });
    }
    let doing = if link.source.is_some() { "Reading the first page of" } else { "Connecting to" };
    Some(Page { heading: format!("{doing} {} …", model.target), style: theme.strong(), paragraphs: vec![] })
}

/// Until the first rows come.
fn syncing(scene: Scene<'_>) -> Page {
    let (model, theme) = (scene.model, scene.theme);
    let names = model.sync.targets();
    let (names, are) = match names.as_slice() {
        [] => (String::new(), "is"),
        [one] => ((*one).to_owned(), "is"),
        [first, others @ ..] => (format!("{first} and {} more", others.len()), "are"),
    };
    let add = scene.keymap.first(Action::Sync);
    if let Some(problem) = model.sync.problem() {
        let refresh = scene.keymap.first(Action::Refresh);
        let again = if model.sync.is_refused() {
            // Of all places, variables alone are not looked at again.
            let token = if model.sync.has_token {
                "; a token in a variable counts when FlowLens is opened anew"
            } else {
                ""
            };
            format!("{refresh} tries again{token}.")
        } else {
            format!("It is tried again by itself; {add} takes another one.")
        };
        let page = problem.url.clone().map(|url| format!("Let the token in: {url}"));
        let mend = page.or_else(|| problem.mend.clone());
        return Page {
            heading: format!("Nothing from GitHub: {}", problem.said),
            style: theme.bad(),
            paragraphs: mend.into_iter().chain([again]).collect(),
        };
    }
    if let Some((told, again)) = model.sync.outage(model.now) {
        let next = format!("FlowLens asks {again}, by itself; what is read appears here, without a key.");
        let back = (!model.sync.can_be_taken_back().is_empty() && !add.is_empty())
            .then(|| format!("{add} takes another one, or takes one back."));
        return Page {
            heading: format!("{names} {are} not read from GitHub yet"),
            style: theme.bad(),
            paragraphs: [format!("{told}."), next].into_iter().chain(back).collect(),
        };
    }
    let at = match (model.sync.limit(model.now), &model.sync.reading) {
        (Some(minutes), _) => format!("GitHub's limit is used up; it goes on by itself in {minutes} min."),
        (None, Some(at)) => {
            format!("{}: {} of {} pull requests so far.", at.repository, at.done, at.expected)
        }
        (None, None) => "GitHub is asked for the open pull requests.".to_owned(),
    };
    Page {
        heading: format!("Reading {names} from GitHub …"),
        style: theme.strong(),
        paragraphs: vec![at, "What is read appears here, without a key.".to_owned()],
    }
}

/// How the board is filled from GitHub.
fn sync(keymap: &Keymap) -> String {
    let key = keymap.first(Action::Sync);
    if key.is_empty() {
        return "flowlens sync OWNER/REPO fills this board from GitHub.".to_owned();
    }
    format!(
        "{key} fills this board from GitHub: type owner/repo or an organisation, or choose among your repositories."
    )
}

/// Keys for the footer while an empty database in a file is shown, or an outage.
pub(super) fn hints(scene: Scene<'_>) -> Option<Vec<Hint>> {
    const OFFERED: [(Action, &str); 5] = [
        (Action::Sync, "from GitHub"),
        (Action::Demo, "demo"),
        (Action::Help, "help"),
        (Action::Palette, "commands"),
        (Action::Quit, "quit"),
    ];
    const TRIED: [(Action, &str); 4] = [
        (Action::Refresh, "try now"),
        (Action::Help, "help"),
        (Action::Palette, "commands"),
        (Action::Quit, "quit"),
    ];
    let (model, link) = (scene.model, &scene.model.link);
    let hints = |offered: &[(Action, &'static str)]| {
        offered.iter().map(|(action, word)| scene.keymap.hint(&[*action], word)).collect()
    };
    if link.outage.is_some() && model.board.is_empty() {
        return Some(hints(&TRIED));
    }
    let is_embedded = link.source.as_ref().is_some_and(|source| source.engine == Engine::Sqlite);
    let is_offered = is_embedded && link.loaded && model.is_empty() && !model.demo;
    is_offered.then(|| hints(&OFFERED))
}

/// Help for an empty database in a file.
fn embedded(model: &Model, keymap: &Keymap) -> Vec<String> {
    let target = &model.target;
    let mut paragraphs = vec![sync(keymap), offer(keymap)];
    paragraphs.extend((!model.sync.has_token).then(|| TOKEN.to_owned()));
    paragraphs.extend([
        "flowlens --database-url URL connects to your team's PostgreSQL or YugabyteDB. FLOWLENS_DATABASE_URL and url under [database] in the config file name it for good.".to_owned(),
        format!("What you look at is {target}, the embedded database: one file on this machine, for your eyes alone, with nothing in it yet. What flowlens serve (from webhooks) or others write there appears here on the next tick."),
    ]);
    paragraphs
}

/// Help for an empty database on a server.
fn server(target: &str, keymap: &Keymap) -> Vec<String> {
    vec![
        format!("{target} has FlowLens's tables but no repository in them."),
        offer(keymap),
        "FlowLens draws what is in the tables repositories, pull_requests, pipeline_runs and insights. flowlens serve fills them with what GitHub's webhooks tell, flowlens sync OWNER/REPO with what GitHub is asked; so may any other service. Rows appear here on the next tick, without a key.".to_owned(),
        "In another shell: flowlens db check says what this database has and lacks; flowlens db migrate adds what is missing; flowlens status prints the board for scripts.".to_owned(),
    ]
}

/// The demo, by its key if it has one.
fn offer(keymap: &Keymap) -> String {
    let key = keymap.first(Action::Demo);
    let how = if key.is_empty() { "flowlens demo" } else { &key };
    format!(
        "{how} shows the demo: a simulated team at work, in a database of its own that goes when you leave."
    )
}

/// The usual remedy.
const fn mend(cause: Cause) -> &'static str {
    match cause {
        Cause::Dns => "Check the host's name in the database URL, and this machine's DNS or VPN.",
        Cause::Refused => {
            "Nothing listens at that address: check host and port, and that the server runs (YugabyteDB listens on 5433, PostgreSQL on 5432)."
        }
        Cause::Starting => "The server is coming up or going down; this passes by itself.",
        Cause::Tls => "Check sslmode and sslrootcert in the URL; ssl=true needs a server with TLS.",
        Cause::Login => {
            "Check user, password and database name; flowlens db url shows what is used, without the password."
        }
        Cause::Absent => "Check the database's name in the address; the server lists its own with psql -l.",
        Cause::Privilege => {
            "This login may not read the tables: GRANT SELECT on them is enough for the dashboard."
        }
        Cause::Timeout => {
            "The host does not answer: a firewall, a VPN, an allow-list of addresses, or a server under load."
        }
        Cause::Lost => "The connection broke; it is made again by itself.",
        Cause::Retryable => "The server asked to try again; this passes by itself.",
        Cause::Schema => {
            "FlowLens's tables are not there, or not as expected: flowlens db check says what is missing, flowlens db migrate creates it."
        }
        Cause::Other => "flowlens db check may say more; the log has every failure.",
    }
}

pub(super) fn draw(page: Page, pen: &mut Pen<'_>) {
    let indent = if pen.width() > 60 { 4 } else { 1 };
    let wide = usize::from(pen.width()).saturating_sub(indent);
    if pen.lines_left() > 8 {
        pen.newline();
    }
    for (text, style) in std::iter::once((page.heading, page.style))
        .chain(page.paragraphs.into_iter().map(|text| (text, Style::new())))
    {
        pen.to(indent);
        let lines = pen.lines_left();
        pen.paragraph_within(&text, style, lines, wide.min(76));
        pen.newline();
    }
}
