//! What is done there: mutations by GraphQL, merges and reruns by REST. Each changes the world once, or says why not.

mod fields;
mod mutate;
mod rest;
pub(crate) mod rules;

pub(super) use self::{
    fields::{Payload, item, of_pull, of_repository, of_viewer},
    mutate::mutate,
    rest::write,
};
use super::world::{Asked, Pull, World};

/// A change that was asked for, and whether it was made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Wrote {
    /// The mutation's field, or the last part of the path.
    pub(crate) what: String,
    pub(crate) is_done: bool,
}

/// Why something is not done.
pub(super) struct No {
    /// GraphQL's word.
    kind: &'static str,
    /// REST's status.
    status: u16,
    message: String,
}

impl No {
    fn new(kind: &'static str, status: u16, message: impl Into<String>) -> Self {
        Self { kind, status, message: message.into() }
    }

    fn unprocessable(message: impl Into<String>) -> Self {
        Self::new("UNPROCESSABLE", 422, message)
    }
}

impl World {
    /// Requests that would change something, whatever became of them.
    pub(crate) fn write_requests(&self) -> Vec<&Asked> {
        self.log.iter().filter(|asked| asked.is_write).collect()
    }

    fn pull_mut(&mut self, at: usize, number: i32) -> &mut Pull {
        let now = self.now();
        let pull = self.repositories[at].pulls.get_mut(&number).expect("a pull request");
        pull.updated_at = now;
        pull
    }

    /// Whether the token may write there.
    fn may_write(&self, at: usize) -> bool {
        matches!(self.repositories[at].rules.permission, "WRITE" | "MAINTAIN" | "ADMIN")
    }

    /// What GitHub says before a merge, by either interface. It stops no administrator.
    fn may_merge(&self, at: usize, number: i32, method: &str) -> Result<(), No> {
        let repository = &self.repositories[at];
        let pull = &repository.pulls[&number];
        let refused = |message: &str| Err(No::new("UNPROCESSABLE", 405, message));
        if pull.state != "OPEN" {
            return refused("Pull Request is not mergeable");
        }
        if pull.is_draft {
            return refused("Pull Request is still a draft");
        }
        if repository.rules.queue {
            return refused("Changes must be made through the merge queue");
        }
        if !repository.rules.methods.iter().any(|one| one.eq_ignore_ascii_case(method)) {
            return refused(&format!("{method} merges are not allowed on this repository."));
        }
        match pull.merge_state {
            "DIRTY" => refused("Pull Request is not mergeable"),
            "BLOCKED" if repository.rules.permission != "ADMIN" => refused(
                "Repository rule violations found\n\nAt least 1 approving review is required by reviewers with write access.",
            ),
            _ => Ok(()),
        }
    }

    fn merge(&mut self, at: usize, number: i32) -> String {
        let (now, viewer) = (self.now(), self.viewer.clone());
        let commit = super::world::sha(self.id(), number);
        let pull = self.pull_mut(at, number);
        (pull.state, pull.merged_at, pull.closed_at) = ("MERGED", Some(now), Some(now));
        pull.acts.merged_by = Some(viewer);
        (pull.auto_merge, pull.queue) = (None, None);
        commit
    }
}
