//! What is not taken, and why: as an answer, a reason for the log, and a word that is counted.

use axum::{
    http::{StatusCode, header::RETRY_AFTER},
    response::{IntoResponse, Response},
};

use super::signature::Unsigned;
use crate::github::webhook::Unreadable;

/// Bytes of a body: GitHub caps payloads at 25 MB.
pub(super) const LIMIT: usize = 25_000_000;
/// Seconds after which a sender may try again while the database is away.
const AGAIN: &str = "5";

/// Why a delivery is not taken. Holds nothing of the delivery but its kind of content.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum Refusal {
    #[error("{0}")]
    Unsigned(#[from] Unsigned),
    #[error("X-GitHub-Delivery is not a GUID")]
    NoDelivery,
    #[error("there is no X-GitHub-Event")]
    NoEvent,
    #[error("neither application/json nor application/x-www-form-urlencoded")]
    ContentType,
    #[error("more than {LIMIT} bytes")]
    TooLarge,
    #[error("the body did not come in time")]
    TooSlow,
    #[error("the body broke off")]
    BrokenOff,
    #[error("the form has no payload")]
    NoPayload,
    #[error("{0}")]
    Unreadable(#[from] Unreadable),
    #[error("too much is being received at once")]
    Busy,
    /// The reason is not for who sends.
    #[error("the delivery cannot be kept now")]
    Down,
}

impl Refusal {
    pub(super) fn status(&self) -> StatusCode {
        match self {
            Self::Unsigned(_) => StatusCode::UNAUTHORIZED,
            Self::NoDelivery | Self::NoEvent | Self::BrokenOff | Self::NoPayload | Self::Unreadable(_) => {
                StatusCode::BAD_REQUEST
            }
            Self::ContentType => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::TooSlow => StatusCode::REQUEST_TIMEOUT,
            Self::Busy | Self::Down => StatusCode::SERVICE_UNAVAILABLE,
        }
    }

    /// The word that is counted.
    pub(super) const fn word(&self) -> &'static str {
        match self {
            Self::Unsigned(Unsigned::Missing) => "unsigned",
            Self::Unsigned(Unsigned::OnlySha1) => "sha1_only",
            Self::Unsigned(Unsigned::Malformed) => "malformed_signature",
            Self::Unsigned(Unsigned::Wrong) => "wrong_signature",
            Self::NoDelivery => "no_delivery",
            Self::NoEvent => "no_event",
            Self::ContentType => "content_type",
            Self::TooLarge => "too_large",
            Self::TooSlow => "too_slow",
            Self::BrokenOff => "broken_off",
            Self::NoPayload => "no_payload",
            Self::Unreadable(_) => "unreadable",
            Self::Busy => "busy",
            Self::Down => "database",
        }
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let status = self.status();
        let text = format!("{self}\n");
        if status == StatusCode::SERVICE_UNAVAILABLE {
            return (status, [(RETRY_AFTER, AGAIN)], text).into_response();
        }
        (status, text).into_response()
    }
}
