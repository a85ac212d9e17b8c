//! What the deployed services got wrong, each by a test: the deliveries, and the rows that must follow.

use chrono::TimeDelta;
use flowlens::{
    facts::fact::Fact,
    github::webhook::read,
    store::{engine::database::Database, write::Writer},
};
use serde_json::json;

use crate::{
    github::fake::{
        deliver::Delivery,
        world::{Review, World},
    },
    support::rows::Store,
    sync::many,
};

/// A GitHub with pull request #1, and a database that hears of it.
struct Scene {
    world: World,
    store: Store,
}

impl Scene {
    async fn new(name: &str) -> Self {
        let [store, _] = Store::both(name).await;
        Self { world: many(1), store }
    }

    /// One after the other.
    async fn deliver(&self, deliveries: &[Delivery]) {
        let mut writer = Writer::new(self.store.database());
        for delivery in deliveries {
            let told = read(delivery.event, &delivery.body()).expect("a delivery");
            writer.apply(&told.facts).await.expect("applied");
        }
    }

    fn pull(&self, action: &str) -> Delivery {
        self.world.tell_pull(0, 1, action)
    }

    /// A minute later, the pull request changes.
    fn change(
        &mut self,
        action: &str,
        change: impl FnOnce(&mut crate::github::fake::world::Pull),
    ) -> Delivery {
        self.world.pass(TimeDelta::minutes(1));
        self.world.change(0, 1, change);
        self.pull(action)
    }

    fn close(&mut self) -> Delivery {
        let now = self.world.now() + TimeDelta::minutes(1);
        self.change("closed", |pull| (pull.state, pull.closed_at) = ("CLOSED", Some(now)))
    }

    fn merge(&mut self) -> Delivery {
        let now = self.world.now() + TimeDelta::minutes(1);
        self.change("closed", |pull| {
            (pull.state, pull.closed_at, pull.merged_at) = ("MERGED", Some(now), Some(now));
        })
    }

    fn push(&mut self) -> Delivery {
        self.world.pass(TimeDelta::minutes(1));
        self.world.push(0, 1);
        self.pull("synchronize")
    }

    fn head(&self) -> String {
        self.world.repositories[0].pulls[&1].head.clone()
    }

    /// A check of a new suite, a minute later.
    fn check(&mut self, workflow: &str, name: &str, conclusion: Option<&'static str>) -> Vec<Delivery> {
        self.world.pass(TimeDelta::minutes(1));
        let head = self.head();
        let suite = self.world.add_suite(0, &head, workflow);
        let id = self.world.check(0, &head, suite, name, conclusion);
        self.world.tell_check(0, &head, id)
    }

    fn review(&mut self, reviewer: &str, state: &'static str) -> Delivery {
        self.world.pass(TimeDelta::minutes(1));
        let (id, now, commit) = (self.world.id(), self.world.now(), self.head());
        let author = Some(reviewer.to_owned());
        let review = Review { id, author, state, at: now, updated_at: now, commit };
        self.world.change(0, 1, |pull| pull.reviews.push(review));
        self.world.tell_review(0, 1, id, "submitted")
    }

    /// The stages of #1: pull request, build, approval, merge.
    async fn stages(&self) -> String {
        let columns = "status_pr || ' ' || status_build || ' ' || status_approval || ' ' || status_merge";
        self.one(&format!("SELECT {columns} FROM pipeline_runs WHERE pr_number = 1")).await
    }

    async fn one(&self, sql: &str) -> String {
        let mut rows = self.store.texts(sql, 1).await;
        assert_eq!(rows.len(), 1, "{rows:?}");
        rows.pop().and_then(|mut row| row.pop()).flatten().unwrap_or_default()
    }
}

#[tokio::test]
async fn d2_a_delivery_told_again_changes_nothing() {
    let mut scene = Scene::new("defect_2").await;
    let deliveries = [
        vec![scene.pull("opened")],
        scene.check("CI", "test", Some("SUCCESS")),
        vec![scene.review("ana", "APPROVED"), scene.merge()],
    ]
    .concat();
    scene.deliver(&deliveries).await;
    let all = "SELECT string_agg(history::text || updated_at::text, '') FROM pipeline_runs";
    let before = scene.one(all).await;
    scene.deliver(&deliveries).await;
    scene.deliver(&deliveries).await;
    assert_eq!(scene.one(all).await, before);
    assert_eq!(scene.stages().await, "merged passed passed merged");
}

