//! How the sync with GitHub is, in the few words of the header.

use chrono::{DateTime, TimeDelta, Utc};

use super::{Reading, SyncStatus};
use crate::{
    domain::{
        sync::{Pause, ReaderTrouble, Synced, Trouble},
        text::truncate,
        time::age,
    },
    tui::{action::Action, model::Model},
};

/// Ages and countdowns below a minute are told in steps of so many seconds: a clock that ticks would be bytes without news.
const STEP: i64 = 10;
/// From this age on GitHub's word is old.
const OLD: TimeDelta = TimeDelta::minutes(10);
/// Cells of the header that a problem may take.
const PROBLEM: usize = 44;

/// A line about it for the header.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SyncLine {
    /// The first one counts most, the last ones give way.
    pub parts: Vec<String>,
    pub tone: Tone,
    /// The key that helps, and what it does.
    pub offer: Option<(Action, &'static str)>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tone {
    Good,
    Busy,
    Old,
    Bad,
}

/// What the board knows of GitHub's word beside what this dashboard's own sync tells.
#[derive(Clone, Debug, Default)]
pub(super) struct Word {
    /// When it was read, by this machine's clock.
    at: Option<DateTime<Utc>>,
    /// So many repositories are older.
    older: usize,
    /// Another sync reads it.
    is_anothers: bool,
    /// Why that one reads nothing new; its time is by this machine's clock.
    trouble: Option<ReaderTrouble>,
}

impl Model {
    /// The whole in a few words.
    pub fn sync_line(&self) -> Option<SyncLine> {
        self.sync.line(self.now, &self.word())
    }

    /// When time alone changes [`Model::sync_line`] next.
    pub(in crate::tui::model) fn sync_changes_at(&self) -> Option<DateTime<Utc>> {
        self.sync.changes_at(self.now, &self.word())
    }

    /// Why GitHub tells nothing new, if it does not.
    pub fn github_trouble(&self) -> Option<String> {
        let (sync, word) = (&self.sync, self.word());
        let limit = |until| format!("GitHub's limit lets nobody ask for {} min", minutes(self.now, until));
        let refused = sync.problem().filter(|_| sync.is_refused()).map(|problem| problem.brief.clone());
        let paused = || match sync.pause.as_ref().or(word.pause().as_ref())? {
            (until, Pause::Limit) => Some(limit(*until)),
            (_, Pause::Outage { brief, .. }) => Some(brief.clone()),
            (_, Pause::Database) => None,
        };
        let why = refused.or_else(paused).or(word.failure().map(|(brief, _)| brief.to_owned()))?;
        let last = word.at.map(|at| format!(", last read {}", since(self.now, at)));
        Some(why + &last.unwrap_or_default())
    }

    /// How old GitHub's word is, where a sync reads it.
    pub fn github_read(&self) -> Option<String> {
        Some(since(self.now, self.word().at?))
    }

    /// Why another sync has given up, and what helps.
    pub fn anothers_failure(&self) -> Option<String> {
        self.word().failure().map(|(_, told)| told.to_owned())
    }

    fn word(&self) -> Word {
        let Self { sync, link, .. } = self;
        let stored = Synced::oldest(&link.synced).map(|(at, older)| (self.here(at), older));
        let is_held = || link.synced.iter().any(|one| one.is_held);
        let is_anothers = !sync.elsewhere.is_empty() || !sync.is_at_work() && is_held();
        let word = Word { is_anothers, trouble: self.anothers_trouble(), ..Word::default() };
        match (sync.fresh(), stored) {
            (Some(at), None) => Word { at: Some(at), ..word },
            (Some(at), Some((stored, _))) if at >= stored => Word { at: Some(at), ..word },
            // Webhooks have told more since.
            (None, Some((at, _))) if link.ingest.newest.is_some_and(|newest| newest > at) => Word::default(),
            (_, Some((at, older))) => Word { at: Some(at), older, ..word },
            (None, None) => word,
        }
    }

