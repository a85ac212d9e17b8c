//! How long a check usually takes.

use std::collections::HashMap;

use chrono::TimeDelta;

/// Fewer successes than these tell nothing.
const FEWEST: usize = 5;
/// A check is slow from so many times the usual on.
const SLOW: f64 = 1.5;

/// What a check shares with the same check of other commits of its repository.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Timed {
    pub app: String,
    /// GitHub's id of the workflow.
    pub workflow: Option<i64>,
    /// Its name with the matrix.
    pub name: String,
}

/// How long its successes took.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Usual {
    /// Half of them took no longer.
    pub half: TimeDelta,
    /// Nine out of ten took no longer.
    pub most: TimeDelta,
    pub samples: usize,
}

impl Usual {
    /// From the seconds that each success took.
    pub fn of(mut seconds: Vec<i64>) -> Option<Self> {
        seconds.retain(|took| *took >= 0);
        seconds.sort_unstable();
        let samples = seconds.len();
        if samples < FEWEST {
            return None;
        }
        // The nearest rank: a time that some run did take.
        let at = |tenths: usize| {
            let rank = (samples * tenths).div_ceil(10).max(1);
            seconds.get(rank - 1).and_then(|took| TimeDelta::try_seconds(*took))
        };
        Some(Self { half: at(5)?, most: at(9)?, samples })
    }

    /// How many times the usual this is, for what takes notably longer than nine out of ten.
    pub fn times(&self, took: TimeDelta) -> Option<f64> {
        let (took, most) = (took.as_seconds_f64(), self.most.as_seconds_f64());
        // What is over in a second is as quick as it is told.
        let times = took / self.half.as_seconds_f64().max(1.0);
        (took > most && times >= SLOW).then_some(times)
    }
}

/// The usual times of a repository's checks.
pub type UsualTimes = HashMap<Timed, Usual>;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_usual_time_is_one_that_was_taken_by_some() {
        assert_eq!(Usual::of(vec![1, 2, 3, 4]), None, "too few");
        assert_eq!(Usual::of(vec![1, 2, 3, 4, -9]), None, "backwards ones do not count");
        let usual = Usual::of(vec![90, 60, 70, 50, 80, 300, 65, 75, 85, 55]).unwrap();
        assert_eq!((usual.half.num_seconds(), usual.most.num_seconds(), usual.samples), (70, 90, 10));
        let few = Usual::of(vec![5, 4, 3, 2, 1]).unwrap();
        assert_eq!((few.half.num_seconds(), few.most.num_seconds()), (3, 5));
    }

    #[test]
    fn only_what_takes_notably_longer_is_told_as_many_times() {
        let usual = Usual::of(vec![100, 100, 100, 100, 120]).unwrap();
        for (took, times) in [(90, None), (120, None), (140, None), (150, Some(1.5)), (310, Some(3.1))] {
            assert_eq!(usual.times(TimeDelta::seconds(took)), times, "{took}");
        }
        let wide = Usual::of(vec![100, 100, 100, 100, 200]).unwrap();
        assert_eq!([160, 201].map(|took| wide.times(TimeDelta::seconds(took))), [None, Some(2.01)]);
        let quick = Usual::of(vec![0; 5]).unwrap();
        assert_eq!(quick.times(TimeDelta::seconds(4)), Some(4.0));
    }
}
