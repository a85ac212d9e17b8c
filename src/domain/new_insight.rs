//! An insight on its way into the database.

use serde_json::Value;

use super::ids::Sha;

/// An insight that is to be stored.
#[derive(Clone, Debug, PartialEq)]
pub struct NewInsight {
    /// The commit that it speaks of.
    pub sha: Option<Sha>,
    /// `low`, `medium` or `high`. There is always one: an insight without a level would hide the one before it.
    pub risk_level: String,
    /// Probability of a later fix, 0 to 1.
    pub score: Option<f64>,
    /// One line.
    pub summary: String,
    pub recommendation: String,
    /// The contents of `insights.details`.
    pub details: Value,
    pub requested_by: Option<String>,
}
