//! Events for people: a line that lives on a terminal, plain lines elsewhere; or JSON for scripts.

use std::{
    collections::BTreeSet,
    io::{self, IsTerminal as _, Write},
    time::Duration,
};

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::Value;

use super::{
    bar::{Bar, Progress},
    json,
};
use crate::{
    commands::notice,
    domain::{text::counted, time},
    github::sync::{Because, Estimate, Spent, Step, Summary, SyncEvent, Time, Total},
};

pub(super) struct Teller<'a, W> {
    out: &'a mut W,
    json: bool,
    bar: Option<Bar>,
    spent: Spent,
    /// A wait that lasts.
    waiting: Option<Wait>,
    /// What was told of each step's end.
    told: BTreeSet<(String, Step, usize)>,
}

struct Wait {
    /// Why, and what for.
    what: String,
    until: DateTime<Utc>,
    because: Because,
}

impl Wait {
    fn end(&self, now: DateTime<Utc>) -> String {
        let left = time::left(self.until - now);
        match &self.because {
            Because::Limit(_) => format!("goes on in {left}"),
            Because::Outage { gives_up: Some(end), .. } if *end <= self.until => {
                format!("asks once more in {left}")
            }
            Because::Outage { gives_up: Some(end), .. } => {
                format!("asks again in {left}, gives up in {}", time::left(*end - now))
            }
            Because::Outage { gives_up: None, .. } | Because::Database(_) => format!("asks again in {left}"),
            Because::OtherSync(Some(holder)) if holder.stays() => "ends when that has read it".to_owned(),
            Because::OtherSync(_) => "goes on when that has ended".to_owned(),
        }
    }
}

impl<'a, W: Write> Teller<'a, W> {
    pub(super) fn new(json: bool, out: &'a mut W) -> Self {
        let bar = (!json && io::stderr().is_terminal()).then(Bar::default);
        Self { out, json, bar, spent: Spent::default(), waiting: None, told: BTreeSet::new() }
    }

    /// Before the first answer, which may take its time.
    pub(super) fn begin(&mut self, host: &str) {
        if let Some(bar) = &mut self.bar {
            bar.draw(&format!("asks {host} …"), true);
        }
    }

