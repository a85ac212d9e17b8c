//! What to ask next, given what is known: no request and no clock in here.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, TimeDelta, Utc};

use super::seen::Seen;
use crate::{github::client::Error, store::sync::KnownPull};

/// Pull requests of one question for details, ever fewer where GitHub finds them too many.
pub(super) const PAGES: [usize; 4] = [20, 10, 5, 1];
/// Good pages in a row after which a larger one is tried.
const GOOD: u32 = 10;
/// A list of checks that got shorter is believed when it is as short after this time: while a build is run again, its
/// old checks vanish for a moment.
pub(super) const CONFIRM: TimeDelta = TimeDelta::seconds(12);

/// How many pull requests are asked for at once in a repository.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct PageSize {
    /// Of [`PAGES`].
    step: usize,
    /// The fields that are slow in large repositories are left out: not even one can be read with them.
    pub(super) without_sizes: bool,
    good: u32,
}

impl Default for PageSize {
    fn default() -> Self {
        Self::parse(None)
    }
}

impl PageSize {
    /// As it was remembered.
    pub(super) fn parse(text: Option<&str>) -> Self {
        let number = text.map(|text| text.trim_end_matches('-')).and_then(|text| text.parse().ok());
        let step = number.and_then(|number: usize| PAGES.iter().position(|page| *page == number));
        let without_sizes = step == Some(PAGES.len() - 1) && text.is_some_and(|text| text.ends_with('-'));
        Self { step: step.unwrap_or_default(), without_sizes, good: 0 }
    }

    /// To be remembered; `None`: as in the beginning.
    pub(super) fn text(self) -> Option<String> {
        (self.step > 0).then(|| format!("{}{}", self.get(), if self.without_sizes { "-" } else { "" }))
    }

    pub(super) fn get(self) -> usize {
        PAGES.get(self.step).copied().unwrap_or(1)
    }

    /// Less is not possible.
    pub(super) fn is_least(self) -> bool {
        self.step + 1 == PAGES.len() && self.without_sizes
    }

    /// It was too much. False: less is not possible.
    pub(super) fn shrink(&mut self) -> bool {
        self.good = 0;
        if self.is_least() {
            return false;
        }
        if self.step + 1 < PAGES.len() {
            self.step += 1;
        } else {
            self.without_sizes = true;
        }
        true
    }

    /// It was answered: in the long run a repository is no worse than others.
    pub(super) fn succeed(&mut self) {
        self.good += 1;
        if self.good >= GOOD && self.step > 0 {
            (self.step, self.without_sizes, self.good) = (self.step - 1, false, 0);
        }
    }
}

/// The pages of a list that were read, by their cursors or addresses.
#[derive(Debug, Default)]
pub(super) struct Trail(BTreeSet<String>);

impl Trail {
    /// # Errors
    /// It was there before: there is no end of it.
    pub(super) fn step(&mut self, page: &str) -> Result<(), Error> {
        let is_new = self.0.insert(page.to_owned());
        is_new.then_some(()).ok_or_else(|| Error::Malformed("a list whose pages lead in a circle".to_owned()))
    }
}

/// Whether details have to be read: by what was seen when they last were, and what is seen now.
pub(super) fn needs_details(seen: Option<&Seen>, print: Option<&str>, now: DateTime<Utc>) -> bool {
    match (seen, print) {
        (None, _) => true,
        // Without a fingerprint nothing is known to have changed.
        (Some(_), None) => false,
        (Some(seen), Some(print)) => {
            seen.print != print || seen.shrunk.is_some_and(|since| is_confirmed(since, now))
        }
    }
}

/// Whether a list that is shorter since a time may be believed.
pub(super) fn is_confirmed(since: DateTime<Utc>, now: DateTime<Utc>) -> bool {
    now - since >= CONFIRM
}

/// Those that are stored as open and are not listed any more: closed, deleted, or gone elsewhere.
pub(super) fn missing(known: &BTreeMap<i32, KnownPull>, is_listed: impl Fn(i32) -> bool) -> Vec<i32> {
    known
        .values()
        .filter(|pull| pull.is_open)
        .map(|pull| pull.number.get())
        .filter(|number| !is_listed(*number))
        .collect()
}

/// How far the closed ones were read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Closed {
    /// All that were updated since then …
    pub(super) since: DateTime<Utc>,
    /// … up to then.
    pub(super) through: DateTime<Utc>,
}

impl Closed {
    pub(super) fn parse(text: &str) -> Option<Self> {
        let (since, through) = text.split_once(' ')?;
        let time = |text| Some(DateTime::parse_from_rfc3339(text).ok()?.with_timezone(&Utc));
        Some(Self { since: time(since)?, through: time(through)? })
    }

    pub(super) fn text(self) -> String {
        let text = |time: DateTime<Utc>| time.to_rfc3339_opts(chrono::SecondsFormat::Secs, true);
        format!("{} {}", text(self.since), text(self.through))
    }
}

/// Where the list of closed ones, newest first, needs to be read no further: at the start of the window, or at what was
/// read before, if that went as far back.
pub(super) fn floor(start: DateTime<Utc>, read: Option<Closed>) -> DateTime<Utc> {
    match read {
        Some(read) if read.since <= start => read.through.max(start),
        Some(_) | None => start,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(1_700_000_000 + seconds, 0).expect("a time")
    }

    #[test]
    fn pages_shrink_to_one_without_sizes_and_grow_again() {
        let mut page = PageSize::parse(None);
        let mut sizes = vec![page.get()];
        while page.shrink() {
            sizes.push(page.get());
        }
        assert_eq!(sizes, [20, 10, 5, 1, 1]);
        assert_eq!(page.text().as_deref(), Some("1-"));
        assert_eq!(PageSize::parse(Some("1-")), PageSize { good: 0, ..page });
        for _ in 0..GOOD {
            page.succeed();
        }
        assert_eq!((page.get(), page.without_sizes, page.text().as_deref()), (5, false, Some("5")));
        for _ in 0..2 * GOOD {
            page.succeed();
        }
        assert_eq!((page.get(), page.text()), (20, None));
        assert_eq!(PageSize::parse(Some("7")).get(), 20);
    }

    #[test]
    fn details_are_read_once_for_each_change() {
        let seen = |shrunk| Seen { print: "a".to_owned(), shrunk };
        assert!(needs_details(None, None, at(0)));
        assert!(needs_details(None, Some("a"), at(0)));
        assert!(!needs_details(Some(&seen(None)), Some("a"), at(0)));
        assert!(needs_details(Some(&seen(None)), Some("b"), at(0)));
        assert!(!needs_details(Some(&seen(None)), None, at(0)));
        // A list that got shorter is read again, but not at once.
        assert!(!needs_details(Some(&seen(Some(at(0)))), Some("a"), at(11)));
        assert!(needs_details(Some(&seen(Some(at(0)))), Some("a"), at(12)));
    }

    #[test]
    fn closed_ones_are_read_down_to_the_known_or_the_window() {
        let read = Closed { since: at(10), through: at(90) };
        assert_eq!(Closed::parse(&read.text()), Some(read));
        assert_eq!(Closed::parse("x"), None);
        assert_eq!(floor(at(20), None), at(20));
        assert_eq!(floor(at(20), Some(read)), at(90));
        // A wider window, or a run that is older than the window.
        assert_eq!(floor(at(5), Some(read)), at(5));
        assert_eq!(floor(at(95), Some(read)), at(95));
    }
}
