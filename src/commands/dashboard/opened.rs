//! What a board is opened with: the keys and the settings, from configuration, environment and state file.

use super::{Opening, own_clock};
use crate::{
    commands::{Failure, database, me},
    config::Config,
    demo::ME,
    domain::{filter::Filter, site::Site, text::clean},
    tui::{
        keymap::Keymap,
        model::{Configured, Model, Own, Setup},
        state_file, terminal,
        theme::Look,
    },
};

/// The keys as the config binds them; it was checked when it was loaded.
pub(super) fn keymap(config: &Config) -> Result<Keymap, Failure> {
    let overrides: Vec<(&str, &[String])> =
        config.keys.iter().map(|b| (b.action.as_str(), b.keys.as_slice())).collect();
    let commands: Vec<Option<&str>> =
        config.commands.iter().map(|(command, _)| command.key.as_deref()).collect();
    Keymap::new(&overrides).and_then(|keymap| keymap.with_commands(&commands)).map_err(|problems| {
        Failure::Usage(problems.into_iter().map(|(_, problem)| problem).collect::<Vec<_>>().join("\n"))
    })
}

/// `found` are the warnings of what was read already.
pub(super) fn setup(opening: &Opening<'_>, look: Look, found: &[String]) -> Result<Setup, Failure> {
    let Opening { view, config, chosen, env, state, demo } = opening;
    let filter = match view.filter.as_deref() {
        Some(text) => {
            let filter = Filter::parse(text).map_err(|why| Failure::Usage(format!("--filter: {why}")))?;
            Some((clean(text), filter))
        }
        None => None,
    };
    let dashboard = &config.dashboard;
    let databases = if *demo { Vec::new() } else { database::names(config, chosen) };
    let warnings = [config.warnings.as_slice(), &chosen.warnings, found].concat();
    Ok(Setup {
        look,
        // The demo's team is not the reader's.
        me: if *demo { Some(ME.to_owned()) } else { dashboard.me.clone() },
        now: own_clock(),
        size: terminal::size(),
        configured: Configured {
            views: dashboard.views.iter().map(|(view, _)| view.clone()).collect(),
            view: dashboard.view.clone(),
            absolute_times: dashboard.absolute_times,
        },
        filter,
        state: state.as_deref().map(state_file::load).unwrap_or_default(),
        seen: state.as_deref().map(state_file::load_seen).unwrap_or_default(),
        is_partial: !view.repos.is_empty(),
        // Nobody is to be troubled with what the demo makes up.
        rules: if *demo { vec![] } else { config.notify.iter().map(|(rule, _)| rule.clone()).collect() },
        mouse: dashboard.mouse,
        remote: ["SSH_TTY", "SSH_CONNECTION"].iter().any(|name| env(name).is_some()),
        hosts: me::hosts(config, env),
        demo: *demo,
        synced: if *demo { Vec::new() } else { config.github.repos.clone() },
        has_token: config.github.token.is_some(),
        target: chosen.database.label(),
        database: databases.first().cloned().unwrap_or_default(),
        databases,
        own: own(config),
        warnings,
    })
}

/// For a database that was not shown yet, beside a board that was.
pub(super) fn other_setup(
    opening: &Opening<'_>,
    shown: &Model,
    name: Option<&String>,
) -> Result<Setup, Failure> {
    Ok(Setup {
        me: shown.me.clone(),
        // What was given is for the database of the start.
        filter: None,
        is_partial: false,
        size: shown.size,
        mouse: shown.mouse,
        synced: Vec::new(),
        databases: shown.databases.clone(),
        database: name.cloned().unwrap_or_default(),
        warnings: opening.chosen.warnings.clone(),
        ..setup(opening, shown.look.clone(), &[])?
    })
}

/// What the user has of his own: commands, clones, and what he does not want to be done.
fn own(config: &Config) -> Own {
    Own {
        no_actions: config.github.no_actions.clone(),
        commands: config.commands.iter().map(|(command, _)| command.clone()).collect(),
        checkouts: config.github.checkouts.clone(),
        git_hosts: Site::new(&config.github.url).map(|site| site.host).into_iter().collect(),
    }
}
