//! The databases between which one goes: the one in front, and the boards of the others as they were left.

use std::{collections::BTreeMap, mem, path::PathBuf};

use super::{Failure, Opening, opened::other_setup};
use crate::{
    commands::database::{self, Chosen},
    tui::{model::Model, state_file},
};

/// A database in front of the reader.
pub(super) struct Current {
    pub chosen: Chosen,
    /// Where to remember the state; `None` remembers nothing.
    pub state: Option<PathBuf>,
    /// Its index among the names; that of the start is synced with GitHub.
    pub at: usize,
}

/// The current database, and the boards of those that were left.
pub(super) struct Boards<'a> {
    opening: &'a Opening<'a>,
    names: Vec<String>,
    current: Current,
    shelf: BTreeMap<usize, Model>,
}

impl<'a> Boards<'a> {
    /// Begins at the database of the start.
    pub(super) fn new(opening: &'a Opening<'a>, names: Vec<String>) -> Self {
        let current = Current { chosen: opening.chosen.clone(), state: opening.state.clone(), at: 0 };
        Self { opening, names, current, shelf: BTreeMap::new() }
    }

    /// The one in front.
    pub(super) fn current(&self) -> &Current {
        &self.current
    }

    /// The board of another database; the one that is left, which says why, where that cannot be opened.
    ///
    /// # Errors
    /// The state or the configuration of the other one is wrong.
    pub(super) fn go(&mut self, to: usize, mut left: Model) -> Result<Model, Failure> {
        let next = match self.find(to) {
            Ok(next) => next,
            Err(failure) => {
                left.say_error(failure.to_string());
                return Ok(left);
            }
        };
        let mut model = match self.shelf.remove(&to) {
            Some(known) => known,
            None => self.fresh(to, &next, &left)?,
        };
        (model.size, model.mouse) = (left.size, left.mouse);
        let old = mem::replace(&mut self.current, next);
        self.shelf.insert(old.at, left);
        Ok(model)
    }

    /// The board of a database that was not visited yet.
    fn fresh(&self, at: usize, of: &Current, left: &Model) -> Result<Model, Failure> {
        let opening = Opening { chosen: &of.chosen, state: of.state.clone(), ..self.opening.clone() };
        Ok(Model::new(other_setup(&opening, left, self.names.get(at))?))
    }

    /// The one of the start needs no name.
    fn find(&self, at: usize) -> Result<Current, Failure> {
        let opening = self.opening;
        let chosen = match self.names.get(at) {
            Some(name) if at > 0 => {
                let named = database::named(opening.config, name, opening.env)?;
                named.is_there()?;
                named
            }
            Some(_) | None => opening.chosen.clone(),
        };
        let state = opening.state.as_ref();
        let state = state.map(|_| state_file::path(&opening.config.paths.state, &chosen.database.identity()));
        Ok(Current { chosen, state, at })
    }
}
