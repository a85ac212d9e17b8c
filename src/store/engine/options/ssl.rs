//! How strictly a connection is encrypted, and with which certificates.

use std::path::PathBuf;

use sqlx::postgres::{PgConnectOptions, PgSslMode};

use crate::{
    domain::address::{Address, AddressError},
    store::engine::libpq::{Variables, variables::certificate},
};

/// Stands for the system's certificates, as in libpq.
const SYSTEM: &str = "system";

/// What the address asks for, raised where something else asks for more: `ssl=true` wants encryption, and a file of
/// authorities wants the certificate's chain verified.
///
/// # Errors
/// `sslrootcert=system` with a mode that would trust any certificate.
pub(super) fn strictest_mode(address: &Address, env: Variables<'_>) -> Result<PgSslMode, AddressError> {
    let asked = address.setting("sslmode");
    if address.setting("sslrootcert") == Some(SYSTEM) {
        return match asked {
            None | Some("verify-full") => Ok(PgSslMode::VerifyFull),
            Some(_) => Err(AddressError::new(
                "sslrootcert=system",
                "goes with sslmode=verify-full alone",
                "write sslmode=verify-full",
            )),
        };
    }
    // Whatever else it may be was refused when it was read.
    let asked = asked.and_then(|mode| mode.parse().ok()).unwrap_or(PgSslMode::Prefer);
    Ok(match asked {
        PgSslMode::Disable | PgSslMode::Allow | PgSslMode::Prefer if !address.ssl => asked,
        PgSslMode::VerifyCa | PgSslMode::VerifyFull => asked,
        PgSslMode::Disable | PgSslMode::Allow | PgSslMode::Prefer | PgSslMode::Require => {
            if CertificateFiles::of(address, env).root.is_some() {
                PgSslMode::VerifyCa
            } else {
                PgSslMode::Require
            }
        }
    })
}

/// Files of certificates: those that are named, else those in libpq's folder.
#[derive(Clone)]
pub(super) struct CertificateFiles {
    root: Option<PathBuf>,
    client: Option<PathBuf>,
    key: Option<PathBuf>,
}

impl CertificateFiles {
    pub(super) fn of(address: &Address, env: Variables<'_>) -> Self {
        let named = |name| address.setting(name).filter(|file| !file.is_empty());
        let root = match named("sslrootcert") {
            Some(SYSTEM) => None,
            Some(file) => Some(PathBuf::from(file)),
            None => certificate("root.crt", env),
        };
        let usual = certificate("postgresql.crt", env).zip(certificate("postgresql.key", env));
        let (client, key) = match (named("sslcert"), named("sslkey")) {
            (None, None) => usual.unzip(),
            (client, key) => (client.map(PathBuf::from), key.map(PathBuf::from)),
        };
        Self { root, client, key }
    }

    /// The driver's options with these files, and no others.
    pub(super) fn apply(&self, options: PgConnectOptions) -> PgConnectOptions {
        let options = match &self.root {
            Some(file) => options.ssl_root_cert(file),
            None => options.ssl_root_cert_from_pem(Vec::new()),
        };
        let options = self.client.iter().fold(options, PgConnectOptions::ssl_client_cert);
        self.key.iter().fold(options, PgConnectOptions::ssl_client_key)
    }
}

/// A mode's own word.
pub(super) fn word(mode: PgSslMode) -> &'static str {
    match mode {
        PgSslMode::Disable => "disable",
        PgSslMode::Allow => "allow",
        PgSslMode::Prefer => "prefer",
        PgSslMode::Require => "require",
        PgSslMode::VerifyCa => "verify-ca",
        PgSslMode::VerifyFull => "verify-full",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mode(query: &str, env: Variables<'_>) -> Result<&'static str, AddressError> {
        let address = format!("postgres://u@h/d?{query}").parse().expect("an address");
        strictest_mode(&address, env).map(word)
    }

    #[test]
    fn a_mode_is_only_ever_raised() {
        let home = tempfile::tempdir().expect("a home");
        let at_home = |name: &str| (name == "HOME").then(|| home.path().display().to_string());
        for (query, expected) in [
            ("ssl=true", "require"),
            ("ssl=true&sslmode=disable", "require"),
            ("ssl=true&sslmode=prefer", "require"),
            ("ssl=true&sslmode=verify-ca", "verify-ca"),
            ("sslmode=verify-full&ssl=true", "verify-full"),
            ("ssl=false&sslmode=verify-full", "verify-full"),
            ("ssl=true&sslrootcert=root.crt", "verify-ca"),
            ("sslmode=require&sslrootcert=root.crt", "verify-ca"),
            ("sslmode=disable&sslrootcert=root.crt", "disable"),
            ("ssl=false&sslmode=prefer", "prefer"),
            ("sslrootcert=system", "verify-full"),
        ] {
            assert_eq!(mode(query, &at_home), Ok(expected), "{query}");
        }
        assert!(mode("sslrootcert=system&sslmode=require", &at_home).is_err());

        // The usual file of authorities counts as one that was named.
        let folder = home.path().join(".postgresql");
        std::fs::create_dir(&folder)
            .and_then(|()| std::fs::write(folder.join("root.crt"), ""))
            .expect("a file");
        assert_eq!(mode("sslmode=require", &at_home), Ok("verify-ca"));
        assert_eq!(mode("sslmode=prefer", &at_home), Ok("prefer"));
    }
}
