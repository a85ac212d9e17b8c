//! The demo's GitHub at work: what it is asked it answers, and what it does is written down as the team's own doings are.

use std::time::Duration;

use tokio::time::sleep;

use super::{Team, clock};
use crate::{
    domain::hub::{HubAsk, HubNews},
    store::engine::error::StoreError,
    tui::msg::Msg,
};

/// How long an answer takes, as from far away.
const DELAY: Duration = Duration::from_millis(250);

impl Team {
    /// Answers a wish; what follows from it is stored first, so that the board shows it.
    pub(super) async fn answer(&mut self, ask: HubAsk) -> Result<(), StoreError> {
        if !matches!(ask, HubAsk::Picks(..) | HubAsk::NoLog) {
            sleep(DELAY).await;
        }
        match ask {
            HubAsk::Gate(target) => {
                let gate = self.simulation.gate(&target).map(Box::new);
                self.tell(HubNews::Gate(target.key, gate)).await;
            }
            HubAsk::Checks(target) => {
                let checks = self.simulation.checks(&target);
                self.tell(HubNews::Checks(target.key, checks)).await;
            }
            HubAsk::Queue(target) => {
                let queue = self.simulation.queue(&target);
                self.tell(HubNews::Queue(target.key, queue)).await;
            }
            HubAsk::Log(ask) => {
                for news in self.simulation.log(&ask) {
                    self.tell(HubNews::Log(ask.clone(), news)).await;
                }
            }
            // All that it has is told with the gate.
            HubAsk::Picks(..) | HubAsk::NoLog => {}
            HubAsk::Act(orders) => {
                for order in orders {
                    self.tell(HubNews::Sending(order.id)).await;
                    sleep(DELAY).await;
                    let (outcome, facts) = self.simulation.obey(&order, clock());
                    self.happen(&facts).await?;
                    self.tell(HubNews::Outcome(order.id, outcome)).await;
                    (self.look)();
                }
            }
        }
        Ok(())
    }

    /// Nobody listens only when the program ends.
    async fn tell(&self, news: HubNews) {
        drop(self.told.send(Msg::Hub(news)).await);
    }
}
