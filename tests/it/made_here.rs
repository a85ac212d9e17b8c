//! Insights that the dashboard makes itself, for want of a queue: each of them is shown until its end, and those that
//! are not begun can be taken back.

use std::sync::Arc;

use flowlens::{
    domain::{
        ids::PrKey,
        request::{Asked, RequestState},
    },
    store::{
        board::detail::DetailReader,
        engine::{connect::Connector, options::Target},
        insights::InsightStore,
    },
    tui::{
        effect::ServiceCall,
        msg::Msg,
        perform::{InsightSupply, Services},
    },
};
use serde_json::json;
use tokio::{sync::mpsc, task::JoinSet};

use crate::{
    insight::{file, lines},
    support::{
        PATIENCE,
        board::{key, noon},
        eventually,
        http::{Reply, Server},
        pg::{self, Database},
        proxy::Proxy,
        rows::Store,
        term::Pty,
    },
};

/// The tables of the database guide with three stale insights, and a login that may read them, and what is granted.
async fn stale(name: &str, grant: Option<&str>) -> (Database, String) {
    let db = pg::database(name).await;
    db.seed_schema().await;
    let files = json!([file("src/auth/session.rs", "modified", &lines(30))]);
    db.execute(&format!(
        "INSERT INTO repositories (id, github_id, name, full_name, owner)
             VALUES ('00000000-0000-0000-0000-000000000001', 1, 'api', 'acme/api', 'acme');
         INSERT INTO pull_requests (repo_id, pr_number, title, author, commit_sha, state, files_changed)
             SELECT id, number, 'Fix the refresh', 'ana', 'bbb2222', 'open', '{files}'
             FROM repositories, generate_series(1, 3) AS number;
         INSERT INTO insights (repo_id, pr_number, commit_sha, risk_level, summary)
             SELECT repo_id, pr_number, 'aaa1111', 'low', 'The old one' FROM pull_requests"
    ))
    .await;
    let url = db.select_only_login().await;
    if let Some(grant) = grant {
        let login = url::Url::parse(&url).expect("a URL").username().to_owned();
        db.execute(&format!("GRANT {grant} TO \"{login}\"")).await;
    }
    (db, url)
}

const GRANTS: [(&str, Option<&str>); 2] = [("read", None), ("insert", Some("INSERT ON insights"))];

/// Lines of the list whose risk column has this word.
fn marked(screen: &str, word: &str) -> usize {
    screen.lines().filter(|line| line.contains("Fix the refresh") && line.contains(word)).count()
}

#[tokio::test]
async fn polls_forget_none_of_them_and_a_key_takes_back_those_that_are_not_begun() {
    for (name, grant) in GRANTS {
        // It holds the first one between its begin and its end.
        let llm = Server::start(|_, _| Reply::Silence);
        let (db, url) = stale(&format!("made_here_{name}"), grant).await;
        let proxy = Proxy::before(&url);
        let (url, (_folder, config)) = (proxy.url(&url), configured(&llm));
        let args = ["-i", "200ms", "--config", &config];
        let env = [("FLOWLENS_DATABASE_URL", url.as_str()), ("SSH_TTY", "/dev/pts/0"), ("PATH", "/nowhere")];
        let mut pty = Pty::spawn(&args, &env, 160, 48);
        pty.wait_for("stale: head is now", PATIENCE);
        pty.keys("I");
        pty.wait_for("3 pull requests with a stale insight", PATIENCE);
        pty.keys("y");
        let is_held = |screen: &str| (marked(screen, "runs"), marked(screen, "queued")) == (1, 2);
        pty.wait_until("one that runs and two that wait", PATIENCE, is_held);
        let from = proxy.round_trips();
        let polled = eventually(PATIENCE, || (proxy.round_trips() >= from + 12).then_some(()));
        assert!(polled.is_some(), "{name}: it does not poll");
        pty.keys("jk");
        pty.wait_until("the same after some polls", PATIENCE, is_held);
        pty.keys("x");
        pty.wait_for("2 requests taken back", PATIENCE);
        pty.wait_until("the one that is begun", PATIENCE, |screen| {
            (marked(screen, "runs"), marked(screen, "queued")) == (1, 0)
        });
        pty.keys("x");
        pty.wait_for("It is being made: too late to take it back", PATIENCE);
        pty.keys("q");
        assert_eq!(pty.exit_code(), Ok(0));
        assert_eq!(llm.requests().len(), 1, "what is taken back costs nothing");
        assert_eq!(Store::Postgres(db).count("insights", "commit_sha = 'bbb2222'").await, 0);
    }
}

