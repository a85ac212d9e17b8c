//! What a reader sees of a pull request, in a few bytes: enough to tell whether it has changed since.

mod parts;
mod told;

pub use self::parts::Part;
use self::told::Summary;
use super::{insight::Risk, pipeline::Stage, pull_request::PullRequest};

/// Equal prints: nothing has changed for a reader. Ages are left out, and who wrote the insight in which words.
///
/// Prints are kept between runs. To take in another part makes every pull request look changed once.
#[derive(Clone, Copy, Debug)]
pub struct Print {
    /// All but the risk.
    row: u32,
    risk: u8,
    /// To say later what has changed; no part of what is compared.
    told: [u8; 3],
}

impl PartialEq for Print {
    fn eq(&self, other: &Self) -> bool {
        (self.row, self.risk) == (other.row, other.risk)
    }
}

impl Eq for Print {}

/// No insight, or none with a level.
const NO_RISK: u8 = 0;

impl Print {
    /// Of a pull request that was never looked at.
    pub const UNSEEN: Self = Self { row: 0, risk: u8::MAX, told: [0; 3] };

    pub fn of(pr: &PullRequest) -> Self {
        let mut row = Fnv::default();
        row.put(&pr.title);
        row.put(pr.state.word());
        row.put(pr.head.as_ref().map_or("", |head| head.as_str()));
        for stage in Stage::ALL {
            row.put(pr.status(stage).word());
        }
        row.put(if pr.conflict { "conflict" } else { "" });
        row.put(if pr.queue_position.is_some() { "queued" } else { "" });
        for login in parts::reviewers(pr) {
            row.put(login);
        }
        let risk = match pr.insight.as_ref().and_then(|insight| insight.risk.as_ref()) {
            None => NO_RISK,
            Some(Risk::Low) => 1,
            Some(Risk::Medium) => 2,
            Some(Risk::High) => 3,
            Some(Risk::Other(_)) => 4,
        };
        Self { row: row.folded(), risk, told: Summary::of(pr).bytes() }
    }

    /// This print with the other's risk.
    #[must_use]
    pub const fn with_risk_of(self, other: Self) -> Self {
        Self { risk: other.risk, ..self }
    }

    pub const fn has_risk(self) -> bool {
        self.risk != NO_RISK
    }

    /// For a file; [`Print::from_number`] reads it.
    pub fn number(self) -> u64 {
        let [a, b, c] = self.told;
        u64::from(u32::from_le_bytes([a, b, c, 0])) << 40 | u64::from(self.row) << 8 | u64::from(self.risk)
    }

    pub const fn from_number(number: u64) -> Self {
        let [risk, row @ .., a, b, c] = number.to_le_bytes();
        Self { row: u32::from_le_bytes(row), risk, told: [a, b, c] }
    }
}

/// The hash FNV-1a. The quick ones among the dependencies promise no equal results in their next version.
struct Fnv(u64);

impl Default for Fnv {
    fn default() -> Self {
        Self(0xcbf2_9ce4_8422_2325)
    }
}

