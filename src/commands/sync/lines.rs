//! Events for people: a line that lives on a terminal, plain lines elsewhere; or JSON for scripts.

use std::{
    collections::BTreeSet,
    io::{self, IsTerminal as _, Write},
    time::Duration,
};

use chrono::{DateTime, Local, Utc};
use serde_json::Value;

use super::{
    bar::{Bar, Progress, word},
    json,
};
use crate::{
    commands::notice,
    domain::text::counted,
    github::{
        client::Error,
        sync::{Estimate, Problem, Spent, Step, Summary, SyncEvent, Time},
    },
};

pub(super) struct Teller<'a, W> {
    out: &'a mut W,
    json: bool,
    bar: Option<Bar>,
    spent: Spent,
    /// A wait that lasts, and its end.
    waiting: Option<(String, DateTime<Utc>)>,
    /// What was told of each step's end.
    told: BTreeSet<(String, Step, usize)>,
}

impl<'a, W: Write> Teller<'a, W> {
    pub(super) fn new(json: bool, out: &'a mut W) -> Self {
        let bar = (!json && io::stderr().is_terminal()).then(Bar::default);
        Self { out, json, bar, spent: Spent::default(), waiting: None, told: BTreeSet::new() }
    }

    pub(super) fn tell(&mut self, event: &SyncEvent) -> io::Result<()> {
        if self.json {
            return self.line(&json::event(event));
        }
        if !matches!(event, SyncEvent::Waiting { .. } | SyncEvent::Spent(_)) {
            self.waiting = None;
        }
        match event {
            SyncEvent::Spent(spent) => self.spent = *spent,
            SyncEvent::Progress { repository, step, done, expected } => {
                self.progress(repository, *step, *done, *expected);
            }
            SyncEvent::Begun { nth, of, .. } => self.bar.iter_mut().for_each(|bar| bar.begin(*nth, *of)),
            SyncEvent::Found { .. }
            | SyncEvent::Dropped { .. }
            | SyncEvent::Login(_)
            | SyncEvent::Written { .. }
            | SyncEvent::Fresh { .. }
            | SyncEvent::Resumed => {}
            SyncEvent::Renamed { from, to } => self.say(&format!("{from} is {to} now: it is followed")),
            SyncEvent::Waiting { repository, until, because } => {
                let of = repository.as_ref().map(|name| format!("{name}: ")).unwrap_or_default();
                if self.bar.is_some() {
                    self.waiting = Some((format!("{of}{because}"), *until));
                    self.tick();
                } else {
                    let until = until.with_timezone(&Local).format("%H:%M:%S");
                    notice(format_args!("{of}{because}; goes on at {until}"));
                }
            }
            SyncEvent::Problem(problem) => self.say(&problem.to_string()),
            SyncEvent::Notice(message) => self.say(message),
            SyncEvent::Looked { repository, number, found } => {
                let how = if *found { "read" } else { "not found" };
                self.say(&format!("{repository}#{number}: {how}"));
            }
            SyncEvent::Done { repository, summary } => {
                self.end()?;
                writeln!(self.out, "{repository}: {}", brought(*summary))?;
                self.out.flush()?;
            }
            SyncEvent::Pace(factor) if *factor > 1.0 => {
                self.say(&format!(
                    "looks are {factor:.1} times rarer, to keep within your share of the limit"
                ));
            }
            SyncEvent::Pace(_) => self.say("looks are as often as planned again"),
        }
        Ok(())
    }

    fn progress(&mut self, repository: &str, step: Step, done: usize, expected: usize) {
        if expected == 0 {
            return;
        }
        if let Some(bar) = &mut self.bar {
            bar.progress(Progress { repository, step, done, expected }, self.spent);
        } else if done == expected && done > 0 && self.told.insert((repository.to_owned(), step, done)) {
            notice(format_args!("{repository}: {done} {}", word(step)));
        }
    }

    /// A line that stays.
    fn say(&mut self, text: &str) {
        self.wipe();
        notice(text);
    }

    /// Counts down, where somebody waits before a terminal.
    pub(super) fn tick(&mut self) {
        let now = (Time::default().now)();
        if let (Some((why, until)), Some(bar)) = (&self.waiting, &mut self.bar) {
            let seconds = (*until - now).num_seconds().max(0);
            bar.draw(&format!("goes on in {}:{:02} min: {why}", seconds / 60, seconds % 60), true);
        }
    }

    pub(super) fn is_waiting(&self) -> bool {
        self.waiting.is_some()
    }

    fn wipe(&mut self) {
        if let Some(bar) = &mut self.bar {
            bar.wipe();
        }
    }

    /// Nothing is left of the line that lives.
    pub(super) fn end(&mut self) -> io::Result<()> {
        self.wipe();
        self.out.flush()
    }

    pub(super) fn summary(&mut self, summary: Summary, spent: Spent, time: Duration) -> io::Result<()> {
        if self.json {
            return self.line(&json::finished(summary, spent, time));
        }
        let problems = match summary.problems {
            0 => String::new(),
            n => format!("; {}", counted(n, "problem")),
        };
        let seconds = time.as_secs_f64();
        writeln!(self.out, "{} in {seconds:.1} s{problems}", cost(spent))?;
        self.out.flush()
    }

    pub(super) fn cost(&mut self, spent: Spent) -> io::Result<()> {
        if !self.json {
            notice(format_args!("to find that out cost {}", cost(spent)));
        }
        self.out.flush()
    }

    pub(super) fn estimate(&mut self, estimate: &Estimate) -> io::Result<()> {
        if self.json {
            return self.line(&json::estimate(estimate));
        }
        let Estimate { repository, open, closed, is_most, points, requests } = estimate;
        let most = if *is_most { "at most " } else { "" };
        writeln!(
            self.out,
            "{repository}: {open} open, {most}{closed} closed: {most}{} and {}",
            counted(*points, "point"),
            counted(*requests, "request")
        )
    }

    pub(super) fn problem(&mut self, name: &str, error: &Error) -> io::Result<()> {
        self.tell(&SyncEvent::Problem(Problem::new(Some(name), None, error)))
    }

    fn line(&mut self, value: &Value) -> io::Result<()> {
        writeln!(self.out, "{value}")?;
        self.out.flush()
    }
}

/// `20 open; 20 read, 20 with files, 1 gone; 143 rows written`
fn brought(summary: Summary) -> String {
    let Summary { open, pulls, files, gone, rows, problems: _ } = summary;
    if pulls + files + gone + rows == 0 {
        return format!("{open} open; nothing new");
    }
    let gone = if gone > 0 { format!(", {gone} gone") } else { String::new() };
    format!("{open} open; {pulls} read, {files} with files{gone}; {} written", counted(rows, "row"))
}

/// `5 points (4995 left), 20 requests (4980 left)`
fn cost(spent: Spent) -> String {
    let count = |n: u32, what| counted(usize::try_from(n).unwrap_or(usize::MAX), what);
    let left = |left: Option<u32>| left.map(|left| format!(" ({left} left)")).unwrap_or_default();
    let points = format!("{}{}", count(spent.points, "point"), left(spent.points_left));
    format!("{points}, {}{}", count(spent.requests, "request"), left(spent.requests_left))
}
