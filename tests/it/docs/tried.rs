//! What a page has its reader try, run as it stands there.

use std::{
    fs::{self, File},
    path::Path,
    process::{Child, Command, Stdio},
};

use super::pages;
use crate::support::{
    PATIENCE,
    cli::{PROGRAM, environment},
    eventually,
};

/// A shell's commands, with the program on its path.
fn shell(home: &Path, commands: &str) -> Command {
    let folder = Path::new(PROGRAM).parent().expect("a folder").display();
    let path = std::env::var("PATH").unwrap_or_default();
    let mut shell = Command::new("sh");
    shell.args(["-ec", commands]).env_clear().envs(environment(home)).env("PATH", format!("{folder}:{path}"));
    shell
}

/// A receiver; it ends with its value.
struct Receiver(Child);

impl Drop for Receiver {
    fn drop(&mut self) {
        self.0.kill().and_then(|()| self.0.wait()).expect("ended");
    }
}

#[test]
fn a_receiver_is_tried_without_github() {
    let pages = pages();
    let page = pages.iter().find(|page| page.name == "docs/serve.md").expect("the page");
    let home = tempfile::tempdir().expect("a folder");
    let file = home.path().join("try.db").display().to_string();
    let blocks: Vec<String> = page
        .blocks
        .iter()
        .filter(|(language, text)| language == "sh" && text.contains("/tmp/flowlens-try.db"))
        .map(|(_, text)| text.replace("/tmp/flowlens-try.db", &file))
        .collect();
    let [serving, trying] = <[String; 2]>::try_from(blocks).expect("two terminals");

    let log = home.path().join("log");
    let serving =
        serving.replace("127.0.0.1:8787", "127.0.0.1:0").replace("flowlens serve", "exec flowlens serve");
    let mut shell_of_it = shell(home.path(), &serving);
    shell_of_it.stdin(Stdio::null()).stderr(File::create(&log).expect("a file"));
    let _receiver = Receiver(shell_of_it.spawn().expect("sh"));
    let address = eventually(PATIENCE, || {
        let log = fs::read_to_string(&log).expect("a log");
        Some(log.split_once("listening on http://")?.1.split_once("/webhook")?.0.to_owned())
    });
    let trying = trying.replace("127.0.0.1:8787", &address.expect("an address"));

    let tried = || {
        let output = shell(home.path(), &trying).stdin(Stdio::null()).output().expect("sh");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).expect("text")
    };
    let first = tried();
    assert!(first.contains(" 202 ") && first.contains("kept"), "{first}");
    let is_shown = || {
        let again = tried();
        assert!(again.contains(" 200 ") && again.contains("known already"), "{again}");
        (again.contains(" done ") && again.contains("Try the receiver")).then_some(())
    };
    assert!(eventually(PATIENCE, is_shown).is_some(), "it is not on the board");
}
