//! A repository, as the list shows it.

use super::ids::RepoId;

/// One row of `repositories`. All text is cleaned (see [`super::text::clean`]).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Repository {
    pub id: RepoId,
    /// `owner/name`.
    pub full_name: String,
    /// Its page, where the schema has it.
    pub html_url: Option<String>,
}

impl Repository {
    /// Its page on the web: the stored one, else where GitHub would have it.
    pub fn url(&self) -> String {
        match &self.html_url {
            Some(url) if url.starts_with("https://") => url.clone(),
            Some(_) | None => format!("https://github.com/{}", self.full_name),
        }
    }
}

/// The name without its owner.
pub fn own_name(full_name: &str) -> &str {
    full_name.rsplit('/').next().unwrap_or(full_name)
}

/// Whether GitHub lets an owner or a repository be called so; the two of `owner/name` are asked apart.
pub fn is_name(text: &str) -> bool {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    !matches!(text, "" | "." | "..") && text.chars().all(is_plain)
}

/// What one repository holds: `open` over all its open pull requests, the others over the loaded ones.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Open pull requests, drafts included.
    pub open: u64,
    /// Those of them that are failing (see [`super::attention`]).
    pub failing: u64,
    /// Those whose newest insight says high risk.
    pub high_risk: u64,
    /// Open, with an insight.
    pub assessed: u64,
    /// Loaded pull requests, ended ones too, whose head's build has at least begun.
    pub built: u64,
}

impl std::ops::AddAssign for Counts {
    fn add_assign(&mut self, other: Self) {
        self.open += other.open;
        self.failing += other.failing;
        self.high_risk += other.high_risk;
        self.assessed += other.assessed;
        self.built += other.built;
    }
}
