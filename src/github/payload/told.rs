//! Which parts of an answer failed.

use crate::github::client::{GraphError, PathStep};

/// The errors of an answer, by where they are.
#[derive(Clone, Copy, Debug)]
pub struct Failures<'a>(&'a [GraphError]);

impl<'a> Failures<'a> {
    pub fn new(errors: &'a [GraphError]) -> Self {
        Self(errors)
    }

    /// Those within a node of the answer, each with the rest of its path.
    pub fn of_node(self, index: usize) -> impl Iterator<Item = (&'a GraphError, &'a [PathStep])> {
        self.0.iter().filter_map(move |error| match error.path.as_slice() {
            [PathStep::Field(root), PathStep::Index(at), rest @ ..] if root == "nodes" && *at == index => {
                Some((error, rest))
            }
            [PathStep::Field(root), rest @ ..] if root == "node" && index == 0 => Some((error, rest)),
            _ => None,
        })
    }

    /// Those that say nothing of where: any part may be missing.
    pub fn of_no_place(self) -> impl Iterator<Item = &'a GraphError> {
        self.0.iter().filter(|error| match error.path.as_slice() {
            [PathStep::Field(root), PathStep::Index(_), ..] if root == "nodes" => false,
            [PathStep::Field(root), ..] if root == "node" => false,
            _ => true,
        })
    }

    /// Whether a field of a node failed, or anything in it.
    pub fn touch(self, index: usize, field: &str) -> bool {
        self.of_node(index).any(|(_, rest)| match rest.first() {
            Some(PathStep::Field(name)) => name == field,
            Some(PathStep::Index(_)) => false,
            None => true,
        })
    }
}
