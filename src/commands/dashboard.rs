//! `flowlens dashboard`, the command when none is named.

use super::{Failure, database::Chosen};
use crate::cli::ViewArgs;
use crate::config::Config;
use crate::exit::ExitCode;

/// Opens the dashboard and stays until it is left.
///
/// # Errors
/// There is no terminal to draw on.
pub fn run(_view: &ViewArgs, _config: &Config, _chosen: &Chosen) -> Result<ExitCode, Failure> {
    Err(Failure::Usage("the dashboard is not part of this build; try flowlens status".to_owned()))
}
