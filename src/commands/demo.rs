//! `flowlens demo`: the dashboard over a simulated team, in a database of its own that goes when it ends.

mod folder;
mod hub;
mod insights;

use std::{future::pending, time::Duration};

use chrono::{DateTime, Utc};
use tokio::{
    sync::mpsc,
    time::{Instant, sleep, sleep_until},
};

use self::{folder::Folder, insights::Watch};
use super::{
    Failure,
    dashboard::{self, Beside, Opening},
    database::Chosen,
};
use crate::{
    cli::DemoArgs,
    config::{Config, Env},
    demo::Simulation,
    domain::hub::HubAsk,
    exit::ExitCode,
    facts::fact::Fact,
    store::{
        engine::{database::Database, error::StoreError, sqlite::File},
        insights::InsightStore,
        write::Writer,
    },
    tui::msg::Msg,
};

/// Who asks for the insights of new heads.
const ASKER: &str = "the demo";

/// Opens the dashboard over a simulated team and stays until it is left.
///
/// # Errors
/// The temporary folder cannot be made, and whatever makes the dashboard fail.
pub fn run(args: &DemoArgs, config: &Config, env: Env<'_>) -> Result<ExitCode, Failure> {
    let mut folder = Folder::within(&std::env::temp_dir());
    let database: Database = File::new(folder.path().join("demo.db")).shown_as("the demo".to_owned()).into();
    let mut simulation = Simulation::new(args.seed, clock());
    let mut writer = Writer::new(database.clone());
    let mut queue = InsightStore::new(database.clone());
    let chosen = Chosen { database, named_by: "the demo".to_owned(), borrowed: false, warnings: Vec::new() };
    let opening = Opening { view: &args.view, config, chosen: &chosen, env, state: None, demo: true };
    dashboard::open(opening, async |tasks, beside| {
        folder.make().map_err(|error| {
            let parent = std::env::temp_dir();
            Failure::Usage(format!(
                "cannot make a temporary folder in {}: {error}; TMPDIR names another place",
                parent.display()
            ))
        })?;
        // What was before: the first screen is full.
        let history = simulation.history();
        writer.apply(&history).await?;
        let mut watch = Watch::default();
        queue.remember(&watch.past(&history, clock())).await?;
        let told = beside.told.clone();
        let Beside { wake, look, asks, .. } = beside;
        let team = Team { writer, queue, simulation, watch, wake, look, told: told.clone() };
        tasks.spawn(write(team, asks, args.speed, told));
        Ok(())
    })?;
    Ok(ExitCode::Success)
}

/// The writer's task: it ends only when it fails or is dropped.
async fn write(
    mut team: Team,
    asks: Option<mpsc::UnboundedReceiver<HubAsk>>,
    speed: f64,
    told: mpsc::Sender<Msg>,
) {
    if let Err(error) = team.play(asks, speed).await {
        // Nobody listens only when the program ends.
        drop(told.send(Msg::Done(Err(format!("the demo has stopped: {error}")))).await);
    }
}

/// The team, and where it is written down.
struct Team {
    writer: Writer,
    queue: InsightStore,
    simulation: Simulation,
    watch: Watch,
    /// Wakes the worker that makes insights.
    wake: Box<dyn Fn() + Send + Sync>,
    /// Shows at once what was written.
    look: Box<dyn Fn() + Send + Sync>,
    /// Tells the dashboard what the simulated GitHub says.
    told: mpsc::Sender<Msg>,
}

impl Team {
    /// Writes one event after another at `speed` times the team's own pace, and meanwhile does what is asked of its
    /// GitHub.
    async fn play(
        &mut self,
        mut asks: Option<mpsc::UnboundedReceiver<HubAsk>>,
        speed: f64,
    ) -> Result<(), StoreError> {
        let mut next = Instant::now();
        loop {
            let due = self.simulation.next_due();
            let until = due.map_or(Duration::MAX, |due| (due - clock()).to_std().unwrap_or_default());
            tokio::select! {
                () = sleep_until(next) => {
                    let (pause, facts) = self.simulation.next_event(clock());
                    self.happen(&facts).await?;
                    next = Instant::now() + pause.div_f64(speed);
                }
                () = sleep(until), if due.is_some() => {
                    let facts = self.simulation.due(clock());
                    self.happen(&facts).await?;
                    (self.look)();
                }
                ask = asked(asks.as_mut()) => match ask {
                    Some(ask) => self.answer(ask).await?,
                    None => asks = None,
                },
            }
        }
    }

    async fn happen(&mut self, facts: &[Fact]) -> Result<(), StoreError> {
        self.writer.apply(facts).await?;
        let asked = self.watch.asked(facts);
        if !asked.is_empty() {
            self.queue.enqueue(&asked, Some(ASKER)).await?;
            (self.wake)();
        }
        Ok(())
    }
}

/// The next wish; never, where nobody can ask.
async fn asked(asks: Option<&mut mpsc::UnboundedReceiver<HubAsk>>) -> Option<HubAsk> {
    match asks {
        Some(asks) => asks.recv().await,
        None => pending().await,
    }
}

#[expect(clippy::disallowed_methods, reason = "the clock of the demo: it enters the simulation here")]
fn clock() -> DateTime<Utc> {
    Utc::now()
}