    /// What whoever else reads these repositories has told. A wait matters while somebody waits, a failure until somebody
    /// reads on.
    fn anothers_trouble(&self) -> Option<ReaderTrouble> {
        let Self { sync, link, .. } = self;
        let is_anothers =
            |one: &&Synced| !sync.is_at_work() || sync.is_elsewhere(self.board.full_name(one.repository));
        let all = || link.synced.iter().filter(is_anothers);
        let is_held = all().any(|one| one.is_held);
        let trouble = all().filter(|one| one.is_held == is_held).find_map(|one| one.trouble.clone())?;
        let matters = is_held || matches!(trouble.why, Trouble::Failed { .. });
        matters.then(|| ReaderTrouble { until: self.here(trouble.until), ..trouble })
    }

    /// A time of the server's, by this machine's clock.
    fn here(&self, at: DateTime<Utc>) -> DateTime<Utc> {
        at + (self.now - self.server_now())
    }
}

impl SyncStatus {
    fn line(&self, now: DateTime<Utc>, word: &Word) -> Option<SyncLine> {
        let page = self.offered().map(|_| (Action::OpenCheck, "opens it"));
        let more = Some((Action::Sync, "tells more"));
        let line = |text: String, tone, offer| Some(SyncLine { parts: vec![text], tone, offer });
        let another = word.is_anothers.then(|| "another sync reads".to_owned());
        let aged = |text: String, tone, offer, more: Option<String>| {
            let parts = [Some(text), word.old(now), more, another.clone()].into_iter().flatten().collect();
            Some(SyncLine { parts, tone, offer })
        };
        if let Some(trouble) = self.problems.get(&None) {
            return aged(short(&trouble.problem.brief), Tone::Bad, page.or(more), None);
        }
        match self.pause.as_ref().or(word.pause().as_ref()) {
            Some((until, Pause::Limit)) => {
                let text = format!("GitHub limit: {} min", minutes(now, *until));
                return aged(text, Tone::Busy, None, None);
            }
            Some((until, Pause::Outage { brief, .. })) => {
                return aged(brief.clone(), Tone::Bad, None, Some(again(now, *until)));
            }
            Some((_, Pause::Database)) | None => {}
        }
        if let Some((brief, _)) = word.failure() {
            return aged(short(brief), Tone::Bad, more, None);
        }
        if let Some(trouble) = self.offered() {
            return line(short(&trouble.problem.brief), Tone::Bad, page);
        }
        if let Some(Reading { repository, phase, done, expected }) = &self.reading {
            let parts = vec![format!("GitHub: {repository} {done}/{expected}"), (*phase).to_owned()];
            return Some(SyncLine { parts, tone: Tone::Busy, offer: None });
        }
        match (word.at, self.problem(), self.problems.len()) {
            (Some(at), None, _) => {
                let older = if word.older > 0 { format!(", {} older", word.older) } else { String::new() };
                let text = format!("GitHub {}{older}", since(now, at));
                let tone = if now - at < OLD { Tone::Good } else { Tone::Old };
                let parts = [Some(text), another].into_iter().flatten().collect();
                Some(SyncLine { parts, tone, offer: None })
            }
            (Some(at), Some(_), n) => {
                line(format!("GitHub {}, {n} not read", since(now, at)), Tone::Bad, more)
            }
            (None, Some(problem), _) => line(short(&problem.brief), Tone::Bad, more),
            (None, None, _) if word.is_anothers => {
                line("GitHub: another sync reads".to_owned(), Tone::Good, None)
            }
            (None, None, _) => None,
        }
    }

    /// All repositories were as on GitHub at this time.
    fn fresh(&self) -> Option<DateTime<Utc>> {
        self.repositories.values().flatten().min().copied()
    }

    /// A countdown, an age or both.
    fn changes_at(&self, now: DateTime<Utc>, word: &Word) -> Option<DateTime<Utc>> {
        let countdown = match self.pause.as_ref().or(word.pause().as_ref()) {
            Some((until, Pause::Limit | Pause::Outage { .. })) => Some(*until),
            Some((_, Pause::Database)) | None => None,
        };
        [countdown, word.at].into_iter().flatten().map(|at| turn(now, at)).min()
    }
}

