//! Reviews and timeline of a pull request, a line each.

use super::Model;
use crate::domain::{check::Review, pipeline::HistoryEntry};

/// A line of the tab.
#[derive(Clone, Debug)]
pub enum StoryLine<'m> {
    Heading(&'static str),
    Review(&'m Review),
    /// Its place in the merge queue, or why it has none.
    Queue(String),
    /// Logins of those who were asked and have not said anything.
    Asked(Vec<&'m str>),
    Event(&'m HistoryEntry),
    /// Why there is nothing.
    Note(&'m str),
    Blank,
}

/// Entries that the reducer keeps for itself: what they tell shows in the stages.
const OWN: [&str; 3] = ["files", "mergeable", "gone"];
/// The pictures of a pull request, for those whose stages are not told.
const PICTURE: &str = "state";

impl Model {
    /// The reviews, and what happened, newest first.
    pub fn story(&self) -> Vec<StoryLine<'_>> {
        let Some(pr) = self.selected() else { return vec![] };
        let detail = match self.details.get(pr.key) {
            None => return vec![StoryLine::Note("Reading …")],
            Some(Err(error)) => return vec![StoryLine::Note(error)],
            Some(Ok(detail)) => detail,
        };
        let mut lines = Vec::new();
        if let Some(queue) = self.queue_told(pr) {
            lines.extend([StoryLine::Heading("Merge queue"), StoryLine::Queue(queue), StoryLine::Blank]);
        }
        lines.push(StoryLine::Heading("Reviews"));
        lines.extend(detail.said.iter().map(StoryLine::Review));
        let has_said = |login: &str| detail.reviews.iter().any(|review| review.reviewer == login);
        let asked: Vec<&str> =
            pr.reviewers.iter().map(|login| &**login).filter(|login| !has_said(login)).collect();
        if !asked.is_empty() {
            lines.push(StoryLine::Asked(asked));
        } else if detail.said.is_empty() {
            lines.push(StoryLine::Note("Nobody has reviewed it, and nobody is asked to."));
        }
        lines.extend([StoryLine::Blank, StoryLine::Heading("Timeline")]);
        let tells_stages = detail.history.iter().any(|entry| entry.field.starts_with("status_"));
        let is_shown = |entry: &&HistoryEntry| {
            !OWN.contains(&entry.field.as_str()) && (entry.field != PICTURE || !tells_stages)
        };
        let before = lines.len();
        lines.extend(detail.history.iter().filter(is_shown).map(StoryLine::Event));
        if lines.len() == before {
            lines.push(StoryLine::Note("This database keeps no history of it."));
        }
        lines
    }
}
