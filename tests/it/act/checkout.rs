//! Checking out from the dashboard, in a terminal, with a real git.

use std::{fs, process::Command};

use super::dashboard::{menu, open};
use crate::{
    support::{PATIENCE, program},
    sync::{Trial, world},
};

/// ssh itself finds its configuration by the user, not by HOME; its place is taken here.
#[test]
fn a_clone_is_found_by_a_host_that_only_ssh_knows() {
    let mut world = world();
    let at = world.add_repository("acme/api");
    world.add_pull(at, "Renew the tokens");
    let trial = Trial::new(world);
    let home = trial.home.path();
    let git = |folder: &str, args: &[&str]| {
        let mut git = Command::new("git");
        git.args(["-c", "user.name=ana", "-c", "user.email=ana@acme.test"]).args(args);
        let done = git.current_dir(home.join(folder)).env("HOME", home).output().expect("git");
        assert!(done.status.success(), "{args:?}: {done:?}");
    };
    // A server, of which GitHub does not know this head.
    git("", &["init", "-q", "server"]);
    git("server", &["commit", "-q", "--allow-empty", "-m", "A change"]);
    git("server", &["update-ref", "refs/pull/1/head", "HEAD"]);
    git("", &["init", "-q", "clones/api"]);
    git("clones/api", &["remote", "add", "origin", "git@work:acme/api.git"]);
    let server = format!("url.{}.insteadOf", home.join("server").display());
    git("clones/api", &["config", &server, "git@work:acme/api.git"]);
    let clones = home.join(".config/flowlens/config.toml");
    fs::create_dir_all(clones.parent().expect("a folder")).expect("a folder");
    fs::write(clones, "[github]\ncheckouts = \"~/clones\"\n").expect("a file");
    fs::create_dir(home.join("bin")).expect("a folder");
    let says = "[ \"$*\" = '-G -- work' ] && printf 'host work\\nuser git\\nhostname 127.0.0.1\\n'\n";
    program::write(&home.join("bin/ssh"), says);
    let path = format!("{}:{}", home.join("bin").display(), std::env::var("PATH").expect("a path"));

    let mut pty = open(&trial, &[], &[("PATH", &path)]);
    menu(&mut pty, "a");
    pty.keys("o");
    pty.wait_for("Check out here: acme/api#1?", PATIENCE);
    pty.keys("y");
    pty.wait_for("look at that first", PATIENCE);
}
