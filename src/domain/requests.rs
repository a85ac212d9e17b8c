//! The requests for insights that are known: the newest of each pull request.

use std::collections::HashMap;

use super::{ids::PrKey, request::Request};

/// The newest request of each pull request.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Requests(HashMap<PrKey, Request>);

impl Requests {
    /// Takes in what was read, in any order.
    pub fn merge(&mut self, requests: impl IntoIterator<Item = Request>) {
        for request in requests {
            if self.0.get(&request.key).is_none_or(|known| is_newer(&request, known)) {
                self.0.insert(request.key, request);
            }
        }
    }

    pub fn of(&self, key: PrKey) -> Option<&Request> {
        self.0.get(&key)
    }
}

/// Of one request the later version holds; of two the one made later.
fn is_newer(request: &Request, known: &Request) -> bool {
    let order = |request: &Request| (request.requested_at, request.id.uuid(), request.updated_at);
    order(request) > order(known)
}
