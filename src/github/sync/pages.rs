//! How many pull requests a call asks for: fewer, where GitHub could not answer so many.

use std::collections::HashMap;

/// A size of a call for details. The order is that of trying.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Size {
    #[default]
    Twenty,
    Ten,
    Five,
    One,
    /// One, and without its counts of lines and files: those are slow in large repositories.
    Slim,
}

impl Size {
    /// The pull requests in a call.
    pub const fn count(self) -> usize {
        match self {
            Self::Twenty => 20,
            Self::Ten => 10,
            Self::Five => 5,
            Self::One | Self::Slim => 1,
        }
    }

    /// What to try when this was too much; `None`: nothing is smaller.
    pub const fn smaller(self) -> Option<Self> {
        match self {
            Self::Twenty => Some(Self::Ten),
            Self::Ten => Some(Self::Five),
            Self::Five => Some(Self::One),
            Self::One => Some(Self::Slim),
            Self::Slim => None,
        }
    }
}

/// The sizes that worked, by repository.
#[derive(Clone, Debug, Default)]
pub struct Sizes(HashMap<i64, Size>);

impl Sizes {
    pub fn of(&self, repository: i64) -> Size {
        self.0.get(&repository).copied().unwrap_or_default()
    }

    /// A call of this size was too much for this repository. `false`: there is no smaller one.
    pub fn was_too_much(&mut self, repository: i64, size: Size) -> bool {
        let Some(smaller) = size.smaller() else { return false };
        let known = self.0.entry(repository).or_default();
        // A late answer to a larger call makes no smaller size larger again.
        *known = smaller.max(*known);
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_shrink_by_repository_and_never_grow() {
        let mut sizes = Sizes::default();
        let mut counts = vec![sizes.of(1).count()];
        while sizes.was_too_much(1, sizes.of(1)) {
            counts.push(sizes.of(1).count());
        }
        assert_eq!((counts, sizes.of(1)), (vec![20, 10, 5, 1, 1], Size::Slim));
        assert!(sizes.was_too_much(1, Size::Twenty));
        assert_eq!((sizes.of(1), sizes.of(2)), (Size::Slim, Size::Twenty));
    }
}
