//! In which sets each pull request is, and how many are in each.

/// Sets by their number, 0 to 63.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sets(u64);

impl Sets {
    pub const fn has(self, set: usize) -> bool {
        (self.0 >> set) & 1 == 1
    }

    /// With this set, or without it.
    #[must_use]
    pub fn with(self, set: usize, is_in: bool) -> Self {
        Self((self.0 & !(1 << set)) | (u64::from(is_in) << set))
    }
}

/// The sets of each pull request, by its place, and the number in each set.
#[derive(Debug)]
pub(super) struct Tally {
    of: Vec<Sets>,
    counts: [usize; 64],
}

impl Default for Tally {
    fn default() -> Self {
        Self { of: Vec::new(), counts: [0; 64] }
    }
}

impl Tally {
    /// A new pull request, in no set yet.
    pub(super) fn push(&mut self) {
        self.of.push(Sets::default());
    }

    /// One goes, and the last one takes its place.
    pub(super) fn swap_remove(&mut self, at: usize) {
        self.put(at, Sets::default());
        self.of.swap_remove(at);
    }

    pub(super) fn of(&self, at: usize) -> Sets {
        self.of.get(at).copied().unwrap_or_default()
    }

    pub(super) fn put(&mut self, at: usize, sets: Sets) {
        let Some(held) = self.of.get_mut(at) else { return };
        let mut differ = held.0 ^ sets.0;
        *held = sets;
        while differ != 0 {
            let set = differ.trailing_zeros() as usize;
            differ &= differ - 1;
            let count = &mut self.counts[set];
            *count = if sets.has(set) { *count + 1 } else { count.saturating_sub(1) };
        }
    }

    pub(super) fn count(&self, set: usize) -> usize {
        self.counts.get(set).copied().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_follow_each_change() {
        let mut tally = Tally::default();
        for _ in 0..3 {
            tally.push();
        }
        let both = Sets::default().with(0, true).with(63, true);
        tally.put(0, both);
        tally.put(1, both.with(0, false));
        tally.put(7, both);
        assert_eq!((tally.count(0), tally.count(63), tally.count(5)), (1, 2, 0));
        tally.swap_remove(0);
        assert_eq!((tally.count(0), tally.count(63)), (0, 1));
        assert_eq!((tally.of(0), tally.of(1)), (Sets::default(), Sets::default().with(63, true)));
    }
}
