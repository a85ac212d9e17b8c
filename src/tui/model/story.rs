//! Reviews and timeline of a pull request, a line each.

use super::Model;
use crate::domain::{change, check::Review};

/// A line of the tab.
#[derive(Clone, Debug)]
pub enum StoryLine<'m> {
    Heading(&'static str),
    Review(&'m Review),
    /// Its place in the merge queue, or why it has none.
    Queue(String),
    /// Logins of those who were asked and have not said anything.
    Asked(Vec<&'m str>),
    Event(change::Event),
    /// Why there is nothing.
    Note(&'m str),
    Blank,
}

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
        let before = lines.len();
        lines.extend(pr.timeline(&detail.history).into_iter().map(StoryLine::Event));
        if lines.len() == before {
            lines.push(StoryLine::Note("This database keeps no history of it."));
        }
        lines
    }
}
