//! Answers to what is only asked.

use std::{future::ready, sync::Arc};

use chrono::TimeDelta;
use tokio::join;

use super::{
    gate,
    hand::{Hand, logged},
    picks, runs, teams, told,
};
use crate::{
    domain::{
        hub::{ActKind, Gate, HubAsk, HubNews, Target},
        log::LogAsk,
    },
    github::{client::Error, logs},
};

/// Who types goes on within this time.
const TYPING: TimeDelta = TimeDelta::milliseconds(250);

impl Hand {
    pub(super) async fn answer(&self, ask: HubAsk) {
        match ask {
            HubAsk::Gate(target) => {
                let gate = self.question(&target).await.map(Box::new).map_err(|error| logged(&error));
                self.tell(HubNews::Gate(target.key, gate));
            }
            HubAsk::Checks(target) => {
                let checks = told::checks(&self.client, &target).await.map_err(|error| logged(&error));
                self.tell(HubNews::Checks(target.key, checks));
            }
            HubAsk::Queue(target) => {
                let queue = told::queue(&self.client, &target).await.map_err(|error| logged(&error));
                self.tell(HubNews::Queue(target.key, queue));
            }
            // Orders go their own way.
            HubAsk::Act(_) | HubAsk::Log(_) | HubAsk::NoLog | HubAsk::Picks(..) => {}
        }
    }

    /// Reads a log.
    pub(super) async fn read(self: Arc<Self>, ask: LogAsk) {
        logs::read(&self.client, &ask, |news| {
            self.tell(HubNews::Log(ask.clone(), news));
            ready(())
        })
        .await;
    }

    /// All that the question needs.
    async fn question(&self, target: &Target) -> Result<Gate, Error> {
        let gate::Read { mut gate, name, is_of_organisation, .. } = self.look(target, true).await?;
        let runs = runs::of_head(&self.client, &name, &gate.head);
        let (found, teams) = join!(runs, teams::of_repository(&self.client, &name, is_of_organisation));
        gate.teams = teams;
        match found {
            Ok(found) => gate.runs = found,
            Err(error @ (Error::Forbidden { .. } | Error::MissingScope { .. } | Error::NotFound { .. })) => {
                tracing::info!("{name}: no runs: {error}");
                let why = "the token may not read the runs of its workflows";
                let kinds = ActKind::ALL.into_iter().filter(|kind| kind.is_of_run());
                gate.locks.extend(kinds.map(|kind| (kind, why.to_owned())));
            }
            Err(error) => return Err(error),
        }
        self.locks().look(&mut gate, &name);
        self.bar(&mut gate);
        Ok(gate)
    }

    /// Looks for what may be picked, once no more is typed.
    pub(super) async fn find(self: Arc<Self>, of: Vec<Target>, text: String) {
        self.time.until(self.time.now() + TYPING).await;
        for target in of {
            let found = picks::find(&self.client, &target, &text).await.map_err(|error| logged(&error));
            self.tell(HubNews::Picks(target.key.repo, found));
        }
    }
}
