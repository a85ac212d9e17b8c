//! How soon a pull request is worth another look, and how many looks the user's share of the limit allows.

use chrono::{DateTime, TimeDelta, Utc};

use crate::github::{client::Purse, payload::Fingerprint};

/// Between two looks at what repositories list as moved.
pub(super) const PROBE: TimeDelta = TimeDelta::seconds(25);
/// Between two looks for what is not listed any more.
pub(super) const SWEEP: TimeDelta = TimeDelta::hours(1);
/// A head is fresh for so long: its builds begin, and workflows may wait for somebody's word.
const FRESH: TimeDelta = TimeDelta::minutes(15);
/// Whether it can be merged is worked out when it is asked for: soon there is an answer, or there is none for long. The
/// checks of a new head lag, too.
const UNKNOWN: TimeDelta = TimeDelta::seconds(10);
const UNKNOWN_ASKS: u8 = 3;
/// Pull requests of one question for fingerprints while watching.
pub(super) const PRINTS: usize = 50;
/// Repositories of one question what moved.
pub(super) const PROBES: usize = 25;

/// How lively a pull request is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Heat {
    /// A build runs or is about to, or it waits to be merged.
    Hot,
    /// It is red, which is what gets run again; or something happened within a day.
    Warm,
    Cold,
}

impl Heat {
    pub(super) fn interval(self) -> TimeDelta {
        match self {
            Self::Hot => TimeDelta::seconds(25),
            Self::Warm => TimeDelta::minutes(2),
            Self::Cold => TimeDelta::minutes(10),
        }
    }
}

/// What was last seen of a pull request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Pulse {
    pub(super) asked_at: DateTime<Utc>,
    pub(super) updated_at: DateTime<Utc>,
    pub(super) head: String,
    /// Since when it has that head, as far as is known.
    head_since: DateTime<Utc>,
    /// GitHub's word for all of its checks.
    rollup: Option<String>,
    is_empty: bool,
    /// In the merge queue, or set to merge by itself.
    is_about_to_merge: bool,
    /// How often it was asked in a row whether it can be merged, without an answer.
    unknown: u8,
    /// The word for its checks is another head's, as it is right after a push.
    is_behind: bool,
    /// Its list of checks is shorter, and is to be read again.
    shrunk: Option<DateTime<Utc>>,
}

impl Pulse {
    /// After a look at this time; `before` was the look before.
    pub(super) fn new(
        print: &Fingerprint,
        before: Option<&Self>,
        is_auto_merge: bool,
        now: DateTime<Utc>,
    ) -> Self {
        let rollup = print.status_check_rollup.as_ref();
        let count = rollup.and_then(|rollup| rollup.contexts.as_ref()?.total_count).unwrap_or_default();
        let is_unknown = print.mergeable.as_deref() == Some("UNKNOWN");
        let head_since = match before {
            Some(before) if before.head == print.head_ref_oid => before.head_since,
            // Somebody pushed since the look before.
            Some(_) => now,
            None => print.updated_at,
        };
        Self {
            asked_at: now,
            updated_at: print.updated_at,
            head: print.head_ref_oid.clone(),
            head_since,
            rollup: rollup.and_then(|rollup| rollup.state.clone()),
            is_empty: count == 0,
            is_about_to_merge: is_auto_merge || print.is_in_merge_queue == Some(true),
            unknown: if is_unknown { before.map_or(0, |before| before.unknown).saturating_add(1) } else { 0 },
            is_behind: rollup
                .and_then(|rollup| rollup.commit.as_ref())
                .is_some_and(|commit| commit.oid != print.head_ref_oid),
            shrunk: None,
        }
    }

    pub(super) fn shrunk(self, since: Option<DateTime<Utc>>) -> Self {
        Self { shrunk: since, ..self }
    }

    /// Its time has come, whatever it is.
    pub(super) fn hurry(&mut self) {
        self.asked_at = DateTime::UNIX_EPOCH;
    }

