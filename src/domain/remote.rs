//! The address of a remote of git's.

use super::repository::is_name;

/// `owner/name` of a remote's address, if it is on this host.
pub fn named(url: &str, host: &str) -> Option<String> {
    let (place, path) = match url.split_once("://") {
        Some((_, rest)) => rest.split_once('/')?,
        // As scp has it: git@github.com:owner/name
        None => url.split_once(':')?,
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
    let path = path.trim_matches('/');
    let path = path.strip_suffix(".git").unwrap_or(path);
    let (owner, name) = path.split_once('/').filter(|_| is_home)?;
    (is_name(owner) && is_name(name)).then(|| format!("{owner}/{name}"))
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
        ] {
            assert_eq!(named(url, "github.com").as_deref(), Some("acme/api"), "{url}");
        }
        for url in
            ["https://gitlab.com/acme/api", "/srv/git/api.git", "../api", "https://github.com/acme", "x:y:z"]
        {
            assert_eq!(named(url, "github.com"), None, "{url}");
        }
        assert_eq!(named("git@git.acme.test:a/b.git", "git.acme.test:8443").as_deref(), Some("a/b"));
        assert_eq!(named("http://127.0.0.1:8080/a/b", "127.0.0.1:8080").as_deref(), Some("a/b"));
    }
}
