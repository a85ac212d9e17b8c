//! Service files: a section of parameters for each name, as `service` in an address or `PGSERVICE` names one.

use std::path::PathBuf;

use super::{Variables, home, set};
use crate::{
    domain::address::{Address, AddressError},
    private,
};

/// Bytes of a file that are read.
const LARGEST: u64 = 4 * 1024 * 1024;

/// Fills what the address leaves open from the section of this name, in the user's file or else the system's; `origin`
/// has named it.
///
/// # Errors
/// No file has such a section, or it cannot be used.
pub(super) fn fill(
    address: &mut Address,
    name: &str,
    origin: &str,
    env: Variables<'_>,
) -> Result<(), AddressError> {
    let users = set(env, "PGSERVICEFILE").map(PathBuf::from);
    let users = users.or_else(|| home(env).map(|home| home.join(".pg_service.conf")));
    let systems = set(env, "PGSYSCONFDIR").map(|folder| PathBuf::from(folder).join("pg_service.conf"));
    for file in users.into_iter().chain(systems).filter(|file| file.is_file()) {
        let text = private::read(&file, LARGEST).map_err(|error| {
            AddressError::new(
                origin,
                format!("leads to a file that cannot be read ({error})"),
                "mend the file",
            )
        })?;
        if let Some(parameters) = section(&text, name) {
            return parameters.into_iter().try_for_each(|(parameter, value)| {
                let part = format!("{origin}'s {parameter}");
                if parameter == "service" {
                    return Err(AddressError::new(
                        part,
                        "leads on to another service",
                        "name that one itself",
                    ));
                }
                address.fill(parameter, &part, value)
            });
        }
    }
    Err(AddressError::new(
        origin,
        "names a service that no service file has",
        "add it to ~/.pg_service.conf, or leave it away",
    ))
}

/// The lines `parameter=value` under `[name]`, if there is such a section.
fn section<'a>(text: &'a str, name: &str) -> Option<Vec<(&'a str, &'a str)>> {
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
    let heading = format!("[{name}]");
    let mut lines = lines.skip_while(|line| *line != heading);
    lines.next()?;
    let own = lines.take_while(|line| !line.starts_with('['));
    Some(own.map(|line| line.split_once('=').unwrap_or((line, ""))).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_section_is_read_to_the_next_one() {
        let text = "# ours\n[a]\nhost=h1\nport=5433\n\n[prod]\nhost=h2\n  dbname=flow=1\n[c]\nhost=h3\n";
        assert_eq!(section(text, "prod"), Some(vec![("host", "h2"), ("dbname", "flow=1")]));
        assert_eq!(section(text, "c"), Some(vec![("host", "h3")]));
        assert_eq!(section(text, "d"), None);
    }

    #[test]
    fn what_a_service_says_stands_between_address_and_variables() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("services");
        std::fs::write(&file, "[prod]\nhost=h2\nsslmode=verify-full\npassword=hunter2\n[bad]\nsslmode=on\n")
            .expect("a file");
        let env = |name: &str| match name {
            "PGSERVICEFILE" => file.to_str().map(str::to_owned),
            "HOME" => Some("/nowhere".to_owned()),
            _ => None,
        };
        let mut address: Address = "postgres://u@/d".parse().expect("an address");
        fill(&mut address, "prod", "PGSERVICE", &env).expect("a good section");
        assert_eq!(address.hosts.first().map(|host| host.name.as_str()), Some("h2"));
        assert_eq!((address.user.as_deref(), address.setting("sslmode")), (Some("u"), Some("verify-full")));
        for (name, part) in [("none", "PGSERVICE"), ("bad", "PGSERVICE's sslmode")] {
            let error = fill(&mut Address::default(), name, "PGSERVICE", &env).expect_err("it is not good");
            assert_eq!(error.part, part);
        }
    }
}