impl Word {
    /// `3m old`; nothing while it is new.
    fn old(&self, now: DateTime<Utc>) -> Option<String> {
        let at = self.at.filter(|at| (now - *at).num_seconds() >= STEP)?;
        Some(format!("{} old", length(now, at)))
    }

    /// What another one waits for, and until when.
    fn pause(&self) -> Option<(DateTime<Utc>, Pause)> {
        let ReaderTrouble { why, until } = self.trouble.as_ref()?;
        match why {
            Trouble::Limit => Some((*until, Pause::Limit)),
            Trouble::Outage(how) => Some((*until, Pause::Outage { brief: how.clone(), told: how.clone() })),
            Trouble::Failed { .. } => None,
        }
    }

    /// Why another one has given up, in few words and in more.
    fn failure(&self) -> Option<(&str, &str)> {
        match &self.trouble.as_ref()?.why {
            Trouble::Failed { brief, told } => Some((brief, told)),
            Trouble::Limit | Trouble::Outage(_) => None,
        }
    }
}

/// Minutes until then, rounded up.
pub(super) fn minutes(now: DateTime<Utc>, until: DateTime<Utc>) -> i64 {
    ((until - now).num_seconds() + 59).div_euclid(60).max(1)
}

/// When the words for the time between now and a moment change next.
fn turn(now: DateTime<Utc>, at: DateTime<Utc>) -> DateTime<Utc> {
    let apart = (now - at).num_milliseconds();
    let step = match apart {
        -60_000..60_000 => STEP,
        -3_600_000..3_600_000 => 60,
        _ => 3_600,
    } * 1_000;
    now + TimeDelta::milliseconds(step - apart.rem_euclid(step))
}

/// `40 s`, `5m`.
fn length(now: DateTime<Utc>, at: DateTime<Utc>) -> String {
    match (now - at).num_seconds() {
        seconds @ ..60 => format!("{} s", seconds / STEP * STEP),
        _ => age(now, at),
    }
}

/// `just now`, `40 s ago`, `5m ago`.
fn since(now: DateTime<Utc>, at: DateTime<Utc>) -> String {
    match (now - at).num_seconds() {
        ..STEP => "just now".to_owned(),
        _ => format!("{} ago", length(now, at)),
    }
}

/// `again in 40 s`, `again in 3 min`.
pub(super) fn again(now: DateTime<Utc>, until: DateTime<Utc>) -> String {
    match (until - now).num_milliseconds() {
        ..1 => "again now".to_owned(),
        millis @ 1..=60_000 => {
            let steps = (millis + STEP * 1_000 - 1) / (STEP * 1_000);
            format!("again in {} s", steps * STEP)
        }
        _ => format!("again in {} min", minutes(now, until)),
    }
}

