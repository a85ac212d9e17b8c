//! Logs of jobs: where they are, why they are not, and who learns the token.

mod bytes;

use std::{fs, sync::Mutex, time::Duration};

use chrono::{TimeDelta, Utc};
use flowlens::{
    domain::{
        ids::{PrKey, PrNumber, RepoId},
        log::{Annotation, Attempt, Job, Kind, Log, LogAsk, LogNews, Withheld},
        secret::Secret,
    },
    github::{
        client::{Client, ClientOptions, Missing, Token},
        logs,
    },
};
use serde_json::json;
use uuid::Uuid;

use super::{
    client,
    fake::{
        Fake,
        faults::{Fault, What},
        logs::Step,
        world::{Clock, Run, World},
    },
    random_token,
};
use crate::support::http::{Reply, Server};

/// A repository with a failed job; its id, and its run's.
fn world() -> (World, i64, i64) {
    let mut world = World::new(Clock::Real);
    let at = world.add_repository("acme/api");
    let number = world.add_pull(at, "Logs");
    let head = world.repositories[at].pulls[&number].head.clone();
    let suite = world.add_suite(at, &head, "CI");
    let job = world.check(at, &head, suite, "test", Some("FAILURE"));
    let run = world.repositories[at].commits[&head].suites[suite].workflow.as_ref().expect("a run").0;
    (world, job, run)
}

fn ask(job: i64) -> LogAsk {
    let key = PrKey::new(RepoId::new(Uuid::nil()), PrNumber::new(1));
    LogAsk { key, repository: "acme/api".to_owned(), job, name: "test".to_owned(), attempt: None }
}

async fn news_of(port: u16, token: &str, ask: &LogAsk) -> Vec<LogNews> {
    told_by(&client(port, token), ask).await
}

async fn told_by(client: &Client, ask: &LogAsk) -> Vec<LogNews> {
    let told = Mutex::new(Vec::new());
    logs::read(client, ask, |news| {
        told.lock().expect("news").push(news);
        async {}
    })
    .await;
    told.into_inner().expect("news")
}

async fn read(world: World, ask: &LogAsk) -> (Vec<LogNews>, Fake) {
    let fake = Fake::start(world, Duration::ZERO);
    (news_of(fake.port, &random_token(), ask).await, fake)
}

fn log(news: &[LogNews]) -> &Log {
    let mut logs = news.iter().filter_map(|news| if let LogNews::Log(log) = news { Some(log) } else { None });
    logs.next_back().expect("a log")
}

fn job(news: &[LogNews]) -> &Job {
    news.iter().find_map(|news| if let LogNews::Job(job) = news { Some(job) } else { None }).expect("a job")
}

fn change(world: &mut World, job: i64, change: impl Fn(&mut Run)) {
    let commits = world.repositories.iter_mut().flat_map(|one| one.commits.values_mut());
    let runs = commits.flat_map(|commit| &mut commit.suites).flat_map(|suite| &mut suite.runs);
    runs.filter(|run| run.id == job).for_each(change);
}

