//! What one assessment of a pull request's risk found: the contents of `insights.details`.

use serde::{Deserialize, Serialize};

use super::text::clean;

/// Entries kept of each list, and characters of each text, when details are read: rows may be anybody's.
const ENTRIES: usize = 50;
const CHARS: usize = 1_000;

/// The names of two rules that cannot both hold.
pub const TESTS_DELETED: &str = "tests_deleted";
/// See [`TESTS_DELETED`].
pub const UNTESTED: &str = "untested";

/// The contents of `insights.details`. What a row does not tell is empty.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Findings {
    /// Who wrote summary and recommendation: `rules` (the built-in words) or `llm`.
    pub source: String,
    /// Why the words are not what was configured, e.g. `the LLM answered 500`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// Name of the risk model's weights.
    pub model: String,
    /// What the level would be by the probability alone; absent where there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub level_by_score: Option<String>,
    /// Why there is no probability.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unknown: Option<String>,
    /// What the assessment could not see.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub partial: Option<String>,
    /// What moves the probability, largest share first.
    pub reasons: Vec<Reason>,
    /// What somebody should look at whatever the probability, gravest first.
    pub attention: Vec<Attention>,
    /// Where to begin reading, in order.
    pub focus_files: Vec<Focus>,
    /// Effort of a review, 1 (minutes) to 5 (more than one sitting).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub effort: Option<u8>,
    /// Whether test files are among the changed ones; absent where the files are not known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tests_touched: Option<bool>,
    /// How it could be split into smaller ones.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub split: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub llm: Option<LlmPart>,
    /// Milliseconds that it took to make.
    pub duration_ms: u64,
}

/// A group of the model's terms: what it adds to the log-odds beside an average change, and the raw numbers.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Reason {
    /// `size`, `complexity` or `kind`.
    pub group: String,
    /// In log-odds: positive raises the probability, negative lowers it.
    pub contribution: f64,
    /// The raw numbers, e.g. `420 source lines in 12 files, 31 hunks`.
    pub text: String,
}

/// A rule that holds.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Attention {
    /// Name of the rule, e.g. `migration`.
    pub rule: String,
    /// The level that it demands at least: `medium` or `high`.
    pub level: String,
    /// Where, if it is about one file.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
    /// Line of the new file; for a deleted line the one that took its place.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line: Option<u32>,
    /// What holds, e.g. `public signature removed`.
    pub text: String,
}

/// A file to begin with.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Focus {
    /// Its path.
    pub file: String,
    /// Line of the new file at which to begin.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line: Option<u32>,
    /// Why this one, e.g. `+210 −35, 18 branches`.
    pub why: String,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct LlmPart {
    /// Its model, as the service calls it.
    pub model: String,
    /// The level that it would give, where that differs from the model's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub opinion: Option<String>,
    /// Tokens of prompt and reply, as the service counted them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tokens: Option<(u64, u64)>,
    /// US dollars, where prices are configured.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cost: Option<f64>,
}

impl Attention {
    /// Whether both are about the same: lines move, rule and file don't.
    pub fn is_of(&self, other: &Self) -> bool {
        self.rule == other.rule && self.file == other.file
    }
}

impl Findings {
    /// Reads the column's JSON text, cleaned and cut to size; `None` where it is not in this form.
    pub fn parse(text: &str) -> Option<Self> {
        // An array would be taken for the fields in their order.
        text.trim_start().starts_with('{').then_some(())?;
        let mut details: Self = serde_json::from_str(text).ok()?;
        details.clean();
        Some(details)
    }

    fn clean(&mut self) {
        for text in [&mut self.source, &mut self.model] {
            tidy(text);
        }
        let optional =
            [&mut self.note, &mut self.level_by_score, &mut self.unknown, &mut self.partial, &mut self.split];
        for text in optional.into_iter().flatten() {
            tidy(text);
        }
        self.reasons.truncate(ENTRIES);
        for reason in &mut self.reasons {
            tidy(&mut reason.group);
            tidy(&mut reason.text);
        }
        self.attention.truncate(ENTRIES);
        for entry in &mut self.attention {
            tidy(&mut entry.rule);
            tidy(&mut entry.level);
            tidy(&mut entry.text);
            entry.file.iter_mut().for_each(tidy);
        }
        self.focus_files.truncate(ENTRIES);
        for entry in &mut self.focus_files {
            tidy(&mut entry.file);
            tidy(&mut entry.why);
        }
        if let Some(llm) = &mut self.llm {
            tidy(&mut llm.model);
            llm.opinion.iter_mut().for_each(tidy);
        }
        self.effort = self.effort.filter(|effort| (1..=5).contains(effort));
        // Older versions took a deleted test for none.
        if self.attention.iter().any(|entry| entry.rule == TESTS_DELETED) {
            self.tests_touched = self.tests_touched.map(|_| true);
            self.attention.retain(|entry| entry.rule != UNTESTED);
        }
    }
}

fn tidy(text: &mut String) {
    let kept: String = text.chars().take(CHARS).collect();
    *text = clean(&kept);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_back() {
        let details = Findings {
            source: "rules".to_owned(),
            reasons: vec![Reason {
                group: "size".to_owned(),
                contribution: 1.25,
                text: "420 source lines".to_owned(),
            }],
            attention: vec![Attention { rule: "secret".to_owned(), line: Some(7), ..Attention::default() }],
            effort: Some(3),
            llm: Some(LlmPart { tokens: Some((10, 2)), ..LlmPart::default() }),
            ..Findings::default()
        };
        let text = serde_json::to_string(&details).unwrap();
        assert_eq!(Findings::parse(&text), Some(details));
    }

    #[test]
    fn tests_that_were_deleted_were_touched() {
        let text = r#"{"tests_touched":false,"attention":[{"rule":"untested"},{"rule":"tests_deleted"}]}"#;
        let details = Findings::parse(text).unwrap();
        assert_eq!((details.tests_touched, details.attention.len()), (Some(true), 1));
        let untested =
            Findings::parse(r#"{"tests_touched":false,"attention":[{"rule":"untested"}]}"#).unwrap();
        assert_eq!((untested.tests_touched, untested.attention.len()), (Some(false), 1));
    }

    #[test]
    fn foreign_details_are_cleaned_and_cut() {
        let text = format!(r#"{{"effort":9,"focus_files":[{{"file":"a\u001b[31m{}"}}]}}"#, "x".repeat(5_000));
        let details = Findings::parse(&text).unwrap();
        assert_eq!(details.effort, None);
        assert!(
            details.focus_files[0].file.starts_with("a[31mx") && details.focus_files[0].file.len() < 1_001
        );
        for other in ["", "[]", "7", r#"{"reasons":7}"#] {
            assert_eq!(Findings::parse(other), None, "{other}");
        }
        assert_eq!(Findings::parse("{}"), Some(Findings::default()));
    }
}