    pub(super) fn tell(&mut self, event: &SyncEvent) -> io::Result<()> {
        if self.json {
            return self.line(&json::event(event));
        }
        if !matches!(event, SyncEvent::Waiting { .. } | SyncEvent::Spent(_)) {
            self.go_on();
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
                let what = format!("{of}{because}");
                self.wait(Wait { what, until: *until, because: because.clone() });
            }
            SyncEvent::Problem(problem) => self.say(&problem.to_string()),
            SyncEvent::Notice(message) => self.say(message),
            SyncEvent::Looked { repository, number, found } => {
                let how = if *found { "read" } else { "not found" };
                self.say(&format!("{repository}#{number}: {how}"));
            }
            SyncEvent::Stopped { repository, summary } => {
                self.end()?;
                let changes = changes(*summary);
                writeln!(self.out, "{repository}: not complete; {changes}; the next sync goes on there")?;
                self.out.flush()?;
            }
            SyncEvent::Done { repository, summary } => {
                self.end()?;
                writeln!(self.out, "{repository}: {}", brought(*summary))?;
                self.out.flush()?;
            }
            SyncEvent::ReadByOther { repository, holder, open } => {
                self.end()?;
                writeln!(self.out, "{repository}: {open} open; {holder} has read it from GitHub just now")?;
                self.out.flush()?;
            }
            SyncEvent::Estimated(estimate) => self.estimate(estimate)?,
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
            notice(format_args!("{repository}: {done} {}", step.done()));
        }
    }

    /// A line that stays.
    fn say(&mut self, text: &str) {
        self.wipe();
        notice(text);
    }

    fn wait(&mut self, wait: Wait) {
        let is_same = self.waiting.as_ref().is_some_and(|before| before.what == wait.what);
        let mend = match &wait.because {
            // It may last: what helps is said once, and not within the line that lives, which may cut it off.
            Because::Outage { error, .. } if !is_same => error.mend().map(|mend| format!("; {mend}")),
            Because::Outage { .. } | Because::Limit(_) | Because::Database(_) | Because::OtherSync(_) => None,
        };
        if self.bar.is_none() && !(is_same && matches!(wait.because, Because::OtherSync(_))) {
            let (what, mend) = (&wait.what, mend.unwrap_or_default());
            notice(format_args!("{what}{mend}; {}", wait.end((Time::default().now)())));
        } else if let Some(mend) = mend {
            self.say(&format!("{}{mend}", wait.what));
        }
        self.waiting = Some(wait);
        self.tick();
    }

    /// Counts down, where somebody waits before a terminal.
    pub(super) fn tick(&mut self) {
        let now = (Time::default().now)();
        let (Some(wait), Some(bar)) = (&self.waiting, &mut self.bar) else { return };
        if wait.until > now || matches!(wait.because, Because::OtherSync(_)) {
            bar.draw(&format!("{}: {}", wait.end(now), wait.what), true);
        } else {
            self.go_on();
        }
    }

    /// There is somebody who sees it count down.
    pub(super) fn is_waiting(&self) -> bool {
        self.waiting.is_some() && self.bar.is_some()
    }

    /// A wait is over.
    fn go_on(&mut self) {
        if self.waiting.take().is_some() {
            self.wipe();
        }
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

    /// The end; `shows` is the command that shows what was read, if it is known.
    pub(super) fn summary(
        &mut self,
        summary: Summary,
        spent: Spent,
        time: Duration,
        shows: Option<&str>,
    ) -> io::Result<()> {
        if self.json {
            return self.line(&json::finished(summary, spent, time));
        }
        let problems = match summary.problems {
            0 => String::new(),
            n => format!("; {}", counted(n, "problem")),
        };
        let seconds = time.as_secs_f64();
        writeln!(self.out, "{} in {seconds:.1} s{problems}", cost(spent))?;
        if let Some(command) = shows.filter(|_| self.bar.is_some() && summary.open > 0) {
            writeln!(self.out, "{command} shows them")?;
        }
        self.out.flush()
    }

    fn estimate(&mut self, estimate: &Estimate) -> io::Result<()> {
        let Estimate { repository, open, pulls, files, is_most, points, requests } = estimate;
        let most = if *is_most { "at most " } else { "" };
        let cost = price(*points, *requests);
        self.wipe();
        writeln!(
            self.out,
            "{repository}: {open} open; {most}{pulls} to read, {files} with files: {most}{cost}"
        )?;
        self.out.flush()
    }

    /// The end of a dry run.
    pub(super) fn total(&mut self, total: Total, time: Duration, spent: Spent) -> io::Result<()> {
        if self.json {
            return self.line(&json::total(total, time));
        }
        // All that could be said is said: nothing is known of what it would cost.
        if total.problems > 0 && total.points == 0 {
            return Ok(());
        }
        let time = time::left(TimeDelta::from_std(time).unwrap_or(TimeDelta::MAX));
        writeln!(self.out, "in all: {}, about {time}", price(total.points, total.requests))?;
        notice(format_args!("to find that out cost {}", cost(spent)));
        self.out.flush()
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
    format!("{open} open; {}", changes(summary))
}

fn changes(summary: Summary) -> String {
    let Summary { open: _, pulls, files, gone, rows, problems: _ } = summary;
    let gone = if gone > 0 { format!(", {gone} gone") } else { String::new() };
    format!("{pulls} read, {files} with files{gone}; {} written", counted(rows, "row"))
}

/// `5 points, 20 requests`
fn price(points: usize, requests: usize) -> String {
    format!("{}, {}", counted(points, "point"), counted(requests, "request"))
}

/// `5 points (4995 left), 20 requests (4980 left)`
fn cost(spent: Spent) -> String {
    let count = |n: u32, what| counted(usize::try_from(n).unwrap_or(usize::MAX), what);
    let left = |left: Option<u32>| left.map(|left| format!(" ({left} left)")).unwrap_or_default();
    let points = format!("{}{}", count(spent.points, "point"), left(spent.points_left));
    format!("{points}, {}{}", count(spent.requests, "request"), left(spent.requests_left))
}
