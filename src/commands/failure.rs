//! Why a command ended without a result, and with which exit code.

use std::io;

use color_eyre::Report;

use crate::{domain::source::Cause, exit::ExitCode, store::engine::error::StoreError};

/// The one failure of all commands. Its text is one line for people; it never holds a password.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// What was asked for makes no sense here.
    #[error("{0}")]
    Usage(String),
    #[error("{cause}: {message}")]
    Database {
        cause: Cause,
        /// What the server or the driver said.
        message: String,
    },
    /// GitHub cannot be asked, or refuses.
    #[error("{0}")]
    GitHub(String),
    /// `--timeout` ran out.
    #[error("{0}")]
    TimeIsUp(String),
    #[error("cannot write the output: {0}")]
    Output(#[from] io::Error),
    /// A mistake of ours.
    #[error(transparent)]
    Unexpected(#[from] Report),
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        Self::Database { cause: error.cause, message: error.message }
    }
}

impl Failure {
    #[must_use]
    pub fn code(&self) -> ExitCode {
        match self {
            Self::Usage(_) => ExitCode::Usage,
            Self::Database { cause, .. } => (*cause).into(),
            Self::TimeIsUp(_) => ExitCode::Timeout,
            Self::GitHub(_) | Self::Output(_) | Self::Unexpected(_) => ExitCode::Failure,
        }
    }

    /// True when the reader of the output has seen enough (`| head`): that is no failure.
    #[must_use]
    pub fn is_closed_pipe(&self) -> bool {
        matches!(self, Self::Output(error) if error.kind() == io::ErrorKind::BrokenPipe)
    }
}
