//! Defect 10, the other half: what becomes of the analyses.

use std::{
    sync::{Mutex, mpsc},
    time::Duration,
};

use chrono::TimeDelta;
use serde_json::json;
use tempfile::TempDir;
use uuid::Uuid;

use super::{super::program::Serving, settled};
use crate::{
    github::fake::{Fake, deliver::Delivery},
    support::{
        PATIENCE,
        http::{Reply, Server},
        rows::Store,
    },
    sync::{TOKEN, many},
};

const LONGEST: Duration = Duration::from_secs(PATIENCE);

/// A model that says when it is asked, and whose first answer waits until it may.
struct Model {
    server: Server,
    asked: mpsc::Receiver<()>,
    go: mpsc::Sender<()>,
    /// For the configuration that names it.
    home: TempDir,
}

impl Model {
    fn start() -> Self {
        let ((tell, asked), (go, may_go)) = (mpsc::channel(), mpsc::channel());
        let may_go = Mutex::new(may_go);
        let server = Server::start(move |nth, _| {
            tell.send(()).ok();
            if nth == 0 {
                may_go.lock().expect("the only one").recv_timeout(LONGEST).ok();
            }
            let said = json!({"summary": "Renews.", "recommendation": "Read it.", "risk": "low"});
            Reply::said(&said.to_string())
        });
        let home = TempDir::new().expect("a folder");
        Self { server, asked, go, home }
    }

    fn is_asked(&self) {
        self.asked.recv_timeout(LONGEST).expect("asked");
    }

    /// A receiver that makes insights with it, and claims each for so long.
    fn serving(&self, store: &Store, fake: &Fake, lease: &str) -> Serving {
        let config = self.home.path().join("c.toml");
        let llm = format!("[insights.llm]\nurl = \"{}\"\nmodel = \"test-model\"\n", self.server.url());
        std::fs::write(&config, format!("[insights]\nlease = \"{lease}\"\n{llm}")).expect("a file");
        let (config, url) = (config.display().to_string(), fake.url());
        let env =
            [("FLOWLENS_GITHUB_URL", url.as_str()), ("GH_TOKEN", TOKEN), ("FLOWLENS_LLM_KEY", "sk-d10")];
        Serving::with(store, &["--worker", "--config", &config], &env)
    }
}

async fn post(serving: &Serving, delivery: &Delivery) {
    assert_eq!(serving.post(Uuid::new_v4(), delivery.event, &delivery.body()).await.status, 202);
}

/// As long as it takes to have the files of all of them.
async fn with_files(store: &Store, fake: &Fake, deliveries: &[Delivery]) {
    let url = fake.url();
    let serving = Serving::with(store, &[], &[("FLOWLENS_GITHUB_URL", url.as_str()), ("GH_TOKEN", TOKEN)]);
    for delivery in deliveries {
        post(&serving, delivery).await;
    }
    for number in 1..=deliveries.len() {
        store.until("pull_requests", &format!("pr_number = {number} AND files_changed IS NOT NULL")).await;
    }
}

#[tokio::test]
async fn d10_a_slow_analysis_holds_nothing_up_and_a_head_that_comes_meanwhile_has_its_own() {
    let [store, _] = Store::both("defect_10_slow").await;
    let fake = Fake::start(many(1), Duration::ZERO);
    let opened = fake.world().tell_pull(0, 1, "opened");
    with_files(&store, &fake, &[opened]).await;
    let model = Model::start();
    let serving = model.serving(&store, &fake, "1h");
    model.is_asked();
    let (pushed, head) = {
        let mut world = fake.world();
        world.pass(TimeDelta::minutes(1));
        let head = world.push(0, 1);
        (world.tell_pull(0, 1, "synchronize"), head)
    };
    post(&serving, &pushed).await;
    settled(&store).await;
    assert_eq!(store.count("pull_requests", &format!("commit_sha = '{head}'")).await, 1);
    assert_eq!(store.count("insights", "TRUE").await, 0, "the analysis is still under way");
    model.go.send(()).expect("heard");
    store.until("insights", &format!("commit_sha = '{head}'")).await;
    assert_eq!(store.count("insights", "processed").await, 0);
}

#[tokio::test]
async fn d10_an_analysis_outlives_its_process() {
    let [store, _] = Store::both("defect_10_killed").await;
    let fake = Fake::start(many(1), Duration::ZERO);
    let opened = fake.world().tell_pull(0, 1, "opened");
    with_files(&store, &fake, &[opened]).await;
    let model = Model::start();
    {
        let _killed = model.serving(&store, &fake, "2s");
        model.is_asked();
    }
    assert_eq!(store.count("insight_requests", "state = 'running'").await, 1);
    model.go.send(()).expect("heard");
    let _serving = model.serving(&store, &fake, "1h");
    store.until("insights", "pr_number = 1").await;
    assert_eq!(model.server.requests().len(), 2);
}

#[tokio::test]
async fn d10_of_many_none_is_left_out() {
    let [store, _] = Store::both("defect_10_many").await;
    let fake = Fake::start(many(15), Duration::ZERO);
    let opened: Vec<Delivery> = (1..=15).map(|number| fake.world().tell_pull(0, number, "opened")).collect();
    with_files(&store, &fake, &opened).await;
    let _serving = Serving::with(&store, &["--worker"], &[]);
    for number in 1..=15 {
        store.until("insights", &format!("pr_number = {number}")).await;
    }
}
