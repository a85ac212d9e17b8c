//! Defect 11: what a list costs, and what it shows.

use super::Scene;
use crate::support::{
    cli,
    pg::{Database, PrivateServer},
};
use flowlens::store::{
    engine::{connect::Connector, options::Target},
    migrate::migrate,
};
use serde_json::Value;

/// The board as scripts see it.
fn board(url: &str) -> Vec<Value> {
    let answer = cli::run(&["status", "--json", "--filter", "!zzzz"], &[("FLOWLENS_DATABASE_URL", url)]);
    assert!(answer.status.success(), "{answer}");
    let board: Value = serde_json::from_str(&answer.stdout).expect("JSON");
    board["pull_requests"].as_array().expect("pull requests").clone()
}

/// Nine hundred pull requests of thirty repositories, each with a run, an insight and patches.
async fn filled(server: &PrivateServer) -> Database {
    let db = server.database("defect_11_lists").await;
    migrate(&mut Connector::new(Target::parse(&db.url(), &[]).expect("an address")), |_| {})
        .await
        .expect("migrated");
    db.execute(
        "INSERT INTO repositories (github_id, name, full_name, owner)
             SELECT n, 'r' || n, 'acme/r' || n, 'acme' FROM generate_series(1, 30) n;
         INSERT INTO pull_requests (repo_id, pr_number, title, state, commit_sha, files_changed, updated_at)
             SELECT r.id, n, 'Title', 'open', 'abc', jsonb_build_array(jsonb_build_object('patch', 'a-patch')), now()
             FROM repositories r, generate_series(1, 30) n;
         INSERT INTO pipeline_runs (repo_id, pr_number) SELECT repo_id, pr_number FROM pull_requests;
         INSERT INTO insights (repo_id, pr_number, risk_level) SELECT repo_id, pr_number, 'high' FROM pull_requests",
    )
    .await;
    db
}

#[tokio::test(flavor = "multi_thread")]
async fn d11_a_list_takes_few_statements_in_pages_and_no_patches() {
    let server = PrivateServer::start(&["log_statement = all", "log_line_prefix = '%a '"]);
    let db = filled(&server).await;
    let pulls = board(&format!("{}?application_name=viewer", db.url()));
    assert_eq!(pulls.len(), 900);
    let log = server.log();
    // What comes before is not the viewer's.
    let read: Vec<&str> =
        log.split("\nviewer ").skip(1).filter(|entry| entry.contains("LOG:  statement: ")).collect();
    assert!((3..40).contains(&read.len()), "{} statements for 900 pull requests", read.len());
    let lists: Vec<&&str> = read.iter().filter(|entry| entry.contains("FROM pull_requests")).collect();
    assert!(!lists.is_empty());
    for list in lists {
        // That there are some is no patch.
        let (named, known) = (list.matches("files_changed"), list.matches("files_changed IS NOT NULL"));
        assert_eq!(named.count(), known.count(), "{list}");
        assert!(list.contains("LIMIT"), "{list}");
    }
}

#[tokio::test]
async fn d11_the_newest_insight_is_shown_with_the_risk_it_names() {
    let scene = Scene::new("defect_11_newest").await;
    scene.deliver(&[scene.pull("opened")]).await;
    for (level, age) in [("low", 3), ("high", 1), ("medium", 2)] {
        let sql = format!(
            "INSERT INTO insights (repo_id, pr_number, risk_level, summary, created_at)
             SELECT repo_id, pr_number, '{level}', '{level}', now() - interval '{age} hours' FROM pull_requests"
        );
        scene.store.execute(&sql).await;
    }
    let [pull] = <[Value; 1]>::try_from(board(&scene.store.url())).expect("one");
    assert_eq!((&pull["insight"]["risk"], &pull["insight"]["summary"]), (&"high".into(), &"high".into()));
}
