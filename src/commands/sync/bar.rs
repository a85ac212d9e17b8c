//! The line that lives on a terminal: where a run is, and how long it takes yet.

use std::{
    io::{self, Write as _},
    time::Duration,
};

use chrono::TimeDelta;
use tokio::time::Instant;

use crate::{
    domain::{
        text::{counted, truncate, width},
        time::left,
    },
    github::sync::{Spent, Step},
};

/// How often it is drawn at most.
const DRAW: Duration = Duration::from_millis(100);
/// Cells of the gauge.
const GAUGE: usize = 10;

#[derive(Default)]
pub(super) struct Bar {
    drawn: Option<Instant>,
    is_there: bool,
    round: Option<Round>,
}

/// All repositories, one after the other.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Round {
    began: Instant,
    /// The share of the whole that was done then.
    base: f64,
    /// The repository that it is at, from 1.
    nth: usize,
    of: usize,
}

/// How far a step is.
#[derive(Clone, Copy, Debug)]
pub(super) struct Progress<'a> {
    pub(super) repository: &'a str,
    pub(super) step: Step,
    pub(super) done: usize,
    pub(super) expected: usize,
}

impl Bar {
    /// The nth repository of so many comes now.
    pub(super) fn begin(&mut self, nth: usize, of: usize) {
        let now = Instant::now();
        let goes_on = self.round.filter(|round| round.of == of && round.nth < nth);
        let first = Round { began: now, base: share(nth, of, 0.0), nth, of };
        self.round = Some(goes_on.map_or(first, |round| Round { nth, ..round }));
    }

    pub(super) fn progress(&mut self, at: Progress<'_>, spent: Spent) {
        let to_go = self.round.and_then(|round| round.to_go(at, Instant::now()));
        let text = line(at, self.round.map(|round| (round.nth, round.of)), to_go, spent, cells());
        self.draw(&text, at.done == at.expected);
    }

    pub(super) fn draw(&mut self, text: &str, at_once: bool) {
        let now = Instant::now();
        if !at_once && self.drawn.is_some_and(|drawn| now - drawn < DRAW) {
            return;
        }
        self.drawn = Some(now);
        self.is_there = true;
        // Who closed standard error does not want to know.
        drop(write!(io::stderr().lock(), "\r\x1b[K{}", truncate(text, cells())));
    }

    pub(super) fn wipe(&mut self) {
        if std::mem::take(&mut self.is_there) {
            drop(write!(io::stderr().lock(), "\r\x1b[K"));
        }
    }
}

fn cells() -> usize {
    let size = terminal_size::terminal_size_of(io::stderr());
    size.map_or(80, |(width, _)| usize::from(width.0)).saturating_sub(1)
}

/// `2/50 acme/api [####------] 40/100 read · 12 s to go · 4995 points, 4980 requests left`; the gauge goes first where it
/// does not fit.
fn line(
    at: Progress<'_>,
    nth: Option<(usize, usize)>,
    to_go: Option<Duration>,
    spent: Spent,
    cells: usize,
) -> String {
    let Progress { repository, step, done, expected } = at;
    let nth = nth.filter(|(_, of)| *of > 1).map(|(nth, of)| format!("{nth}/{of} ")).unwrap_or_default();
    let filled = (done * GAUGE).checked_div(expected).unwrap_or(GAUGE).min(GAUGE);
    let gauge = format!(" [{}{}]", "#".repeat(filled), "-".repeat(GAUGE - filled));
    let to_go = to_go.and_then(|time| TimeDelta::from_std(time).ok());
    let to_go = to_go.map(|time| format!(" · {} to go", left(time)));
    let limits = spent.points_left.zip(spent.requests_left).map(|(points, requests)| {
        let points = counted(usize::try_from(points).unwrap_or(usize::MAX), "point");
        format!(" · {points}, {requests} requests left")
    });
    let rest = format!(
        " {done}/{expected} {}{}{}",
        step.done(),
        to_go.unwrap_or_default(),
        limits.unwrap_or_default()
    );
    let whole = format!("{nth}{repository}{gauge}{rest}");
    if width(&whole) <= cells { whole } else { format!("{nth}{repository}{rest}") }
}

/// The share of all repositories that is done, the nth one of them to this part.
#[expect(clippy::cast_precision_loss, reason = "an estimate")]
fn share(nth: usize, of: usize, part: f64) -> f64 {
    (nth.saturating_sub(1) as f64 + part) / of.max(1) as f64
}

/// The part of a repository that is done: details and files take most of the time.
#[expect(clippy::cast_precision_loss, reason = "an estimate")]
fn part(at: Progress<'_>) -> f64 {
    let (begin, end) = match at.step {
        Step::List => (0.0, 0.05),
        Step::Details => (0.05, 0.45),
        Step::Files => (0.45, 0.9),
        // How many there are is only known at their end.
        Step::Closed => (0.9, 0.9),
    };
    let done = at.done.min(at.expected) as f64 / at.expected.max(1) as f64;
    begin + (end - begin) * done
}

impl Round {
    /// By the pace so far, once there is one.
    fn to_go(self, at: Progress<'_>, now: Instant) -> Option<Duration> {
        let time = now.saturating_duration_since(self.began);
        let share = share(self.nth, self.of, part(at));
        let done = share - self.base;
        if time < Duration::from_secs(1) || done <= 0.0 || share >= 1.0 {
            return None;
        }
        Duration::try_from_secs_f64(time.as_secs_f64() * (1.0 - share) / done).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const AT: Progress<'_> = Progress { repository: "acme/api", step: Step::Files, done: 40, expected: 120 };

    #[test]
    fn the_line_tells_repositories_pull_requests_limits_and_the_time_and_fits() {
        let spent = Spent { points_left: Some(4_995), requests_left: Some(4_980), ..Spent::default() };
        let of = |nth, cells| line(AT, nth, Some(Duration::from_secs(12)), spent, cells);
        let rest = "40/120 with files · 12 s to go · 4995 points, 4980 requests left";
        assert_eq!(of(Some((2, 50)), 120), format!("2/50 acme/api [###-------] {rest}"));
        assert_eq!(of(Some((2, 50)), 80), format!("2/50 acme/api {rest}"));
        assert_eq!(of(Some((1, 1)), 120), format!("acme/api [###-------] {rest}"));
        assert_eq!(
            line(AT, None, Some(Duration::from_secs(61)), Spent::default(), 120),
            "acme/api [###-------] 40/120 with files · 2 min to go"
        );
    }

    #[test]
    fn the_time_to_go_is_that_of_all_repositories() {
        let began = Instant::now();
        let round = Round { began, base: 0.0, nth: 5, of: 10 };
        let at = |seconds| began + Duration::from_secs(seconds);
        // Four and six tenths of ten.
        let to_go = round.to_go(AT, at(46)).expect("a pace");
        assert_eq!(to_go.as_millis().div_ceil(100), 540);
        assert_eq!(round.to_go(AT, at(0)), None, "there is no pace yet");
        let resumed = Round { base: share(5, 10, 0.0), ..round };
        assert_eq!(resumed.to_go(AT, at(6)).expect("a pace").as_millis().div_ceil(100), 540);
    }
}
