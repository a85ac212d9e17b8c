//! What reviewers say of a pull request.

use chrono::{DateTime, Utc};

use super::{
    super::{
        random::Dice,
        team::{crew, person_of},
    },
    Ids, Pull,
};
use crate::facts::fact::{Fact, ReviewDismissed, ReviewSeen, ReviewState, What};

#[derive(Clone, Debug)]
pub(in crate::demo) struct Review {
    id: i64,
    pub(in crate::demo) reviewer: &'static str,
    /// Approved or changes requested; comments are not kept.
    approved: bool,
    dismissed: bool,
    /// It is of the present head.
    pub(in crate::demo) of_head: bool,
    at: DateTime<Utc>,
}

impl Pull {
    /// The newest opinion that still counts, of each reviewer.
    fn opinions(&self) -> impl Iterator<Item = &Review> {
        self.reviews.iter().enumerate().filter_map(|(place, review)| {
            let newer =
                self.reviews[place + 1..].iter().any(|r| r.reviewer == review.reviewer && !r.dismissed);
            (!review.dismissed && !newer).then_some(review)
        })
    }

    /// Who asked for changes and has not been answered to their content.
    pub(in crate::demo) fn blocker(&self) -> Option<&Review> {
        self.opinions().find(|review| !review.approved)
    }

    pub(in crate::demo) fn is_approved(&self) -> bool {
        self.blocker().is_none() && self.opinions().next().is_some()
    }

    /// Whether somebody's opinion is an approval of the present head.
    pub(in crate::demo) fn has_approved(&self, reviewer: &str) -> bool {
        self.opinions().any(|review| review.reviewer == reviewer && review.approved && review.of_head)
    }

    pub(super) fn ask(&mut self, place: usize) {
        let again = self.blocker().map(|review| review.reviewer);
        let circle = circle(self.author, self.repo);
        let login = again.unwrap_or_else(|| circle[place % circle.len()]);
        if !self.requested.contains(&login) {
            self.requested.push(login);
        }
    }

    pub(in crate::demo) fn next_reviewer(&self) -> &'static str {
        let blocker = self.blocker().map(|review| review.reviewer);
        blocker.or(self.requested.first().copied()).unwrap_or_else(|| circle(self.author, self.repo)[0])
    }

    pub(super) fn review(&mut self, at: DateTime<Utc>, approved: bool, ids: &mut Ids) -> Fact {
        self.review_of(self.next_reviewer(), at, approved, ids)
    }

    pub(in crate::demo) fn review_of(
        &mut self,
        reviewer: &'static str,
        at: DateTime<Utc>,
        approved: bool,
        ids: &mut Ids,
    ) -> Fact {
        self.requested.retain(|login| *login != reviewer);
        let id = ids.take();
        self.reviews.push(Review { id, reviewer, approved, dismissed: false, of_head: true, at });
        let state = if approved { ReviewState::Approved } else { ReviewState::ChangesRequested };
        self.reviewed(at, id, reviewer, state)
    }

    pub(super) fn comment(&self, at: DateTime<Utc>, dice: &mut Dice, ids: &mut Ids) -> Fact {
        let crew = crew(self.repo);
        let others: Vec<_> = crew.iter().filter(|p| p.login != self.author).map(|p| p.login).collect();
        self.comment_of(dice.pick::<&str>(&others), at, ids)
    }

    pub(in crate::demo) fn comment_of(&self, reviewer: &str, at: DateTime<Utc>, ids: &mut Ids) -> Fact {
        self.reviewed(at, ids.take(), reviewer, ReviewState::Commented)
    }

    fn reviewed(&self, at: DateTime<Utc>, id: i64, reviewer: &str, state: ReviewState) -> Fact {
        self.fact(
            at,
            What::Review(ReviewSeen {
                number: self.number,
                review_id: id,
                reviewer: reviewer.to_owned(),
                state,
                commit_sha: Some(self.head.clone()),
                submitted_at: at,
            }),
        )
    }

    /// All that its newest reviewer has said: an older word of theirs must not come back to life.
    pub(super) fn dismiss(&mut self, at: DateTime<Utc>) -> Vec<Fact> {
        let Some(reviewer) = self.reviews.iter().rev().find(|r| !r.dismissed).map(|r| r.reviewer) else {
            return Vec::new();
        };
        let mut gone = Vec::new();
        for review in self.reviews.iter_mut().filter(|r| r.reviewer == reviewer && !r.dismissed) {
            review.dismissed = true;
            gone.push(What::ReviewDismissed(ReviewDismissed {
                number: self.number,
                review_id: review.id,
                reviewer: reviewer.to_owned(),
                submitted_at: review.at,
            }));
        }
        gone.into_iter().map(|what| self.fact(at, what)).collect()
    }
}

/// Whom the author asks; for those from outside, the repository's crew.
pub(in crate::demo) fn circle(author: &str, repo: usize) -> Vec<&'static str> {
    let asks = person_of(author).asks;
    if asks.is_empty() { crew(repo).iter().map(|person| person.login).collect() } else { asks.to_vec() }
}
