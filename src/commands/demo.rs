//! `flowlens demo`: the dashboard over a simulated team, in a database of its own that goes when it ends.

use std::{
    fs::{self, DirBuilder},
    io,
    os::unix::fs::DirBuilderExt as _,
    path::{Path, PathBuf},
};

use chrono::{DateTime, Utc};
use color_eyre::eyre::WrapErr as _;
use uuid::Uuid;

use super::Failure;
use crate::{
    cli::DemoArgs,
    config::{Config, Env},
    demo::{self, Simulation},
    exit::ExitCode,
    github::facts::Fact,
};

/// Opens the dashboard over a simulated team and stays until it is left.
///
/// # Errors
/// The temporary folder cannot be made, and whatever makes the dashboard fail.
pub fn run(args: &DemoArgs, _config: &Config, _env: Env<'_>) -> Result<ExitCode, Failure> {
    let folder = Folder::new(&std::env::temp_dir()).wrap_err("cannot make a temporary folder")?;
    let database = folder.path.join("demo.db");
    let simulation = Simulation::new(args.seed, clock());
    // To be joined: a writer over `database` that plays `write_into`, and the dashboard on it.
    drop(write_into(&database, simulation, args.speed));
    Err(Failure::Usage("the demo has no database to write into yet".to_owned()))
}

/// The writer's task: it ends only when it fails or is dropped.
async fn write_into(_database: &Path, simulation: Simulation, speed: f64) -> Result<(), io::Error> {
    demo::play(simulation, speed, clock, async |_facts: Vec<Fact>| Ok(())).await
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
