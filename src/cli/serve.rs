//! The command line of `serve`.

use std::{net::SocketAddr, time::Duration};

use clap::{Args, ValueEnum};

use super::insight::lease;

pub(super) const EXAMPLES: &str = "\
Examples:
  FLOWLENS_WEBHOOK_SECRET=… flowlens serve    behind a proxy that does TLS
  flowlens serve --listen 0.0.0.0:8787        with secret_file under [serve]
  flowlens serve --worker --log-format json   insights, too; logs for a machine
  flowlens serve --insecure-no-secret         to try it, on this machine alone";

#[derive(Args, Clone, Debug)]
pub struct ServeArgs {
    /// The address and port to listen on
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8787", value_parser = address)]
    pub listen: SocketAddr,
    /// Take deliveries that nobody signed; only on a loopback address
    #[arg(long)]
    pub insecure_no_secret: bool,
    /// Make insights, too, as flowlens worker does
    #[arg(long)]
    pub worker: bool,
    /// How the log is written
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub log_format: LogFormat,
    /// How long what a process has claimed stays its own if it dies, from 1s to 1h [default: 1m]
    #[arg(long, value_name = "DURATION", value_parser = lease)]
    pub lease: Option<Duration>,
}

fn address(text: &str) -> Result<SocketAddr, &'static str> {
    let here = text.strip_prefix("localhost:").map(|port| format!("127.0.0.1:{port}"));
    let parsed = here.as_deref().unwrap_or(text).parse();
    parsed.map_err(|_no_address| "expected an address and a port, such as 127.0.0.1:8787, or 0.0.0.0:8787 for all of this machine's")
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    /// A line of words
    Text,
    /// A line with a JSON object
    Json,
}
