//! The requests for insights that are known: the newest of each pull request.

use std::collections::HashMap;

use super::{
    ids::PrKey,
    request::{Request, RequestState},
};

/// The newest request of each pull request.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Requests(HashMap<PrKey, Request>);

impl Requests {
    /// Takes in what was read, in any order; returns the pull requests of which something is new.
    pub fn merge(&mut self, requests: impl IntoIterator<Item = Request>) -> Vec<PrKey> {
        let mut changed = Vec::new();
        for request in requests {
            let key = request.key;
            if self.0.get(&key).is_none_or(|known| is_newer(&request, known)) {
                self.0.insert(key, request);
                changed.push(key);
            }
        }
        changed
    }

    pub fn of(&self, key: PrKey) -> Option<&Request> {
        self.0.get(&key)
    }

    /// Whether any is being worked on: its elapsed time is shown.
    pub fn any_running(&self) -> bool {
        self.0.values().any(|request| request.state == RequestState::Running)
    }

    /// How many of these pull requests' requests stand so.
    pub fn count(&self, keys: impl IntoIterator<Item = PrKey>, state: &RequestState) -> usize {
        keys.into_iter().filter(|key| self.of(*key).is_some_and(|request| request.state == *state)).count()
    }
}

/// Of one request the later version holds; of two the one made later.
fn is_newer(request: &Request, known: &Request) -> bool {
    let order = |request: &Request| (request.requested_at, request.id.uuid(), request.updated_at);
    order(request) > order(known)
}
