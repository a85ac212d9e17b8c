//! What is known to be wrong in some versions of YugabyteDB, as far as it concerns this program's tables and statements.

use super::discovery::Schema;
use crate::domain::source::Engine;

/// An advisory, and the versions that it is about, the last included.
struct Advisory {
    versions: &'static [([u16; 3], [u16; 3])],
    words: &'static str,
}

const ADVISORIES: &[Advisory] = &[
    Advisory {
        versions: &[([2024, 2, 0], [2024, 2, u16::MAX])],
        words: "maintenance of 2024.2 ends in December 2026: plan the update to 2025.2",
    },
    Advisory {
        versions: &[([2024, 2, 0], [2024, 2, 8]), ([2025, 1, 0], [2025, 1, 3]), ([2025, 2, 0], [2025, 2, 1])],
        words: "TA-30653: an index with INCLUDE that is built while others write may lack rows: stop writers during flowlens db \
                migrate, and look at flowlens_pull_requests_open_number, flowlens_insights_newest and \
                flowlens_insight_requests_pull with yb_index_check()",
    },
    Advisory {
        versions: &[([2024, 2, 0], [2024, 2, 6]), ([2025, 1, 0], [2025, 1, 1])],
        words: "TA-28267: an index on an expression that is built while others write may lack rows: stop writers during \
                flowlens db migrate, and look at the indexes on (pr_number % 8) with yb_index_check()",
    },
    Advisory {
        versions: &[([2024, 1, 0], [2025, 1, 0])],
        words: "TA-28222: without a cost-based optimizer whole tables may be scanned; FlowLens's statements carry hints \
                against it, which need pg_hint_plan to be on, as it is by default",
    },
];

impl Schema {
    /// The advisories that concern this server.
    #[must_use]
    pub fn advisories(&self) -> Vec<&'static str> {
        if self.engine == Engine::YugabyteDb { concerning(&self.version) } else { Vec::new() }
    }
}

fn concerning(version: &str) -> Vec<&'static str> {
    let mut parts = version.split('.').map(|part| part.parse().unwrap_or_default());
    let version: [u16; 3] = [(); 3].map(|()| parts.next().unwrap_or_default());
    let concerns = |advisory: &&Advisory| {
        advisory.versions.iter().any(|(first, last)| (*first..=*last).contains(&version))
    };
    ADVISORIES.iter().filter(concerns).map(|advisory| advisory.words).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_version_has_its_own() {
        for (version, names) in [
            ("2024.2.6", vec!["maintenance", "TA-30653", "TA-28267", "TA-28222"]),
            ("2024.2.8", vec!["maintenance", "TA-30653", "TA-28222"]),
            ("2024.2.9", vec!["maintenance", "TA-28222"]),
            ("2025.1.0", vec!["TA-30653", "TA-28267", "TA-28222"]),
            ("2025.1.2", vec!["TA-30653"]),
            ("2025.2.1", vec!["TA-30653"]),
            ("2025.2.2", vec![]),
            ("2026.1.0", vec![]),
        ] {
            let found = concerning(version);
            assert_eq!(found.len(), names.len(), "{version}: {found:?}");
            assert!(
                found.iter().zip(names).all(|(words, name)| words.starts_with(name)),
                "{version}: {found:?}"
            );
        }
    }
}