/// A configuration with this service, and its path.
fn configured(llm: &Server) -> (tempfile::TempDir, String) {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("llm.toml");
    let text = format!("[insights.llm]\nurl = \"{}\"\nmodel = \"silent\"\n", llm.url());
    std::fs::write(&path, text).expect("a file");
    let path = path.display().to_string();
    (folder, path)
}

/// The messages of wishes that are all made before the first is granted.
async fn told(url: &str, wishes: Vec<ServiceCall>, last: impl Fn(&Msg) -> bool) -> Vec<Msg> {
    let connector = || Connector::new(Target::parse(url, &[]).expect("an address"));
    let mut tasks = JoinSet::new();
    let (feed, _commands) = mpsc::channel(1);
    // One at a time: nothing happens unseen.
    let (replies, mut heard) = mpsc::channel(1);
    let supply = InsightSupply {
        queue: InsightStore::new(connector()),
        by: "tests".to_owned(),
        llm: None::<Arc<_>>,
        wake: Box::new(|_| {}),
        clock: noon,
    };
    let services = Services::start(
        DetailReader::new(connector()),
        supply,
        feed,
        mpsc::unbounded_channel().0,
        mpsc::unbounded_channel().0,
        replies,
        &mut tasks,
    );
    for wish in wishes {
        services.perform(wish, &mut tasks);
    }
    let mut messages = Vec::new();
    while let Some(msg) = heard.recv().await {
        let is_last = last(&msg);
        messages.push(msg);
        if is_last {
            break;
        }
    }
    messages
}

/// Each step of each request: its number and its state.
fn steps(messages: &[Msg]) -> Vec<String> {
    let mut steps = Vec::new();
    for msg in messages {
        match msg {
            Msg::Requests(requests) => steps
                .extend(requests.iter().map(|request| format!("{} {}", request.key.number, request.state))),
            Msg::Asked(Ok(Asked::Local(n))) => steps.push(format!("{n} asked for")),
            Msg::Cancelled(Ok(n)) => steps.push(format!("{n} taken back")),
            Msg::Local(key, _) => steps.push(format!("{} made", key.number)),
            other => panic!("{other:?}"),
        }
    }
    steps
}

#[tokio::test]
async fn what_is_made_here_goes_through_the_steps_of_the_queue() {
    let (_db, url) = stale("made_here_steps", None).await;
    let keys: Vec<PrKey> = (1..=3).map(|number| key(1, number)).collect();
    let ends = |msg: &Msg| {
        matches!(msg, Msg::Requests(requests) if requests.iter().any(|request| {
            request.key == key(1, 3) && request.state == RequestState::Done
        }))
    };
    let messages = told(&url, vec![ServiceCall::Ask(keys.clone())], ends).await;
    let made = |n: i32| [format!("#{n} running"), format!("#{n} made"), format!("#{n} done")];
    let begin = ["#1 queued", "#2 queued", "#3 queued", "3 asked for"].map(str::to_owned);
    assert_eq!(steps(&messages), [begin.to_vec(), made(1).into(), made(2).into(), made(3).into()].concat());
    let versions: Vec<_> = messages
        .iter()
        .filter_map(|msg| if let Msg::Requests(requests) = msg { Some(requests) } else { None })
        .flatten()
        .filter(|request| request.key == key(1, 2))
        .map(|request| request.updated_at)
        .collect();
    assert!(versions.is_sorted_by(|a, b| a < b), "a clock that stands still: {versions:?}");

    // Wishes come before the next one is begun; of one that is made nothing is left to take back.
    let wishes = vec![
        ServiceCall::Ask(keys.clone()),
        ServiceCall::Cancel(keys[1..].to_vec()),
        ServiceCall::Cancel(keys[1..].to_vec()),
    ];
    let ends =
        |msg: &Msg| matches!(msg, Msg::Requests(all) if all.iter().any(|r| r.state == RequestState::Done));
    let messages = told(&url, wishes, ends).await;
    let cancelled = ["#2 cancelled", "#3 cancelled", "2 taken back", "0 taken back"].map(str::to_owned);
    assert_eq!(steps(&messages), [begin.to_vec(), cancelled.to_vec(), made(1).into()].concat());
}
