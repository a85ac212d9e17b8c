//! Tells the program its version: the package's, and the commit that it was built from, where git knows it; and the linker
//! the order of its code.

use std::path::Path;
use std::process::Command;

/// The files that make the program: a change in them marks the commit.
const SOURCES: [&str; 5] = ["src", "assets", "build.rs", "Cargo.toml", "Cargo.lock"];

fn main() {
    let version = env!("CARGO_PKG_VERSION");
    let version = commit().map_or_else(|| version.to_owned(), |commit| format!("{version} ({commit})"));
    println!("cargo::rustc-env=FLOWLENS_VERSION={version}");

    order();

    // Without this list, cargo would run us whenever any file changes; with a missing file on it, always.
    // The log of HEAD grows with each commit and checkout, also in a linked work tree.
    let heads = ["HEAD", "logs/HEAD"].map(|name| git(&["rev-parse", "--git-path", name]));
    for path in SOURCES.map(str::to_owned).into_iter().chain(heads.into_iter().flatten()) {
        if Path::new(&path).exists() {
            println!("cargo::rerun-if-changed={path}");
        }
    }
}

/// The order of the code where the program is made for size. Scripts for the linker are known to the usual ones of Linux;
/// who has chosen another has none.
fn order() {
    let variable = |name| std::env::var(name).unwrap_or_default();
    let is_small = matches!(variable("OPT_LEVEL").as_str(), "s" | "z");
    let is_usual =
        variable("RUSTC_LINKER").is_empty() && !variable("CARGO_ENCODED_RUSTFLAGS").contains("link");
    if is_small && is_usual && variable("CARGO_CFG_TARGET_OS") == "linux" {
        println!("cargo::rustc-link-arg-bins=-T{}/assets/seldom.ld", variable("CARGO_MANIFEST_DIR"));
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
