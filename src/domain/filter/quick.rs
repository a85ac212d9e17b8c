//! The filters behind one key.

use super::{
    Filter,
    term::{Is, Term, Test},
};

/// The filters behind the quick-filter key, in its order.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Quick {
    /// Everything in scope.
    All,
    /// Open ones, the start.
    #[default]
    Open,
    /// Open and mine.
    Mine,
    /// The next action is mine.
    Waiting,
    Failing,
    /// Open, high risk.
    HighRisk,
    Merged,
}

impl Quick {
    /// All, in the key's order.
    pub const ALL: [Self; 7] =
        [Self::Open, Self::Mine, Self::Waiting, Self::Failing, Self::HighRisk, Self::Merged, Self::All];

    /// Its name in config, state file and title.
    pub const fn name(self) -> &'static str {
        match self {
            Self::All => "all",
            Self::Open => "open",
            Self::Mine => "mine",
            Self::Waiting => "waiting on me",
            Self::Failing => "failing",
            Self::HighRisk => "high risk",
            Self::Merged => "merged",
        }
    }

    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|quick| quick.name() == name)
    }

    #[must_use]
    pub fn next(self) -> Self {
        let at = Self::ALL.iter().position(|q| *q == self).unwrap_or_default();
        Self::ALL[(at + 1) % Self::ALL.len()]
    }

    /// It in the filter language.
    pub const fn text(self) -> &'static str {
        match self {
            Self::All => "",
            Self::Open => "is:open",
            Self::Mine => "is:open is:mine",
            Self::Waiting => "is:waiting",
            Self::Failing => "is:failing",
            Self::HighRisk => "is:open risk:high",
            Self::Merged => "is:merged",
        }
    }

    /// What is left of it beside a typed filter that says itself which states it means: a set of open ones does not
    /// hide the merged ones that are asked for.
    #[must_use]
    pub fn beside(self, typed: &Filter) -> (&'static str, Filter) {
        let mut filter = self.filter();
        let whole = filter.terms.len();
        if typed.names_state() {
            filter.terms.retain(|term| !term.is_of_state());
        }
        let name = match self {
            Self::Open | Self::Merged if filter.terms.len() < whole => Self::All.name(),
            Self::All
            | Self::Open
            | Self::Mine
            | Self::Waiting
            | Self::Failing
            | Self::HighRisk
            | Self::Merged => self.name(),
        };
        (name, filter)
    }

    pub fn filter(self) -> Filter {
        let is = |is| Term { negated: false, test: Test::Is(vec![is]) };
        let terms = match self {
            Self::All => vec![],
            Self::Open => vec![is(Is::Open)],
            Self::Mine => vec![is(Is::Open), is(Is::Mine)],
            Self::Waiting => vec![is(Is::Waiting)],
            Self::Failing => vec![is(Is::Failing)],
            Self::HighRisk => {
                vec![is(Is::Open), Term { negated: false, test: Test::Risk(vec!["high".to_owned()]) }]
            }
            Self::Merged => vec![is(Is::Merged)],
        };
        Filter { terms }
    }
}
