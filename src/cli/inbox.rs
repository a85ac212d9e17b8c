//! The command line of `inbox`.

use std::time::Duration;

use clap::{Args, Subcommand, ValueEnum, builder::NonEmptyStringValueParser};

use super::repository;
use crate::domain::{
    delivery::{DeliveryId, DeliveryState},
    duration,
    size::Size,
};

pub(super) const EXAMPLES: &str = "\
Examples:
  flowlens inbox list                 the newest, and how many wait or are dead
  flowlens inbox list --state dead --json
  flowlens inbox show 72d3162e-cc78-11e3-81ab-4c9367dc0958
  flowlens inbox retry --all          all dead ones, once their cause is mended
  flowlens inbox purge 72d3162e-cc78-11e3-81ab-4c9367dc0958
  flowlens inbox purge --older 3d --state done";

#[derive(Clone, Debug, Subcommand)]
pub enum InboxCommand {
    /// Print deliveries, the newest first
    List(ListArgs),
    /// Print a delivery with what it holds
    ///
    /// Without control characters and without what looks like a secret.
    Show(ShowArgs),
    /// Have deliveries processed again
    ///
    /// Dead ones, unless --state says otherwise. To process again what is done changes no row.
    Retry(RetryArgs),
    /// Throw away deliveries that are done, ignored or dead
    ///
    /// Without an id, a filter and --keep-bytes: those that the receiver would throw away by itself, as `keep` and
    /// `keep_bytes` of the config file say. It asks first. Those that wait stay.
    Purge(PurgeArgs),
}

#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = "Which deliveries")]
pub struct DeliveryArgs {
    /// Only in this state (repeatable)
    #[arg(long = "state", value_name = "STATE", value_enum)]
    pub states: Vec<State>,
    /// Only of this event, such as pull_request (repeatable)
    #[arg(long = "event", value_name = "EVENT", value_parser = NonEmptyStringValueParser::new())]
    pub events: Vec<String>,
    /// Only of this repository, by name or address
    #[arg(short = 'R', long = "repo", value_name = "OWNER/REPO", value_parser = repository)]
    pub repository: Option<String>,
    /// Only those received longer ago than this
    #[arg(long, value_name = "DURATION", value_parser = age)]
    pub older: Option<Duration>,
    /// Only those received within this time
    #[arg(long, value_name = "DURATION", value_parser = age)]
    pub newer: Option<Duration>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum State {
    Pending,
    Done,
    Ignored,
    Dead,
}

impl From<State> for DeliveryState {
    fn from(state: State) -> Self {
        match state {
            State::Pending => Self::Pending,
            State::Done => Self::Done,
            State::Ignored => Self::Ignored,
            State::Dead => Self::Dead,
        }
    }
}

#[derive(Args, Clone, Debug)]
pub struct ListArgs {
    /// Print at most this many
    #[arg(long, value_name = "COUNT", default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub limit: u32,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
    #[command(flatten)]
    pub which: DeliveryArgs,
}

#[derive(Args, Clone, Debug)]
pub struct ShowArgs {
    /// GitHub's id of it, as the webhook's page and `inbox list` show it
    #[arg(value_name = "ID", value_parser = id)]
    pub id: DeliveryId,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

#[derive(Args, Clone, Debug)]
pub struct RetryArgs {
    /// These, by GitHub's id
    #[arg(value_name = "ID", value_parser = id, required_unless_present = "all", conflicts_with = "all")]
    pub ids: Vec<DeliveryId>,
    /// All that the filters below leave
    #[arg(long)]
    pub all: bool,
    #[command(flatten)]
    pub which: DeliveryArgs,
}

#[derive(Args, Clone, Debug)]
pub struct PurgeArgs {
    /// Only these, by GitHub's id
    #[arg(value_name = "ID", value_parser = id)]
    pub ids: Vec<DeliveryId>,
    /// Keep the newest, so many bytes of them: 4GiB, 500MB
    #[arg(
        long,
        value_name = "SIZE",
        value_parser = size,
        conflicts_with_all = ["ids", "states", "events", "repository", "older", "newer"]
    )]
    pub keep_bytes: Option<Size>,
    /// Do not ask
    #[arg(long)]
    pub yes: bool,
    #[command(flatten)]
    pub which: DeliveryArgs,
}

fn id(text: &str) -> Result<DeliveryId, String> {
    text.parse().map_err(|_no_id| "expected an id such as 72d3162e-cc78-11e3-81ab-4c9367dc0958".to_owned())
}

fn age(text: &str) -> Result<Duration, String> {
    duration::parse(text).ok_or_else(|| "expected a duration such as 3d or 90m".to_owned())
}

fn size(text: &str) -> Result<Size, String> {
    Size::parse(text)
        .filter(|size| size.0 > 0)
        .ok_or_else(|| "expected a size such as 4GiB or 500MB".to_owned())
}
