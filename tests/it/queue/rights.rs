//! What a login may do decides what is tried: on our schema, on the plain v2.0 one, on another service's.

use super::{LEASE, claim, fill, insight, insights, key, keys, sha};
use crate::support::{
    pg::{self, PrivateServer},
    rows::Store,
};
use flowlens::{
    domain::{request::Ability, source::Cause},
    store::{
        engine::{connect::Connector, discovery::discover, options::Target},
        insights::{Enqueued, InsightStore},
    },
};
use sqlx::Connection as _;
use url::Url;

fn queue(url: &str) -> InsightStore {
    InsightStore::new(Connector::new(Target::parse(url, &[]).expect("an address")))
}

/// A login that may read, and what else is granted; its address.
async fn login(db: &pg::Database, grants: &[&str]) -> String {
    let url = db.select_only_login().await;
    let role = Url::parse(&url).expect("a URL").username().to_owned();
    for grant in grants {
        db.execute(&format!("GRANT {grant} TO \"{role}\"")).await;
    }
    url
}

async fn missing(url: &str) -> Vec<String> {
    let mut conn = sqlx::PgConnection::connect(url).await.expect("connected");
    let schema = discover(&mut conn).await.expect("discovered");
    schema
        .missing()
        .into_iter()
        .filter(|line| {
            ["insert into", "insight_requests", "session may"].iter().any(|word| line.contains(word))
        })
        .collect()
}

#[tokio::test]
async fn the_plain_schema_takes_an_insight_where_insert_is_granted() {
    let db = pg::database("queue_plain").await;
    db.seed_schema().await;
    let store = Store::Postgres(db);
    fill(&store, 2).await;
    let Store::Postgres(db) = &store else { unreachable!() };
    let url = login(db, &["INSERT ON insights"]).await;
    let mut writer = queue(&url);
    assert_eq!(writer.ability().await.expect("asked"), Ability::Insert);
    assert!(!writer.can_work().await.expect("asked"));
    let pull = writer.pull(key(1, 1)).await.expect("read").expect("there");
    assert_eq!((pull.title.as_str(), &pull.head, pull.changed_files), ("Title 1", &sha("c01"), None));
    assert_eq!(super::scan(&mut writer, 9).await, keys([1, 2]));
    for _ in 0..2 {
        writer.insert(key(1, 1), &insight("c01")).await.expect("stored");
    }
    let whole = "SELECT count(*) FROM insights WHERE commit_sha = 'c01' AND risk_level = 'medium' AND NOT processed
                 AND summary = 'A summary' AND recommendation = 'Look twice' AND created_at > now() - interval '1 hour'";
    assert_eq!(store.number(whole).await, 2);
    assert_eq!(super::scan(&mut writer, 9).await, keys([2]));
    assert_eq!(
        missing(&url).await,
        ["no insight_requests table: requests for insights cannot be queued (flowlens db migrate adds it)"]
    );
    let error = writer.enqueue(&keys([1]), None).await.expect_err("there is no queue");
    assert_eq!(error.cause, Cause::Schema);
}

#[tokio::test]
async fn a_login_that_may_only_read_is_told_so_and_writes_nothing() {
    let db = pg::database("queue_reader").await;
    db.seed_schema().await;
    let store = Store::Postgres(db);
    fill(&store, 1).await;
    let Store::Postgres(db) = &store else { unreachable!() };
    let url = login(db, &[]).await;
    let mut reader = queue(&url);
    assert_eq!(reader.ability().await.expect("asked"), Ability::ReadOnly);
    let error = reader.insert(key(1, 1), &insight("c01")).await.expect_err("not allowed");
    assert_eq!(error.cause, Cause::Privilege);
    assert_eq!(insights(&store).await, 0);
    assert_eq!(
        missing(&url).await[1..],
        [
            "no right to insert into insights: insights made here are not saved (grant this login INSERT on it)"
        ]
    );
    // The right comes, and is noticed.
    let role = Url::parse(&url).expect("a URL").username().to_owned();
    db.execute(&format!("GRANT INSERT ON insights TO \"{role}\"")).await;
    assert_eq!(reader.ability().await.expect("asked"), Ability::Insert);
    reader.insert(key(1, 1), &insight("c01")).await.expect("stored");
}

