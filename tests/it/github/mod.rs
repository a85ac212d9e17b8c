//! GitHub: what is asked, how limits and failures are met, and what answers become. Nothing here leaves this machine.

mod client;
mod config;
pub(crate) mod fake;
mod fakes;
mod logs;
mod queries;
mod refusals;
mod schema;
mod serve;
mod told;

use flowlens::{
    domain::secret::Secret,
    github::client::{Client, ClientOptions, Clock},
};
use uuid::Uuid;

use crate::support::http::Server;

/// A token that nobody else has.
fn random_token() -> String {
    format!("ghp_{}", Uuid::new_v4().simple())
}

/// A client of a server on this machine.
fn client(port: u16, token: &str) -> Client {
    let url = format!("http://127.0.0.1:{port}");
    Client::new(ClientOptions::new(url, Some(Secret::new(token)), None)).expect("a client")
}

/// The same at a time that stands still.
fn client_at(server: &Server, clock: Clock) -> Client {
    let url = format!("http://127.0.0.1:{}", server.port);
    let options = ClientOptions { clock, ..ClientOptions::new(url, Some(Secret::new(random_token())), None) };
    Client::new(options).expect("a client")
}
