//! Keys as a server's statements take them: in few bytes.

use std::collections::HashMap;

use uuid::Uuid;

use crate::{domain::ids::PrKey, store::engine::values::Cell};

/// An id as text, with its comma.
const ID: usize = 37;

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

/// The keys, as many at a time as so many bytes of a statement's text hold.
pub(super) fn pages(mut keys: &[PrKey], room: usize) -> impl Iterator<Item = &[PrKey]> {
    std::iter::from_fn(move || {
        let (page, rest) = keys.split_at_checked(fitting(keys, room)).filter(|(page, _)| !page.is_empty())?;
        keys = rest;
        Some(page)
    })
}

/// How many of the first keys do; one at least.
fn fitting(keys: &[PrKey], room: usize) -> usize {
    let mut repos = std::collections::HashSet::new();
    let mut bytes = 0;
    let fits = |key: &&PrKey| {
        bytes += if repos.insert(key.repo) { ID } else { 0 };
        bytes += length(i32::try_from(repos.len()).unwrap_or(i32::MAX)) + length(key.number.get());
        bytes <= room
    };
    keys.iter().take_while(fits).count().max(1).min(keys.len())
}

/// Of a number as text, with its comma.
fn length(number: i32) -> usize {
    number.to_string().len() + 1
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        domain::ids::{PrNumber, RepoId},
        store::engine::values::inline,
    };

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

    #[test]
    fn pages_hold_all_keys_in_their_order_and_no_more_text_than_there_is_room() {
        const ROOM: usize = 5_000;
        // The casts and quotes beside the keys.
        const REST: usize = 60;
        let few = (0..2_000).map(|n| key(u128::try_from(n % 12).unwrap_or_default(), i32::MAX - n));
        let many = (0..2_000).map(|n| key(u128::try_from(n).unwrap_or_default(), i32::MIN + n));
        for keys in [few.collect::<Vec<_>>(), many.collect()] {
            assert_eq!(pages(&keys, ROOM).flatten().copied().collect::<Vec<_>>(), keys);
            let lengths: Vec<usize> =
                pages(&keys, ROOM).map(|page| inline("$1$2$3", &cells(page)).len()).collect();
            let (_, full) = lengths.split_last().expect("some pages");
            assert!(lengths.iter().all(|length| *length <= ROOM + REST), "{lengths:?}");
            assert!(full.iter().all(|length| *length > ROOM - ROOM / 10), "{lengths:?}");
        }
        assert_eq!(pages(&[key(1, 1), key(2, 1)], 0).count(), 2, "one at a time where there is no room");
        assert_eq!(pages(&[], ROOM).count(), 0);
    }
}
