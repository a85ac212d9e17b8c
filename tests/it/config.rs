//! Configuration: file, environment and flags together, through the library's API.

mod check;
mod databases;
mod notify;
mod own;
mod serve;
mod views;

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::time::Duration;

use flowlens::commands::config as commands;
use flowlens::config::{
    Checks, Config, ConfigError, ConfigFile, DatabaseChoice, Flags, KeyOverride, Origin, Secret, When, Worker,
};
use tempfile::TempDir;

const EXAMPLE: &str = include_str!("../../config.example.toml");

/// A home folder with an optional config file, and an environment.
struct Home {
    folder: TempDir,
    env: Vec<(&'static str, String)>,
    flags: Flags,
}

impl Home {
    fn new() -> Self {
        let folder = TempDir::new().unwrap();
        let home = folder.path().to_str().unwrap().to_owned();
        Self { folder, env: vec![("HOME", home)], flags: Flags::default() }
    }

    fn with(text: &str) -> Self {
        let home = Self::new();
        let file = home.file();
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(&file, text).unwrap();
        fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).unwrap();
        home
    }

    fn env(mut self, name: &'static str, value: &str) -> Self {
        self.env.push((name, value.to_owned()));
        self
    }

    fn file(&self) -> std::path::PathBuf {
        self.folder.path().join(".config/flowlens/config.toml")
    }

    fn load(&self) -> Result<Config, ConfigError> {
        self.load_with(&Checks::default())
    }

    fn load_with(&self, checks: &Checks<'_>) -> Result<Config, ConfigError> {
        Config::load(&self.flags, &|name: &str| self.variable(name), checks)
    }

    fn variable(&self, name: &str) -> Option<String> {
        self.env.iter().rev().find(|(key, _)| *key == name).map(|(_, value)| value.clone())
    }

    fn problems(&self) -> Vec<String> {
        self.load().unwrap_err().problems
    }
}

fn in_file(line: usize) -> Origin {
    Origin::File { path: "~/.config/flowlens/config.toml".to_owned(), line }
}

/// The example with every `# key = value` line uncommented.
fn uncommented() -> String {
    let setting = |rest: &&str| {
        rest.starts_with("[[")
            || rest.split_once(" = ").is_some_and(|(key, _)| !key.contains([' ', '(', '"']))
    };
    let lines = EXAMPLE.lines().map(|line| line.strip_prefix("# ").filter(setting).unwrap_or(line));
    lines.collect::<Vec<_>>().join("\n")
}

/// All snapshots are made here, so that their files are in one place.
fn snap(name: &str, text: &str) {
    insta::assert_snapshot!(name, text);
}

#[test]
fn without_a_file_everything_is_default() {
    let config = Home::new().load().unwrap();
    assert_eq!(config.dashboard.interval, Duration::from_secs(2));
    assert_eq!(config.dashboard.limit, 20_000);
    assert_eq!(config.dashboard.me, None);
    assert_eq!(config.database.choice, DatabaseChoice::None);
    assert!(config.settings.iter().all(|setting| setting.origin == Origin::Default));
    assert_eq!(config.warnings, [""; 0]);
}

#[test]
fn flags_beat_environment_beats_file() {
    let mut home = Home::with("[dashboard]\ninterval = \"5s\"\nwindow = \"7d\"\nlimit = 10\n")
        .env("FLOWLENS_INTERVAL", "4s")
        .env("FLOWLENS_WINDOW", "6d")
        .env("FLOWLENS_LIMIT", "");
    home.flags.interval = Some("3s".to_owned());
    home.flags.ascii = true;
    let config = home.load().unwrap();
    assert_eq!(config.dashboard.interval, Duration::from_secs(3));
    assert_eq!(config.origin("dashboard", "interval"), Some(&Origin::Flag("--interval")));
    assert_eq!(config.dashboard.window, Duration::from_hours(6 * 24));
    assert_eq!(config.origin("dashboard", "window"), Some(&Origin::Env("FLOWLENS_WINDOW")));
    assert_eq!(config.dashboard.limit, 10, "an empty variable says nothing");
    assert_eq!(config.origin("dashboard", "limit"), Some(&in_file(4)));
    assert_eq!(config.dashboard.ascii, When::Always);
}