#[tokio::test]
async fn who_may_only_ask_asks_and_leaves_the_work_to_others() {
    let [store, _] = super::filled("queue_asker", 1).await;
    let Store::Postgres(db) = &store else { unreachable!() };
    let url = login(db, &["INSERT ON insight_requests"]).await;
    let mut asker = queue(&url);
    assert_eq!(asker.ability().await.expect("asked"), Ability::Queue);
    assert!(!asker.can_work().await.expect("asked"));
    let queued = asker.enqueue(&keys([1]), Some("ana")).await.expect("queued");
    assert_eq!(queued, Enqueued { queued: keys([1]), ..Enqueued::default() });
    assert_eq!(asker.latest(&keys([1])).await.expect("read").len(), 1);
    assert_eq!(asker.claim("w", LEASE, None).await.expect_err("not allowed").cause, Cause::Privilege);
    assert_eq!(missing(&url).await, Vec::<String>::new());
    assert!(claim(&mut InsightStore::new(store.database()), "w").await.is_some());

    let worker = login(db, &["INSERT, UPDATE ON insight_requests", "INSERT ON insights"]).await;
    let mut worker = queue(&worker);
    assert!(worker.can_work().await.expect("asked"));
    worker.enqueue(&keys([1]), None).await.expect("queued");
    super::expire(&store).await;
    let claimed = claim(&mut worker, "v").await.expect("a claim");
    worker.finish(&claimed, &insight("c01")).await.expect("stored");

    let reader = login(db, &[]).await;
    assert_eq!(queue(&reader).ability().await.expect("asked"), Ability::ReadOnly);
    assert_eq!(missing(&reader).await.len(), 2);
    // As a standby is, whatever the login's rights.
    let standby = format!("{}?options=-c%20default_transaction_read_only%3Don", db.url());
    assert_eq!(queue(&standby).ability().await.expect("asked"), Ability::ReadOnly);
    assert_eq!(missing(&standby).await, ["this session may only read: new insights are not saved"]);
}

#[tokio::test]
async fn another_services_tables_take_an_insight_too() {
    let db = pg::database("queue_deployed").await;
    db.execute(include_str!("../fixtures/deployed.sql")).await;
    let store = Store::Postgres(db);
    let mut queue = InsightStore::new(store.database());
    assert_eq!(queue.ability().await.expect("asked"), Ability::Insert);
    let key = queue.find("acme/api", flowlens::domain::ids::PrNumber::new(7)).await.expect("read");
    let key = key.expect("there");
    assert!(queue.pull(key).await.expect("read").is_some());
    queue.insert(key, &insight("c07")).await.expect("stored");
    assert_eq!(insights(&store).await, 2);
}

#[tokio::test]
async fn looking_writes_and_locks_nothing() {
    let server = PrivateServer::start(&["log_statement = all", "log_line_prefix = '%a %d %u: '"]);
    let store = Store::Postgres(server.database("queue_looks").await);
    let Store::Postgres(db) = &store else { unreachable!() };
    let target = Target::parse(&db.url(), &[]).expect("an address");
    flowlens::store::migrate::migrate(&mut Connector::new(target), |_| {}).await.expect("migrated");
    fill(&store, 3).await;
    let mut viewer = queue(&format!("{}?application_name=viewer", db.url()));
    assert_eq!(viewer.ability().await.expect("asked"), Ability::Queue);
    assert_eq!(super::scan(&mut viewer, 9).await.len(), 3);
    assert!(viewer.pull(key(1, 1)).await.expect("read").is_some());
    assert_eq!(viewer.open(9).await.expect("read"), []);
    assert_eq!(viewer.latest(&keys([1, 2])).await.expect("read"), []);
    assert_eq!(claim(&mut viewer, "w").await, None);
    let log = server.log();
    let lines: Vec<&str> = log.lines().filter(|line| line.starts_with("viewer ")).collect();
    assert!(lines.len() >= 6, "{log}");
    let writes = |line: &&str| {
        ["INSERT ", "UPDATE ", "DELETE ", "BEGIN", "FOR UPDATE"].iter().any(|word| line.contains(word))
    };
    // Discovery asks after the rights by name.
    let found = lines.iter().copied().filter(|line| !line.contains("has_table_privilege")).find(writes);
    assert_eq!(found, None);
}
