//! The name or the address of a repository, as somebody types it, a config file has it, or git calls its remote.

use super::{
    repository::is_name,
    text::{clean, toml_text, truncate},
};

/// The remotes that are looked at: of a fork's clone, pull requests are upstream.
pub const REMOTES: [&str; 2] = ["upstream", "origin"];

/// What is meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Typed {
    /// `owner/name`.
    Repository(String),
    /// An organisation, or a user: all of its repositories.
    Owner(String),
}

/// Why it names nothing. What was typed may hold a password: [`shown`] tells the rest of it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoTarget {
    #[error(
        "{theirs} is not the GitHub that is read, {ours}; GH_HOST, or url under [github] in the config file, names \
         another one"
    )]
    Elsewhere { theirs: String, ours: String },
    #[error("the repository is {0}: leave out what follows it")]
    Within(String),
    #[error("{0} is an organisation or a user; name one repository, as {0}/REPO")]
    Owner(String),
    #[error("expected {0} for all of its repositories, or {0}/REPO for one")]
    Slash(String),
    #[error("expected OWNER/REPO, an organisation, or an address such as https://{host}/acme/api")]
    Neither { host: String },
}

impl Typed {
    pub fn name(self) -> String {
        match self {
            Self::Repository(name) | Self::Owner(name) => name,
        }
    }
}

/// The one rule for all that names repositories: `owner/name`, an owner for all of its repositories, a pull request of
/// the repository (`acme/api#12`), or any address on this host.
///
/// # Errors
/// It is none of them, or an address elsewhere.
pub fn typed(text: &str, host: &str) -> Result<Typed, NoTarget> {
    read(text, Some(host))
}

/// The same where the name alone matters, on whichever host, and an owner is too much.
///
/// # Errors
/// It is no repository.
pub fn repository(text: &str) -> Result<String, NoTarget> {
    match read(text, None) {
        Ok(Typed::Repository(name)) => Ok(name),
        Ok(Typed::Owner(name)) | Err(NoTarget::Slash(name)) => Err(NoTarget::Owner(name)),
        Err(error) => Err(error),
    }
}

/// Cells of what was typed.
const SHOWN: usize = 60;

/// What was typed, for a message: what stands before an `@` may be a password.
pub fn shown(text: &str) -> String {
    let text = clean(text.trim());
    let rest = text.rsplit_once('@').map(|(_, rest)| format!("…@{rest}"));
    toml_text(&truncate(&rest.unwrap_or(text), SHOWN))
}

fn read(text: &str, host: Option<&str>) -> Result<Typed, NoTarget> {
    let text = text.trim();
    let neither = || NoTarget::Neither { host: host.unwrap_or("github.com").to_owned() };
    let Some(Address { place, path, is_page }) = Address::read(text, host.unwrap_or_default()) else {
        // Of a repository whose name is missing, all of the owner's would be far too much.
        if let Some(owner) = text.strip_suffix('/').filter(|owner| is_name(owner)) {
            return Err(NoTarget::Slash(owner.to_owned()));
        }
        return target(text, false).map_err(|within| within.map_or_else(neither, NoTarget::Within));
    };
    let theirs = place.rsplit('@').next().unwrap_or_default();
    let Some(ours) = host.filter(|host| !is_home(theirs, host)) else {
        return target(path, is_page).map_err(|_no_target| neither());
    };
    let is_host =
        theirs.contains('.') && theirs.chars().all(|c| c.is_ascii_alphanumeric() || ".-:".contains(c));
    Err(if is_host {
        NoTarget::Elsewhere { theirs: theirs.to_ascii_lowercase(), ours: ours.to_owned() }
    } else {
        neither()
    })
}

/// `owner/name` of a remote's address or of any page of the repository, if it is on this host.
pub fn named(url: &str, host: &str) -> Option<String> {
    match typed(url, host) {
        Ok(Typed::Repository(name)) if url.contains(':') => Some(name),
        Ok(Typed::Repository(_) | Typed::Owner(_)) | Err(_) => None,
    }
}

/// The same of a remote, whose host may be a name that only ssh knows.
pub fn remote(url: &str, host: &str, ssh_host: impl Fn(&str) -> Option<String>) -> Option<String> {
    named(url, host).or_else(|| named(&through_ssh(url, ssh_host)?, host))
}

/// An address in its parts.
struct Address<'a> {
    /// The host, perhaps with a login before it and a port behind.
    place: &'a str,
    path: &'a str,
    /// It may lead to a page of the repository.
    is_page: bool,
}

impl<'a> Address<'a> {
    fn read(text: &'a str, host: &str) -> Option<Self> {
        if let Some((scheme, rest)) = text.split_once("://") {
            let (place, path) = rest.split_once('/').unwrap_or((rest, ""));
            let path = path.trim_start_matches('/');
            return Some(Self { place, path, is_page: scheme.starts_with("http") });
        }
        // As a browser shows it. No owner has a dot in its name.
        if let Some((place, path)) = text.split_once('/')
            && (place.contains('.') || place.eq_ignore_ascii_case(host))
            && !place.contains('@')
            && !place.trim_matches('.').is_empty()
        {
            return Some(Self { place, path, is_page: true });
        }
        // As scp has it: git@github.com:owner/name
        let (place, path) = text.split_once(':')?;
        Some(Self { place, path: path.trim_start_matches('/'), is_page: false })
    }
}

/// Whether a host is this one.
fn is_home(theirs: &str, host: &str) -> bool {
    let bare = |text: &str| {
        text.split(':').next().unwrap_or_default().trim_start_matches("www.").to_ascii_lowercase()
    };
    let is_same = |host: &str| bare(theirs) == bare(host);
    // GitHub's own door for networks that let nothing else out.
    is_same(host) || host == "github.com" && is_same("ssh.github.com")
}

