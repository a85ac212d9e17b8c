//! Why GitHub gave no answer, and what helps.

use std::time::Duration;

use chrono::{DateTime, Utc};

use super::limits::Wait;
use crate::{domain::time::moment, http::client::HttpError};

/// Why there is no answer. Holds no token; what GitHub said is cleaned.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// Not now: nothing is wrong.
    #[error("{0}")]
    Wait(Wait),
    /// It was too much for one answer: a smaller page may do.
    #[error("GitHub could not answer so much at once ({0})")]
    TooMuch(String),
    #[error("{}", no_token(.host, *.why))]
    NoToken { host: String, why: Missing },
    #[error("{} does not accept the token{} (401)", .0.host, .0.of())]
    BadToken(TokenUse),
    #[error("the token{} expired {}", .1.of(), moment(.0, .0))]
    Expired(DateTime<Utc>, TokenUse),
    #[error("the token lacks the scope {}", .needed.join(" or "))]
    MissingScope {
        /// Any of them would do.
        needed: Vec<String>,
    },
    /// A fine-grained token: its kind has no permission for checks.
    #[error("a fine-grained token cannot read the checks of other apps")]
    ChecksUnreadable,
    #[error("the token may not read {what}: {said}")]
    Forbidden { what: String, said: String },
    #[error("{} needs single sign-on", .organisation.as_deref().unwrap_or("the organisation"))]
    SingleSignOn {
        organisation: Option<String>,
        /// Where the token is let in.
        url: Option<String>,
    },
    #[error("{what} is not found: private, or misspelt")]
    NotFound { what: String },
    #[error("GitHub is down ({status})")]
    Down { host: String, status: u16 },
    /// A proxy's page for logging in, say.
    #[error("{host} answered with a web page ({status}), not as GitHub does")]
    WebPage { host: String, status: u16 },
    /// The token goes to no other host.
    #[error("{host} leads to another host, {to}")]
    ElsewhereLed { host: String, to: String },
    #[error("GitHub cannot be reached: {0}")]
    Unreachable(String),
    /// Somebody between us and GitHub opens what is encrypted, with a certificate of their own.
    #[error("the connection is not trusted: {0}")]
    Intercepted(String),
    /// The certificate's dates, by this machine's clock.
    #[error("the certificate is out of date, or this machine's clock is wrong: {0}")]
    ClockOrCertificate(String),
    #[error("no answer within {0} s")]
    TimedOut(u64),
    #[error("the answer has {0}")]
    TooLarge(String),
    #[error("the answer is not understood: {0}")]
    Malformed(String),
    /// The rest of it is kept; what was not told is not taken for nothing.
    #[error("GitHub told it only in part")]
    InPart,
    #[error("it moved while it was read")]
    Moving,
    #[error("GitHub refused ({status}): {said}")]
    Refused { status: u16, said: String },
    /// It cannot even be asked.
    #[error("GitHub cannot be asked: {0}")]
    Options(String),
}

impl Error {
    /// What went wrong, and what helps.
    pub fn with_mend(&self) -> String {
        match self.mend() {
            Some(mend) => format!("{self}; {mend}"),
            None => self.to_string(),
        }
    }

