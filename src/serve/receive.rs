//! The paths that are served. A delivery is verified, then read, then kept; only then it is acknowledged.

use std::sync::Arc;

use axum::{
    Extension, Router,
    body::Body,
    extract::State,
    http::{
        HeaderMap, HeaderValue, StatusCode,
        header::{CACHE_CONTROL, CONTENT_TYPE},
    },
    response::{IntoResponse, Response},
    routing::{get, post},
};
use bytes::Bytes;
use tokio::{sync::watch, time::Instant};

use super::{
    body::{self, Held, Room},
    connections::Guest,
    keep::Keeper,
    metrics::{self, Metrics},
    probe::Probe,
    refusal::Refusal,
    signature::Keys,
};
use crate::{
    domain::{
        delivery::{self, DeliveryId},
        text::{clean, truncate},
    },
    github::webhook::{Envelope, envelope},
    store::inbox::NewDelivery,
};

/// Columns of a sender's word that a log shows.
const SHOWN: usize = 80;
/// Bytes of an event's name; GitHub's longest has 38.
const LONGEST_EVENT: usize = 100;

pub(super) struct Receiver {
    pub(super) keys: Keys,
    pub(super) room: Room,
    pub(super) keeper: Keeper,
    pub(super) probe: Probe,
    pub(super) metrics: Arc<Metrics>,
    /// It is about to end.
    pub(super) stopping: watch::Receiver<bool>,
}

pub(super) fn routes(receiver: Arc<Receiver>) -> Router {
    Router::new()
        .route(delivery::PATH, post(webhook))
        .route("/healthz", get(async || "ok\n"))
        .route("/readyz", get(ready))
        .route("/metrics", get(counted))
        // GitHub shows it beside a delivery that went astray.
        .fallback(async || (StatusCode::NOT_FOUND, format!("deliveries are taken at {}\n", delivery::PATH)))
        .with_state(receiver)
}

async fn ready(State(receiver): State<Arc<Receiver>>) -> Response {
    let (status, text) = if *receiver.stopping.borrow() {
        (StatusCode::SERVICE_UNAVAILABLE, "stopping\n".to_owned())
    } else {
        match receiver.probe.ask().await {
            Ok(counts) => (StatusCode::OK, format!("ready, {} to process\n", counts.pending)),
            Err(cause) => (StatusCode::SERVICE_UNAVAILABLE, format!("database: {cause}\n")),
        }
    };
    (status, [(CACHE_CONTROL, "no-store")], text).into_response()
}

async fn counted(State(receiver): State<Arc<Receiver>>) -> Response {
    // Its answer is among the numbers.
    receiver.probe.ask().await.ok();
    ([(CONTENT_TYPE, metrics::CONTENT_TYPE)], receiver.metrics.text()).into_response()
}

async fn webhook(
    State(receiver): State<Arc<Receiver>>,
    Extension(guest): Extension<Arc<Guest>>,
    headers: HeaderMap,
    body: Body,
) -> Response {
    let began = Instant::now();
    let word = |name: &str| headers.get(name).map(|value| String::from_utf8_lossy(value.as_bytes()));
    let shown = |name| word(name).map(|word| truncate(&clean(&word), SHOWN).into_owned()).unwrap_or_default();
    let (delivery, event) = (shown("x-github-delivery"), shown("x-github-event"));
    let taken = receiver.take(&headers, body, &guest).await;
    let response = match &taken {
        Ok(true) => {
            tracing::info!(delivery, event, "kept");
            (StatusCode::ACCEPTED, "kept\n").into_response()
        }
        Ok(false) => {
            tracing::info!(delivery, event, "known already");
            (StatusCode::OK, known(&delivery)).into_response()
        }
        Err(refusal) => {
            tracing::warn!(delivery, event, reason = refusal.word(), "refused: {refusal}");
            receiver.metrics.refused(refusal.word());
            refusal.clone().into_response()
        }
    };
    receiver.metrics.answered(response.status().as_u16());
    receiver.metrics.ack.observe(began.elapsed().as_secs_f64());
    response
}

/// For whoever has mended a payload and sends it again.
fn known(id: &str) -> String {
    format!(
        "known already: what came first counts. If that is dead: flowlens inbox retry {id} has it processed again; \
         flowlens inbox purge {id} makes room for another payload\n"
    )
}

/// How the payload is packed.
enum Packing {
    Json,
    Form,
}

impl Packing {
    /// The payload in a body, which is not kept.
    fn payload(&self, body: Bytes) -> Result<Bytes, Refusal> {
        match self {
            Self::Json => Ok(body),
            Self::Form => body::payload(&body).ok_or(Refusal::NoPayload),
        }
    }
}

/// What the headers say of a delivery.
struct Announced {
    id: DeliveryId,
    event: String,
    packing: Packing,
    tag: Vec<u8>,
}

impl Receiver {
    /// Takes a delivery; whether it is new.
    async fn take(&self, headers: &HeaderMap, body: Body, guest: &Guest) -> Result<bool, Refusal> {
        let announced = match self.announced(headers) {
            Ok(announced) => announced,
            Err(refusal) => {
                body::discard(body).await;
                return Err(refusal);
            }
        };
        let Held { bytes, permits } = self.room.read(body).await?;
        let _busy = guest.is_served();
        self.metrics.received_bytes.inc_by(bytes.len() as u64);
        self.keys.verify(&announced.tag, &bytes)?;
        let payload = announced.packing.payload(bytes)?;
        let delivery = read(announced.id, announced.event, payload)?;
        self.keeper.keep(delivery, permits).await.map_err(|_unkept| Refusal::Down)
    }

    fn announced(&self, headers: &HeaderMap) -> Result<Announced, Refusal> {
        let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
        let sha256 = headers.get("x-hub-signature-256").map(HeaderValue::as_bytes);
        let tag = self.keys.tag(sha256, headers.contains_key("x-hub-signature"))?;
        let id = text("x-github-delivery").and_then(|id| id.parse().ok()).ok_or(Refusal::NoDelivery)?;
        let event = text("x-github-event").map(str::trim).unwrap_or_default();
        if event.is_empty() || event.len() > LONGEST_EVENT {
            return Err(Refusal::NoEvent);
        }
        let packing = text(CONTENT_TYPE.as_str()).and_then(packing).ok_or(Refusal::ContentType)?;
        Ok(Announced { id, event: event.to_owned(), packing, tag })
    }
}

/// By the type of the content, its parameters aside.
fn packing(content_type: &str) -> Option<Packing> {
    let kind = content_type.split(';').next().unwrap_or_default().trim();
    if kind.eq_ignore_ascii_case("application/json") {
        Some(Packing::Json)
    } else if kind.eq_ignore_ascii_case("application/x-www-form-urlencoded") {
        Some(Packing::Form)
    } else {
        None
    }
}

fn read(id: DeliveryId, event: String, payload: Bytes) -> Result<NewDelivery, Refusal> {
    let Envelope { action, repository_id } = envelope(&payload)?;
    // No repository of GitHub's has such an id.
    let repository_id = repository_id.filter(|id| *id >= 0);
    Ok(NewDelivery { id, event, action, repository_id, payload })
}
