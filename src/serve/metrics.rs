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
pub(super) const CONTENT_TYPE: &str = "text/plain; version=0.0.4; charset=utf-8";

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

    /// In the format that each scraper and `promtool` read: unlike in `OpenMetrics`, a counter is described by the name
    /// that its samples have, and no line marks the end.
    pub(super) fn text(&self) -> String {
        let mut text = String::new();
        // A string takes all.
        encode(&mut text, &self.registry).ok();
        let counters = text.lines().filter_map(|line| line.strip_prefix("# TYPE ")?.strip_suffix(" counter"));
        for name in counters.map(str::to_owned).collect::<Vec<_>>() {
            for about in ["# HELP", "# TYPE"] {
                text = text.replace(&format!("{about} {name} "), &format!("{about} {name}_total "));
            }
        }
        text.trim_end_matches("# EOF\n").to_owned()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    #[test]
    fn each_series_is_there_once_below_its_help_and_type_by_a_name_of_the_conventions() {
        let metrics = Metrics::new();
        metrics.answered(202);
        metrics.answered(401);
        metrics.refused("signature");
        metrics.processed("done", 2);
        metrics.files("stored");
        metrics.inbox(Some(&Counts::default()));
        let text = metrics.text();
        let (mut kinds, mut series) = (BTreeMap::new(), BTreeMap::new());
        let mut last = String::new();
        for line in text.lines() {
            if let Some(help) = line.strip_prefix("# HELP ") {
                last = help.split(' ').next().unwrap().to_owned();
            } else if let Some(kind) = line.strip_prefix("# TYPE ") {
                let (name, kind) = kind.split_once(' ').unwrap();
                assert_eq!(name, last, "its help is above");
                assert_eq!(kinds.insert(name, kind), None, "{name}");
                assert_eq!(kind == "counter", name.ends_with("_total"), "{name}");
            } else {
                let (name, value) = line.rsplit_once(' ').unwrap();
                assert!(name.starts_with(&last), "{name} is not of {last}");
                assert!(value.parse::<f64>().is_ok(), "{line}");
                assert_eq!(series.insert(name, value), None, "{name}");
            }
        }
        assert_eq!(kinds.len(), 12, "{text}");
        assert_eq!(series["flowlens_inbox_processed_total{outcome=\"done\"}"], "2");
    }
}
