//! `[serve]`: what the receiver of webhooks keeps, and the secret that it shares with GitHub.

use std::{path::PathBuf, time::Duration};

use super::resolve::Resolver;
use super::{
    Env, Origin, Paths, Secret,
    file::{Raw, quoted},
    key::{self, Key, Refused, Show},
};
use crate::{domain::size::Size, private};

/// The variable that holds the secret, and the one that holds its predecessor.
const SECRET: &str = "FLOWLENS_WEBHOOK_SECRET";
const FORMER: &str = "FLOWLENS_WEBHOOK_SECRET_OLD";
/// Bytes of the file.
const LARGEST: u64 = 64 * 1024;
/// The secret, and its predecessor while the two are exchanged.
const SECRETS: usize = 2;

const SECRET_FILE: Key<Option<PathBuf>> =
    Key::new("serve", "secret_file", "", "a path that begins with / or ~/", key::path);
const KEEP: Key<Duration> =
    Key::new("serve", "keep", "14d", "a duration from 1h to 3650d, such as \"14d\"", |raw| {
        key::span(raw, Duration::from_hours(1), key::DECADE)
    });
const KEEP_BYTES: Key<Size> = Key::new(
    "serve",
    "keep_bytes",
    "4GiB",
    "a size such as \"4GiB\" or \"500MB\", or \"0\" for no limit",
    size,
);

/// The `[serve]` section. The secrets are read when they are needed: other commands may be another user's.
#[derive(Clone, Debug)]
pub struct Serve {
    /// How long deliveries are kept once they are settled.
    pub keep: Duration,
    /// Bytes of settled deliveries that are kept, the newest first; 0: no limit.
    pub keep_bytes: Size,
    /// Where the environment or the file has the secrets; `None`: nowhere.
    secrets: Option<Source>,
    /// The variable that has the secret, for `config show`.
    pub secret_origin: Option<Origin>,
}

#[derive(Clone, Debug)]
enum Source {
    Variables(Vec<Secret>),
    File {
        path: PathBuf,
        /// As people are told of it.
        shown: String,
    },
}

impl Serve {
    pub(super) fn read(
        r: &mut Resolver<'_>,
        paths: &Paths,
        warnings: &mut Vec<String>,
        env: Env<'_>,
    ) -> Self {
        if let Some((_, origin)) = r.take(SECRET_FILE.section, "secret") {
            r.reject(
                &origin,
                format!(
                    "[serve] secret: a secret does not belong in this file; put it into a file that only you can read \
                     (chmod 600) and name that as secret_file, or into {SECRET}"
                ),
            );
        }
        let file = r.get(&SECRET_FILE, None).0.map(|file| paths.expanded(&file));
        let variable = |name| env(name).map(|text| text.trim().to_owned()).filter(|text| !text.is_empty());
        let file = file.map(|path| Source::File { shown: paths.shown(&path), path });
        let (secrets, secret_origin) = match (variable(SECRET), variable(FORMER)) {
            (Some(secret), former) => {
                let secrets = [secret].into_iter().chain(former).map(Secret::new).collect();
                (Some(Source::Variables(secrets)), Some(Origin::Env(SECRET)))
            }
            (None, Some(_)) => {
                warnings.push(format!("{FORMER} is not used without {SECRET}"));
                (file, None)
            }
            (None, None) => (file, None),
        };
        Self { keep: r.get(&KEEP, None).0, keep_bytes: r.get(&KEEP_BYTES, None).0, secrets, secret_origin }
    }

    /// The secrets that a delivery may be signed with, the one in use first; none where none is configured.
    ///
    /// # Errors
    /// The file is not there, is open to others, or holds something else. The text never holds a secret.
    pub fn secrets(&self) -> Result<Vec<Secret>, String> {
        match &self.secrets {
            None => Ok(Vec::new()),
            Some(Source::Variables(secrets)) => Ok(secrets.clone()),
            Some(Source::File { path, shown }) => {
                let bytes = private::read_secret(path, LARGEST).map_err(|error| error.to_string());
                bytes.and_then(lines).map_err(|why| format!("[serve] secret_file {shown}: {why}"))
            }
        }
    }
}

/// The secrets of a file, one a line.
fn lines(bytes: Vec<u8>) -> Result<Vec<Secret>, String> {
    let text = String::from_utf8(bytes).map_err(|_not_utf8| "it is not UTF-8".to_owned())?;
    let secrets: Vec<Secret> =
        text.lines().map(str::trim).filter(|line| !line.is_empty()).map(Secret::new).collect();
    match secrets.len() {
        0 => Err("it is empty".to_owned()),
        1..=SECRETS => Ok(secrets),
        _ => Err(format!("it holds more than {SECRETS} lines: the secret, and the one before it")),
    }
}

fn size(raw: &Raw) -> Result<Size, Refused> {
    match raw {
        Raw::Integer(0) => Ok(Size(0)),
        raw => raw.text().and_then(Size::parse).ok_or(Refused::Unaccepted),
    }
}

impl Show for Size {
    fn show(&self) -> String {
        quoted(&self.exact())
    }
}