    fn is_fresh(&self, now: DateTime<Utc>) -> bool {
        now - self.head_since < FRESH
    }

    /// Whether workflows may be waiting for somebody's word, which no list of checks tells.
    pub(super) fn may_wait(&self, now: DateTime<Utc>) -> bool {
        self.is_empty && self.is_fresh(now)
    }

    pub(super) fn heat(&self, now: DateTime<Utc>) -> Heat {
        let is_running = matches!(self.rollup.as_deref(), Some("PENDING" | "EXPECTED"));
        let is_red = matches!(self.rollup.as_deref(), Some("FAILURE" | "ERROR"));
        if is_running || self.is_fresh(now) || self.is_about_to_merge {
            Heat::Hot
        } else if is_red || now - self.updated_at < TimeDelta::days(1) {
            Heat::Warm
        } else {
            Heat::Cold
        }
    }

    /// When it is to be looked at again; intervals are `pace` times as long as planned.
    pub(super) fn due(&self, pace: f64) -> DateTime<Utc> {
        let asked = self.asked_at;
        let regular = asked + stretched(self.heat(asked).interval(), pace);
        let is_soon = self.is_behind && self.is_fresh(asked) || (1..=UNKNOWN_ASKS).contains(&self.unknown);
        let soon = is_soon.then(|| asked + UNKNOWN);
        let confirm =
            self.shrunk.map(|since| (since + super::plan::CONFIRM).max(asked + TimeDelta::seconds(1)));
        [Some(regular), soon, confirm].into_iter().flatten().min().unwrap_or(regular)
    }
}

pub(super) fn stretched(interval: TimeDelta, pace: f64) -> TimeDelta {
    let seconds = interval.as_seconds_f64() * pace.clamp(1.0, 1_000.0);
    #[expect(clippy::cast_possible_truncation, reason = "at most some months")]
    TimeDelta::milliseconds((seconds * 1_000.0) as i64)
}

/// Points an hour, as planned, for so many repositories and these pull requests.
pub(super) fn planned(repositories: usize, heats: impl Iterator<Item = Heat>) -> f64 {
    let mut counts = [0_usize; 3];
    for heat in heats {
        match heat {
            Heat::Hot => counts[0] += 1,
            Heat::Warm => counts[1] += 1,
            Heat::Cold => counts[2] += 1,
        }
    }
    let calls = |count: usize, size: usize, interval: TimeDelta| {
        #[expect(clippy::cast_precision_loss, reason = "some thousands")]
        let calls = count.div_ceil(size) as f64;
        calls * 3_600.0 / interval.as_seconds_f64()
    };
    let looks: f64 = [Heat::Hot, Heat::Warm, Heat::Cold]
        .into_iter()
        .zip(counts)
        .map(|(heat, count)| calls(count, PRINTS, heat.interval()))
        .sum();
    calls(repositories, PROBES, PROBE) + looks
}

