//! Transactions that meet: on YugabyteDB any statement may be told to try again.

use super::{drained, guid, program::Serving};
use crate::{
    github::fake::world::Review,
    support::{cli, rows::Store},
    sync::many,
};

/// The first two statements that write to a table fail, as they do where transactions meet.
fn hiccups(table: &str) -> String {
    format!(
        "CREATE SEQUENCE hiccups_{table};
         CREATE FUNCTION hiccup_{table}() RETURNS trigger LANGUAGE plpgsql AS $$
             DECLARE n int := nextval('hiccups_{table}');
             BEGIN
                 IF n <= 2 THEN
                     RAISE EXCEPTION 'not now' USING ERRCODE = (ARRAY['40001', '40P01'])[n];
                 END IF;
                 RETURN NULL;
             END $$;
         CREATE TRIGGER hiccup BEFORE INSERT OR UPDATE OR DELETE ON {table}
             FOR EACH STATEMENT EXECUTE FUNCTION hiccup_{table}()"
    )
}

#[tokio::test]
async fn whatever_others_get_in_the_way_of_is_tried_again_and_counts_as_one_try() {
    let [store, _] = Store::both("serve_hiccups").await;
    let tables =
        ["webhook_deliveries", "repositories", "pull_requests", "pipeline_runs", "checks", "reviews"];
    for table in tables {
        store.execute(&hiccups(table)).await;
    }
    let serving = Serving::start(&store);
    let mut world = many(1);
    let mut deliveries = vec![world.tell_pull(0, 1, "opened")];
    let head = world.repositories[0].pulls[&1].head.clone();
    let suite = world.add_suite(0, &head, "CI");
    let check = world.check(0, &head, suite, "test", Some("SUCCESS"));
    deliveries.extend(world.tell_check(0, &head, check));
    let (id, now) = (world.id(), world.now());
    let review = Review {
        id,
        author: Some("ana".to_owned()),
        state: "APPROVED",
        at: now,
        updated_at: now,
        commit: head,
    };
    world.change(0, 1, |pull| pull.reviews.push(review));
    deliveries.push(world.tell_review(0, 1, id, "submitted"));
    for (n, delivery) in deliveries.iter().enumerate() {
        assert_eq!(serving.post(guid(n), delivery.event, &delivery.body()).await.status, 202);
    }
    drained(&store).await;
    let done = store.count("webhook_deliveries", "state = 'done' AND attempts = 1").await;
    assert_eq!(usize::try_from(done), Ok(deliveries.len()), "{}", serving.log());
    assert_eq!(
        store.count("pipeline_runs", "status_build = 'passed' AND status_approval = 'passed'").await,
        1
    );
    for table in tables {
        assert_eq!(store.count(&format!("hiccups_{table}"), "last_value > 2").await, 1, "{table}");
    }
    let purge = ["inbox", "purge", "--state", "done", "--yes"];
    let url = store.url();
    store.execute("ALTER SEQUENCE hiccups_webhook_deliveries RESTART").await;
    let answer = cli::run(&purge, &[("FLOWLENS_DATABASE_URL", url.as_str())]);
    assert_eq!(answer.status.code(), Some(0), "{answer}");
    assert_eq!(store.count("webhook_deliveries", "TRUE").await, 0);
}
