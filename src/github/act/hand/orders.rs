//! Orders: looked at once more, sent once, one after the other, and read back where no answer came.

use std::sync::{Arc, PoisonError, atomic::Ordering};

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use tokio::{sync::mpsc::UnboundedReceiver, task::JoinSet};

use super::{
    super::{
        gate,
        plan::{self, Request},
        readback, runs,
    },
    Hand, logged, note,
};
use crate::{
    domain::hub::{Gate, HubNews, Order, Outcome, Verdict},
    github::client::{Writer, Written},
};

/// Between two writes: GitHub asks for as much.
const PACE: TimeDelta = TimeDelta::seconds(1);
/// When GitHub is asked what has become of a write without an answer.
const LOOKS: [i64; 4] = [2, 5, 15, 30];
/// Clocks of GitHub's servers may differ by so much.
const SKEW: TimeDelta = TimeDelta::seconds(5);

/// An order that may be sent.
struct Prepared<'a> {
    request: Request,
    writer: &'a Writer,
    repository: String,
    /// GitHub's clock, a moment before.
    since: DateTime<Utc>,
}

impl Hand {
    /// Sends orders, batch by batch. A batch stops where an outcome is not known.
    pub(super) async fn act(self: Arc<Self>, mut given: UnboundedReceiver<Vec<Order>>) {
        let mut looks = JoinSet::new();
        loop {
            let batch = tokio::select! {
                batch = given.recv() => batch,
                Some(ended) = looks.join_next() => {
                    note(&ended);
                    continue;
                }
            };
            let Some(batch) = batch else { return };
            let mut stopped = None;
            for order in batch {
                if stopped.is_none() && self.is_closing.load(Ordering::SeqCst) {
                    stopped = Some("FlowLens was left before".to_owned());
                }
                let (outcome, stops) = match &stopped {
                    Some(why) => (Outcome::NotSent(String::clone(why)), None),
                    None => self.order(&order, &mut looks).await,
                };
                stopped = stopped.or(stops);
                self.ended(&order, outcome);
            }
        }
    }

    /// Tells an outcome, and writes it into the log.
    fn ended(&self, order: &Order, outcome: Outcome) {
        let told = outcome.told(|at| at.to_rfc3339_opts(SecondsFormat::Secs, true));
        if outcome.has_happened() {
            tracing::info!("{}: {told}", named(order));
        } else {
            tracing::warn!("{}: {told}", named(order));
        }
        self.tell(HubNews::Outcome(order.id, outcome));
    }

    /// Sends an order, if it is still what it was; and why those behind it wait.
    async fn order(self: &Arc<Self>, order: &Order, looks: &mut JoinSet<()>) -> (Outcome, Option<String>) {
        let Prepared { request, writer, repository, since } = match self.prepared(order).await {
            Ok(prepared) => prepared,
            Err(outcome) => return (outcome, None),
        };
        self.turn().await;
        tracing::info!("{}: sending", named(order));
        self.tell(HubNews::Sending(order.id));
        let written = plan::became(order, request.send(writer).await);
        let ended = self.time.now();
        *self.next.lock().unwrap_or_else(PoisonError::into_inner) = Some(ended + PACE);
        match written {
            Written::Done(answer) => {
                self.locks().happened(order);
                (Outcome::Done(plan::done(order, &answer)), None)
            }
            Written::NotSent(why) => (Outcome::NotSent(why), None),
            Written::Limited(why) => {
                (Outcome::Refused(format!("{why}; nothing was done")), Some(why.to_string()))
            }
            Written::Refused { said, is_forbidden } => {
                if is_forbidden {
                    self.locks().forbid(&repository, order.act.kind(), &said);
                }
                (self.refused(order, said).await, None)
            }
            Written::Unknown(why) => {
                tracing::warn!("{}: {why}", named(order));
                self.locks().wait(order);
                let hand = Arc::clone(self);
                let (of, until) = (order.clone(), ended + TimeDelta::seconds(LOOKS[LOOKS.len() - 1]));
                looks.spawn(async move { hand.find_out(of, repository, ended, since).await });
                let stops = format!("what became of {} is not known yet", order.target.name());
                (Outcome::Unknown { until }, Some(stops))
            }
        }
    }