    /// What helps, as a sentence's end.
    pub fn mend(&self) -> Option<String> {
        let fixed = match self {
            // What cannot be asked says what was expected.
            Self::Wait(_) | Self::TooMuch(_) | Self::Options(_) => return None,
            Self::NoToken { host, why } => {
                let gh = match why {
                    Missing::Nowhere => format!("log in with `gh auth login --hostname {host}`"),
                    Missing::Hung(_) => format!("see what `gh auth token --hostname {host}` waits for"),
                };
                return Some(format!(
                    "{gh}, or run flowlens again with GH_TOKEN set, or with a token_file under [github] in the \
                     config file"
                ));
            }
            Self::BadToken(token) | Self::Expired(_, token) => return Some(token.mend()),
            Self::MissingScope { needed } => {
                let scope = needed.first().map_or("repo", String::as_str);
                return Some(format!(
                    "add it: `gh auth refresh --scopes {scope}`, or edit the token's scopes"
                ));
            }
            Self::ChecksUnreadable => "use a classic token with the scope repo to see them",
            Self::Forbidden { .. } => "give the token this permission, or ask an owner to approve it",
            Self::SingleSignOn { url: Some(url), .. } => return Some(format!("let the token in at {url}")),
            Self::SingleSignOn { url: None, .. } => {
                "let the token in by \"Configure SSO\" on GitHub's page of your tokens"
            }
            Self::NotFound { .. } => "check the spelling, and that the token may see it",
            Self::Down { host, .. } if host == "github.com" => "see https://www.githubstatus.com",
            Self::Down { host, .. } => return Some(format!("ask those who run {host}")),
            Self::WebPage { .. } => "log in to the network's proxy, or set HTTPS_PROXY",
            Self::ElsewhereLed { .. } => "check the address of your GitHub ([github] url, GH_HOST)",
            Self::Unreachable(_) | Self::TimedOut(_) => "check the network, and HTTPS_PROXY if you need one",
            Self::Intercepted(_) => {
                "if your company inspects traffic, add its certificate to the system's, or name it by SSL_CERT_FILE"
            }
            Self::ClockOrCertificate(_) => "set this machine's clock",
            Self::TooLarge(_) | Self::Malformed(_) | Self::Refused { .. } => {
                "this is likely a fault of FlowLens or of a proxy; the log has more"
            }
            Self::InPart | Self::Moving => "the next look asks for it again",
        };
        Some(fixed.to_owned())
    }

    /// The same in the few words that a header has room for.
    pub fn brief(&self) -> String {
        let fixed = match self {
            Self::NoToken { why: Missing::Nowhere, .. } => "no GitHub token",
            Self::NoToken { why: Missing::Hung(_), .. } => "no GitHub token: gh hangs",
            Self::BadToken(_) => "GitHub refuses the token",
            Self::Expired(..) => "the GitHub token has expired",
            Self::MissingScope { .. } => "the GitHub token lacks a scope",
            Self::Forbidden { .. } => "the GitHub token may not read it",
            Self::SingleSignOn { organisation, .. } => {
                return format!("{}: single sign-on needed", organisation.as_deref().unwrap_or("GitHub"));
            }
            Self::NotFound { what } => return format!("{what} is not found"),
            Self::WebPage { .. } => "GitHub: a web page answers",
            Self::ElsewhereLed { .. } => "GitHub leads to another host",
            Self::Unreachable(_) => "GitHub cannot be reached",
            Self::TimedOut(_) => "GitHub does not answer",
            Self::Intercepted(_) => "GitHub: connection not trusted",
            Self::ClockOrCertificate(_) => "GitHub: certificate out of date",
            Self::TooLarge(_) | Self::Malformed(_) => "GitHub: answer not understood",
            Self::Options(_) => "GitHub cannot be asked",
            Self::Wait(_)
            | Self::TooMuch(_)
            | Self::ChecksUnreadable
            | Self::Down { .. }
            | Self::InPart
            | Self::Moving
            | Self::Refused { .. } => return self.to_string(),
        };
        fixed.to_owned()
    }

    /// Whether another try may succeed, with nothing changed.
    pub fn is_passing(&self) -> bool {
        match self {
            Self::Wait(_)
            | Self::TooMuch(_)
            | Self::Down { .. }
            | Self::Unreachable(_)
            | Self::TimedOut(_)
            | Self::InPart
            | Self::Moving
            | Self::WebPage { .. } => true,
            Self::NoToken { .. }
            | Self::BadToken(_)
            | Self::Expired(..)
            | Self::MissingScope { .. }
            | Self::ChecksUnreadable
            | Self::Forbidden { .. }
            | Self::SingleSignOn { .. }
            | Self::NotFound { .. }
            | Self::ElsewhereLed { .. }
            | Self::Intercepted(_)
            | Self::ClockOrCertificate(_)
            | Self::TooLarge(_)
            | Self::Malformed(_)
            | Self::Refused { .. }
            | Self::Options(_) => false,
        }
    }

