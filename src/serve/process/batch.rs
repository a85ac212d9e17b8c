//! What a claim holds, read: the facts of all its deliveries, and how each of them ends if the facts can be stored.

use crate::{
    domain::delivery::DeliveryId,
    facts::fact::Fact,
    github::webhook::{ParsedDelivery, Unreadable, read},
    panics::caught_here,
    serve::files::Wish,
    store::inbox::{Delivery, End},
};

/// A delivery whose facts are to be stored.
pub(super) struct Telling {
    pub(super) id: DeliveryId,
    pub(super) event: String,
    pub(super) attempt: i32,
    pub(super) facts: Vec<Fact>,
    pub(super) wishes: Vec<Wish>,
}

/// The deliveries of a claim.
#[derive(Default)]
pub(super) struct Batch {
    pub(super) tellings: Vec<Telling>,
    /// Those that need no facts to be stored.
    pub(super) ended: Vec<(DeliveryId, End)>,
}

impl Batch {
    pub(super) fn read(claimed: Vec<Delivery>) -> Self {
        let mut batch = Self::default();
        for Delivery { id, event, attempt, payload, .. } in claimed {
            // Whatever one of them holds, the others are read.
            let told = caught_here(|| read(&event, &payload));
            match told {
                Ok(Ok(told)) => batch.add(id, event, attempt, told),
                Ok(Err(refused)) => batch.refuse(id, &event, &refused),
                Err(panic) => {
                    tracing::error!(delivery = %id, event, %panic, "cannot be read");
                    batch.ended.push((id, End::Dead(format!("reading it panicked: {panic}"))));
                }
            }
        }
        batch
    }

    fn add(&mut self, id: DeliveryId, event: String, attempt: i32, told: ParsedDelivery) {
        if let Some(why) = told.ignored {
            tracing::debug!(delivery = %id, event, why, "ignored");
            self.ended.push((id, End::Ignored(why.to_owned())));
            return;
        }
        let wishes = Wish::of(&told);
        self.tellings.push(Telling { id, event, attempt, facts: told.facts, wishes });
    }

    fn refuse(&mut self, id: DeliveryId, event: &str, refused: &Unreadable) {
        tracing::warn!(delivery = %id, event, "cannot be read: {refused}");
        self.ended.push((id, End::Dead(format!("{event}: {refused}"))));
    }
}
