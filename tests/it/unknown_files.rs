//! Pull requests whose files are not known: no insight is made of them, on whichever way, and none hides a better one.

use flowlens::{
    facts::fact::{FilesSeen, What},
    store::write::Writer,
};
use serde_json::{Value, json};

use crate::{
    facts::lives::{fact, pull},
    insight::{file, lines},
    support::{
        PATIENCE, pg,
        rows::{
            Cell::{Flag, Id, Int, Null, Text},
            Store,
        },
        term::Pty,
    },
    worker::on,
};

const HEAD: &str = "bbbbbbb222222222222222222222222222222222";

/// `acme/api#421` without files, and one insight of its head, of this level.
async fn filed(store: &Store, level: Option<&'static str>) {
    let pull = [
        ("id", Id(2)),
        ("repo_id", Id(1)),
        ("pr_number", Int(421)),
        ("title", Text("Fix the refresh")),
        ("author", Text("ana")),
        ("commit_sha", Text(HEAD)),
        ("state", Text("open")),
    ];
    let insight = [
        ("id", Id(3)),
        ("repo_id", Id(1)),
        ("pr_number", Int(421)),
        ("commit_sha", Text(HEAD)),
        ("risk_level", level.map_or(Null, Text)),
        ("summary", Text("The old one")),
        ("processed", Flag(true)),
    ];
    store.acme_api().await;
    store.insert("pull_requests", &[&pull]).await;
    store.insert("insights", &[&insight]).await;
}

/// The plain v2.0 schema, and a login that may read, and what is granted.
async fn plain(name: &str, grant: Option<&str>) -> (Store, String) {
    let db = pg::database(name).await;
    db.seed_schema().await;
    let url = db.select_only_login().await;
    let login = url::Url::parse(&url).expect("a URL").username().to_owned();
    if let Some(grant) = grant {
        db.execute(&format!("GRANT {grant} TO \"{login}\"")).await;
    }
    (Store::Postgres(db), url)
}

async fn store_files(store: &Store, files: &[Value]) {
    let text = Value::from(files).to_string().replace('\'', "''");
    store.execute(&format!("UPDATE pull_requests SET files_changed = '{text}'")).await;
}

fn session() -> Vec<Value> {
    vec![file("src/auth/session.rs", "modified", &lines(30))]
}

fn open(url: &str) -> Pty {
    let env = [("FLOWLENS_DATABASE_URL", url), ("SSH_TTY", "/dev/pts/0"), ("PATH", "/nowhere")];
    let mut pty = Pty::spawn(&["-i", "200ms"], &env, 160, 48);
    pty.wait_for("The old one", PATIENCE);
    pty
}

#[tokio::test]
async fn a_key_is_refused_on_each_way_and_the_level_stays() {
    let mut ways = Vec::new();
    for store in Store::both("unknown_key").await {
        let url = store.url();
        ways.push((store, url, "No insight: the files of this pull request are not known"));
    }
    let why = "No insight: its files are not known: no file list is stored for it";
    let (store, url) = plain("unknown_insert", Some("INSERT ON insights")).await;
    ways.push((store, url, why));
    let (store, url) = plain("unknown_read", None).await;
    ways.push((store, url, why));
    for (store, url, says) in ways {
        filed(&store, Some("high")).await;
        let mut pty = open(&url);
        pty.wait_for("HIGH", PATIENCE);
        pty.keys("i");
        pty.wait_for(says, PATIENCE);
        assert!(pty.screen().contains("HIGH"), "{}", pty.screen());
        pty.keys("q");
        assert_eq!(pty.exit_code(), Ok(0));
        assert_eq!(store.count("insights", "true").await, 1, "{says}");
        assert_eq!(store.count("insights", "risk_level = 'high' AND processed").await, 1, "{says}");
    }
}