#[test]
fn every_mistake_is_named_at_once_with_its_place() {
    let mut home = Home::with(
        "limit = 5\n\n[dashboard]\nintervall = \"2s\"\ninterval = \"0s\"\nlimit = \"many\"\nlevel = 1\nmouse = \"yes\"\n\
         [databse]\nurl = \"x\"\n[database]\nurl = \"mysql://root:hunter2@db/x\"\nnodes = [\"db1\"]\n\
         [keys]\nopen = 3\n[log]\nfile = \"here.log\"\n",
    )
    .env("FLOWLENS_COLOR", "loud");
    home.flags.interval = Some("0".to_owned());
    insta::assert_snapshot!(home.problems().join("\n"));
}

#[test]
fn a_syntax_error_names_line_and_column() {
    let problems = Home::with("[dashboard]\ninterval = 2s\n").problems();
    assert_eq!(problems.len(), 1, "{problems:?}");
    assert!(problems[0].starts_with("~/.config/flowlens/config.toml:2:12: "), "{problems:?}");
}

#[test]
fn a_named_file_must_exist_and_be_readable() {
    let mut home = Home::new();
    home.flags.config = Some(home.folder.path().join("none.toml"));
    let problems = home.problems();
    assert!(problems[0].starts_with("~/none.toml: cannot read the config file: "), "{problems:?}");

    let home = Home::new().env("FLOWLENS_CONFIG", "/dev/null");
    assert_eq!(home.load().unwrap().file, (Path::new("/dev/null").to_owned(), true));
}

#[test]
fn the_database_is_the_one_that_was_most_clearly_meant() {
    let named = |url: &str, origin| DatabaseChoice::Named { url: Secret::new(url), origin };
    let mut home = Home::with("[database]\nurl = \"postgres://file/x\"\n")
        .env("DATABASE_URL", "postgres://app/x")
        .env("PGHOST", "pg")
        .env("FLOWLENS_DATABASE_URL", "postgres://env/x");
    home.flags.database_url = Some(Secret::new("postgres://flag/x"));
    let choice = |home: &Home| home.load().unwrap().database.choice;
    assert_eq!(choice(&home), named("postgres://flag/x", Origin::Flag("--database-url")));
    home.flags.database_url = None;
    assert_eq!(choice(&home), named("postgres://env/x", Origin::Env("FLOWLENS_DATABASE_URL")));
    home.env.pop();
    assert_eq!(choice(&home), named("postgres://file/x", in_file(2)));
    fs::write(home.file(), "[database]\nurl = \"\"\n").unwrap();
    assert_eq!(choice(&home), DatabaseChoice::PgEnv);
    home.env.pop();
    assert!(matches!(choice(&home), DatabaseChoice::Borrowed { .. }));
}

#[test]
fn a_password_in_the_open_earns_a_warning() {
    let mut home = Home::with("[database]\nurl = \"postgres://ana:hunter2@db/x\"\n");
    assert_eq!(home.load().unwrap().warnings, [""; 0]);
    fs::set_permissions(home.file(), fs::Permissions::from_mode(0o640)).unwrap();
    home.flags.database_url = Some(Secret::new("postgres://ana:hunter2@db/x"));
    let config = home.load().unwrap();
    assert!(config.warnings[0].contains("`ps` shows"), "{:?}", config.warnings);
    assert!(
        config.warnings[1].ends_with("chmod 600 ~/.config/flowlens/config.toml"),
        "{:?}",
        config.warnings
    );
    assert!(!format!("{config:?}").contains("hunter2"));
}

#[test]
fn names_and_keys_are_checked_by_those_who_know_them() {
    let home = Home::with("[keys]\nzebra = \"z\"\nopen = [\"o\", \"Enter\"]\n[dashboard]\nsort = \"age\"\n");
    let config = home.load().unwrap();
    let actions: Vec<_> =
        config.keys.iter().map(|KeyOverride { action, line, .. }| (&**action, *line)).collect();
    assert_eq!(actions, [("zebra", 2), ("open", 3)]);
    let checks = Checks {
        keys: &|bindings| vec![(0, format!("no such action among {}", bindings.len()))],
        ..Checks::default()
    };
    assert_eq!(
        home.load_with(&checks).unwrap_err().problems,
        ["~/.config/flowlens/config.toml:2: [keys] zebra: no such action among 2"]
    );
}

#[test]
fn a_login_may_have_its_at() {
    assert_eq!(Home::new().env("FLOWLENS_ME", "@ana").load().unwrap().dashboard.me.as_deref(), Some("ana"));
}

