//! How the deliveries of webhooks stand: whether any come, and whether they are taken in.

use chrono::{DateTime, TimeDelta, Utc};

use super::time::{age, ago};

/// From which age on the newest delivery is called old.
const SILENCE: TimeDelta = TimeDelta::minutes(10);

/// What the inbox tells of itself, by the server's clock.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Ingest {
    /// When the newest delivery came; `None`: none ever did.
    pub newest: Option<DateTime<Utc>>,
    /// Those that wait for longer than they should.
    pub late: u32,
    /// Those that nobody will take in any more unless they are told to.
    pub dead: u32,
}

impl Ingest {
    /// How long a delivery may wait before it counts as late.
    pub const PATIENCE: TimeDelta = TimeDelta::seconds(30);
    /// Counts end here: more are as bad.
    pub const MOST: u32 = 1_000;

    /// The newest delivery's age in words, and whether it is old.
    pub fn freshness(&self, now: DateTime<Utc>) -> Option<(String, bool)> {
        let at = self.newest?;
        let minutes = (now - at).num_minutes();
        if now - at < SILENCE {
            return Some((format!("delivery {}", ago(now, at)), false));
        }
        let time = if minutes < 60 { format!("{minutes} min") } else { age(now, at) };
        Some((format!("nothing ingested for {time}"), true))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_silence_is_told_as_one() {
        let now = DateTime::UNIX_EPOCH + TimeDelta::days(20_000);
        let told = |seconds| {
            let newest = Some(now - TimeDelta::seconds(seconds));
            Ingest { newest, ..Ingest::default() }.freshness(now).expect("a delivery")
        };
        for (seconds, words, is_old) in [
            (-9, "delivery just now", false),
            (59, "delivery just now", false),
            (60, "delivery 1m ago", false),
            (599, "delivery 9m ago", false),
            (840, "nothing ingested for 14 min", true),
            (3_600, "nothing ingested for 1h", true),
        ] {
            assert_eq!(told(seconds), (words.to_owned(), is_old));
        }
        assert_eq!(Ingest::default().freshness(now), None);
    }
}
