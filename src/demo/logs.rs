//! Logs of the demo's jobs, as a runner would have written them: the same for the same job.

mod scripts;

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};

use self::scripts::{Script, script};
use super::{
    Simulation,
    pull::{Check, Ended, Pull},
    random::Dice,
};
use crate::{
    domain::{
        files::Spot,
        log::{Annotation, Attempt, Job, Kind, LogAsk, LogNews, LogReader, Step, Withheld},
        text::clean,
    },
    facts::fact::{CheckConclusion, CheckStatus},
};

/// A job's time for what is not its work: seconds.
const SET_UP: i64 = 3;
/// What the runner says of one that was cancelled.
const CANCELLED: &str = "The operation was canceled.";

impl Ended {
    fn is_well(&self) -> bool {
        self.conclusion == CheckConclusion::Success
    }

    fn said(&self) -> &str {
        self.summary.as_deref().unwrap_or(CANCELLED)
    }
}

impl Simulation {
    /// What GitHub tells of a job whose log is asked for, also after its pull request has ended.
    pub fn log(&self, ask: &LogAsk) -> Vec<LogNews> {
        let mut of_repository = self.all().filter(|pull| pull.repository().full_name == ask.repository);
        let found = of_repository.find_map(|pull| {
            let mut jobs = pull.checks.iter().filter(|check| check.is_job());
            jobs.find_map(|check| Some((pull, check, check.attempt_of(ask.job)?)))
        });
        let Some((pull, check, attempt)) = found else {
            return vec![LogNews::Withheld(Withheld::NotFound)];
        };
        let number = ask.attempt.map_or(attempt, |attempt| attempt.number);
        let Some(end) = check.ended(number) else {
            let job = job(pull, check, number, None, &script(pull, check));
            let why = job.withheld();
            return vec![LogNews::Job(Box::new(job)), LogNews::Withheld(why)];
        };
        let script = script(pull, check);
        let job = job(pull, check, number, Some(&end), &script);
        let spot = pull.changes.spot(&pull.topic).filter(|_| !end.is_well());
        let mut reader = LogReader::new(&job);
        reader.feed(text(&job, &end, &script, spot.as_ref()).as_bytes());
        let log = LogNews::Log(Arc::new(reader.finish()));
        let note = spot.map(|spot| Annotation {
            kind: Kind::Error,
            spot: Some(spot),
            title: None,
            message: clean(end.said()),
        });
        vec![LogNews::Job(Box::new(job)), log, LogNews::Annotations(note.into_iter().collect())]
    }
}

fn job(pull: &Pull, check: &Check, number: i32, end: Option<&Ended>, script: &Script) -> Job {
    let id = end.map_or(check.id, |end| end.id);
    let page = format!("{}/actions/runs/{}/job/{id}", pull.repository().full_name, check.suite);
    let begun = (check.status != CheckStatus::Queued).then_some(check.started);
    Job {
        id,
        name: check.spec.name.to_owned(),
        attempt: Some(Attempt { run: check.suite, number }),
        status: end.map_or(&check.status, |_| &CheckStatus::Completed).word().to_owned(),
        conclusion: end.map(|end| end.conclusion.word().to_owned()),
        started_at: end.map(|end| end.started).or(begun),
        completed_at: end.map(|end| end.completed),
        url: Some(format!("https://github.com/{page}")),
        steps: end.map(|end| steps(end, script)).unwrap_or_default(),
    }
}

/// The job's steps: what is set up, the work, and what is cleaned up.
fn steps(how: &Ended, script: &Script) -> Vec<Step> {
    let (start, end) = (how.started, how.completed);
    // A short job has less time for what is not its work.
    let set_up = (end - start).num_seconds().clamp(0, 5 * SET_UP) / 5;
    let seconds = |count| start + TimeDelta::seconds(count * set_up);
    let (work, done) = (seconds(3), (end - TimeDelta::seconds(1)).max(seconds(3)));
    let well = "success".to_owned();
    let times = [
        ("Set up job".to_owned(), start, seconds(1), well.clone()),
        ("Check out".to_owned(), seconds(1), seconds(2), well.clone()),
        (script.tools.to_owned(), seconds(2), work, well.clone()),
        (format!("Run {}", script.command), work, done, how.conclusion.word().to_owned()),
        ("Complete job".to_owned(), done, end, well),
    ];
    let step = |(number, (name, from, to, conclusion))| Step {
        number,
        name,
        conclusion: Some(conclusion),
        started_at: Some(from),
        completed_at: Some(to),
    };
    (1..).zip(times).map(step).collect()
}

