//! What is counted, as Prometheus reads it.

use prometheus_client::{
    encoding::text::encode,
    metrics::{
        counter::Counter,
        family::Family,
        gauge::Gauge,
        histogram::{Histogram, exponential_buckets},
    },
    registry::Registry,
};

use crate::store::inbox::Counts;

/// The form of [`Metrics::text`].
pub(super) const CONTENT_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// One label and its value.
type Label = [(&'static str, &'static str); 1];
type Coded = [(&'static str, String); 1];

pub(super) struct Metrics {
    registry: Registry,
    requests: Family<Coded, Counter>,
    refused: Family<Label, Counter>,
    /// Seconds from the head of a delivery to its answer.
    pub(super) ack: Histogram,
    pub(super) received_bytes: Counter,
    pub(super) connections: Gauge,
    deliveries: Family<Label, Gauge>,
    oldest_pending: Gauge,
    newest: Gauge,
    processed: Family<Label, Counter>,
    /// Seconds from a claim to its end.
    pub(super) process: Histogram,
    files: Family<Label, Counter>,
    database_up: Gauge,
}

impl Metrics {
    pub(super) fn new() -> Self {
        let seconds = || Histogram::new(exponential_buckets(0.001, 2.0, 14));
        let mut metrics = Self {
            registry: Registry::default(),
            requests: Family::default(),
            refused: Family::default(),
            ack: seconds(),
            received_bytes: Counter::default(),
            connections: Gauge::default(),
            deliveries: Family::default(),
            oldest_pending: Gauge::default(),
            newest: Gauge::default(),
            processed: Family::default(),
            process: seconds(),
            files: Family::default(),
            database_up: Gauge::default(),
        };
        metrics.register();
        metrics
    }

    fn register(&mut self) {
        let webhook = self.registry.sub_registry_with_prefix("flowlens_webhook");
        webhook.register("requests", "Answers to deliveries, by status code", self.requests.clone());
        webhook.register("refused", "Deliveries that were not taken, by reason", self.refused.clone());
        webhook.register("ack_seconds", "Time until a delivery was answered", self.ack.clone());
        webhook.register("received_bytes", "Bytes of the bodies of deliveries", self.received_bytes.clone());
        webhook.register("connections", "Open connections", self.connections.clone());
        let inbox = self.registry.sub_registry_with_prefix("flowlens_inbox");
        inbox.register("deliveries", "Deliveries in the inbox, by state", self.deliveries.clone());
        let oldest = "Age of the oldest delivery that is still to be processed";
        inbox.register("oldest_pending_seconds", oldest, self.oldest_pending.clone());
        let newest = "When the newest delivery was received";
        inbox.register("newest_delivery_timestamp_seconds", newest, self.newest.clone());
        let processed = "Deliveries that this process brought to an end, by outcome";
        inbox.register("processed", processed, self.processed.clone());
        inbox.register("process_seconds", "Time from a claim to its end", self.process.clone());
        let flowlens = self.registry.sub_registry_with_prefix("flowlens");
        flowlens.register("files_fetched", "Lists of files of new heads, by outcome", self.files.clone());
        flowlens.register("database_up", "1 if the database answers", self.database_up.clone());
    }

    pub(super) fn answered(&self, code: u16) {
        self.requests.get_or_create(&[("code", code.to_string())]).inc();
    }

    pub(super) fn refused(&self, reason: &'static str) {
        self.refused.get_or_create(&[("reason", reason)]).inc();
    }

    pub(super) fn processed(&self, outcome: &'static str, count: usize) {
        self.processed.get_or_create(&[("outcome", outcome)]).inc_by(count as u64);
    }

    pub(super) fn files(&self, outcome: &'static str) {
        self.files.get_or_create(&[("outcome", outcome)]).inc();
    }

    /// What the database says of the inbox; `None` if it does not answer.
    pub(super) fn inbox(&self, counts: Option<&Counts>) {
        self.database_up.set(counts.is_some().into());
        let Some(counts) = counts else { return };
        let number = |count: usize| i64::try_from(count).unwrap_or(i64::MAX);
        self.deliveries.get_or_create(&[("state", "pending")]).set(number(counts.pending));
        self.deliveries.get_or_create(&[("state", "dead")]).set(number(counts.dead));
        let age = counts.now.zip(counts.oldest_pending).map(|(now, oldest)| (now - oldest).num_seconds());
        self.oldest_pending.set(age.unwrap_or_default().max(0));
        self.newest.set(counts.newest.map(|newest| newest.timestamp()).unwrap_or_default());
    }

    pub(super) fn text(&self) -> String {
        let mut text = String::new();
        // A string takes all.
        encode(&mut text, &self.registry).ok();
        text
    }
}
