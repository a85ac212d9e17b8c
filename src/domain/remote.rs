//! The address of a repository: a remote of git's, or a page.

use super::repository::is_name;

/// `owner/name` of a remote's address or of any page of the repository, if it is on this host.
pub fn named(url: &str, host: &str) -> Option<String> {
    let ((place, path), is_page) = match url.split_once("://") {
        Some((scheme, rest)) => (rest.split_once('/')?, scheme.starts_with("http")),
        // As scp has it: git@github.com:owner/name
        None => (url.split_once(':')?, false),
    };
    let place = place.rsplit('@').next()?;
    let is_same = |host: &str| {
        let bare = |text: &str| {
            text.split(':').next().unwrap_or_default().trim_start_matches("www.").to_ascii_lowercase()
        };
        bare(place) == bare(host) || place.eq_ignore_ascii_case(host)
    };
    // GitHub's own door for networks that let nothing else out.
    let is_home = is_same(host) || host == "github.com" && is_same("ssh.github.com");
    let path = path.split(['?', '#']).next()?.trim_matches('/');
    let mut parts = path.split('/').filter(|_| is_home);
    let (owner, name) = (parts.next()?, parts.next()?);
    let name = name.strip_suffix(".git").unwrap_or(name);
    let is_whole = is_page || parts.next().is_none();
    (is_whole && is_name(owner) && is_name(name)).then(|| format!("{owner}/{name}"))
}

/// The same address with the host that ssh goes to: the user's own configuration may give it another name.
pub fn through_ssh(url: &str, host_of: impl Fn(&str) -> Option<String>) -> Option<String> {
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
