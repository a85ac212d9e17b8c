//! The command line: what it accepts, what it refuses, and its help.

use std::path::Path;
use std::time::Duration;

use flowlens::cli::{Cli, Command, ConfigCommand, DashboardArgs, DbCommand, Format, definition};

use crate::support::cli;

fn read(line: &str) -> Cli {
    Cli::read(words(line)).unwrap()
}

fn refused(line: &str) -> String {
    let error = Cli::read(words(line)).unwrap_err();
    assert_eq!(error.exit_code(), 2, "{line}");
    error.to_string()
}

fn words(line: &str) -> Vec<String> {
    std::iter::once("flowlens").chain(line.split_whitespace()).map(|word| word.replace("''", "")).collect()
}

#[test]
fn the_definition_holds() {
    definition().debug_assert();
}

#[test]
fn no_command_is_the_dashboard() {
    for line in ["-R acme/api --filter is:failing", "dashboard -R acme/api --filter is:failing"] {
        let Command::Dashboard(DashboardArgs { view, .. }) = read(line).command else { panic!("{line}") };
        assert_eq!(view.repos, ["acme/api"]);
        assert_eq!(view.filter.as_deref(), Some("is:failing"));
    }
    assert!(matches!(read("").command, Command::Dashboard(args) if args == DashboardArgs::default()));
}

#[test]
fn what_is_synced_meanwhile_is_named_for_the_dashboard_alone() {
    for line in ["--sync acme/api --sync zeta", "--sync acme/api dashboard --sync zeta"] {
        assert_eq!(read(line).flags().github_repos, ["acme/api", "zeta"], "{line}");
    }
    assert!(refused("--sync acme/api status").contains("only the dashboard takes --sync"));
    assert!(refused("--sync acme/api demo").contains("only the dashboard takes --sync"));
    assert!(refused("--sync acme/api db check").contains("--sync or"));
}

#[test]
fn a_dashboard_may_be_told_to_only_read() {
    for line in
        ["--readonly", "--readonly dashboard", "dashboard --readonly", "--readonly demo", "demo --readonly"]
    {
        assert!(read(line).flags().readonly, "{line}");
    }
    for line in ["", "dashboard", "demo", "status"] {
        assert!(!read(line).flags().readonly, "{line}");
    }
    assert!(refused("--readonly status").contains("only it and the demo --readonly"));
    assert!(refused("--readonly db check").contains("or --readonly"));
}

#[test]
fn options_may_stand_before_and_after_the_command() {
    let cli = read("-R acme/api --limit 5 -i 3s status -R acme/web --limit 7 --color never");
    let flags = cli.flags();
    assert_eq!(flags.interval.as_deref(), Some("3s"));
    assert_eq!(flags.color.as_deref(), Some("never"));
    assert_eq!(flags.limit.as_deref(), Some("7"), "the nearer one wins");
    let Command::Status(status) = cli.command else { panic!() };
    assert_eq!(status.view.repos, ["acme/api", "acme/web"]);
    assert!(refused("-R acme/api db check").contains("takes no --repo"));
}

#[test]
fn what_means_nothing_to_a_command_is_refused_and_not_in_its_help() {
    let help = |line: &str| {
        let page = format!("{line} --help");
        definition().try_get_matches_from(words(&page)).unwrap_err().to_string()
    };
    let look = ["--interval 3s", "--color never", "--theme default", "--ascii"];
    let database = ["--database-url sqlite:x.db", "--database x"];
    let both = [&look[..], &database[..]].concat();
    for (line, refusals) in [
        ("sync acme/api", &look[..]),
        ("hook acme/api --url https://a.test", &both),
        ("serve", &look),
        ("worker", &look),
        ("inbox list", &look),
        ("insight acme/api#1", &look),
        ("risk evaluate x", &both),
        ("db check", &look),
        ("man x", &both),
        ("completions bash", &both),
        ("status", &["--theme default"]),
        ("demo", &database),
    ] {
        let command = line.split(' ').next().unwrap();
        let help = help(line);
        for option in look.iter().chain(&database) {
            let name = option.split(' ').next().unwrap();
            let is_listed = help.contains(&format!("{name} <")) || help.contains(&format!("{name}\n"));
            let is_refused = refusals.contains(option);
            assert_eq!(is_listed, !is_refused, "{line} {name}: {help}");
            for typed in [format!("{line} {option}"), format!("{option} {line}")] {
                if is_refused {
                    assert!(refused(&typed).contains(&format!("{command} takes no {name}: it")), "{typed}");
                } else {
                    read(&typed);
                }
            }
        }
    }
    for line in ["", "dashboard", "config show"] {
        assert!(look.iter().all(|option| help(line).contains(option.split(' ').next().unwrap())), "{line}");
    }
    assert!(refused("sync --theme x -i 2s").contains("sync takes no --interval and no --theme: it is for"));
}

