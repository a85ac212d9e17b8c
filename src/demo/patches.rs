//! Files with patches that look real. Hunk headers are counted, not written, so they are always right.

mod files;
mod risky;

use serde_json::{Value, json};

use self::files::{
    CARGO, DOCS, GENERATED, INFRA, MOVED, PACKAGE_JSON, README, RUST, SQL, TYPESCRIPT, VERSIONS,
};
use crate::domain::files::{Files, Spot, line_numbers};

use super::{
    random::Dice,
    repos::{Kind, REPOS},
    words::Topic,
};

/// A change of one file; `{part}`, `{Part}`, `{old}` and so on are filled in.
#[derive(Debug)]
pub(super) struct Template {
    path: &'static str,
    status: &'static str,
    /// First line in the old file, what stands behind the second `@@`, lines.
    hunks: &'static [(usize, &'static str, &'static str)],
    /// Lines added and removed where the patch is too large to be sent.
    large: Option<(usize, usize)>,
}

/// What a pull request changes.
#[derive(Clone, Debug)]
pub(super) struct Changes(Vec<&'static Template>);

impl Changes {
    /// What fits the topic.
    pub(super) fn new(repo: usize, topic: &Topic, dice: &mut Dice) -> Self {
        let kind = REPOS[repo].kind;
        if topic.bump.is_some() {
            return Self(match kind {
                Kind::Rust => CARGO.iter().collect(),
                Kind::TypeScript => PACKAGE_JSON.iter().collect(),
                Kind::Infra => VERSIONS.iter().collect(),
            });
        }
        if topic.part == "readme" {
            return Self(vec![&README]);
        }
        let mut changes = Self(Vec::new());
        if topic.branch.starts_with("docs/") {
            changes.0.push(&DOCS);
            return changes;
        }
        for _ in 0..dice.between(1, 6) {
            changes.grow(repo, dice);
        }
        if dice.percent(30) {
            changes.add(dice.pick(match kind {
                Kind::Rust => risky::RUST,
                Kind::TypeScript => risky::TYPESCRIPT,
                Kind::Infra => risky::INFRA,
            }));
        }
        if kind == Kind::Rust && dice.percent(25) {
            changes.add(dice.pick(SQL));
        }
        if kind == Kind::Rust && topic.branch.starts_with("refactor/") {
            changes.add(&MOVED);
        }
        if kind != Kind::Infra && dice.percent(12) {
            changes.add(&GENERATED);
        }
        if dice.percent(15) {
            changes.add(&DOCS);
        }
        changes
    }

    /// Another file, as pushes bring it.
    pub(super) fn grow(&mut self, repo: usize, dice: &mut Dice) {
        let pool = match REPOS[repo].kind {
            Kind::Rust => RUST,
            Kind::TypeScript => TYPESCRIPT,
            Kind::Infra => INFRA,
        };
        self.add(dice.pick(pool));
    }

    fn add(&mut self, template: &'static Template) {
        if !self.0.iter().any(|other| other.path == template.path) {
            self.0.push(template);
        }
    }

    /// Files, lines added, lines removed.
    pub(super) fn size(&self) -> (usize, usize, usize) {
        self.0.iter().fold((0, 0, 0), |(files, plus, minus), template| {
            let (added, removed) = template.lines();
            (files + 1, plus + added, minus + removed)
        })
    }

    /// A line that it adds to one of its files.
    pub(super) fn spot(&self, topic: &Topic) -> Option<Spot> {
        let Files::Known(files) = Files::parse(Some(&self.json(topic).to_string())) else { return None };
        files.into_iter().find_map(|file| {
            let rows = file.patch.as_deref()?;
            let numbers = line_numbers(rows);
            let line =
                rows.iter().zip(numbers).filter(|(row, _)| row.starts_with('+')).find_map(|(_, n)| n)?;
            Some(Spot { file: file.path, line: Some(line) })
        })
    }

    /// As GitHub sends them.
    pub(super) fn json(&self, topic: &Topic) -> Value {
        self.0.iter().map(|template| template.json(topic)).collect()
    }
}

impl Template {
    fn lines(&self) -> (usize, usize) {
        self.large.unwrap_or_else(|| {
            let count = |sign| {
                self.hunks.iter().flat_map(|hunk| hunk.2.split('\n')).filter(|l| l.starts_with(sign)).count()
            };
            (count('+'), count('-'))
        })
    }

    fn json(&self, topic: &Topic) -> Value {
        let (added, removed) = self.lines();
        let mut file = json!({
            "filename": fill(self.path, topic),
            "status": self.status,
            "additions": added,
            "deletions": removed,
            "changes": added + removed,
        });
        // GitHub sends no patch for what is too large.
        if self.large.is_none() {
            file["patch"] = fill(&self.patch(), topic).into();
        }
        file
    }

    fn patch(&self) -> String {
        let mut shift = 0;
        let hunks = self.hunks.iter().map(|(first, context, body)| {
            let lines = || body.split('\n');
            let old = lines().filter(|line| !line.starts_with('+')).count();
            let new = lines().filter(|line| !line.starts_with('-')).count();
            let moved = if old == 0 { 1 } else { first + shift };
            shift = (shift + new).saturating_sub(old);
            format!("@@ -{first},{old} +{moved},{new} @@ {context}\n{body}").replace("@@ \n", "@@\n")
        });
        hunks.collect::<Vec<_>>().join("\n")
    }
}

fn fill(text: &str, topic: &Topic) -> String {
    let mut camel = String::new();
    for word in topic.part.split('_') {
        let mut letters = word.chars();
        camel.extend(letters.next().map(|first| first.to_ascii_uppercase()));
        camel.push_str(letters.as_str());
    }
    let text = text.replace("{part}", &topic.part).replace("{Part}", &camel);
    match &topic.bump {
        Some((name, old, new)) => text.replace("{name}", name).replace("{old}", old).replace("{new}", new),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn topic() -> Topic {
        Topic {
            title: String::new(),
            branch: String::new(),
            labels: Vec::new(),
            body: None,
            part: "audit_log".to_owned(),
            bump: Some(("tokio", "1.53".to_owned(), "1.54".to_owned())),
        }
    }

    #[test]
    fn nothing_is_left_to_be_filled_in() {
        let single = [&DOCS, &README, &GENERATED, &MOVED];
        let lists = [RUST, SQL, TYPESCRIPT, INFRA, CARGO, PACKAGE_JSON, VERSIONS];
        let risky = [risky::RUST, risky::TYPESCRIPT, risky::INFRA];
        for template in lists.into_iter().chain(risky).flatten().chain(single) {
            let text = template.json(&topic()).to_string();
            for hole in ["{part}", "{Part}", "{name}", "{old}", "{new}"] {
                assert!(!text.contains(hole), "{hole} in {text}");
            }
        }
    }

    #[test]
    fn headers_count_their_lines() {
        let patch = fill(&RUST[0].patch(), &topic());
        assert!(patch.starts_with("@@ -38,4 +38,6 @@ impl AuditLog {\n"), "{patch}");
        assert!(patch.contains("\n@@ -91,3 +93,4 @@ impl AuditLog {\n"), "{patch}");
        assert!(SQL[0].patch().starts_with("@@ -0,0 +1,5 @@\n+ALTER"), "{}", SQL[0].patch());
    }
}
