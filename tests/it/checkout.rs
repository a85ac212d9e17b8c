//! Checking out a pull request, with a real git.

use std::{
    fs,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
    process::Command,
};

use flowlens::{
    domain::ids::Sha,
    tui::{
        effect::{Checkout, ServiceCall},
        msg::Msg,
    },
};
use tempfile::TempDir;

use crate::own::perform;

/// A repository on a server, and a clone of it in a folder of clones.
struct Place {
    folder: TempDir,
}

impl Place {
    fn new() -> Self {
        let place = Self { folder: tempfile::tempdir().expect("a folder") };
        let (server, author, clone) = (place.path("server"), place.path("author"), place.clone());
        git(None, &["init", "--quiet", "--bare", "-b", "main", &shown(&server)]);
        git(None, &["init", "--quiet", "-b", "main", &shown(&author)]);
        place.commit("README", "hello\n");
        place.push("HEAD:refs/heads/main");
        git(None, &["clone", "--quiet", &shown(&server), &shown(&clone)]);
        git(Some(&clone), &["config", "remote.origin.url", "https://github.com/acme/api.git"]);
        let instead = format!("url.{}.insteadOf", server.display());
        git(Some(&clone), &["config", &instead, "https://github.com/acme/api.git"]);
        place
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn clone(&self) -> PathBuf {
        self.path("clones/api")
    }

    /// The author's next commit.
    fn commit(&self, file: &str, text: &str) -> Sha {
        let author = self.path("author");
        let path = author.join(file);
        fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        fs::write(&path, text).expect("a file");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).expect("its mode");
        git(Some(&author), &["add", "--all"]);
        git(Some(&author), &["commit", "--quiet", "-m", "A change"]);
        Sha::parse(&git(Some(&author), &["rev-parse", "HEAD"])).expect("a commit")
    }

    fn push(&self, what: &str) {
        git(Some(&self.path("author")), &["push", "--quiet", "--force", &shown(&self.path("server")), what]);
    }

    /// A pull request with this commit as its head.
    fn open(&self) {
        self.push("HEAD:refs/pull/421/head");
    }

    fn check_out(&self, pin: &Sha) -> Result<String, String> {
        let checkout = Checkout {
            repository: "acme/api".to_owned(),
            number: 421,
            pin: pin.clone(),
            folder: Some(self.path("clones")),
            hosts: vec!["github.com".to_owned()],
        };
        match perform(ServiceCall::Checkout(7, Box::new(checkout))) {
            Some(Msg::Ended(7, end)) => end.map_err(|why| why.replace(&shown(self.folder.path()), "HERE")),
            other => panic!("{other:?}"),
        }
    }

    fn is_at(&self, branch: &str, commit: &Sha) {
        let clone = self.clone();
        assert_eq!(git(Some(&clone), &["branch", "--show-current"]), branch);
        assert_eq!(git(Some(&clone), &["rev-parse", "HEAD"]), commit.as_str());
        assert_eq!(git(Some(&clone), &["status", "--porcelain"]), "");
    }
}

fn git(at: Option<&Path>, arguments: &[&str]) -> String {
    let mut command = Command::new("git");
    command.args(["-c", "user.name=ana", "-c", "user.email=ana@acme.test", "-c", "init.defaultBranch=main"]);
    command.args(at.map(|at| ["-C".to_owned(), shown(at)]).into_iter().flatten()).args(arguments);
    let done = command.env("GIT_CONFIG_GLOBAL", "/dev/null").output().expect("git");
    assert!(done.status.success(), "git {arguments:?}: {}", String::from_utf8_lossy(&done.stderr));
    String::from_utf8_lossy(&done.stdout).trim().to_owned()
}

fn shown(path: &Path) -> String {
    path.display().to_string()
}

#[test]
fn the_commit_that_was_shown_is_checked_out_and_follows_the_pull_request() {
    let place = Place::new();
    let first = place.commit("src/a", "1\n");
    place.open();
    let said = place.check_out(&first).expect("checked out");
    assert!(said.starts_with(first.short()) && said.ends_with("as pr/421"), "{said}");
    place.is_at("pr/421", &first);
    // Once more, and after a push.
    place.check_out(&first).expect("checked out");
    let second = place.commit("src/a", "2\n");
    place.open();
    git(Some(&place.clone()), &["switch", "--quiet", "main"]);
    place.check_out(&second).expect("checked out");
    place.is_at("pr/421", &second);
}

