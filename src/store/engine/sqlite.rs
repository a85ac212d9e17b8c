//! The embedded database: one file, made, migrated and opened here.
//!
//! Several processes may share it. It is in write-ahead-log mode, so that readers never wait; a writer waits up to
//! `BUSY` for another one.

mod file;
mod handle;
mod migrate;
mod open;

pub use self::{file::File, migrate::FileState};
pub(in crate::store) use self::{
    file::Inode,
    handle::{Access, Handle},
};
