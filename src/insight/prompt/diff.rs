//! The diff, packed into a budget: whole files as long as they fit, the rest cut at the borders of hunks.

use std::cmp::Reverse;

use serde_json::Value;

use super::{block, joined, line};
use crate::{
    domain::assessment::Focus,
    insight::digest::{file::lines, path::Kind},
};

/// Bytes with which no file is begun.
const LEAST: usize = 128;

struct File {
    kind: Kind,
    /// Its name, cleaned, with its lines: `src/a.rs (+10 −2)`.
    name: String,
    /// Place among the focus files, then by kind, then the larger first.
    rank: (usize, u8, Reverse<u64>),
    patch: Option<String>,
}

/// The files, riskiest first.
pub(super) struct Diff(Vec<File>);

impl Diff {
    /// Reads GitHub's array; a text that is none is a diff without files.
    pub(super) fn of(files_json: Option<&str>, focus: &[Focus]) -> Self {
        let value = files_json.and_then(|text| serde_json::from_str(text).ok());
        // Some services store the list as a string of JSON.
        let list = match value {
            Some(Value::String(text)) => serde_json::from_str(&text).ok(),
            other => other,
        };
        let Some(Value::Array(list)) = list else { return Self(Vec::new()) };
        let mut files: Vec<File> = list.into_iter().filter_map(|entry| File::read(entry, focus)).collect();
        files.sort_by_key(|file| file.rank);
        Self(files)
    }

    /// Adds what fits into `room` bytes to `out`, then the names of what does not; gives all of these.
    pub(super) fn pack(self, room: usize, out: &mut String) -> Vec<String> {
        // An eighth is for the names of what is left out.
        let mut left = (room - room / 8).saturating_sub(64);
        let mut omitted = Vec::new();
        let mut packed = String::new();
        for File { kind, name, patch, .. } in self.0 {
            let why = match &patch {
                _ if kind == Kind::Generated => "generated".to_owned(),
                _ if kind == Kind::Asset => "not text".to_owned(),
                None => "without a patch".to_owned(),
                Some(_) if left < LEAST => "no room".to_owned(),
                Some(patch) => match fitting(&name, &block(patch), left) {
                    Ok(text) => {
                        left -= text.len();
                        packed += &text;
                        continue;
                    }
                    Err(Cut { text, shown, hunks }) => {
                        left -= text.len();
                        packed += &text;
                        if shown == 0 {
                            "no room".to_owned()
                        } else {
                            format!("{shown} of {hunks} hunks sent")
                        }
                    }
                },
            };
            omitted.push(format!("{name}: {why}"));
        }
        if !packed.is_empty() {
            *out += "\nDiff, riskiest files first:\n";
            *out += &packed;
        }
        list(&omitted, (room / 8).saturating_sub(64), out);
        omitted
    }
}

/// Names what is left out, as far as there is room.
fn list(omitted: &[String], room: usize, out: &mut String) {
    if omitted.is_empty() {
        return;
    }
    let mut lines = vec!["\nNot shown, or not whole:".to_owned()];
    let mut left = room;
    for (n, entry) in omitted.iter().enumerate() {
        // One name always fits: it is short.
        if n > 0 && entry.len() > left {
            lines.push(format!("- and {} more", omitted.len() - n));
            break;
        }
        left = left.saturating_sub(entry.len() + 3);
        lines.push(format!("- {entry}"));
    }
    *out += &joined(lines);
}

/// What a file that does not fit comes to.
struct Cut {
    text: String,
    shown: usize,
    hunks: usize,
}

/// The file's part of the diff, in at most `room` bytes.
fn fitting(name: &str, patch: &str, room: usize) -> Result<String, Cut> {
    let whole = format!("\nFile {name}\n{}\n", patch.trim_end_matches('\n'));
    if whole.len() <= room {
        return Ok(whole);
    }
    let hunks = hunks(patch);
    let head = format!("\nFile {name}\n");
    // Less the sentence at its end.
    let mut left = room.saturating_sub(head.len() + 64);
    let fits = |hunk: &&&str| {
        let fits = hunk.len() < left;
        left = left.saturating_sub(hunk.len() + 1);
        fits
    };
    let shown = hunks.iter().take_while(fits).count();
    let text = match hunks.get(..shown) {
        Some([]) | None => String::new(),
        Some(kept) => format!("{head}{}\n[cut here: {shown} of {} hunks]\n", kept.join("\n"), hunks.len()),
    };
    Err(Cut { text, shown, hunks: hunks.len() })
}

/// The hunks of a patch, each without its last line end; what stands before the first header is one, too.
fn hunks(patch: &str) -> Vec<&str> {
    let starts = patch.match_indices("\n@@").map(|(at, _)| at);
    let mut found = Vec::new();
    let mut from = 0;
    for at in starts.chain(Some(patch.len())) {
        found.extend(patch.get(from..at).filter(|hunk| !hunk.is_empty()));
        from = at + 1;
    }
    found
}

impl File {
    fn read(mut entry: Value, focus: &[Focus]) -> Option<Self> {
        let named = ["filename", "path"].iter().find_map(|key| entry.get(key)?.as_str());
        let full = named.or(entry.as_str()).filter(|path| !path.is_empty())?.to_owned();
        let count = |key| entry.get(key).and_then(lines).unwrap_or_default();
        let (added, removed) = (count("additions"), count("deletions"));
        let kind = Kind::of(&full);
        // Focus files are named by their cleaned paths.
        let seen = crate::domain::text::clean(&full);
        let place = focus.iter().position(|entry| entry.file == seen).unwrap_or(focus.len());
        let order = match kind {
            Kind::Source => 0,
            Kind::Test => 1,
            _ => 2,
        };
        let name = format!("{} (+{added} −{removed})", line(&full));
        let patch = match entry.get_mut("patch").map(Value::take) {
            Some(Value::String(text)) => Some(text),
            _ => None,
        };
        Some(Self { kind, name, rank: (place, order, Reverse(added + removed)), patch })
    }
}