fn short(brief: &str) -> String {
    truncate(brief, PROBLEM).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::sync::{SyncNews, SyncProblem};

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + TimeDelta::seconds(seconds)
    }

    fn status(news: &[SyncNews]) -> SyncStatus {
        let mut status = SyncStatus::default();
        for news in news {
            status.take(news);
        }
        status
    }

    /// The parts, and in how many seconds they change.
    fn told(status: &SyncStatus, word: &Word, seconds: i64) -> (String, Option<i64>) {
        let now = at(seconds);
        let line = status.line(now, word).map(|line| line.parts.join(" · ")).unwrap_or_default();
        (line, status.changes_at(now, word).map(|next| (next - now).num_seconds()))
    }

    fn read(seconds: i64) -> Word {
        Word { at: Some(at(seconds)), ..Word::default() }
    }

    #[test]
    fn an_age_is_told_in_whole_units() {
        for (seconds, text, next) in [
            (62, "GitHub just now", 8),
            (103, "GitHub 40 s ago", 7),
            (119, "GitHub 50 s ago", 1),
            (120, "GitHub 1m ago", 60),
            (215, "GitHub 2m ago", 25),
            (7_300, "GitHub 2h ago", 3_560),
            // A clock was set back.
            (50, "GitHub just now", 10),
        ] {
            let told = told(&SyncStatus::default(), &read(60), seconds);
            assert_eq!(told, (text.to_owned(), Some(next)), "{seconds}");
        }
        let older = Word { older: 2, ..read(60) };
        assert_eq!(told(&SyncStatus::default(), &older, 62).0, "GitHub just now, 2 older");
    }

    #[test]
    fn an_old_word_has_another_tone() {
        let tone = |seconds| SyncStatus::default().line(at(seconds), &read(0)).map(|line| line.tone);
        assert_eq!((tone(599), tone(600)), (Some(Tone::Good), Some(Tone::Old)));
    }

    #[test]
    fn what_another_sync_reads_has_an_age_too() {
        let another = Word { is_anothers: true, ..read(0) };
        assert_eq!(told(&SyncStatus::default(), &another, 12).0, "GitHub 10 s ago · another sync reads");
        let unknown = Word { is_anothers: true, ..Word::default() };
        assert_eq!(
            told(&SyncStatus::default(), &unknown, 12),
            ("GitHub: another sync reads".to_owned(), None)
        );
    }

    #[test]
    fn a_limit_counts_down_in_whole_minutes() {
        let limit = status(&[SyncNews::Paused { until: at(720), why: Pause::Limit }]);
        for (seconds, text, next) in
            [(0, "12 min", 60), (1, "12 min", 59), (60, "11 min", 60), (719, "1 min", 1), (800, "1 min", 40)]
        {
            let text = format!("GitHub limit: {text}");
            assert_eq!(told(&limit, &Word::default(), seconds), (text, Some(next)), "{seconds}");
        }
        assert_eq!(told(&limit, &read(0), 61).0, "GitHub limit: 11 min · 1m old");
        let resumed = SyncNews::Paused { until: at(720), why: Pause::Limit };
        assert_eq!(told(&status(&[resumed, SyncNews::Resumed]), &Word::default(), 0), (String::new(), None));
    }

    #[test]
    fn an_outage_tells_its_cause_the_age_and_when_it_is_tried_again() {
        let said = "GitHub is down (502)".to_owned();
        let why = Pause::Outage { brief: said.clone(), told: said };
        let outage = status(&[SyncNews::Paused { until: at(300), why }]);
        for (seconds, text, next) in [
            (5, "again in 5 min", 5),
            (175, "2m old · again in 3 min", 5),
            (240, "4m old · again in 60 s", 10),
            (261, "4m old · again in 40 s", 9),
            (299, "4m old · again in 10 s", 1),
            (300, "5m old · again now", 10),
        ] {
            let text = format!("GitHub is down (502) · {text}");
            assert_eq!(told(&outage, &read(0), seconds), (text, Some(next)), "{seconds}");
        }
        assert_eq!(told(&outage, &Word::default(), 280).0, "GitHub is down (502) · again in 20 s");
    }

    #[test]
    fn a_problem_is_told_until_it_is_mended_and_its_page_once() {
        let problem = SyncProblem {
            repository: Some("Acme/api".to_owned()),
            said: "acme needs single sign-on".to_owned(),
            brief: "acme: single sign-on needed".to_owned(),
            mend: None,
            url: Some("https://github.com/orgs/acme/sso".to_owned()),
        };
        let failed = SyncNews::Failed(problem.clone());
        let mut status = SyncStatus::default();
        assert!(status.take(&failed));
        assert!(!status.take(&failed), "told before");
        let line = status.line(at(0), &Word::default()).expect("a line");
        let page = Some((Action::OpenCheck, "opens it"));
        assert_eq!((line.parts[0].as_str(), line.offer), ("acme: single sign-on needed", page));
        assert_eq!(status.take_page(), problem.url);
        assert_eq!(status.take_page(), None);
        assert_eq!(told(&status, &read(0), 0).0, "GitHub just now, 1 not read");
        assert!(status.problem().is_some());
        let fresh = |repository: &str| SyncNews::Fresh { repository: repository.to_owned(), at: at(0) };
        status.take(&fresh("acme/web"));
        assert!(status.problem().is_some(), "another one's");
        status.take(&fresh("acme/API"));
        assert!(status.problem().is_none());
    }
}
