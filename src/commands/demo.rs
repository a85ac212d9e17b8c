//! `flowlens demo`: the dashboard over a simulated team, in a database of its own that goes when it ends.

use std::{
    fs::{self, DirBuilder},
    io,
    os::unix::fs::DirBuilderExt as _,
    path::{Path, PathBuf},
};

use chrono::{DateTime, Utc};
use color_eyre::eyre::WrapErr as _;
use tokio::{sync::mpsc, time::sleep};
use uuid::Uuid;

use super::{
    Failure,
    dashboard::{self, Session},
    database::Chosen,
};
use crate::{
    cli::DemoArgs,
    config::{Config, Env},
    demo::Simulation,
    exit::ExitCode,
    store::{database::Database, error::StoreError, sqlite::File, write::Writer},
    tui::msg::Msg,
};

/// Opens the dashboard over a simulated team and stays until it is left.
///
/// # Errors
/// The temporary folder cannot be made, and whatever makes the dashboard fail.
pub fn run(args: &DemoArgs, config: &Config, env: Env<'_>) -> Result<ExitCode, Failure> {
    let folder = Folder::new(&std::env::temp_dir()).wrap_err("cannot make a temporary folder")?;
    let database: Database = File::new(folder.path.join("demo.db")).shown_as("the demo".to_owned()).into();
    let writer = Writer::new(database.clone());
    let simulation = Simulation::new(args.seed, clock());
    let chosen = Chosen { database, named_by: "the demo".to_owned(), borrowed: false };
    let session = Session { view: &args.view, config, chosen: &chosen, env, state: None };
    dashboard::open(session, |tasks, told| {
        tasks.spawn(write(writer, simulation, args.speed, told));
    })
}

/// The writer's task: it ends only when it fails or is dropped.
async fn write(mut writer: Writer, simulation: Simulation, speed: f64, told: mpsc::Sender<Msg>) {
    if let Err(error) = play(&mut writer, simulation, speed).await {
        // Nobody listens only when the program ends.
        drop(told.send(Msg::Done(Err(format!("the demo has stopped: {error}")))).await);
    }
}

/// Writes the history at once, then one event after another at `speed` times the team's own pace.
async fn play(writer: &mut Writer, mut simulation: Simulation, speed: f64) -> Result<(), StoreError> {
    writer.apply(&simulation.history()).await?;
    loop {
        let (pause, facts) = simulation.next_event(clock());
        writer.apply(&facts).await?;
        sleep(pause.div_f64(speed)).await;
    }
}

/// A folder that only we may enter, and that goes with all it holds.
struct Folder {
    path: PathBuf,
}

impl Folder {
    fn new(parent: &Path) -> io::Result<Self> {
        let path = parent.join(format!("flowlens-demo-{}", Uuid::new_v4().simple()));
        DirBuilder::new().mode(0o700).create(&path)?;
        Ok(Self { path })
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        if let Err(error) = fs::remove_dir_all(&self.path) {
            tracing::warn!("cannot remove {}: {error}", self.path.display());
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "the clock of the demo: it enters the simulation here")]
fn clock() -> DateTime<Utc> {
    Utc::now()
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn the_folder_is_private_and_goes() {
        let parent = tempfile::tempdir().unwrap();
        let folder = Folder::new(parent.path()).unwrap();
        fs::write(folder.path.join("demo.db-wal"), "x").unwrap();
        assert_eq!(fs::metadata(&folder.path).unwrap().permissions().mode() & 0o777, 0o700);
        drop(folder);
        assert_eq!(fs::read_dir(parent.path()).unwrap().count(), 0);
    }
}
