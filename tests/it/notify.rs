//! Programs of rules, really run: what reaches them, and what becomes of those that fail.

use std::{collections::BTreeMap, fs, time::Duration};

use flowlens::{
    domain::notify::FACTS,
    tui::{
        effect::{RuleCommand, ServiceCall},
        msg::Msg,
    },
};
use proptest::prelude::*;

use crate::{
    dashboard::team,
    own::{RECORDER, hostile, perform, recorded, script},
    support::{PATIENCE, eventually, term::Pty},
};

fn wish(command: Vec<String>, title: &str) -> RuleCommand {
    let facts = FACTS.map(|(fact, _)| if fact == "title" { title.to_owned() } else { fact.to_owned() });
    RuleCommand { rule: "late".to_owned(), command, facts, timeout: Duration::from_secs(PATIENCE) }
}

fn run(run: RuleCommand) -> Option<Msg> {
    perform(ServiceCall::Run(Box::new(run)))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, ..ProptestConfig::default() })]

    #[test]
    fn arguments_and_variables_arrive_exactly_as_they_are(
        args in proptest::collection::vec(hostile(0), 1..5),
        title in hostile(0),
    ) {
        let folder = tempfile::tempdir().expect("a folder");
        let program = script(folder.path(), "told", RECORDER);
        let command = [vec![program], args.clone()].concat();
        prop_assert_eq!(run(wish(command, &title)), None);
        prop_assert_eq!(recorded(folder.path(), "args"), Some(args));
        let env = recorded(folder.path(), "env").expect("an environment");
        let variable = format!("FLOWLENS_TITLE={title}");
        prop_assert!(env.contains(&variable));
        let names = fs::read_dir(folder.path()).expect("a folder").count();
        prop_assert_eq!(names, 3, "nothing was run beside");
    }
}

#[test]
fn what_fails_is_said_with_its_first_words() {
    let folder = tempfile::tempdir().expect("a folder");
    let said = |text: &str, timeout: Duration| {
        let command = vec![script(folder.path(), "told", text)];
        match run(RuleCommand { timeout, ..wish(command, "") }) {
            Some(Msg::Done(Err(why))) => why.replace(&folder.path().display().to_string(), "HERE"),
            other => panic!("{other:?}"),
        }
    };
    let long = Duration::from_secs(PATIENCE);
    let fails = "echo >&2\nprintf '\\033[31mno network\\n' >&2\nexit 3\n";
    assert_eq!(said(fails, long), "Rule late: HERE/told ended with 3: [31mno network");
    assert_eq!(said("kill -9 $$\n", long), "Rule late: HERE/told was ended by a signal");
    // A loud one ends, and one that waits is stopped with all that it has started.
    assert_eq!(said("yes 2>/dev/null | head -c 300000 >&2\nexit 4\n", long), {
        "Rule late: HERE/told ended with 4: y"
    });
    let waits = "sleep 1000 &\necho $! >\"${0%/*}/pid\"\nwait\n";
    let why = said(waits, Duration::from_millis(600));
    assert_eq!(why, "Rule late: HERE/told was stopped: it took longer than 600ms");
    let missing = run(wish(vec!["/nothing/there".to_owned()], ""));
    let Some(Msg::Done(Err(why))) = missing else { panic!("{missing:?}") };
    assert!(why.starts_with("Rule late: /nothing/there cannot be started: "), "{why}");
}

/// The whole way: a row in the database, a rule in the configuration, a program.
#[tokio::test]
async fn a_rule_of_the_configuration_runs_its_program_and_keeps_our_secrets() {
    let db = team("told").await;
    let folder = tempfile::tempdir().expect("a folder");
    let program = script(folder.path(), "told", RECORDER);
    let config = folder.path().join("config.toml");
    let rules = format!(
        "[dashboard]\nme = \"bo\"\n\n[[notify]]\nname = \"mine fails\"\nfilter = \"is:mine is:failing\"\n\
         how = [\"bell\", \"osc9\"]\ncommand = [{program:?}, \"--\", \"{{title}}\", \"{{repo}}#{{number}}\"]\n"
    );
    fs::write(&config, rules).expect("a file");
    let (url, config) = (db.url(), config.display().to_string());
    let env = [
        ("FLOWLENS_DATABASE_URL", url.as_str()),
        ("PGPASSWORD", "hunter2"),
        ("GH_TOKEN", "hunter2"),
        ("FLOWLENS_LLM_KEY", "hunter2"),
        ("SSH_TTY", "/dev/pts/0"),
        ("TMUX", "/tmp/tmux-0/default,1,0"),
    ];
    let mut pty = Pty::spawn(&["--config", &config, "-i", "200ms"], &env, 140, 40);
    pty.wait_for("Add OAuth refresh", PATIENCE);
    pty.wait_for(" live", PATIENCE);
    assert_eq!(recorded(folder.path(), "args"), None, "nothing has happened yet");
    db.execute(
        "UPDATE pull_requests SET title = '$(touch pwned) -rf ''\"; {url}', updated_at = now() WHERE pr_number = 7;
         UPDATE pipeline_runs SET status_build = 'failed', updated_at = now() WHERE pr_number = 7",
    )
    .await;
    let args = eventually(PATIENCE, || recorded(folder.path(), "args")).expect("it was run");
    assert_eq!(args, ["--", "$(touch pwned) -rf '\"; {url}", "acme/web#7"]);
    let env = recorded(folder.path(), "env").expect("an environment");
    let env: BTreeMap<&str, &str> = env.iter().filter_map(|line| line.split_once('=')).collect();
    assert_eq!(env.get("FLOWLENS_RULE"), Some(&"mine fails"));
    assert_eq!(env.get("FLOWLENS_REPO"), Some(&"acme/web"));
    assert!(!env.values().any(|value| value.contains("hunter2") || value.contains("postgres")), "{env:?}");
    assert!(!env.contains_key("FLOWLENS_DATABASE_URL"), "{env:?}");
    pty.wait_for("mine fails: acme/web#7", PATIENCE);
    let sent = String::from_utf8_lossy(&pty.raw_output()).into_owned();
    assert!(sent.contains("\u{1b}Ptmux;\u{1b}\u{1b}]9;FlowLens: mine fails: acme/web#7 $(touch pwned) -rf"));
    assert!(sent.contains('\u{7}'), "the bell");
    pty.keys("q");
    assert_eq!(pty.exit_code(), Ok(0));
}