#[test]
fn a_path_may_begin_at_home() {
    let home = Home::with("[log]\nfile = \"~/flow.log\"\n");
    assert_eq!(home.load().unwrap().log.file, Some(home.folder.path().join("flow.log")));
}

#[test]
fn the_example_is_complete_and_says_the_defaults() {
    let default = Home::new().load().unwrap();
    Home::with(EXAMPLE).load().unwrap();
    let everything = Home::with(&uncommented()).load().unwrap();
    for (there, here) in everything.settings.iter().zip(&default.settings) {
        assert!(matches!(there.origin, Origin::File { .. }), "{} is missing", there.name);
        assert_eq!((there.name, &there.value), (here.name, &here.value));
    }
    assert_eq!(everything.keys.len(), 1);
    let (late, origin) = &everything.dashboard.views[6];
    assert_eq!((late.name.as_str(), late.key, everything.dashboard.views.len()), ("Late", Some(7), 7));
    assert!(matches!(origin, Origin::File { .. }));
    let rules: Vec<&str> = everything.notify.iter().map(|(rule, _)| rule.name.as_str()).collect();
    assert_eq!(rules, ["mine fails", "to review"]);
    assert!(default.notify.is_empty(), "off until somebody wants them");
    let longest = EXAMPLE.lines().map(|line| line.chars().count()).max();
    assert!(longest <= Some(110), "{longest:?}");
}

#[test]
fn show_aligns_and_redacts() {
    let mut home = Home::with(
        "[dashboard]\nlimit = 500\nme = \"ana\"\n[keys]\nopen = [\"o\", \"Ctrl-o\"]\n[log]\nfile = \"~/x.log\"\n",
    )
    .env("FLOWLENS_DATABASE_URL", "postgres://ana:hunter2@db.example.org:5433/flowlens?sslmode=verify-full");
    home.flags.color = Some("never".to_owned());
    let mut out = Vec::new();
    commands::show(&home.load().unwrap(), &mut out).unwrap();
    let text = String::from_utf8(out).unwrap();
    insta::assert_snapshot!(text);

    // What it prints is a configuration.
    let again = Home::with(&text).load().unwrap();
    assert_eq!(again.dashboard.limit, 500);
}

#[test]
fn show_names_a_borrowed_database() {
    let shown = |home: Home| {
        let mut out = Vec::new();
        commands::show(&home.load().unwrap(), &mut out).unwrap();
        String::from_utf8(out).unwrap().lines().find(|line| line.starts_with("url")).unwrap().to_owned()
    };
    let line = shown(Home::new().env("DATABASE_URL", "postgres://ana:hunter2@db/app"));
    assert!(line.contains("ana:***@db/app") && line.ends_with("# DATABASE_URL, if it has FlowLens's tables"));
    assert!(shown(Home::new().env("PGHOST", "db")).ends_with("# the PG* variables"));
}

#[test]
fn path_prints_the_file_in_full() {
    let home = Home::new();
    let folder = home.folder.path().to_str().unwrap().to_owned();
    let env = move |name: &str| (name == "HOME").then(|| folder.clone());
    let mut out = Vec::new();
    commands::path(&ConfigFile::locate(&home.flags, &env).path, &mut out).unwrap();
    assert_eq!(String::from_utf8(out).unwrap(), format!("{}\n", home.file().display()));
}

const LLM: &str = "[insights.llm]\nurl = \"http://localhost:11434/v1\"\nmodel = \"qwen3:8b\"\n";

