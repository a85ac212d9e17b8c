//! The log of a job of `acme/api#421`.

use std::sync::Arc;

use chrono::TimeDelta;
use flowlens::{
    domain::{
        check::{Check, CheckId, CheckOutcome, Detail},
        files::Spot,
        hub::HubNews,
        log::{Annotation, Attempt, Job, Kind, LogAsk, LogNews, LogReader, Step},
    },
    tui::{
        model::Model,
        msg::Msg,
        overlay::{LogView, Overlay},
        update::update,
    },
};

use super::{details::detail, key, noon};

pub(crate) fn log_ask() -> LogAsk {
    LogAsk {
        key: key(1, 421),
        repository: "acme/api".to_owned(),
        job: 22,
        name: "test (ubuntu)".to_owned(),
        attempt: None,
    }
}

/// Its second attempt, which failed.
pub(crate) fn job() -> Job {
    let at = |seconds| Some(noon() - TimeDelta::minutes(10) + TimeDelta::seconds(seconds));
    let step = |number, name: &str, conclusion: &str, from, to| Step {
        number,
        name: name.to_owned(),
        conclusion: Some(conclusion.to_owned()),
        started_at: at(from),
        completed_at: at(to),
    };
    Job {
        id: 22,
        name: "test (ubuntu)".to_owned(),
        attempt: Some(Attempt { run: 11, number: 2 }),
        status: "completed".to_owned(),
        conclusion: Some("failure".to_owned()),
        started_at: at(0),
        completed_at: at(252),
        url: Some("https://github.com/acme/api/actions/runs/11/job/22".to_owned()),
        steps: vec![
            step(1, "Set up job", "success", 0, 3),
            step(2, "Run actions/checkout@v6", "success", 3, 5),
            step(3, "Run cargo test", "failure", 5, 250),
            step(4, "Upload the report", "skipped", 250, 250),
            step(5, "Complete job", "success", 250, 252),
        ],
    }
}

/// As its runner wrote it.
pub(crate) fn log_text() -> String {
    let line = |seconds: i64, text: &str| {
        let at = noon() - TimeDelta::minutes(10) + TimeDelta::seconds(seconds);
        format!("{}.1234567Z {text}\n", at.format("%Y-%m-%dT%H:%M:%S"))
    };
    let mut text = String::from("\u{feff}");
    text += &line(0, "Current runner version: '2.330.0'");
    text += &line(1, "##[group]Runner Image");
    text += &line(1, "Image: ubuntu-24.04");
    text += &line(1, "##[endgroup]");
    text += &line(3, "##[group]Run actions/checkout@v6");
    text += &line(3, "with:");
    text += &line(3, "##[endgroup]");
    text += &line(4, "[command]/usr/bin/git fetch --depth=1 origin");
    text += &line(5, "##[group]Run cargo test");
    text += &line(5, "\u{1b}[36;1mcargo test --locked\u{1b}[0m");
    text += &line(5, "##[endgroup]");
    for name in ["libc v1.0.1", "serde v1.0.228", "tokio v1.54.0"] {
        text += &line(20, &format!("\u{1b}[1m\u{1b}[32m   Compiling\u{1b}[0m {name}"));
    }
    text += &line(200, "##[warning]the cache is \u{202e}full\u{1b}]0;own\u{7}");
    for n in 1..12 {
        text += &line(230, &format!("test session::case_{n:02} ... \u{1b}[32mok\u{1b}[0m"));
    }
    text += &line(240, "test session::refresh ... \u{1b}[31mFAILED\u{1b}[0m");
    text += &line(241, "##[error]session::refresh: left: 3, right: 4, src/auth/session.rs:118");
    text += "thread 'session::refresh' panicked at src/auth/session.rs:118:9:\n";
    text += "assertion `left == right` failed, and what follows is a rather long explanation of why nobody should ever have believed that it would hold\n";
    text += &line(241, "##[error]session::expiry: timed out");
    text += &line(249, "##[error]Process completed with exit code 101.");
    text += &line(252, "Cleaning up orphan processes");
    text
}

/// Opens a log of which nothing is known yet.
pub(crate) fn open_log(model: &mut Model) {
    let check = check_of(22, 2, CheckOutcome::Failed);
    model.overlay = Some(Overlay::Log(Box::new(LogView::new(log_ask(), check, model.size))));
}

/// Its check in an attempt: the job that has the log, and how it stands; it began twelve seconds ago.
pub(crate) fn check_of(job: i64, attempt: i32, outcome: CheckOutcome) -> Check {
    let id = CheckId { app: "github-actions".to_owned(), suite: 11, name: "test (ubuntu)".to_owned() };
    Check {
        run: Some(job),
        url: Some(format!("https://github.com/acme/api/actions/runs/11/job/{job}")),
        attempt: Some(attempt),
        started_at: Some(noon() - TimeDelta::seconds(12)),
        ..Check::new(id, outcome)
    }
}

/// The database has this check of the pull request by now.
pub(crate) fn tell_check(model: &mut Model, check: Check) {
    update(model, Msg::Detail(key(1, 421), Ok(Detail { checks: vec![check], ..detail() })));
}

/// Tells all of it.
pub(crate) fn tell_log(model: &mut Model) {
    let mut reader = LogReader::new(&job());
    reader.feed(log_text().as_bytes());
    let note = |kind, spot: Option<(&str, u32)>, message: &str| Annotation {
        kind,
        spot: spot.map(|(file, line)| Spot { file: file.to_owned(), line: Some(line) }),
        title: None,
        message: message.to_owned(),
    };
    let notes = vec![
        note(Kind::Error, Some(("src/auth/session.rs", 118)), "left: 3, right: 4"),
        note(Kind::Warning, None, "Node.js 20 actions are deprecated"),
    ];
    for news in
        [LogNews::Job(Box::new(job())), LogNews::Log(Arc::new(reader.finish())), LogNews::Annotations(notes)]
    {
        update(model, Msg::Hub(HubNews::Log(log_ask(), news)));
    }
}
