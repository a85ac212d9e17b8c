//! Tells the program its version: the package's, and the commit that it was built from, where git knows it. Tells the
//! linker which code of a small program (`dist`) stands together.

use std::path::{Path, PathBuf};
use std::process::Command;

/// The files that make the program: a change in them marks the commit.
const SOURCES: [&str; 5] = ["src", "assets", "build.rs", "Cargo.toml", "Cargo.lock"];

/// Modules and crates whose code a board that is only looked at does not run.
///
/// The system maps 64 kB of a program around each page that is run. With this code between the board's own, nearly all of
/// it came to stand in the memory of each board.
const SELDOM: [&str; 71] = [
    "addr2line",
    "aho_corasick",
    "axum",
    "axum_core",
    "backtrace",
    "clap_builder::error",
    "clap_builder::output",
    "clap_complete",
    "clap_mangen",
    "color_eyre",
    "core::future::poll_fn",
    "core::slice::sort::stable",
    "csv",
    "csv_core",
    "flowlens::commands::config",
    "flowlens::commands::db",
    "flowlens::commands::demo",
    "flowlens::commands::github",
    "flowlens::commands::hook",
    "flowlens::commands::inbox",
    "flowlens::commands::insight",
    "flowlens::commands::risk",
    "flowlens::commands::serve",
    "flowlens::commands::status",
    "flowlens::commands::sync",
    "flowlens::commands::worker",
    "flowlens::demo",
    "flowlens::domain::log",
    "flowlens::facts",
    "flowlens::github",
    "flowlens::http",
    "flowlens::insight",
    "flowlens::panics",
    "flowlens::report",
    "flowlens::serve",
    "flowlens::store::engine::session",
    "flowlens::store::engine::sqlite",
    "flowlens::store::inbox",
    "flowlens::store::insights",
    "flowlens::store::migrate",
    "flowlens::store::sync",
    "flowlens::store::write",
    "flume",
    "gimli",
    "http",
    "http_body",
    "http_body_util",
    "httparse",
    "hyper",
    "hyper_rustls",
    "hyper_util",
    "idna",
    "lzma_rust2",
    "matchit",
    "miniz_oxide",
    "nucleo_matcher",
    "object",
    "open",
    "prometheus_client",
    "regex",
    "regex_automata",
    "regex_syntax",
    "reqwest",
    "roff",
    "rustc_demangle",
    "serde_core::de::impls",
    "sqlx_sqlite",
    "toml_writer",
    "tower",
    "tower_http",
    "tui_input",
];

fn main() -> std::io::Result<()> {
    lay_out()?;
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
    Ok(())
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

/// Has the linker put the code that seldom runs behind the other. Only in `dist`, which is made for size, and where
/// linkers know it: an odd one need not build what nobody ships.
fn lay_out() -> std::io::Result<()> {
    let is = |variable: &str, wanted: &str| std::env::var(variable).is_ok_and(|value| value == wanted);
    if !is("OPT_LEVEL", "z") || !is("CARGO_CFG_TARGET_OS", "linux") {
        return Ok(());
    }
    let script = PathBuf::from(std::env::var_os("OUT_DIR").unwrap_or_default()).join("seldom.ld");
    // SQLite's is C: it stands in a library of its own.
    let sections: Vec<_> = SELDOM.iter().map(|path| format!("*({})", sections(path))).collect();
    let sections = format!("{}\n*libsqlite3_sys*:*(.text .text.*)", sections.join("\n"));
    let text = format!("SECTIONS {{\n.text.seldom : {{\n{sections}\n}}\n}}\nINSERT AFTER .text;\n");
    std::fs::write(&script, text)?;
    println!("cargo::rustc-link-arg-bins=-T{}", script.display());
    Ok(())
}

/// The names of the sections in which the compiler puts the functions of a module or crate, and its types' own of traits:
/// each function has one, named by its symbol (`_ZN3csv6reader4read17h…`, the newer way `_RNvNtCs…_3csv6reader4read`).
fn sections(path: &str) -> String {
    let parts = path.split("::").map(|part| format!("{}{part}", part.len())).collect::<Vec<_>>().concat();
    let dots = path.replace("::", "..");
    format!(".text._ZN{parts}* .text._ZN??*_$LT${dots}..* .text._R*_{parts}?*")
}