fn shown(home: &Home) -> String {
    let mut out = Vec::new();
    commands::show(&home.load().unwrap(), &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

#[test]
fn an_llm_is_one_with_url_and_model() {
    assert!(Home::new().load().unwrap().insights.llm.is_none());
    let config =
        Home::with(&format!("{LLM}price_in = 0.15\nprice_out = 1\ntimeout = \"90s\"\n")).load().unwrap();
    assert_eq!(config.warnings, [""; 0]);
    assert_eq!(config.origin("insights.llm", "model"), Some(&in_file(3)));
    let llm = config.insights.llm.unwrap();
    assert_eq!((llm.url.as_str(), llm.model.as_str()), ("http://localhost:11434/v1", "qwen3:8b"));
    assert_eq!((llm.prices, llm.timeout, llm.concurrency), (Some((0.15, 1.0)), Duration::from_secs(90), 2));
    assert!(llm.key.is_none());
    let config = Home::with("[insights.llm]\nmodel = \"x\"\n").load().unwrap();
    assert!(config.insights.llm.is_none());
    assert_eq!(config.warnings, ["[insights.llm] has a model but no url: no LLM is asked"]);
    let config = Home::with("[insights]\nworker = \"off\"\nlease = \"30s\"\n").load().unwrap();
    assert_eq!((config.insights.worker, config.insights.lease), (Worker::Off, Duration::from_secs(30)));
}

#[test]
fn the_key_comes_by_the_environment_or_from_a_file_of_its_own() {
    let named = format!("{LLM}key_file = \"~/key\"\n");
    let home = Home::with(&named);
    let file = home.folder.path().join("key");
    let key = |home: &Home| home.load().unwrap().insights.llm.unwrap().key.unwrap();
    assert!(
        home.problems()[0]
            .starts_with("~/.config/flowlens/config.toml:4: [insights.llm] key_file ~/key: No such file")
    );
    for (content, mode, problem) in [
        ("hunter2", 0o640, "others can read it: chmod 600"),
        (" \n", 0o600, "it is empty"),
        ("hunter2\nhunter3\n", 0o600, "it holds more than one line"),
    ] {
        fs::write(&file, content).unwrap();
        fs::set_permissions(&file, fs::Permissions::from_mode(mode)).unwrap();
        let problems = home.problems();
        assert_eq!(
            problems,
            [format!("~/.config/flowlens/config.toml:4: [insights.llm] key_file ~/key: {problem}")]
        );
    }
    fs::write(&file, " hunter2\n").unwrap();
    assert_eq!(key(&home), Secret::new("hunter2"));
    let home = home.env("FLOWLENS_LLM_KEY", "hunter3");
    assert_eq!(key(&home), Secret::new("hunter3"));
    let text = shown(&home);
    assert!(text.contains("# ~/.config/flowlens/config.toml:4; FLOWLENS_LLM_KEY has the key\n"), "{text}");
    assert!(!text.contains("hunter") && !format!("{:?}", home.load()).contains("hunter"), "{text}");
    // What it prints is a configuration.
    assert_eq!(Home::with(&shown(&Home::with(LLM))).load().unwrap().insights.llm.unwrap().model, "qwen3:8b");
}

#[test]
fn what_would_give_the_key_away_is_refused() {
    let file = "~/.config/flowlens/config.toml";
    let problems = Home::with(&format!("{LLM}key = \"hunter2\"\n")).problems();
    assert_eq!(
        problems,
        [format!(
            "{file}:4: [insights.llm] key: a key does not belong in this file; put it into a file that only you can \
             read (chmod 600) and name that as key_file, or into FLOWLENS_LLM_KEY"
        )]
    );
    let open = LLM.replace("localhost", "llm.example.org");
    assert!(Home::with(&open).load().is_ok(), "there is no key to give away");
    let problems = Home::with(&open).env("FLOWLENS_LLM_KEY", "hunter2").problems();
    assert!(
        problems[0].starts_with(&format!("{file}:2: [insights.llm] url: over http:// the key")),
        "{problems:?}"
    );
    for good in [format!("{open}allow_http = true\n"), open.replace("http:", "https:"), LLM.to_owned()] {
        let config = Home::with(&good).env("FLOWLENS_LLM_KEY", "hunter2").load().unwrap();
        assert!(config.insights.llm.unwrap().key.is_some());
    }
    for url in [
        "http://ann:hunter2@localhost/v1",
        "ftp://x",
        "localhost:11434",
        "http://x/v1?key=hunter2",
        "http://",
    ] {
        let problems = Home::with(&format!("[insights.llm]\nurl = \"{url}\"\n")).problems();
        assert!(
            problems[0].starts_with(&format!("{file}:2: [insights.llm] url: expected http(s)://")),
            "{problems:?}"
        );
        assert!(!problems[0].contains("hunter2"), "{problems:?}");
    }
}

#[test]
fn wrong_values_of_the_llm_are_named_with_their_place() {
    let problems = Home::with(
        "[insights]\nworker = \"on\"\nlease = \"1ms\"\n[insights.llm]\nkeyfile = \"x\"\nconcurrency = 0\n\
         context_tokens = 100\nprice_in = -0.5\nprice_out = \"cheap\"\n[insights.lm]\nurl = \"x\"\n",
    )
    .problems();
    insta::assert_snapshot!(problems.join("\n"));
}
