//! The only HTTP: requests under limits, TLS by rustls, and what a server asks for by `Retry-After`.

pub mod client;
mod retry_after;
