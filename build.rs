//! Tells the program its version: the package's, and the commit that it was built from, where git knows it.

use std::path::Path;
use std::process::Command;

/// The files that make the program: a change in them marks the commit.
const SOURCES: [&str; 5] = ["src", "assets", "build.rs", "Cargo.toml", "Cargo.lock"];

fn main() {
    let version = env!("CARGO_PKG_VERSION");
    let version = commit().map_or_else(|| version.to_owned(), |commit| format!("{version} ({commit})"));
    println!("cargo::rustc-env=FLOWLENS_VERSION={version}");

    // Without this list, cargo would run us whenever any file changes; with a missing file on it, always.
    // The log of HEAD grows with each commit and checkout, also in a linked work tree.
    let heads = ["HEAD", "logs/HEAD"].map(|name| git(&["rev-parse", "--git-path", name]));
    for path in SOURCES.map(str::to_owned).into_iter().chain(heads.into_iter().flatten()) {
        if Path::new(&path).exists() {
            println!("cargo::rerun-if-changed={path}");
        }
    }
}

/// Commit and date, such as `f2e99c5 2026-11-25`; `f2e99c5+` where the sources are not the commit's.
fn commit() -> Option<String> {
    let shown = git(&["show", "--no-patch", "--no-show-signature", "--format=%h %cs"])?;
    let (hash, date) = shown.split_once(' ')?;
    let changed = git(&[&["diff", "--quiet", "HEAD", "--"], &SOURCES[..]].concat()).is_none();
    Some(format!("{hash}{} {date}", if changed { "+" } else { "" }))
}

/// What git answers about this repository. Nothing for an unpacked crate, which may lie in somebody's repository.
fn git(arguments: &[&str]) -> Option<String> {
    if !Path::new(".git").exists() {
        return None;
    }
    let output = Command::new("git").env("GIT_OPTIONAL_LOCKS", "0").args(arguments).output().ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
}