#[tokio::test]
async fn d3_a_late_start_of_a_check_does_not_take_its_end_back() {
    let mut scene = Scene::new("defect_3a").await;
    let opened = scene.pull("opened");
    let begun = scene.check("CI", "test", None);
    let head = scene.head();
    scene.world.pass(TimeDelta::minutes(1));
    let (now, commit) =
        (scene.world.now(), scene.world.repositories[0].commits.get_mut(&head).expect("a commit"));
    let run = &mut commit.suites[0].runs[0];
    (run.status, run.conclusion, run.completed_at) = ("COMPLETED", Some("SUCCESS"), Some(now));
    let id = run.id;
    let ended = scene.world.tell_check(0, &head, id);
    scene.deliver(&[vec![opened], ended, begun].concat()).await;
    assert_eq!(scene.stages().await, "passed passed pending pending");
}

#[tokio::test]
async fn d3_a_failure_of_an_old_commit_is_not_of_the_new_one() {
    let mut scene = Scene::new("defect_3b").await;
    let opened = scene.pull("opened");
    let failed = scene.check("CI", "test", Some("FAILURE"));
    let pushed = scene.push();
    let passed = scene.check("CI", "test", Some("SUCCESS"));
    scene.deliver(&[vec![opened, pushed], passed, failed].concat()).await;
    assert_eq!(scene.stages().await, "passed passed pending pending");
}