#[test]
fn what_was_not_seen_and_what_is_ones_own_is_left_alone() {
    let place = Place::new();
    let main = Sha::parse(&git(Some(&place.clone()), &["rev-parse", "HEAD"])).expect("a commit");
    let first = place.commit("src/a", "1\n");
    place.open();
    // The head has moved.
    let second = place.commit("src/a", "2\n");
    place.open();
    let why = place.check_out(&first).unwrap_err();
    let moved = format!("its head is {} by now, and you saw {}", second.short(), first.short());
    assert!(why.starts_with(&moved), "{why}");
    place.is_at("main", &main);
    // Changes that are not committed.
    fs::write(place.clone().join("README"), "mine\n").expect("a file");
    assert_eq!(place.check_out(&second).unwrap_err(), "HERE/clones/api has changes that are not committed");
    assert_eq!(fs::read_to_string(place.clone().join("README")).expect("a file"), "mine\n");
    git(Some(&place.clone()), &["checkout", "--quiet", "README"]);
    // A file that nobody knows is not overwritten.
    fs::create_dir_all(place.clone().join("src")).expect("a folder");
    fs::write(place.clone().join("src/a"), "mine\n").expect("a file");
    assert!(place.check_out(&second).unwrap_err().starts_with("git switch: "));
    assert_eq!(fs::read_to_string(place.clone().join("src/a")).expect("a file"), "mine\n");
    fs::remove_file(place.clone().join("src/a")).expect("a file");
    // Commits of one's own on its branch; a push by force has the same look.
    place.check_out(&second).expect("checked out");
    git(Some(&place.clone()), &["commit", "--quiet", "--allow-empty", "-m", "Mine"]);
    let mine = Sha::parse(&git(Some(&place.clone()), &["rev-parse", "HEAD"])).expect("a commit");
    let why = place.check_out(&second).unwrap_err();
    assert!(why.starts_with("pr/421 in HERE/clones/api has commits that the pull request has not"), "{why}");
    place.is_at("pr/421", &mine);
}

#[test]
fn neither_a_branchs_name_nor_a_hook_of_the_pull_request_runs_anything() {
    let place = Place::new();
    let pwned = place.path("pwned");
    git(Some(&place.clone()), &["config", "core.hooksPath", ".hooks"]);
    for hook in ["post-checkout", "post-merge", "reference-transaction", "pre-commit"] {
        place.commit(&format!(".hooks/{hook}"), &format!("#!/bin/sh\ntouch '{}'\n", pwned.display()));
    }
    let first = place.commit("src/a", "1\n");
    place.open();
    let branch = "refs/heads/--upload-pack=touch${IFS}pwned";
    git(Some(&place.path("server")), &["update-ref", branch, first.as_str()]);
    git(Some(&place.path("server")), &["update-ref", "refs/heads/$(touch${IFS}pwned)", first.as_str()]);
    place.check_out(&first).expect("checked out");
    place.is_at("pr/421", &first);
    // The hooks lie in the work tree by now.
    let second = place.commit("src/a", "2\n");
    place.open();
    place.check_out(&second).expect("checked out");
    place.is_at("pr/421", &second);
    assert!(!pwned.exists() && !place.clone().join("pwned").exists(), "something ran");
}

#[test]
fn another_repositorys_clone_is_not_touched() {
    let place = Place::new();
    let first = place.commit("src/a", "1\n");
    place.open();
    git(Some(&place.clone()), &["config", "remote.origin.url", "https://github.com/acme/web.git"]);
    let why = place.check_out(&first).unwrap_err();
    assert_eq!(why, "no clone of acme/api in HERE/clones/api or HERE/clones/acme/api: clone it there first");
    // Of a fork's clone, the pull requests are upstream; or it lies in its owner's folder.
    git(Some(&place.clone()), &["remote", "add", "upstream", "https://github.com/acme/api.git"]);
    fs::create_dir_all(place.path("clones/acme")).expect("a folder");
    fs::rename(place.clone(), place.path("clones/acme/api")).expect("a folder");
    assert!(place.check_out(&first).expect("checked out").ends_with("clones/acme/api as pr/421"));
    // A folder that is no clone.
    fs::remove_dir_all(place.path("clones/acme/api/.git")).expect("a folder");
    assert!(place.check_out(&first).unwrap_err().starts_with("no clone of acme/api"));
}
