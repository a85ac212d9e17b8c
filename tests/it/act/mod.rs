//! Acting on GitHub, against the fake: each action, and each way in which it does not happen. Its time is made up.

mod batch;
mod cases;
mod checkout;
mod dashboard;
mod dialects;
mod each;
mod gates;
mod hostile;
mod logs;
mod question;
mod refused;
mod unknown;
mod wire;

use std::{cell::Cell, time::Duration};

use chrono::{DateTime, TimeDelta, Utc};
use flowlens::{
    domain::{
        hub::{Act, Gate, HubAsk, HubNews, Order, Outcome, Target},
        ids::{PrKey, PrNumber, RepoId, Sha},
        secret::Secret,
    },
    github::{
        act::{Hand, HandOptions},
        client::ClientOptions,
        sync::Time,
    },
};
use tokio::{sync::mpsc, task::JoinSet, time::timeout};
use uuid::Uuid;

use crate::{
    github::fake::{
        Fake,
        act::Wrote,
        world::{Clock, World},
    },
    support::PATIENCE,
};

thread_local! {
    static NOW: Cell<DateTime<Utc>> = const { Cell::new(DateTime::UNIX_EPOCH) };
}

fn start() -> DateTime<Utc> {
    DateTime::from_timestamp(1_800_000_000, 0).expect("a time")
}

/// Whoever sleeps is woken at once, at the time for which it wanted to sleep.
fn time() -> Time {
    Time {
        now: || NOW.get(),
        sleep: |pause| {
            NOW.set(NOW.get() + TimeDelta::from_std(pause).expect("a pause"));
            Box::pin(tokio::task::yield_now())
        },
    }
}

/// A repository with some open pull requests of ben's; the token is ana's, who may write.
fn world() -> World {
    let mut world = World::new(Clock::At(start()));
    let at = world.add_repository("acme/api");
    for title in ["Renew the tokens", "Drop the cache", "Fix the build"] {
        world.add_pull(at, title);
    }
    world
}

/// A hand and its GitHub.
struct Trial {
    fake: Fake,
    asks: mpsc::UnboundedSender<HubAsk>,
    news: mpsc::UnboundedReceiver<HubNews>,
    /// When each order was on its way.
    sent: Vec<(Uuid, DateTime<Utc>)>,
    _tasks: JoinSet<()>,
}

impl Trial {
    fn start(world: World) -> Self {
        Self::with(world, HandOptions { no_actions: None, time: time(), patience: None })
    }

    fn with(world: World, options: HandOptions) -> Self {
        NOW.set(start());
        let fake = Fake::start(world, Duration::ZERO);
        let client = ClientOptions::new(fake.url(), Some(Secret::new("ghp_x")), None);
        let client = ClientOptions { clock: || NOW.get(), pace: Duration::ZERO, ..client };
        let (tell, news) = mpsc::unbounded_channel();
        let (asks, asked) = mpsc::unbounded_channel();
        let mut tasks = JoinSet::new();
        tasks.spawn(Hand::new(client, options, tell).expect("a hand").run(asked));
        Self { fake, asks, news, sent: Vec::new(), _tasks: tasks }
    }

    /// A pull request as a screen shows it now.
    fn target(&self, number: i32) -> Target {
        let world = self.fake.world();
        let repository = world.repositories.iter().find(|one| one.pulls.contains_key(&number)).expect("one");
        let pull = &repository.pulls[&number];
        Target {
            key: PrKey::new(RepoId::new(Uuid::nil()), PrNumber::new(number)),
            repository: repository.full_name(),
            number,
            title: pull.title.clone(),
            head: Sha::parse(&pull.head).expect("a head"),
            url: String::new(),
        }
    }

    async fn next(&mut self) -> HubNews {
        let next = timeout(Duration::from_secs(PATIENCE), self.news.recv());
        next.await.expect("news in time").expect("a hand that lives")
    }

    async fn gate(&mut self, number: i32) -> Gate {
        self.asks.send(HubAsk::Gate(self.target(number))).expect("a hand");
        match self.next().await {
            HubNews::Gate(_, gate) => *gate.expect("a gate"),
            other => panic!("{other:?}"),
        }
    }

    /// An action as it is confirmed.
    async fn order(&mut self, number: i32, act: impl FnOnce(&Gate) -> Act) -> Order {
        let target = self.target(number);
        let gate = self.gate(number).await;
        let act = act(&gate);
        let verdict = gate.verdict(act.kind());
        let order = Order::new(Uuid::new_v4(), target, &gate, act, NOW.get());
        order.unwrap_or_else(|| panic!("it may not be done: {verdict:?}"))
    }

    /// All outcomes of each order, the final one last.
    async fn outcomes(&mut self, orders: &[Order]) -> Vec<Vec<Outcome>> {
        self.asks.send(HubAsk::Act(orders.to_vec())).expect("a hand");
        let mut all = vec![Vec::new(); orders.len()];
        while all.iter().any(|of: &Vec<Outcome>| !of.last().is_some_and(Outcome::is_final)) {
            match self.next().await {
                HubNews::Sending(id) => self.sent.push((id, NOW.get())),
                HubNews::Outcome(id, outcome) => {
                    let at = orders.iter().position(|order| order.id == id).expect("an order of ours");
                    all[at].push(outcome);
                }
                other => panic!("{other:?}"),
            }
        }
        all
    }

    /// The outcomes of one order.
    async fn outcome(&mut self, order: &Order) -> Vec<Outcome> {
        self.outcomes(std::slice::from_ref(order)).await.remove(0)
    }

    /// Requests that would change something: how many came, and what became of them.
    fn writes(&self) -> (usize, Vec<bool>) {
        let world = self.fake.world();
        (world.write_requests().len(), world.writes.iter().map(|Wrote { is_done, .. }| *is_done).collect())
    }
}

fn done(said: &str) -> Vec<Outcome> {
    vec![Outcome::Done(said.to_owned())]
}

fn refused(why: &str) -> Vec<Outcome> {
    vec![Outcome::Refused(why.to_owned())]
}

fn not_sent(why: &str) -> Vec<Outcome> {
    vec![Outcome::NotSent(why.to_owned())]
}