impl Fnv {
    /// A text, and an end that no text holds.
    fn put(&mut self, text: &str) {
        for byte in text.bytes().chain([u8::MAX]) {
            self.0 = (self.0 ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }

    #[expect(clippy::cast_possible_truncation, reason = "both halves are in the result")]
    const fn folded(&self) -> u32 {
        (self.0 >> 32) as u32 ^ self.0 as u32
    }
}

#[cfg(test)]
mod tests {
    use chrono::{DateTime, TimeDelta};
    use serde_json::json;
    use uuid::Uuid;

    use super::{
        super::{
            ids::{InsightId, PrKey, PrNumber, RepoId},
            insight::Insight,
            pull_request::{PullRow, RunRow},
        },
        *,
    };

    fn row() -> PullRow {
        PullRow {
            title: Some("Add OAuth".to_owned()),
            author: Some("ana".to_owned()),
            commit_sha: Some("abc1234def".to_owned()),
            state: Some("open".to_owned()),
            reviewers: Some(json!(["bo", "cy"])),
            created_at: DateTime::from_timestamp(1_790_000_000, 0),
            ..PullRow::default()
        }
    }

    fn print(row: PullRow, build: &str, level: Option<&str>) -> Print {
        Print::of(&pull(row, build, level))
    }

    fn pull(row: PullRow, build: &str, level: Option<&str>) -> PullRequest {
        let mut run = RunRow::default();
        run.stages[1].word = Some(build.to_owned());
        let insight = level.map(|level| Insight {
            files_came: false,
            id: InsightId::new(Uuid::nil()),
            sha: None,
            risk: Risk::parse(level),
            score: None,
            summary: None,
            recommendation: None,
            created_at: None,
        });
        let key = PrKey::new(RepoId::new(Uuid::nil()), PrNumber::new(7));
        PullRequest::assemble(key, Some(row), Some(&run), insight)
    }

    #[test]
    fn what_a_reader_sees_makes_a_print_and_ages_do_not() {
        let before = print(row(), "passed", None);
        let changed = |change: fn(&mut PullRow)| {
            let mut row = row();
            change(&mut row);
            print(row, "passed", None) != before
        };
        assert!(changed(|row| row.title = Some("Add OAuth2".to_owned())));
        assert!(changed(|row| row.commit_sha = Some("0123456789".to_owned())));
        assert!(changed(|row| row.state = Some("merged".to_owned())));
        assert!(changed(|row| row.is_draft = Some(true)));
        assert!(changed(|row| row.reviewers = Some(json!(["bo", "dan"]))));
        assert!(changed(|row| row.mergeable_state = Some("dirty".to_owned())));
        assert!(changed(|row| row.queue_position = Some(3)));
        assert!(!changed(|row| row.reviewers = Some(json!(["cy", "bo"]))));
        assert!(!changed(|row| row.updated_at = row.created_at.map(|at| at + TimeDelta::hours(3))));
        assert!(!changed(|row| row.labels = Some(json!(["bug"]))));
        assert_ne!(print(row(), "failed", None), before);
        assert_eq!(print(row(), "buildPassed", None), before, "another word for the same");
        let high = print(row(), "passed", Some("high"));
        assert_ne!(high, before);
        assert_eq!(before.with_risk_of(high), high);
        assert_ne!(high, print(row(), "passed", Some("low")));
    }

    #[test]
    fn a_print_is_the_same_in_the_next_version() {
        let print = print(row(), "failed", Some("high"));
        assert_eq!(Print::from_number(print.number()), print);
        assert_eq!(Print::from_number(Print::UNSEEN.number()), Print::UNSEEN);
        assert_eq!(
            print.number() & 0xff_ffff_ffff,
            399_543_406_339,
            "pinned: files of former runs hold such numbers"
        );
        assert_eq!(Print::from_number(399_543_406_339), print, "of a version that told less");
    }

    #[test]
    fn a_print_tells_what_has_changed_since() {
        let was = row();
        let told = |change: fn(&mut PullRow), build, level| {
            let mut now = row();
            change(&mut now);
            let number = print(was.clone(), "passed", Some("low")).number();
            Print::from_number(number).changes(&pull(now, build, level)).join(", ")
        };
        let same: fn(&mut PullRow) = |_| {};
        for (change, build, level, want) in [
            (same, "failed", "low", "build failed"),
            (same, "pending", "high", "build not started, risk high"),
            (
                |row| row.commit_sha = Some("9876543".to_owned()),
                "running",
                "low",
                "new commits, build running",
            ),
            (|row| row.state = Some("merged".to_owned()), "passed", "low", "merged"),
            (|row| row.is_draft = Some(true), "passed", "low", "back to draft"),
            (|row| row.mergeable_state = Some("dirty".to_owned()), "passed", "low", "in conflict"),
            (|row| row.queue_position = Some(3), "passed", "low", "in the merge queue"),
            (|row| row.reviewers = Some(json!(["bo", "cy", "dan"])), "passed", "low", "1 more asked"),
            (|row| row.title = Some("Another".to_owned()), "passed", "low", "title or reviewers"),
        ] as [(fn(&mut PullRow), _, _, _); 9]
        {
            assert_eq!(told(change, build, Some(level)), want);
        }
        let pull = pull(row(), "failed", None);
        assert_eq!(Print::UNSEEN.changes(&pull), [""; 0]);
        assert_eq!(
            Print::from_number(399_543_406_339).changes(&pull),
            [""; 0],
            "of a version that told less"
        );
    }
}
