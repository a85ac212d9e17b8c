//! What a writer costs: one batch of many pull requests, each with checks and reviews, told thrice.
//!
//! `cargo bench --bench write [-- --pulls 1000 --checks 5 --reviews 2]`. Makes its databases itself: a file, and a
//! database on a server of its own (PostgreSQL's programs must be there) or on the one that
//! `FLOWLENS_TEST_DATABASE_URL` names.
#![cfg(test)] // always so here; it tells clippy that panics are wanted

#[expect(dead_code, reason = "the other benches need more of it")]
mod shared;
#[path = "../tests/it/support/mod.rs"]
#[expect(dead_code, unused_imports, reason = "the tests need more of it")]
mod support;

use chrono::{DateTime, TimeDelta, Utc};
use flowlens::{
    facts::fact::{
        CheckConclusion, CheckSeen, CheckStatus, Fact, PullRequestSeen, PullState, RepositoryRef,
        RepositorySeen, ReviewSeen, ReviewState, What,
    },
    store::{
        engine::{database::Database, sqlite::File},
        migrate,
        write::Writer,
    },
};

use self::shared::{Args, Server, connector, head, line, milliseconds, now, number};

fn main() {
    let Some(args) = Args::read() else { return };
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    runtime.expect("a runtime").block_on(run(&args));
}

async fn run(args: &Args) {
    let team = Team {
        pulls: args.get("pulls", 1_000, 20),
        checks: args.get("checks", 5, 2),
        reviews: args.get("reviews", 2, 1),
    };
    let server = Server::start();
    let postgres = server.database("write").await;
    migrate::migrate(&mut connector(&postgres.url()), |_| {}).await.expect("migrated");
    let folder = tempfile::tempdir().expect("a folder");
    let sqlite = File::new(folder.path().join("write.db"));

    let title = format!(
        "{} pull requests in one batch, each {} checks, {} reviews",
        team.pulls, team.checks, team.reviews
    );
    head(&[&title, "ms", "rows written"]);
    write("PostgreSQL", connector(&postgres.url()), &team).await;
    write("SQLite", sqlite, &team).await;
}

/// Tells an engine of all that is new, of nothing new, and of a new head of each.
async fn write(engine: &str, database: impl Into<Database>, team: &Team) {
    let mut writer = Writer::new(database);
    let (first, second) = (team.facts(1), team.facts(2));
    for (what, facts) in [("all new", &first), ("nothing new", &first), ("a new head of each", &second)] {
        let start = now();
        let (took, rows) = match writer.apply(facts).await {
            Ok(applied) => (number(milliseconds(start.elapsed())), applied.rows.to_string()),
            Err(error) => {
                (format!("failed after {}", number(milliseconds(start.elapsed()))), error.to_string())
            }
        };
        line([format!("{engine}, {what}"), took, rows]);
    }
}

/// How much there is to tell.
struct Team {
    pulls: i32,
    checks: i64,
    reviews: i64,
}

impl Team {
    /// One repository's facts, once its pull requests have so many heads.
    fn facts(&self, heads: i64) -> Vec<Fact> {
        let mut facts = vec![fact(heads, What::Repository(RepositorySeen::default()))];
        for number in 1..=self.pulls {
            let head = format!("{number:036x}{heads:04x}");
            facts.push(fact(heads, What::PullRequest(Box::new(pull(number, &head)))));
            for n in 0..self.checks {
                let id = (i64::from(number) * 100 + n) * 10 + heads;
                facts.push(fact(heads, What::Check(check(&head, id, &format!("job {n}")))));
            }
            for n in 0..self.reviews {
                let review = ReviewSeen {
                    number,
                    review_id: (i64::from(number) * 100 + n) * 10 + heads,
                    reviewer: format!("reviewer-{n}"),
                    state: ReviewState::Approved,
                    commit_sha: Some(head.clone()),
                    submitted_at: at(heads),
                };
                facts.push(fact(heads, What::Review(review)));
            }
        }
        facts
    }
}

fn fact(hour: i64, what: What) -> Fact {
    let repository = RepositoryRef { github_id: 1, full_name: "acme/api".to_owned() };
    Fact { repository, at: at(hour), what }
}

fn at(hour: i64) -> DateTime<Utc> {
    DateTime::UNIX_EPOCH + TimeDelta::days(20_000) + TimeDelta::hours(hour)
}

fn pull(number: i32, head: &str) -> PullRequestSeen {
    PullRequestSeen {
        number,
        title: format!("Title of {number}"),
        author: Some("ana".to_owned()),
        author_avatar: None,
        state: PullState::Open,
        head_sha: head.to_owned(),
        head_branch: format!("branch-{number}"),
        base_branch: "main".to_owned(),
        description: Some("What it is about. ".repeat(20)),
        url: None,
        labels: vec!["bug".to_owned()],
        assignees: Vec::new(),
        reviewers: vec!["bo".to_owned()],
        additions: Some(10),
        deletions: Some(2),
        changed_files: Some(3),
        commits: Some(1),
        mergeable_state: Some("clean".to_owned()),
        auto_merge: false,
        created_at: at(0),
    }
}

fn check(head: &str, id: i64, name: &str) -> CheckSeen {
    CheckSeen {
        head_sha: head.to_owned(),
        workflow: None,
        app: "github-actions".to_owned(),
        suite_id: id,
        name: name.to_owned(),
        github_id: id,
        attempt: Some(1),
        status: CheckStatus::Completed,
        conclusion: Some(CheckConclusion::Success),
        url: None,
        summary: None,
        started_at: Some(at(0)),
        completed_at: Some(at(0)),
    }
}
