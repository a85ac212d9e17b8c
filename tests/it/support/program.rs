//! Programs that a test writes and then runs.

use std::{
    io::Write as _,
    path::Path,
    process::{Command, Stdio},
};

/// Writes a program for `/bin/sh`, through another process: what this one has open for writing, a child that another test
/// starts at that moment holds for an instant, too, and nobody may run it then (`ETXTBSY`).
pub(crate) fn write(path: &Path, text: &str) {
    let mut shell = Command::new("/bin/sh")
        .args(["-c", r#"cat >"$0" && chmod 700 "$0""#])
        .arg(path)
        .stdin(Stdio::piped())
        .spawn()
        .expect("a shell");
    let mut content = shell.stdin.take().expect("a pipe");
    write!(content, "#!/bin/sh\n{text}").expect("a program");
    drop(content);
    assert!(shell.wait().expect("an end").success(), "{}", path.display());
}
