//! What packagers and shells ask of the program: manual pages, completions, the version.

use std::{collections::BTreeSet, fs, io::Write as _, path::Path, process};

use flowlens::cli::definition;

use crate::support::cli::{run, run_in};

/// The names of all commands, joined as pages are named: `flowlens-db-check`.
fn names(command: &clap::Command, name: &str, all: &mut BTreeSet<String>) {
    for inner in command.get_subcommands() {
        names(inner, &format!("{name}-{}", inner.get_name()), all);
    }
    all.insert(name.to_owned());
}

#[test]
fn each_command_has_a_manual_page() {
    let home = tempfile::tempdir().unwrap();
    for _ in 0..2 {
        let answer = run_in(home.path(), &["man", "share/man1"], &[]);
        assert_eq!(answer.to_string(), "exit status: 0\n--- stdout\n\n--- stderr\n");
    }
    let folder = home.path().join("share/man1");
    let files = fs::read_dir(&folder).unwrap().map(|file| file.unwrap().file_name().into_string().unwrap());
    let mut wanted = BTreeSet::new();
    names(&definition(), "flowlens", &mut wanted);
    assert!(wanted.contains("flowlens-risk-evaluate"));
    assert_eq!(files.collect::<BTreeSet<_>>(), wanted.iter().map(|name| format!("{name}.1")).collect());
    let page = fs::read_to_string(folder.join("flowlens-status.1")).unwrap();
    for text in [
        ".TH flowlens-status 1",
        "\"FlowLens 0.",
        "\\fBflowlens status\\fR [OPTIONS]\n",
        "\\-\\-fail\\-on",
        "\\-\\-database\\-url",
        ".SH EXAMPLES\n.nf\nflowlens status",
        ".SH \"EXIT CODES\"\n.nf\n0    all went well\n",
        ".SH \"SEE ALSO\"\n\\fBflowlens\\fR(1)\n",
    ] {
        assert!(page.contains(text), "{text}\n{page}");
    }
    let inner = fs::read_to_string(folder.join("flowlens-db-check.1")).unwrap();
    assert!(inner.ends_with(".SH \"SEE ALSO\"\n\\fBflowlens\\-db\\fR(1)\n"), "{inner}");
}

#[test]
fn a_folder_that_cannot_be_is_named() {
    let home = tempfile::tempdir().unwrap();
    fs::write(home.path().join("taken"), "").unwrap();
    let answer = run_in(home.path(), &["man", "taken"], &[]);
    assert_eq!(answer.status.code(), Some(1));
    assert!(answer.stderr.starts_with("flowlens: cannot write the output: taken: "), "{answer}");
}

#[test]
fn five_shells_can_complete() {
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        let answer = run(&["completions", shell], &[]);
        assert!(answer.status.success() && answer.stdout.contains("fail-on"), "{answer}");
    }
    assert_eq!(run(&["completions", "tcsh"], &[]).status.code(), Some(2));
}

#[test]
fn bash_takes_its_completions() {
    let script = run(&["completions", "bash"], &[]).stdout;
    let ask = "\nCOMP_WORDS=(flowlens db ch) COMP_CWORD=2\n_flowlens flowlens ch db\nprintf '%s\\n' \"${COMPREPLY[@]}\"\n";
    let mut bash = process::Command::new("bash");
    let mut bash = bash.stdin(process::Stdio::piped()).stdout(process::Stdio::piped()).spawn().unwrap();
    bash.stdin.take().unwrap().write_all((script + ask).as_bytes()).unwrap();
    assert_eq!(String::from_utf8(bash.wait_with_output().unwrap().stdout).unwrap(), "check\n");
}

#[test]
fn only_a_path_is_completed_with_files() {
    let script = run(&["completions", "zsh"], &[]).stdout;
    for word in ["filter=[", "limit=[", "database-url=[", "interval=[", "target -- "] {
        let lines: Vec<_> = script.lines().filter(|line| line.contains(word)).collect();
        assert!(!lines.is_empty() && lines.iter().all(|line| line.ends_with(":' \\")), "{word} {lines:#?}");
    }
    for file in ["config=[", "log-file=[", "theme=[", "--file=[", "':dir -- "] {
        let lines: Vec<_> = script.lines().filter(|line| line.contains(file)).collect();
        assert!(!lines.is_empty() && lines.iter().all(|line| line.contains(":_files")), "{file} {lines:#?}");
    }
}

#[test]
fn the_version_names_the_commit() {
    let answer = run(&["--version"], &[]);
    let version = concat!("flowlens ", env!("CARGO_PKG_VERSION"));
    let rest = answer.stdout.strip_prefix(version).unwrap_or_else(|| panic!("{answer}"));
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut git = process::Command::new("git");
    let has_git = root.join(".git").exists()
        && git
            .current_dir(root)
            .args(["rev-parse", "HEAD"])
            .output()
            .is_ok_and(|output| output.status.success());
    if has_git {
        let shape = regex::Regex::new(r"^ \([0-9a-f]{7,40}\+? \d{4}-\d\d-\d\d\)\n$").unwrap();
        assert!(shape.is_match(rest), "{answer}");
    } else {
        assert_eq!(rest, "\n");
    }
}
