//! Keys as a server's statements take them: in few bytes.

use foldhash::{HashMap, HashMapExt as _};
use uuid::Uuid;

use crate::{domain::ids::PrKey, store::engine::values::Cell};

/// $1 the repositories, each once; $2 the place of each key's repository among them; $3 the numbers.
pub(in crate::store) fn cells(keys: &[PrKey]) -> Vec<Cell> {
    let mut places: HashMap<Uuid, i32> = HashMap::new();
    let mut repos = Vec::new();
    let mut place = |repo: Uuid| {
        let next = i32::try_from(repos.len() + 1).unwrap_or(i32::MAX);
        *places.entry(repo).or_insert_with(|| {
            repos.push(repo);
            next
        })
    };
    let (places, numbers) = keys.iter().map(|key| (place(key.repo.uuid()), key.number.get())).unzip();
    vec![Cell::Ids(Some(repos)), Cell::Ints(places), Cell::Ints(numbers)]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::ids::{PrNumber, RepoId};

    fn key(repo: u128, number: i32) -> PrKey {
        PrKey::new(RepoId::new(Uuid::from_u128(repo)), PrNumber::new(number))
    }

    #[test]
    fn a_repository_stands_once_however_many_of_its_keys_there_are() {
        let Some([Cell::Ids(Some(repos)), places, numbers]) =
            cells(&[key(7, 1), key(9, 2), key(7, -3)]).first_chunk().cloned()
        else {
            unreachable!("three values")
        };
        assert_eq!(repos, [7, 9].map(Uuid::from_u128));
        assert_eq!((places, numbers), (Cell::Ints(vec![1, 2, 1]), Cell::Ints(vec![1, 2, -3])));
    }
}
