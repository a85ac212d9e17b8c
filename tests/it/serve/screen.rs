//! What is posted is on a running dashboard within one tick.

use super::{guid, program::Serving};
use crate::{
    support::{PATIENCE, rows::Store, term::Pty},
    sync::world,
};

#[test]
fn a_delivery_is_on_a_running_dashboard_within_a_tick() {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let [store, _] = runtime.block_on(Store::both("serve_screen"));
    let serving = Serving::start(&store);
    let mut world = world();
    let at = world.add_repository("acme/api");
    let number = world.add_pull(at, "Renew the tokens");
    let url = store.url();
    // Only the tick reads: a sweep would find it, too, but comes every two minutes.
    let mut pty = Pty::spawn(&["-i", "500ms"], &[("FLOWLENS_DATABASE_URL", &url)], 140, 40);
    pty.wait_for("The database is ready, and empty.", PATIENCE);
    let body = world.tell_pull(at, number, "opened").body();
    assert_eq!(runtime.block_on(serving.post(guid(1), "pull_request", &body)).status, 202);
    pty.wait_for("Renew the tokens", PATIENCE);
    // Its clock starts with the first rows, though nothing was ever delivered before.
    pty.wait_for("delivery just now", PATIENCE);
    pty.keys("q");
    assert_eq!(pty.exit_code(), Ok(0));
}
