//! What a writer costs: one batch of many pull requests, each with checks and reviews, told thrice; and the same team in
//! the batches of a first sync.
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
        CheckConclusion, CheckSeen, CheckStatus, Fact, FilesSeen, PullRequestSeen, PullState, RepositoryRef,
        RepositorySeen, ReviewSeen, ReviewState, What,
    },
    store::{
        engine::{database::Database, sqlite::File},
        migrate,
        write::Writer,
    },
};

use serde_json::{Value, json};

use self::shared::{Args, Server, connector, head, line, milliseconds, now, number};

/// Of a pull request.
const FILES: usize = 6;

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

    let title =
        format!("{} pull requests, each {} checks, {} reviews", team.pulls, team.checks, team.reviews);
    head(&[&title, "ms", "rows written", "rows/s"]);
    write("PostgreSQL", connector(&postgres.url()), &team).await;
    write("SQLite", sqlite, &team).await;
    let another = server.database("sync").await;
    migrate::migrate(&mut connector(&another.url()), |_| {}).await.expect("migrated");
    sync("PostgreSQL", connector(&another.url()), &team).await;
    sync("SQLite", File::new(folder.path().join("sync.db")), &team).await;
}

/// Tells an engine of all that is new, of nothing new, and of a new head of each: a batch each time.
async fn write(engine: &str, database: impl Into<Database>, team: &Team) {
    let mut writer = Writer::new(database);
    let (first, second) = (team.facts(1), team.facts(2));
    for (what, facts) in [("all new", &first), ("nothing new", &first), ("a new head of each", &second)] {
        apply(&mut writer, format!("{engine}, one batch, {what}"), std::slice::from_ref(facts)).await;
    }
}

/// Tells it in the batches of a first sync: lists of a hundred, details of twenty, and files one by one.
async fn sync(engine: &str, database: impl Into<Database>, team: &Team) {
    let mut writer = Writer::new(database);
    let numbers: Vec<i32> = (1..=team.pulls).collect();
    let each = |numbers: &[i32], tell: &dyn Fn(i32) -> Vec<Fact>| {
        let of_repository = fact(1, What::Repository(RepositorySeen::default()));
        numbers.iter().flat_map(|number| tell(*number)).chain([of_repository]).collect::<Vec<_>>()
    };
    let picture = |number| vec![fact(0, What::PullRequest(Box::new(pull(number, &sha(number, 1)))))];
    let files = |number| {
        let files =
            (0..FILES).map(|n| json!({"filename": format!("src/part{n}.rs"), "patch": "+one\n".repeat(30)}));
        let (head_sha, base_branch) = (sha(number, 1), Some("main".to_owned()));
        vec![fact(
            1,
            What::Files(FilesSeen { number, head_sha, base_branch, files: files.collect::<Value>().into() }),
        )]
    };
    let lists = numbers.chunks(100).map(|page| each(page, &picture)).collect::<Vec<_>>();
    apply(&mut writer, format!("{engine}, lists of 100"), &lists).await;
    let details =
        numbers.chunks(20).map(|page| each(page, &|number| team.pull(number, 1))).collect::<Vec<_>>();
    apply(&mut writer, format!("{engine}, details of 20"), &details).await;
    let files = numbers.chunks(1).map(|page| each(page, &files)).collect::<Vec<_>>();
    apply(&mut writer, format!("{engine}, files of 1"), &files).await;
}

async fn apply(writer: &mut Writer, what: String, batches: &[Vec<Fact>]) {
    let (start, mut rows) = (now(), 0);
    for facts in batches {
        rows += writer.apply(facts).await.expect("written").rows;
    }
    let took = start.elapsed();
    #[expect(clippy::cast_precision_loss, reason = "some thousands")]
    let speed = rows as f64 / took.as_secs_f64();
    line([what, number(milliseconds(took)), rows.to_string(), format!("{speed:.0}")]);
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
        let of_repository = fact(heads, What::Repository(RepositorySeen::default()));
        let pulls = (1..=self.pulls).flat_map(|number| self.pull(number, heads));
        [of_repository].into_iter().chain(pulls).collect()
    }

    /// One pull request's.
    fn pull(&self, number: i32, heads: i64) -> Vec<Fact> {
        let head = sha(number, heads);
        let mut facts = vec![fact(heads, What::PullRequest(Box::new(pull(number, &head))))];
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
        facts
    }
}

fn sha(number: i32, heads: i64) -> String {
    format!("{number:036x}{heads:04x}")
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
        workflow_name: None,
        app: "github-actions".to_owned(),
        suite_id: id,
        name: name.to_owned(),
        github_id: id,
        attempt: Some(1),
        status: CheckStatus::Completed,
        conclusion: Some(CheckConclusion::Success),
        url: None,
        summary: None,
        created_at: None,
        started_at: Some(at(0)),
        completed_at: Some(at(0)),
    }
}