#[tokio::test]
async fn a_worker_says_which_heads_it_can_say_nothing_of() {
    for store in Store::both("unknown_worker").await {
        filed(&store, Some("high")).await;
        store.execute("UPDATE insights SET commit_sha = 'aaaaaaa'").await;
        for _ in 0..2 {
            let answer = on(&store, &["worker", "--once"]);
            assert!(answer.status.success() && answer.stdout.is_empty(), "{answer}");
            assert!(
                answer.stderr.contains("1 head stays without an insight: the files are not known"),
                "{answer}"
            );
        }
        // Names that a service made up are no files either; that is known only when they are read.
        let invented = json!({"filename": "file_1.rs", "_fallback": true});
        store_files(&store, &[invented]).await;
        let answer = on(&store, &["worker", "--once"]);
        let lines: Vec<&str> = answer.stdout.lines().collect();
        assert_eq!(
            lines,
            [
                "1 new head is queued",
                "acme/api#421: failed: its files are not known: its stored file names are placeholders of the service \
                 that wrote them"
            ],
            "{answer}"
        );
        assert_eq!(on(&store, &["worker", "--once"]).stdout, "", "it would fail for ever");
        assert_eq!(store.count("insights", "true").await, 1);
        assert_eq!(store.count("insight_requests", "state = 'failed' AND attempts = 1").await, 1);
        // The files come, and whoever writes them says when.
        store_files(&store, &session()).await;
        let now = match &store {
            Store::Postgres(_) => "clock_timestamp()",
            Store::Sqlite(_) => "CAST(unixepoch('subsec') * 1000000 AS INTEGER) + 1",
        };
        store.execute(&format!("UPDATE pull_requests SET updated_at = {now}")).await;
        let answer = on(&store, &["worker", "--once"]);
        assert!(answer.stdout.contains("acme/api#421: medium"), "{answer}");
        assert_eq!(on(&store, &["worker", "--once"]).stdout, "");
    }
}

/// What `status` says of it: whether it is among the stale ones, and its own word.
fn staleness(url: &str) -> (bool, Value) {
    let run = |filter: &str| {
        let args = ["status", "--json", "--filter", filter];
        let answer = crate::support::cli::run(&args, &[("FLOWLENS_DATABASE_URL", url)]);
        let document: Value =
            serde_json::from_str(&answer.stdout).unwrap_or_else(|error| panic!("{error}: {answer}"));
        document["pull_requests"].as_array().expect("a list").clone()
    };
    (run("is:stale").len() == 1, run("#421")[0]["insight"]["stale"].clone())
}

#[tokio::test]
async fn an_insight_without_a_level_is_stale_once_the_files_are_there() {
    let [server, embedded] = Store::both("unknown_stale").await;
    let (plain, reader) = plain("unknown_plain", None).await;
    let urls = [server.url(), embedded.url(), reader];
    for (store, url) in [server, embedded, plain].into_iter().zip(urls) {
        filed(&store, None).await;
        assert_eq!(staleness(&url), (false, json!(false)));
        store_files(&store, &session()).await;
        assert_eq!(staleness(&url), (true, json!(true)));
        let mut pty = open(&url);
        pty.wait_for("stale: it has no level, and the files are known now", PATIENCE);
        pty.keys("I");
        pty.wait_for("1 pull request with a stale insight", PATIENCE);
        pty.keys("n");
        pty.keys("q");
        assert_eq!(pty.exit_code(), Ok(0));
        if matches!(&store, Store::Postgres(db) if !db.url().contains("unknown_stale")) {
            continue;
        }
        // That it was once asked for, and this came of it, is no answer.
        store
            .execute(&format!(
                "INSERT INTO insight_requests (id, repo_id, pr_number, commit_sha, state, insight_id)
                 VALUES ({}, {}, 421, '{HEAD}', 'done', {})",
                store.literal(&Id(9)),
                store.literal(&Id(1)),
                store.literal(&Id(3))
            ))
            .await;
        let answer = on(&store, &["worker", "--once"]);
        assert!(answer.stdout.contains("acme/api#421: medium"), "{answer}");
        assert_eq!(staleness(&url), (false, json!(false)));
        assert_eq!(on(&store, &["worker", "--once"]).stdout, "");
    }
}