/// By how much intervals have to be longer than planned, so that what may still be spent lasts until the purse is filled
/// again. In quarters, so that it does not change all the time.
pub(super) fn pace(planned: f64, purse: Option<Purse>, now: DateTime<Utc>) -> f64 {
    let Some(purse) = purse.filter(|purse| purse.resets > now) else { return 1.0 };
    let hours = (purse.resets - now).as_seconds_f64() / 3_600.0;
    let left = f64::from(purse.ours.saturating_sub(purse.spent)).max(1.0);
    let needed = planned * hours / left;
    if needed <= 1.0 { 1.0 } else { (needed * 4.0).ceil() / 4.0 }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(1_700_000_000 + seconds, 0).expect("a time")
    }

    fn print(head: &str, updated: i64, state: Option<&str>, mergeable: &str) -> Fingerprint {
        let rollup =
            state.map(|state| json!({"state": state, "commit": null, "contexts": {"totalCount": 1}}));
        serde_json::from_value(json!({
            "id": "x", "updatedAt": at(updated), "headRefOid": head, "mergeable": mergeable,
            "isInMergeQueue": false, "statusCheckRollup": rollup,
        }))
        .expect("a fingerprint")
    }

    const DAY: i64 = 86_400;

    fn heat(state: Option<&str>, updated: i64, now: i64) -> Heat {
        Pulse::new(&print("a", updated, state, "MERGEABLE"), None, false, at(now)).heat(at(now))
    }

    #[test]
    fn what_runs_is_hot_what_is_red_warm_and_the_rest_cold() {
        assert_eq!(heat(Some("PENDING"), 0, 9 * DAY), Heat::Hot);
        assert_eq!(heat(Some("EXPECTED"), 0, 9 * DAY), Heat::Hot);
        assert_eq!(heat(Some("FAILURE"), 0, 9 * DAY), Heat::Warm);
        assert_eq!(heat(Some("SUCCESS"), 0, DAY - 1), Heat::Warm);
        assert_eq!(heat(Some("SUCCESS"), 0, DAY), Heat::Cold);
        assert_eq!(heat(None, 0, 14 * 60), Heat::Hot);
        assert_eq!(heat(None, 0, 16 * 60), Heat::Warm);
    }

    #[test]
    fn a_push_makes_it_hot() {
        let before = Pulse::new(&print("a", 0, Some("SUCCESS"), "MERGEABLE"), None, false, at(9 * DAY));
        let after = Pulse::new(&print("b", 9 * DAY, None, "MERGEABLE"), Some(&before), false, at(9 * DAY));
        assert!(after.may_wait(at(9 * DAY)));
        let later =
            Pulse::new(&print("b", 9 * DAY, None, "MERGEABLE"), Some(&after), false, at(9 * DAY + 900));
        assert_eq!((later.heat(at(9 * DAY + 900)), later.may_wait(at(9 * DAY + 900))), (Heat::Warm, false));
    }

    #[test]
    fn an_unknown_word_is_asked_for_three_times_within_half_a_minute() {
        let mut pulse = Pulse::new(&print("a", 0, Some("SUCCESS"), "UNKNOWN"), None, false, at(9 * DAY));
        let mut dues = Vec::new();
        for _ in 0..4 {
            let due = pulse.due(1.0);
            dues.push((due - pulse.asked_at).num_seconds());
            pulse = Pulse::new(&print("a", 0, Some("SUCCESS"), "UNKNOWN"), Some(&pulse), false, due);
        }
        assert_eq!(dues, [10, 10, 10, 600]);
    }

    #[test]
    fn a_shorter_list_is_read_again_soon() {
        let pulse = Pulse::new(&print("a", 0, Some("SUCCESS"), "CLEAN"), None, false, at(9 * DAY));
        assert_eq!(pulse.clone().due(2.0), at(9 * DAY + 1_200));
        assert_eq!(pulse.shrunk(Some(at(9 * DAY - 2))).due(1.0), at(9 * DAY + 10));
    }

    #[test]
    fn looks_get_rarer_by_one_factor_when_the_share_would_not_last() {
        // As calculated for 50 repositories with 100 hot, 200 warm and 700 cold ones.
        let heats = [(Heat::Hot, 100), (Heat::Warm, 200), (Heat::Cold, 700)];
        let heats = heats.iter().flat_map(|(heat, count)| std::iter::repeat_n(*heat, *count));
        let planned = planned(50, heats);
        assert!((700.0..900.0).contains(&planned), "{planned}");
        let purse =
            |ours, spent| Some(Purse { limit: 5_000, remaining: 4_000, resets: at(3_600), ours, spent });
        let paces = [(2_500, 0), (2_500, 2_400), (400, 0)]
            .map(|(ours, spent)| pace(800.0, purse(ours, spent), at(0)));
        assert_eq!(paces.map(|pace| pace.to_string()), ["1", "8", "2"]);
        assert_eq!(pace(800.0, None, at(0)).to_string(), "1");
        assert_eq!(pace(800.0, purse(1, 1), at(3_600)).to_string(), "1", "a new hour");
    }
}