#[tokio::test]
async fn d3_a_late_opened_does_not_reopen_a_merged_one_and_a_label_does_not_unmerge_it() {
    let mut scene = Scene::new("defect_3c").await;
    let opened = scene.pull("opened");
    let merged = scene.merge();
    let labeled = scene.change("labeled", |pull| pull.labels.push("bug".to_owned()));
    scene.deliver(&[merged, labeled, opened]).await;
    assert_eq!(scene.stages().await, "merged pending pending merged");
    let row = "SELECT state || ' ' || labels::text || (merged_at IS NOT NULL)::text FROM pull_requests";
    assert_eq!(scene.one(row).await, r#"merged ["bug"]true"#);
}

#[tokio::test]
async fn d4_a_reopened_one_begins_anew_and_a_draft_gets_ready() {
    let mut scene = Scene::new("defect_4a").await;
    scene.world.change(0, 1, |pull| pull.is_draft = true);
    scene.deliver(&[scene.pull("opened")]).await;
    assert_eq!(scene.stages().await, "running pending pending pending");
    let ready = scene.change("ready_for_review", |pull| pull.is_draft = false);
    scene.deliver(&[ready]).await;
    assert_eq!(scene.stages().await, "passed pending pending pending");
    let closed = scene.close();
    scene.deliver(&[closed]).await;
    assert_eq!(scene.stages().await, "closed pending pending closed");
    let reopened = scene.change("reopened", |pull| (pull.state, pull.closed_at) = ("OPEN", None));
    scene.deliver(&[reopened]).await;
    assert_eq!(scene.stages().await, "passed pending pending pending");
}

#[tokio::test]
async fn d4_new_commits_begin_a_new_build() {
    let mut scene = Scene::new("defect_4b").await;
    let first = [vec![scene.pull("opened")], scene.check("CI", "test", Some("SUCCESS"))].concat();
    scene.deliver(&first).await;
    assert_eq!(scene.stages().await, "passed passed pending pending");
    let pushed = scene.push();
    scene.deliver(&[pushed]).await;
    assert_eq!(scene.stages().await, "passed pending pending pending");
}

#[tokio::test]
async fn d5_one_jobs_success_does_not_hide_anothers_failure() {
    let mut scene = Scene::new("defect_5a").await;
    let deliveries = [
        vec![scene.pull("opened")],
        scene.check("CI", "test", Some("FAILURE")),
        // Another workflow's, of the same name.
        scene.check("Nightly", "test", Some("SUCCESS")),
        scene.check("Lint", "lint", Some("SUCCESS")),
    ]
    .concat();
    scene.deliver(&deliveries).await;
    assert_eq!(scene.stages().await, "passed failed pending pending");
    // Nor where the hook has asked for jobs alone.
    let scene = Scene::new("defect_5a_jobs").await;
    let jobs: Vec<Delivery> =
        deliveries.into_iter().filter(|delivery| delivery.event != "check_run").collect();
    scene.deliver(&jobs).await;
    assert_eq!(scene.stages().await, "passed failed pending pending");
}

#[tokio::test]
async fn d5_neutral_and_skipped_are_no_failure() {
    let mut scene = Scene::new("defect_5b").await;
    let deliveries = [
        vec![scene.pull("opened")],
        scene.check("CI", "test", Some("SUCCESS")),
        scene.check("Deploy", "deploy", Some("SKIPPED")),
        scene.check("Docs", "docs", Some("NEUTRAL")),
    ]
    .concat();
    scene.deliver(&deliveries).await;
    assert_eq!(scene.stages().await, "passed passed pending pending");
}

#[tokio::test]
async fn d5_each_reviewers_last_word_counts_and_a_dismissed_one_does_not() {
    let mut scene = Scene::new("defect_5c").await;
    let opened = scene.pull("opened");
    let asked = scene.review("ana", "CHANGES_REQUESTED");
    let approved = scene.review("ben", "APPROVED");
    let commented = scene.review("ana", "COMMENTED");
    scene.deliver(&[opened, asked, approved, commented]).await;
    assert_eq!(scene.stages().await, "passed pending failed pending");
    scene.world.pass(TimeDelta::minutes(1));
    let (id, now) = (scene.world.repositories[0].pulls[&1].reviews[0].id, scene.world.now());
    scene.world.change(0, 1, |pull| {
        (pull.reviews[0].state, pull.reviews[0].updated_at) = ("DISMISSED", now);
    });
    scene.deliver(&[scene.world.tell_review(0, 1, id, "dismissed")]).await;
    assert_eq!(scene.stages().await, "passed pending passed pending");
}

#[tokio::test]
async fn d6_checks_and_reviews_change_no_title_and_no_author() {
    let mut scene = Scene::new("defect_6a").await;
    let opened = scene.pull("opened");
    let mut others = [scene.check("CI", "test", None), vec![scene.review("ana", "APPROVED")]].concat();
    for other in &mut others {
        if other.payload.get("pull_request").is_some() {
            other.payload["pull_request"]["title"] = json!("Check run: lint");
            other.payload["pull_request"]["user"]["login"] = json!("unknown");
        }
    }
    scene.deliver(&[vec![opened], others].concat()).await;
    assert_eq!(scene.one("SELECT title || ' ' || author FROM pull_requests").await, "Change 1 ben");
}

#[tokio::test]
async fn d6_eight_writers_at_once_make_one_history() {
    let mut scene = Scene::new("defect_6b").await;
    let deliveries = [
        vec![scene.pull("opened")],
        scene.check("CI", "test", Some("FAILURE")),
        vec![scene.push()],
        scene.check("CI", "test", Some("SUCCESS")),
        vec![scene.review("ana", "APPROVED"), scene.merge()],
    ]
    .concat();
    let mut crowd = tokio::task::JoinSet::new();
    for n in 0..8 {
        let database: Database = scene.store.database();
        let mut facts: Vec<Vec<Fact>> = deliveries.iter().map(Delivery::facts).collect();
        facts.rotate_left(n);
        crowd.spawn(async move {
            let mut writer = Writer::new(database);
            for facts in facts {
                writer.apply(&facts).await.expect("applied");
            }
        });
    }
    crowd.join_all().await;
    assert_eq!(scene.stages().await, "merged passed passed merged");
    let entries = "SELECT count(*)::text || ' of ' || count(DISTINCT entry)::text \
                   FROM pipeline_runs, jsonb_array_elements(history) AS entry";
    let counted = scene.one(entries).await;
    let (all, distinct) = counted.split_once(" of ").expect("counts");
    assert_eq!(all, distinct);
}

#[tokio::test]
async fn d7_a_repository_renamed_or_made_anew_loses_nothing() {
    let mut scene = Scene::new("defect_7").await;
    scene.deliver(&[scene.pull("opened")]).await;
    // Renamed; another one takes the name, with a pull request of the same number.
    scene.world.pass(TimeDelta::minutes(1));
    scene.world.rename(0, "acme/old-api");
    let renamed = scene.world.tell_repository(0, "renamed");
    scene.world.pass(TimeDelta::minutes(1));
    let at = scene.world.add_repository("acme/api");
    scene.world.add_pull(at, "In the new one");
    let now = scene.world.now();
    scene.world.repositories[at].updated_at = now;
    // In this order: the old one still bears the name.
    scene.deliver(&[scene.world.tell_pull(at, 1, "opened"), renamed, scene.pull("edited")]).await;
    let names = "SELECT string_agg(full_name || ': ' || title, ', ' ORDER BY title) FROM repositories r \
                 JOIN pull_requests p ON p.repo_id = r.id";
    assert_eq!(scene.one(names).await, "acme/old-api: Change 1, acme/api: In the new one");
}

#[tokio::test]
async fn d7_a_deleted_repository_leaves_nothing_open() {
    let mut scene = Scene::new("defect_7_deleted").await;
    let opened = scene.pull("opened");
    scene.world.pass(TimeDelta::minutes(1));
    let now = scene.world.now();
    scene.world.repositories[0].updated_at = now;
    let deleted = scene.world.tell_repository(0, "deleted");
    scene.deliver(&[opened.clone(), deleted.clone()]).await;
    assert_eq!(scene.stages().await, "closed pending pending closed");
    // And told again, late, in another order, changes nothing.
    let all = "SELECT updated_at::text FROM pull_requests";
    let before = scene.one(all).await;
    scene.deliver(&[deleted, opened]).await;
    assert_eq!(scene.one(all).await, before);
}

#[tokio::test]
async fn d7_a_push_counts_seconds() {
    let scene = Scene::new("defect_7_push").await;
    let created_at = scene.world.repositories[0].created_at;
    let push = scene.world.tell_push(0, 1);
    assert_eq!(push.payload["repository"]["created_at"], json!(created_at.timestamp()));
    scene.deliver(&[push]).await;
    let stored = scene.one("SELECT extract(epoch FROM created_at)::bigint::text FROM repositories").await;
    assert_eq!(stored, created_at.timestamp().to_string());
}

#[tokio::test]
async fn d9_builds_of_forks_and_commit_statuses_count() {
    let mut scene = Scene::new("defect_9").await;
    scene.world.change(0, 1, |pull| (pull.is_cross, pull.lost_fork) = (true, true));
    let opened = scene.pull("opened");
    let failed = scene.check("CI", "test", Some("FAILURE"));
    assert_eq!(failed[0].payload["check_run"]["pull_requests"], json!([]));
    scene.deliver(&[vec![opened], failed].concat()).await;
    assert_eq!(scene.stages().await, "passed failed pending pending");
    let pushed = scene.push();
    let head = scene.head();
    scene.world.status(0, &head, "ci/jenkins", "PENDING");
    scene.deliver(&[pushed, scene.world.tell_status(0, &head, "ci/jenkins")]).await;
    assert_eq!(scene.stages().await, "passed running pending pending");
    scene.world.pass(TimeDelta::minutes(1));
    scene.world.status(0, &head, "ci/jenkins", "SUCCESS");
    scene.deliver(&[scene.world.tell_status(0, &head, "ci/jenkins")]).await;
    assert_eq!(scene.stages().await, "passed passed pending pending");
}

#[tokio::test]
async fn d11_fail_pass_fail_is_told_as_it_was() {
    let mut scene = Scene::new("defect_11").await;
    scene.deliver(&[scene.pull("opened")]).await;
    for conclusion in ["FAILURE", "SUCCESS", "FAILURE"] {
        let head = scene.head();
        scene.world.pass(TimeDelta::minutes(1));
        if scene.world.repositories[0].commits[&head].suites.is_empty() {
            scene.world.add_suite(0, &head, "CI");
        }
        let id = scene.world.check(0, &head, 0, "test", Some(conclusion));
        scene.deliver(&scene.world.tell_check(0, &head, id)).await;
    }
    assert_eq!(scene.stages().await, "passed failed pending pending");
}