#[tokio::test]
async fn a_log_comes_with_its_job_steps_and_annotations() {
    let (mut world, id, run) = world();
    #[expect(clippy::disallowed_methods, reason = "a job of a moment ago")]
    let now = Utc::now();
    let step = |name, conclusion, from, to| Step {
        name,
        conclusion,
        started_at: now + TimeDelta::seconds(from),
        completed_at: now + TimeDelta::seconds(to),
    };
    world.logs.steps.insert(id, vec![step("Set up job", "success", 0, 5), step("Test", "failure", 5, 9)]);
    let stamp = |seconds| (now + TimeDelta::seconds(seconds)).format("%Y-%m-%dT%H:%M:%S%.9fZ").to_string();
    world.log(
        id,
        format!(
            "\u{feff}{} of the set-up\n{} ##[group]Run make\n{} ##[error]it is broken",
            stamp(1),
            stamp(6),
            stamp(7)
        ),
    );
    let note = |path: &str, level| json!({"path": path, "start_line": 3, "end_line": 3, "annotation_level": level, "message": "wrong\u{202e}", "title": null});
    world.logs.annotations.insert(id, vec![note("src/a.rs", "failure"), note(".github", "warning")]);
    let (news, fake) = read(world, &ask(id)).await;
    assert_eq!(job(&news).attempt, Some(Attempt { run, number: 1 }));
    assert_eq!(job(&news).steps.len(), 2);
    let log = log(&news);
    let row = log.row(log.index_of(log.error.expect("an error"))).expect("a line");
    assert_eq!((row.kind, row.text), (Kind::Error, "it is broken"));
    let Some(LogNews::Annotations(notes)) = news.last() else { panic!("{news:?}") };
    let told =
        |note: &Annotation| (note.kind, note.spot.as_ref().and_then(|spot| spot.line), note.message.clone());
    assert_eq!(
        notes.iter().map(told).collect::<Vec<_>>(),
        [(Kind::Error, Some(3), "wrong".to_owned()), (Kind::Warning, None, "wrong".to_owned())]
    );
    // The store refuses whoever comes with a token.
    let asked: Vec<String> =
        fake.world().log.iter().map(|asked| format!("{} {}", asked.status, asked.what)).collect();
    assert_eq!(
        asked,
        [
            format!("200 /api/v3/repos/acme/api/actions/jobs/{id}"),
            format!("302 /api/v3/repos/acme/api/actions/jobs/{id}/logs"),
            format!("200 /store/{id}?sig=a-key-to-the-log"),
            format!("200 /api/v3/repos/acme/api/check-runs/{id}/annotations?per_page=100"),
        ]
    );
}

