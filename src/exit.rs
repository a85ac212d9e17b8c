//! The exit codes: a contract with scripts, documented in `flowlens --help`.

use crate::domain::source::Cause;

/// How the program ends. The numbers are stable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum ExitCode {
    /// All went well.
    Success = 0,
    /// Something failed while running.
    Failure = 1,
    /// The command line or the configuration is wrong; clap uses the same number.
    Usage = 2,
    /// The database refused the login, or the login lacks a privilege.
    Login = 4,
    /// What `--fail-on` describes is the case.
    Condition = 5,
    /// The database could not be reached, or did not answer.
    Unreachable = 6,
    /// `--timeout` ran out first. Only that: a database that is silent is [`Self::Unreachable`].
    Timeout = 7,
    /// Something is still pending.
    Pending = 8,
    /// Ctrl-C: 128 + SIGINT, as shells count.
    Interrupted = 130,
    /// 128 + SIGTERM.
    Terminated = 143,
}

impl From<Cause> for ExitCode {
    fn from(cause: Cause) -> Self {
        match cause {
            Cause::Login | Cause::Privilege => Self::Login,
            Cause::Dns | Cause::Refused | Cause::Starting | Cause::Tls | Cause::Lost | Cause::Timeout => {
                Self::Unreachable
            }
            Cause::Absent | Cause::Retryable | Cause::Schema | Cause::Other => Self::Failure,
        }
    }
}

impl From<ExitCode> for std::process::ExitCode {
    fn from(code: ExitCode) -> Self {
        Self::from(code as u8)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn causes_keep_their_codes() {
        let codes = Cause::ALL.map(|cause| (cause, ExitCode::from(cause) as u8));
        assert_eq!(
            codes,
            [
                (Cause::Dns, 6),
                (Cause::Refused, 6),
                (Cause::Starting, 6),
                (Cause::Tls, 6),
                (Cause::Login, 4),
                (Cause::Absent, 1),
                (Cause::Privilege, 4),
                (Cause::Timeout, 6),
                (Cause::Lost, 6),
                (Cause::Retryable, 1),
                (Cause::Schema, 1),
                (Cause::Other, 1),
            ]
        );
    }
}
