//! Worlds of a team's size.

use serde_json::{Value, json};

use super::world::{Clock, World};

impl World {
    /// `acme/r0` and so on, with so many open pull requests in all, each with a build and some files.
    pub(crate) fn team(clock: Clock, repositories: usize, pulls: usize) -> Self {
        let mut world = Self::new(clock);
        for n in 0..repositories {
            let at = world.add_repository(&format!("acme/r{n}"));
            let share = pulls / repositories + usize::from(n < pulls % repositories);
            for count in 1..=share {
                let number = world.add_pull(at, &format!("Change {count} of {n}"));
                let head = world.repositories[at].pulls[&number].head.clone();
                let suite = world.add_suite(at, &head, "CI");
                world.check(at, &head, suite, "test", Some("SUCCESS"));
                world.resize(at, number, 6, 30);
            }
        }
        world
    }

    /// Gives a pull request so many files, each with so many lines.
    pub(crate) fn resize(&mut self, repository: usize, number: i32, files: usize, lines: usize) {
        let pull = self.repositories[repository].pulls.get_mut(&number).expect("a pull request");
        pull.files = (0..files).map(|n| changed(n, lines)).collect();
    }
}

/// A changed file with a patch, as REST has it.
fn changed(n: usize, lines: usize) -> Value {
    let patch: Vec<String> =
        (0..lines).map(|line| format!("+        let part_{line} = whole.take({n}, {line});")).collect();
    let patch = format!("@@ -1,0 +1,{lines} @@ fn main() {{\n{}", patch.join("\n"));
    json!({
        "sha": format!("{n:040x}"), "filename": format!("crates/part{}/src/module{n}.rs", n / 40), "status": "modified",
        "additions": lines, "deletions": 0, "changes": lines, "patch": patch,
    })
}
