//! The proxy through which `https://` goes, as the environment names it.

use super::secret::Secret;

/// A proxy, and what goes around it. Not for `http://` and not for this machine: those never go through a proxy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proxy {
    /// `HTTPS_PROXY`: its URL may hold a login.
    pub url: Secret,
    /// `NO_PROXY`: hosts, domains and networks, separated by commas; `*` is all.
    pub except: String,
}

impl Proxy {
    /// From the variables, in capitals or in small letters.
    #[must_use]
    pub fn from_variables(env: &dyn Fn(&str) -> Option<String>) -> Option<Self> {
        let set = |names: [&str; 2]| {
            let mut values = names.into_iter().filter_map(env);
            values.find(|value| !value.trim().is_empty()).map(|value| value.trim().to_owned())
        };
        let url = set(["HTTPS_PROXY", "https_proxy"])?;
        // As curl takes it.
        let url = if url.contains("://") { url } else { format!("http://{url}") };
        Some(Self { url: Secret::new(url), except: set(["NO_PROXY", "no_proxy"]).unwrap_or_default() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(variables: &[(&str, &str)]) -> Option<(String, String)> {
        let env = |name: &str| {
            variables.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned())
        };
        Proxy::from_variables(&env).map(|proxy| (proxy.url.expose().to_owned(), proxy.except))
    }

    #[test]
    fn only_https_has_a_proxy() {
        let proxy = |url: &str, except: &str| Some((url.to_owned(), except.to_owned()));
        for (variables, expected) in [
            (&[("HTTPS_PROXY", "http://p:3128")][..], proxy("http://p:3128", "")),
            (&[("https_proxy", "p:3128"), ("no_proxy", "a.org")], proxy("http://p:3128", "a.org")),
            (&[("HTTPS_PROXY", " "), ("https_proxy", "http://q")], proxy("http://q", "")),
            (&[("HTTP_PROXY", "http://p"), ("ALL_PROXY", "http://p"), ("all_proxy", "http://p")], None),
            (&[("NO_PROXY", "*")], None),
        ] {
            assert_eq!(of(variables), expected, "{variables:?}");
        }
    }
}