    /// Whether a server has said it, at GitHub's address and as GitHub does: the way there is right.
    pub(in crate::github) fn is_answered(&self) -> bool {
        match self {
            Self::Wait(_)
            | Self::TooMuch(_)
            | Self::BadToken(_)
            | Self::Expired(..)
            | Self::MissingScope { .. }
            | Self::ChecksUnreadable
            | Self::Forbidden { .. }
            | Self::SingleSignOn { .. }
            | Self::NotFound { .. }
            | Self::Down { .. }
            | Self::TooLarge(_)
            | Self::Malformed(_)
            | Self::InPart
            | Self::Moving
            | Self::Refused { .. } => true,
            Self::NoToken { .. }
            | Self::WebPage { .. }
            | Self::ElsewhereLed { .. }
            | Self::Unreachable(_)
            | Self::Intercepted(_)
            | Self::ClockOrCertificate(_)
            | Self::TimedOut(_)
            | Self::Options(_) => false,
        }
    }

    /// Whether every other request would fail as well.
    pub fn is_everywhere(&self) -> bool {
        match self {
            Self::NoToken { .. }
            | Self::BadToken(_)
            | Self::Expired(..)
            | Self::Wait(_)
            | Self::Down { .. }
            | Self::WebPage { .. }
            | Self::ElsewhereLed { .. }
            | Self::Unreachable(_)
            | Self::Intercepted(_)
            | Self::ClockOrCertificate(_)
            | Self::Options(_) => true,
            Self::TooMuch(_)
            | Self::MissingScope { .. }
            | Self::ChecksUnreadable
            | Self::Forbidden { .. }
            | Self::SingleSignOn { .. }
            | Self::NotFound { .. }
            | Self::TimedOut(_)
            | Self::TooLarge(_)
            | Self::Malformed(_)
            | Self::InPart
            | Self::Moving
            | Self::Refused { .. } => false,
        }
    }
}

/// Why there is no token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Missing {
    /// Neither a variable nor a file has it, and `gh` knows none.
    Nowhere,
    /// `gh` may know it, and did not answer within this time.
    Hung(Duration),
}

fn no_token(host: &str, why: Missing) -> String {
    match why {
        Missing::Nowhere => format!("there is no token for {host}"),
        Missing::Hung(patience) => {
            format!("there is no token for {host}: `gh` did not answer within {} s", patience.as_secs())
        }
    }
}

/// The source of a token that is a program.
pub const GH: &str = "gh";

/// Where a token was shown, and where it is from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenUse {
    pub host: String,
    /// A variable, a file, or `gh`; empty where nobody says it.
    pub from: String,
}

impl TokenUse {
    fn of(&self) -> String {
        if self.from.is_empty() { String::new() } else { format!(" of {}", self.from) }
    }

    /// Another source would not help: this one comes before it.
    fn mend(&self) -> String {
        let Self { host, from } = self;
        match from.as_str() {
            GH => format!("`gh auth login --hostname {host}` again"),
            _ => format!("make a new one at https://{host}/settings/tokens"),
        }
    }
}

impl From<HttpError> for Error {
    fn from(error: HttpError) -> Self {
        match error {
            HttpError::Unreachable(why) => Self::Unreachable(why),
            HttpError::Certificate { reason, is_dated: true } => Self::ClockOrCertificate(reason),
            HttpError::Certificate { reason, is_dated: false } => Self::Intercepted(reason),
            HttpError::TooLarge(_) => Self::TooLarge(error.to_string()),
            HttpError::Options(why) => Self::Options(why),
        }
    }
}

/// What an answer told beside its content. Each is told once.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ClientNotice {
    /// It is left out.
    #[error("this GitHub has no {0}, which is left out")]
    NoSuchField(String),
    /// It is left out.
    #[error("{field} is left out: the token lacks the scope {}", .needed.join(" or "))]
    FieldNeedsScope {
        field: String,
        /// Any of them would do.
        needed: Vec<String>,
    },
    /// Lists leave them out.
    #[error("some organisations are left out until the token is let in by single sign-on")]
    PartialForSingleSignOn,
    /// Minutes ahead of GitHub's; below zero: behind it.
    #[error("this machine's clock is {} min {} GitHub's: set it", .0.abs(), if *.0 < 0 { "behind" } else { "ahead of" })]
    ClockSkew(i64),
    #[error("the token expires {}", moment(.0, .0))]
    ExpiresSoon(DateTime<Utc>),
}