#[test]
fn status_has_its_formats_and_waits() {
    let status = |line: &str| match read(line).command {
        Command::Status(status) => status,
        other => panic!("{other:?}"),
    };
    assert_eq!(status("status").format(), Format::Table);
    assert_eq!(status("status --json").format(), Format::Json);
    assert_eq!(status("status --format markdown").format(), Format::Markdown);
    let waiting = status("status --wait --timeout 1h30m --fail-on risk:high");
    assert!(waiting.wait && !waiting.watch);
    assert_eq!(waiting.timeout, Some(Duration::from_mins(90)));
    assert_eq!(waiting.fail_on.as_deref(), Some("risk:high"));
    for line in [
        "status --json --format csv",
        "status --wait --watch",
        "status --timeout 0",
        "status --timeout 5",
        "status --fail-on ''",
        "status --format xml",
    ] {
        refused(line);
    }
}

#[test]
fn the_other_commands() {
    assert!(matches!(read("db migrate").command, Command::Db(DbCommand::Migrate)));
    assert!(matches!(read("config path").command, Command::Config(ConfigCommand::Path)));
    assert_eq!(read("config check -c x.toml").flags().config.as_deref(), Some(Path::new("x.toml")));
}

#[test]
fn the_demo_has_a_seed_and_a_speed() {
    let demo = |line: &str| match read(line).command {
        Command::Demo(demo) => (demo.seed, demo.speed, demo.view.repos),
        other => panic!("{other:?}"),
    };
    assert_eq!(demo("demo"), (6, 1.0, Vec::new()));
    assert_eq!(demo("-R acme/web demo --seed 42 --speed 0.5"), (42, 0.5, vec!["acme/web".to_owned()]));
    for speed in ["0", "-1", "NaN", "inf", "1001", "fast"] {
        assert!(refused(&format!("demo --speed {speed}")).contains("a number from 0.01 to 1000"), "{speed}");
    }
    assert!(refused("demo --database-url postgres://db/x").contains("a database of its own"));
}

#[test]
fn what_is_wrong_is_refused_with_the_reason() {
    assert!(refused("--database-url ''").contains("it is empty"));
    assert!(refused("-R acme").contains("OWNER/REPO"));
    assert!(refused("-R acme/api/x").contains("OWNER/REPO"));
    assert!(refused("--log-level loud").contains("possible values"));
    refused("db");
    refused("--log-file ''");
    refused("-c ''");
}

#[test]
fn a_url_is_never_printed() {
    let cli = read("--database-url postgres://ana:hunter2@db/x");
    assert!(!format!("{cli:?} {:?}", cli.flags()).contains("hunter2"));
}

#[test]
fn help() {
    for line in ["-h", "--help", "demo --help", "status --help", "sync --help", "db --help", "config --help"]
    {
        // At a fixed width, whatever the terminal's.
        let text = definition().term_width(100).try_get_matches_from(words(line)).unwrap_err().to_string();
        insta::assert_snapshot!(line.replace('-', "").replace(' ', "_"), text);
    }
}

/// What stands in columns is not broken by the narrowest usual terminal, on no page.
#[test]
fn the_examples_and_tables_of_every_page_fit_into_80_columns() {
    fn pages(command: &clap::Command, path: &[String], all: &mut Vec<Vec<String>>) {
        all.push(path.to_vec());
        for command in command.get_subcommands() {
            pages(command, &[path, &[command.get_name().to_owned()]].concat(), all);
        }
    }
    let mut all = Vec::new();
    pages(&definition(), &[], &mut all);
    assert!(all.len() > 20, "{all:?}");
    for page in all {
        let page: Vec<&str> = page.iter().map(String::as_str).chain(["--help"]).collect();
        let told = |columns: &str| cli::run(&page, &[("COLUMNS", columns)]).stdout;
        let (wide, narrow) = (told("1000"), told("80"));
        // Indented, and with columns of its own; or among the examples.
        let is_set = |line: &&str| line.starts_with("  ") && line.trim_start().contains("   ");
        let examples = wide.split_once("Examples:\n").map(|(_, examples)| examples).unwrap_or_default();
        for line in wide.lines().filter(is_set).chain(examples.lines()) {
            assert!(line.chars().count() <= 80, "{page:?}: {line}");
            assert!(narrow.lines().any(|narrow| narrow == line), "{page:?}: {line}");
        }
        for line in narrow.lines() {
            assert!(line.chars().count() <= 80, "{page:?}: {line}");
        }
    }
}