#[tokio::test]
async fn each_reason_why_there_is_no_log_is_told() {
    let withheld = async |prepare: &dyn Fn(&mut World, i64)| {
        let (mut world, id, _) = world();
        prepare(&mut world, id);
        let (news, _) = read(world, &ask(id)).await;
        match news.into_iter().find(|news| matches!(news, LogNews::Withheld(_) | LogNews::Log(_))) {
            Some(LogNews::Withheld(why)) => Some(why),
            _ => None,
        }
    };
    let ended = |status, conclusion| {
        move |world: &mut World, id| {
            change(world, id, |run| {
                (run.status, run.conclusion) = (status, conclusion);
            });
        }
    };
    assert_eq!(withheld(&ended("QUEUED", None)).await, Some(Withheld::Queued));
    assert_eq!(withheld(&ended("IN_PROGRESS", None)).await, Some(Withheld::Running));
    assert_eq!(withheld(&ended("COMPLETED", Some("SKIPPED"))).await, Some(Withheld::NeverWritten));
    assert_eq!(withheld(&ended("COMPLETED", Some("CANCELLED"))).await, Some(Withheld::NeverWritten));
    assert_eq!(withheld(&|_, _| {}).await, Some(Withheld::NotYet));
    let long_ago = |world: &mut World, id| {
        change(world, id, |run| run.completed_at = run.completed_at.map(|end| end - TimeDelta::days(100)));
    };
    assert_eq!(withheld(&long_ago).await, Some(Withheld::Expired));
    assert_eq!(withheld(&|world, id| world.log(id, "")).await, Some(Withheld::Empty));
    let gone = |world: &mut World, _| {
        world.fault(
            1,
            |asked| asked.what.ends_with("/logs"),
            Fault::answer(410, "", r#"{"message": "Server Error"}"#),
        );
    };
    assert_eq!(withheld(&gone).await, Some(Withheld::Expired));
    // Not in the store, though it is led there.
    let lost = |world: &mut World, id: i64| {
        long_ago(world, id);
        world.logs.led.insert(id, "/store/1?sig=x".to_owned());
    };
    assert_eq!(withheld(&lost).await, Some(Withheld::Expired));
    let forbidden = |world: &mut World, id: i64| assert!(world.logs.forbidden.insert(id));
    let said = "Must have admin rights to Repository.".to_owned();
    assert_eq!(withheld(&forbidden).await, Some(Withheld::Forbidden(said)));
    let hidden = |world: &mut World, _| world.repositories[0].is_gone = true;
    assert_eq!(withheld(&hidden).await, Some(Withheld::NotFound));
    // What there is of it is shown.
    let (mut world, id, _) = world();
    world.log(id, "Requested labels: ubuntu-latest\nWaiting for a runner to pick up this job...\n");
    assert!(log(&read(world, &ask(id)).await.0).is_preamble);
}

/// Between the job and its log the token ends, and its file has another one by then.
#[tokio::test]
async fn a_renewed_token_reads_the_log() {
    for is_renewed in [true, false] {
        let home = tempfile::tempdir().expect("a folder");
        let file = home.path().join("token");
        fs::write(&file, "ghp_the_first_one").expect("a file");
        let (mut world, id, _) = world();
        world.log(id, "a line\n");
        let renewed = file.clone();
        let renew = move |world: &mut World| {
            world.token.only = Some("ghp_the_second_one".to_owned());
            if is_renewed {
                fs::write(&renewed, "ghp_the_second_one").expect("the file");
            }
        };
        world.fault(1, |asked| asked.what.ends_with("/logs"), What::Before(Box::new(renew)));
        let fake = Fake::start(world, Duration::ZERO);
        let token = Token::of("a file", move || {
            fs::read_to_string(&file).map(Secret::new).map_err(|_no_file| Missing::Nowhere)
        });
        let options = ClientOptions::new(format!("http://127.0.0.1:{}", fake.port), None, None);
        let client = Client::new(ClientOptions { token, ..options }).expect("a client");
        let news = told_by(&client, &ask(id)).await;
        let is_read = news.iter().any(|news| matches!(news, LogNews::Log(log) if log.bytes == 7));
        let is_refused = news
            .iter()
            .any(|news| matches!(news, LogNews::Failed(why) if why.contains("does not accept the token")));
        assert_eq!((is_read, is_refused), (is_renewed, !is_renewed), "{news:?}");
        let asked = fake.world().log.iter().filter(|asked| asked.what.ends_with("/logs")).count();
        assert_eq!(asked, if is_renewed { 2 } else { 1 });
    }
}

#[tokio::test]
async fn an_earlier_attempts_job_is_found_by_its_name() {
    let (mut world, id, run) = world();
    world.log(id, "of the second attempt\n");
    let old = Run {
        id: 77,
        name: "test".to_owned(),
        status: "COMPLETED",
        conclusion: Some("FAILURE"),
        started_at: None,
        completed_at: None,
    };
    world.logs.earlier.insert((run, 1), vec![old]);
    world.log(77, "of the first attempt\n");
    let earlier = |number| LogAsk { attempt: Some(Attempt { run, number }), ..ask(id) };
    let fake = Fake::start(world, Duration::ZERO);
    let first = |news: &[LogNews]| log(news).row(0).expect("a line").text.to_owned();
    let now = news_of(fake.port, &random_token(), &ask(id)).await;
    assert_eq!((first(&now).as_str(), job(&now).attempt.expect("told").number), ("of the second attempt", 2));
    let before = news_of(fake.port, &random_token(), &earlier(1)).await;
    assert_eq!((first(&before).as_str(), job(&before).id), ("of the first attempt", 77));
    let other = LogAsk { name: "lint".to_owned(), ..earlier(1) };
    let none = news_of(fake.port, &random_token(), &other).await;
    assert_eq!(none, [LogNews::Withheld(Withheld::NotInAttempt(1))]);
}

#[tokio::test]
async fn neither_the_token_nor_the_address_of_the_store_goes_anywhere() {
    let store = Server::start(|_, _| Reply::Answer(200, String::new(), b"a log\n".to_vec()));
    let (mut world, id, _) = world();
    let address = format!("http://127.0.0.1:{}/blob?sig=secret-of-the-store", store.port);
    world.logs.led.insert(id, address);
    let token = random_token();
    let fake = Fake::start(world, Duration::ZERO);
    let news = news_of(fake.port, &token, &ask(id)).await;
    assert_eq!(log(&news).row(0).expect("a line").text, "a log");
    let request = store.requests().remove(0);
    assert!(!request.headers.contains_key("authorization"), "{request:?}");
    assert_eq!(request.headers.get("accept-encoding").map(String::as_str), Some("identity"));
    for target in [
        // A store without encryption elsewhere, one with a login, another hop, nothing.
        "http://store.test/blob?sig=secret-of-the-store",
        "http://ann:x@127.0.0.1/blob?sig=secret-of-the-store",
        "file:///etc/passwd?sig=secret-of-the-store",
        "http://127.0.0.1:1/blob?sig=secret-of-the-store",
    ] {
        fake.world().logs.led.insert(id, target.to_owned());
        let news = news_of(fake.port, &token, &ask(id)).await;
        assert!(matches!(news.last(), Some(LogNews::Failed(_))), "{news:?}");
        let told = format!("{news:?}");
        assert!(!told.contains("secret-of-the-store") && !told.contains(&token), "{told}");
    }
    let onward =
        Server::start(|_, _| Reply::Answer(302, "Location: http://127.0.0.1/x\r\n".to_owned(), Vec::new()));
    fake.world().logs.led.insert(id, format!("http://127.0.0.1:{}/blob", onward.port));
    let news = news_of(fake.port, &token, &ask(id)).await;
    assert!(matches!(news.last(), Some(LogNews::Failed(_))), "{news:?}");
    assert_eq!(onward.requests().len(), 1, "one step and no more");
}

#[tokio::test]
async fn a_log_of_60_mb_is_never_held_whole() {
    let (mut world, id, _) = world();
    let mut text = String::with_capacity(61_000_000);
    while text.len() < 30_000_000 {
        text.push_str(
            "2026-11-25T10:00:00.1234567Z compiling something that nobody will ever look at again\n",
        );
    }
    text.push_str(
        "2026-11-25T10:00:00.1234567Z ##[group]Run make\n2026-11-25T10:00:00.1234567Z ##[error]here\n",
    );
    let half = text.clone();
    text.push_str(half.split_once('\n').expect("lines").1.split_once("##[group]").expect("a group").0);
    world.log(id, text);
    let (news, _) = read(world, &ask(id)).await;
    let log = log(&news);
    assert!(log.bytes > 59_000_000 && log.held() < 8 * 1024 * 1024, "{} {}", log.bytes, log.held());
    assert!(log.left_out() > 50_000_000);
    let row = log.row(log.index_of(log.error.expect("an error"))).expect("a line");
    assert_eq!(row.text, "here");
}

#[tokio::test]
async fn a_log_that_breaks_off_says_so() {
    let (mut world, id, _) = world();
    let store = Server::start(|_, _| Reply::Cut);
    world.logs.led.insert(id, format!("http://127.0.0.1:{}/blob", store.port));
    let (news, _) = read(world, &ask(id)).await;
    assert!(matches!(news.last(), Some(LogNews::Failed(_))), "{news:?}");
}

#[tokio::test]
async fn a_page_for_logging_in_is_no_log() {
    let page =
        || Reply::Answer(200, "Content-Type: text/html; charset=utf-8\r\n".to_owned(), b"<html>".to_vec());
    let store = Server::start(move |_, _| page());
    let (mut world, id, _) = world();
    world.logs.led.insert(id, format!("http://127.0.0.1:{}/blob", store.port));
    let fake = Fake::start(world, Duration::ZERO);
    let told = async || news_of(fake.port, &random_token(), &ask(id)).await.pop();
    let is_page = |news: Option<LogNews>| matches!(&news, Some(LogNews::Failed(why)) if why.contains("answered with a web page"));
    assert!(is_page(told().await));
    fake.world().fault(1, |asked| asked.what.ends_with("/logs"), Fault::page());
    assert!(is_page(told().await));
}
