//! How fresh the data is, by the newest delivery of a webhook, in the header.

use chrono::TimeDelta;
use flowlens::domain::ingest::Ingest;

use super::*;

#[test]
fn deliveries_have_a_clock_of_their_own() {
    let newest = |minutes| Some(noon() - TimeDelta::minutes(minutes));
    let all = [
        ("fresh", Ingest { newest: newest(2), ..Ingest::default() }),
        ("silent", Ingest { newest: newest(14), ..Ingest::default() }),
        ("silent for long", Ingest { newest: newest(60 * 26), ..Ingest::default() }),
        ("late", Ingest { newest: newest(0), late: 12, dead: 0 }),
        ("dead", Ingest { newest: newest(1), late: 0, dead: 1 }),
        ("both", Ingest { newest: newest(33), late: Ingest::MOST, dead: 3 }),
    ];
    for (columns, lines) in SIZES {
        let headers = all.iter().map(|(name, ingest)| {
            let mut model = board::model(columns, lines);
            tell(&mut model, FeedEvent::Ingest(*ingest));
            format!("{name}: {}", draw(&model).lines().next().unwrap_or_default())
        });
        snap(format!("ingest_headers_{columns}x{lines}"), headers.collect::<Vec<_>>().join("\n"));
    }
    let mut model = board::model(140, 40);
    tell(&mut model, FeedEvent::Ingest(all[5].1));
    snap("ingest_140x40", draw(&model));
}