/// What a path leads to; else the repository that a page is of, if it is one.
fn target(path: &str, is_page: bool) -> Result<Typed, Option<String>> {
    let path = path.split(['?', '#']).next().unwrap_or_default().trim_end_matches('/');
    let mut parts = path.split('/');
    let mut name = || parts.next().map(|part| part.strip_suffix(".git").unwrap_or(part));
    match (name(), name(), name()) {
        (Some("orgs"), Some(owner), _) if is_page && is_name(owner) => Ok(Typed::Owner(owner.to_owned())),
        (Some(owner), None, _) if is_name(owner) => Ok(Typed::Owner(owner.to_owned())),
        (Some(owner), Some(name), more) if is_name(owner) && is_name(name) => {
            let name = format!("{owner}/{name}");
            if is_page || more.is_none() { Ok(Typed::Repository(name)) } else { Err(Some(name)) }
        }
        _ => Err(None),
    }
}

/// The same address with the host that ssh goes to: the user's own configuration may give it another name.
fn through_ssh(url: &str, host_of: impl Fn(&str) -> Option<String>) -> Option<String> {
    let (place, path) = match url.split_once("://") {
        Some(("ssh", rest)) => rest.split_once('/')?,
        Some(_) => return None,
        None => url.split_once(':')?,
    };
    let alias = place.rsplit('@').next()?.split(':').next()?;
    Some(format!("git@{}:{path}", host_of(alias)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_typed_is_taken_or_refused_with_what_helps() {
        let of = |text: &str| match typed(text, "github.com") {
            Ok(Typed::Repository(name)) => name,
            Ok(Typed::Owner(name)) => format!("all of {name}"),
            Err(error) => error.to_string(),
        };
        for text in [
            "acme/api",
            " acme/api/ ",
            "acme/api#3",
            "acme/api.git",
            "github.com/acme/api",
            "GitHub.com/acme/api/pull/3/files",
            "http://github.com/acme/api",
            "https://github.com/acme/api/pull/3#discussion_r1",
            "git@github.com:acme/api.git",
            "ssh://git@github.com/acme/api.git",
        ] {
            assert_eq!(of(text), "acme/api", "{text}");
        }
        for text in ["acme", "https://github.com/acme/", "https://github.com/orgs/acme/repositories"] {
            assert_eq!(of(text), "all of acme", "{text}");
        }
        for text in
            ["https://ana:hunter2@GitLab.com/acme/api", "git@gitlab.com:acme/api", "gitlab.com/acme/api"]
        {
            let said = of(text);
            assert!(
                said.starts_with("gitlab.com is not the GitHub that is read, github.com; GH_HOST"),
                "{said}"
            );
            assert!(!said.contains("hunter2"), "{said}");
        }
        assert_eq!(of("acme/"), "expected acme for all of its repositories, or acme/REPO for one");
        assert_eq!(of("acme/api/pulls"), "the repository is acme/api: leave out what follows it");
        for text in [
            "",
            "/",
            "acme api",
            "/api/x",
            "../api",
            "./api",
            "https://",
            "https://github.com",
            "x:y:z",
            "a:hunter2@b",
        ] {
            assert!(of(text).starts_with("expected OWNER/REPO"), "{text}: {}", of(text));
        }
        assert_eq!(typed("127.0.0.1:8080/a/b", "127.0.0.1:8080"), Ok(Typed::Repository("a/b".to_owned())));
        for text in ["acme/api", "https://git.acme.test/acme/api/pull/3", "git@work:acme/api.git"] {
            assert_eq!(repository(text), Ok("acme/api".to_owned()), "{text}");
        }
        for text in ["https://github.com/acme", "acme/"] {
            assert_eq!(repository(text), Err(NoTarget::Owner("acme".to_owned())), "{text}");
        }
    }

    #[test]
    fn what_was_typed_is_told_without_a_password_and_clean() {
        for (text, told) in [
            (" acme api ", "\"acme api\""),
            ("https://ana:hunter2@gitlab.com/a b", "\"…@gitlab.com/a b\""),
            ("acme:hunter2@", "\"…@\""),
            ("ac\u{1b}[31m\u{202e}me\"", "\"ac[31mme\\\"\""),
        ] {
            assert_eq!(shown(text), told);
        }
        assert!(shown(&"a".repeat(999)).chars().count() < 70);
    }

    #[test]
    fn addresses_of_remotes_are_read_in_each_form() {
        for url in [
            "https://github.com/acme/api.git",
            "https://github.com/acme/api",
            "https://ana:secret@github.com/acme/api/",
            "git@github.com:acme/api.git",
            "ssh://git@github.com/acme/api.git",
            "ssh://git@ssh.github.com:443/acme/api.git",
            "git://www.github.com/acme/api",
            "https://github.com/acme/api/pull/12",
            "https://github.com/acme/api/pull/12/files?w=1#diff-0",
            "https://github.com/acme/api?tab=readme",
        ] {
            assert_eq!(named(url, "github.com").as_deref(), Some("acme/api"), "{url}");
        }
        for url in [
            "https://gitlab.com/acme/api",
            "/srv/git/api.git",
            "../api",
            "https://github.com/acme",
            "x:y:z",
            "git@github.com:acme/api/pull",
        ] {
            assert_eq!(named(url, "github.com"), None, "{url}");
        }
        assert_eq!(named("git@git.acme.test:a/b.git", "git.acme.test:8443").as_deref(), Some("a/b"));
        assert_eq!(named("http://127.0.0.1:8080/a/b", "127.0.0.1:8080").as_deref(), Some("a/b"));
    }
}