    /// Looks whether it is still what was confirmed. Nothing of it is taken from the screen.
    async fn prepared(&self, order: &Order) -> Result<Prepared<'_>, Outcome> {
        let writer = self.writer.as_ref().map_err(|why| Outcome::NotSent(why.clone()))?;
        let (kind, pin) = (order.act.kind(), &order.target.head);
        let gate::Read { mut gate, name, at, .. } =
            self.look(&order.target, false).await.map_err(|error| Outcome::NotSent(logged(&error)))?;
        if gate.node != order.node {
            return Err(Outcome::Refused("another pull request stands in its place by now".to_owned()));
        }
        if kind.is_pinned() && gate.head != *pin {
            return Err(Outcome::Moved { now: gate.head });
        }
        if let Some(why) = self.locks().bars(order, &name) {
            return Err(Outcome::NotSent(why));
        }
        self.locks().fill(&mut gate, &name);
        match order.act.run() {
            Some(shown) => {
                if let Some(why) = gate.barred(kind) {
                    return Err(Outcome::Refused(why));
                }
                let run = runs::one(&self.client, &name, shown.id).await;
                let run = run.map_err(|error| Outcome::NotSent(logged(&error)))?;
                if let Some(why) = runs::differs(&order.act, shown, pin, &run) {
                    return Err(Outcome::Refused(why));
                }
            }
            None => allowed(&gate, order)?,
        }
        let request = Request::new(order, &name).map_err(|why| Outcome::NotSent(why.to_owned()))?;
        let since = at.unwrap_or_else(|| self.time.now()) - SKEW;
        Ok(Prepared { request, writer, repository: name, since })
    }

    /// Why GitHub has refused: the head may have moved in the last moment.
    async fn refused(&self, order: &Order, said: String) -> Outcome {
        if order.act.kind().is_pinned()
            && let Ok(read) = gate::read(&self.client, &order.target, false).await
            && read.gate.head != order.target.head
        {
            return Outcome::Moved { now: read.gate.head };
        }
        Outcome::Refused(said)
    }

    /// Its turn: writes begin a second apart.
    async fn turn(&self) {
        let next = *self.next.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(next) = next {
            // Whatever is done to the clock meanwhile.
            self.time.until(next.min(self.time.now() + PACE)).await;
        }
    }

    /// Asks GitHub what has become of an order, and never sends it again.
    async fn find_out(&self, order: Order, repository: String, lost: DateTime<Utc>, since: DateTime<Utc>) {
        for seconds in LOOKS {
            self.time.until(lost + TimeDelta::seconds(seconds)).await;
            match readback::seen(&self.client, &order, &repository, since).await {
                Ok(Some(how)) => {
                    self.locks().happened(&order);
                    return self.ended(&order, Outcome::Settled(how));
                }
                Ok(None) => {}
                Err(error) => drop(logged(&error)),
            }
        }
        let by = self.time.now();
        self.locks().unseen(&order, by);
        self.ended(&order, Outcome::Unseen { by });
    }
}

/// What the rules say by now is what the question said.
fn allowed(gate: &Gate, order: &Order) -> Result<(), Outcome> {
    let refused = |why: String| Err(Outcome::Refused(why));
    match gate.verdict(order.act.kind()) {
        Verdict::Not(why) => return refused(why),
        Verdict::Warned(warning) if order.warning.as_ref() != Some(&warning) => {
            return refused(format!("since the question this is so: {warning}"));
        }
        Verdict::Warned(_) | Verdict::Allowed => {}
    }
    match order.act.method() {
        Some(method) if !gate.methods.contains(&method) => {
            refused(format!("the repository does not allow {} any more", method.word()))
        }
        Some(_) | None => Ok(()),
    }
}

/// For the log: which, what, and for which commit.
fn named(order: &Order) -> String {
    let run = order.act.run().map(|run| format!(" (run {})", run.id)).unwrap_or_default();
    format!("{} at {}: {}{run}", order.target.name(), order.target.head, order.act.kind().name())
}
