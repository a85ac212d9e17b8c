//! Which of a database's nodes are wanted (`target_session_attrs`).

use super::discovery::Schema;

/// What a node must be for a connection to stay.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::store) enum SessionAttrs {
    #[default]
    Any,
    ReadWrite,
    ReadOnly,
    Primary,
    Standby,
    /// A standby, or whatever there is.
    PreferStandby,
}

impl SessionAttrs {
    /// libpq's words; others were refused when they were read.
    pub(super) fn parse(word: &str) -> Self {
        match word {
            "read-write" => Self::ReadWrite,
            "read-only" => Self::ReadOnly,
            "primary" => Self::Primary,
            "standby" => Self::Standby,
            "prefer-standby" => Self::PreferStandby,
            _ => Self::Any,
        }
    }

    pub(super) const fn word(self) -> &'static str {
        match self {
            Self::Any => "any",
            Self::ReadWrite => "read-write",
            Self::ReadOnly => "read-only",
            Self::Primary => "primary",
            Self::Standby => "standby",
            Self::PreferStandby => "prefer-standby",
        }
    }

    /// Whether a node is wanted; at `last`, whether it will do.
    pub(super) fn takes(self, schema: &Schema, last: bool) -> bool {
        match self {
            Self::Any => true,
            Self::ReadWrite => !schema.is_read_only(),
            Self::ReadOnly => schema.is_read_only(),
            Self::Primary => !schema.is_standby(),
            Self::Standby => schema.is_standby(),
            Self::PreferStandby => last || schema.is_standby(),
        }
    }
}
