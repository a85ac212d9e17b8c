//! The risk model's words, rules and places, on changes written for each.

mod command;
mod hostile;
mod model;
mod words;

use flowlens::insight::{
    change::Change,
    risk::{Assessment, assess},
    words::{Words, words},
};
use serde_json::{Value, json};

/// A changed file with a patch of one hunk that begins at line 10.
pub(crate) fn file(name: &str, status: &str, hunk: &[&str]) -> Value {
    let lines = |sign: char| hunk.iter().filter(|line| line.starts_with(sign)).count();
    let (added, removed) = (lines('+'), lines('-'));
    let head = format!("@@ -10,{} +10,{} @@", hunk.len() - added, hunk.len() - removed);
    let patch = format!("{head}\n{}", hunk.join("\n"));
    json!({"filename": name, "status": status, "additions": added, "deletions": removed, "patch": patch})
}

/// So many added lines of source, each with a call.
pub(crate) fn lines(n: usize) -> Vec<&'static str> {
    vec!["+    push(x);"; n]
}

pub(crate) fn pull(title: &str, files: &[Value]) -> Value {
    json!({"title": title, "user": {"login": "ann"}, "changed_files": files.len(), "files": files})
}

pub(crate) fn change(title: &str, files: &[Value]) -> Change {
    Change::from_json(&pull(title, files).to_string()).expect("a change")
}

pub(crate) fn said(title: &str, files: &[Value]) -> (Assessment, Words) {
    let change = change(title, files);
    let assessment = assess(&change);
    let words = words(&change, &assessment);
    (assessment, words)
}