/// Lines with the time of each.
struct Writer {
    text: String,
    at: DateTime<Utc>,
}

impl Writer {
    fn line(&mut self, line: &str) {
        let stamp = self.at.format("%Y-%m-%dT%H:%M:%S%.9f").to_string();
        // As runners have it, in tenths of a microsecond.
        let stamp = stamp.get(..stamp.len().saturating_sub(2)).unwrap_or_default().to_owned();
        self.text.extend([&stamp, "Z ", line, "\n"]);
    }

    fn group(&mut self, title: &str, lines: &[&str]) {
        self.line(&format!("##[group]{title}"));
        for line in lines {
            self.line(line);
        }
        self.line("##[endgroup]");
    }
}

fn text(job: &Job, end: &Ended, script: &Script, spot: Option<&Spot>) -> String {
    let mut dice = Dice::new(u64::try_from(end.id).unwrap_or(7) * 31 + u64::from(end.is_well()));
    let begins: Vec<DateTime<Utc>> = job.steps.iter().filter_map(|step| step.started_at).collect();
    let [set_up, check_out, tools, work, done] = begins[..] else { return String::new() };
    let soon = TimeDelta::milliseconds(120);
    let mut out = Writer { text: String::from("\u{feff}"), at: set_up + soon };
    out.line("Current runner version: '2.330.0'");
    out.group("Runner Image", &["Image: ubuntu-24.04", "Version: 20261116.1"]);
    out.group("GITHUB_TOKEN Permissions", &["Contents: read", "Metadata: read", "PullRequests: read"]);
    out.line("Prepare all required actions");
    out.at = check_out + soon;
    out.group("Run actions/checkout@v6", &["with:", "  fetch-depth: 1", "  persist-credentials: false"]);
    out.line("[command]/usr/bin/git version");
    out.line("git version 2.52.0");
    out.line("[command]/usr/bin/git fetch --no-tags --depth=1 origin");
    out.at = tools + soon;
    out.group(&format!("Run {}", script.tools), &["with:", "  cache: true"]);
    out.line("Cache restored successfully");
    out.at = work + soon;
    out.group(
        &format!("Run {}", script.command),
        &[
            &format!("\u{1b}[36;1m{}\u{1b}[0m", script.command),
            "shell: /usr/bin/bash -e {0}",
            "env:",
            "  CI: true",
        ],
    );
    let lines = script.work(&mut dice, end.said());
    let gap = (done - work) / i32::try_from(lines.len() + 6).unwrap_or(i32::MAX);
    for line in &lines {
        out.at += gap;
        out.line(line);
    }
    out.at += gap;
    failure(&mut out, end, script, spot);
    out.at = done + TimeDelta::milliseconds(600);
    out.line("Post job cleanup.");
    out.line("Cleaning up orphan processes");
    out.text
}

/// The end of the work.
fn failure(out: &mut Writer, end: &Ended, script: &Script, spot: Option<&Spot>) {
    match &end.conclusion {
        CheckConclusion::Success => out.line(script.passed),
        CheckConclusion::Cancelled => out.line(&format!("##[error]{CANCELLED}")),
        CheckConclusion::TimedOut => {
            out.line(&format!("##[error]The job has exceeded its time: {}", end.said()));
        }
        _ => {
            let place = spot.map(|spot| format!("{}:{}", spot.file, spot.line.unwrap_or(1)));
            out.line(&format!("##[error]{}", end.said()));
            for line in script.why(place.as_deref().unwrap_or("-"), end.said()) {
                out.line(&line);
            }
            out.line(&format!("##[error]Process completed with exit code {}.", script.code));
        }
    }
}
