//! The `PG*` variables fill what an address leaves open, and are refused where they ask for what cannot be had.

use std::path::PathBuf;

use super::{Variables, home, service, set};
use crate::domain::address::{Address, AddressError};

/// Variables, and the parameters of an address that mean the same.
const PARAMETERS: [(&str, &str); 24] = [
    ("PGHOST", "host"),
    ("PGHOSTADDR", "hostaddr"),
    ("PGPORT", "port"),
    ("PGUSER", "user"),
    ("PGPASSWORD", "password"),
    ("PGDATABASE", "dbname"),
    ("PGSSLMODE", "sslmode"),
    ("PGSSLROOTCERT", "sslrootcert"),
    ("PGSSLCERT", "sslcert"),
    ("PGSSLKEY", "sslkey"),
    ("PGAPPNAME", "application_name"),
    ("PGOPTIONS", "options"),
    ("PGCONNECT_TIMEOUT", "connect_timeout"),
    ("PGTARGETSESSIONATTRS", "target_session_attrs"),
    ("PGCHANNELBINDING", "channel_binding"),
    ("PGGSSENCMODE", "gssencmode"),
    ("PGSSLNEGOTIATION", "sslnegotiation"),
    ("PGSSLMINPROTOCOLVERSION", "ssl_min_protocol_version"),
    ("PGSSLMAXPROTOCOLVERSION", "ssl_max_protocol_version"),
    ("PGSSLCERTMODE", "sslcertmode"),
    ("PGSSLCRL", "sslcrl"),
    ("PGSSLCRLDIR", "sslcrldir"),
    ("PGREQUIREPEER", "requirepeer"),
    ("PGREQUIREAUTH", "require_auth"),
];

/// Fills what the address leaves open from the service file, then from the variables.
///
/// # Errors
/// A variable that cannot be used, or that asks for what this program cannot do.
pub(in crate::store::engine) fn fill(address: &mut Address, env: Variables<'_>) -> Result<(), AddressError> {
    let named = address.setting("service").map(str::to_owned).filter(|name| !name.is_empty());
    if let Some(name) = named {
        service::fill(address, &name, "the parameter service", env)?;
    } else if let Some(name) = set(env, "PGSERVICE") {
        service::fill(address, &name, "PGSERVICE", env)?;
    }
    for (variable, parameter) in PARAMETERS {
        if let Some(value) = set(env, variable) {
            address.fill(parameter, variable, &value)?;
        }
    }
    if let Some(value) = set(env, "PGREQUIRESSL") {
        address.fill("requiressl", "PGREQUIRESSL", &value)?;
        // PGSSLMODE has had its say.
        if value == "1" {
            address.fill("sslmode", "PGREQUIRESSL", "require")?;
        }
    }
    Ok(())
}

/// The file of passwords: the parameter's, the variable's or the usual one.
pub(in crate::store::engine) fn passfile(address: &Address, env: Variables<'_>) -> Option<PathBuf> {
    let named = address.setting("passfile").map(str::to_owned).filter(|file| !file.is_empty());
    named
        .or_else(|| set(env, "PGPASSFILE"))
        .map(PathBuf::from)
        .or_else(|| home(env).map(|home| home.join(".pgpass")))
}

/// A file of libpq's folder in the home folder, such as `root.crt`; only where it is there.
pub(in crate::store::engine) fn certificate(name: &str, env: Variables<'_>) -> Option<PathBuf> {
    home(env).map(|home| home.join(".postgresql").join(name)).filter(|file| file.exists())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filled(url: &str, variables: &[(&str, &str)]) -> Result<Address, AddressError> {
        let env = |name: &str| {
            variables.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned())
        };
        let mut address: Address = url.parse().expect("a good address");
        fill(&mut address, &env).map(|()| address)
    }

    #[test]
    fn an_empty_variable_is_none_and_a_bad_one_is_named() {
        let all: Vec<_> =
            PARAMETERS.iter().map(|(name, _)| (*name, "")).chain([("PGREQUIRESSL", "")]).collect();
        let address = filled("postgres://", &all).expect("nothing is said");
        assert!(address.hosts.is_empty() && address.password.is_none() && address.settings.is_empty());

        for (variable, value) in [
            ("PGSSLMODE", "verify_full"),
            ("PGSSLMODE", "\"verify-full\""),
            ("PGSSLMODE", "require "),
            ("PGSSLMODE", "REQUIRE"),
            ("PGREQUIRESSL", "yes"),
            ("PGPORT", "5433x"),
            ("PGPORT", "65536"),
            ("PGHOST", "h1,,h2"),
            ("PGCONNECT_TIMEOUT", "5s"),
            ("PGTARGETSESSIONATTRS", "master"),
            ("PGPASSWORD", "caf\u{fffd}"),
            ("PGCHANNELBINDING", "require"),
            ("PGGSSENCMODE", "require"),
            ("PGSSLMINPROTOCOLVERSION", "TLSv1.3"),
            ("PGSSLCRL", "crl.pem"),
            ("PGREQUIREAUTH", "scram-sha-256"),
        ] {
            let error = filled("postgres://", &[(variable, value)]).err();
            let error = error.unwrap_or_else(|| panic!("{variable}={value} was taken"));
            assert_eq!(error.part, variable, "{value}");
        }
    }

    #[test]
    fn an_address_beats_a_variable_and_sslmode_beats_requiressl() {
        let variables = [("PGSSLMODE", "nonsense"), ("PGHOST", "other"), ("PGUSER", "ana")];
        let address = filled("postgres://h/d?sslmode=verify-full", &variables).expect("it says so itself");
        assert_eq!(address.setting("sslmode"), Some("verify-full"));
        assert_eq!((address.hosts.len(), address.user.as_deref()), (1, Some("ana")));
        let mode = |variables: &[(&str, &str)]| {
            filled("postgres://", variables).expect("good ones").setting("sslmode").map(str::to_owned)
        };
        assert_eq!(mode(&[("PGREQUIRESSL", "1")]).as_deref(), Some("require"));
        assert_eq!(mode(&[("PGREQUIRESSL", "1"), ("PGSSLMODE", "disable")]).as_deref(), Some("disable"));
        assert_eq!(mode(&[("PGREQUIRESSL", "0")]), None);
    }
}