#[tokio::test]
async fn the_files_of_another_head_are_not_taken_for_this_ones() {
    for store in Store::both("unknown_head").await {
        let mut writer = Writer::new(store.database());
        let files = |seconds, head: &str| {
            let files = Value::from(session());
            fact(
                seconds,
                What::Files(FilesSeen {
                    number: 1,
                    head_sha: head.to_owned(),
                    base_branch: None,
                    files: files.into(),
                }),
            )
        };
        let seen = |seconds, head: &str| fact(seconds, What::PullRequest(Box::new(pull(head))));
        writer.apply(&[seen(0, "aaaaaaa1"), files(0, "aaaaaaa1")]).await.expect("written");
        let answer = on(&store, &["worker", "--once"]);
        assert!(answer.stdout.contains("acme/api#1: medium"), "{answer}");
        writer.apply(&[seen(1, HEAD)]).await.expect("written");
        let answer = on(&store, &["worker", "--once"]);
        assert!(answer.stdout.contains("failed: its files are not known"), "{answer}");
        assert!(answer.stdout.contains("its stored file list is of another head"), "{answer}");
        assert_eq!(on(&store, &["worker", "--once"]).stdout, "");
        writer.apply(&[files(2, HEAD)]).await.expect("written");
        let answer = on(&store, &["worker", "--once"]);
        assert!(answer.stdout.contains("acme/api#1: medium"), "{answer}");
        let of_each = "commit_sha = 'aaaaaaa1' OR commit_sha LIKE 'bbbbbbb%'";
        assert_eq!((store.count("insights", of_each).await, store.count("insights", "true").await), (2, 2));
    }
}

#[tokio::test]
async fn a_level_is_stored_in_whatever_type_holds_words() {
    let (store, url) = plain("unknown_types", Some("INSERT ON insights")).await;
    filed(&store, Some("low")).await;
    store_files(&store, &session()).await;
    store
        .execute(
            "UPDATE insights SET commit_sha = 'aaaaaaa';
             CREATE TYPE risk AS ENUM ('low', 'medium', 'high');
             ALTER TABLE insights ALTER risk_level TYPE risk USING risk_level::risk, ALTER commit_sha TYPE char(40),
                 ADD COLUMN score real, ADD COLUMN details json;",
        )
        .await;
    let grant = format!(
        "GRANT SELECT, INSERT ON insights TO \"{}\"",
        url::Url::parse(&url).expect("a URL").username()
    );
    store.execute(&grant).await;
    let mut pty = open(&url);
    pty.keys("i");
    pty.wait_for("Medium-sized fix: +30 −0 source lines", PATIENCE);
    pty.keys("q");
    assert_eq!(pty.exit_code(), Ok(0));
    let whole = "risk_level = 'medium' AND score > 0 AND details ->> 'source' = 'rules' AND NOT processed";
    assert_eq!(store.count("insights", whole).await, 1);
    // A number is no level: nothing is stored that would hide the one before it.
    store.execute("UPDATE pull_requests SET commit_sha = 'ccccccc'; ALTER TABLE insights DROP risk_level; ALTER TABLE insights ADD risk_level integer").await;
    store.execute(&grant).await;
    let mut pty = Pty::spawn(
        &["-i", "200ms"],
        &[("FLOWLENS_DATABASE_URL", url.as_str()), ("SSH_TTY", "/dev/pts/0"), ("PATH", "/nowhere")],
        160,
        48,
    );
    pty.wait_for("Medium-sized fix", PATIENCE);
    pty.keys("i");
    pty.wait_for("insights.risk_level does not take a level", PATIENCE);
    pty.keys("q");
    assert_eq!(pty.exit_code(), Ok(0));
    assert_eq!(store.count("insights", "true").await, 2);
}
