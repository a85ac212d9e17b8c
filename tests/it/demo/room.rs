//! A red pull request of the demo: why it fails, how it gets green, and how it is merged, all from its row.

use super::Demo;
use crate::support::PATIENCE;

#[test]
fn a_log_tells_why_the_failed_jobs_run_again_until_they_are_green_and_it_is_merged() {
    let mut demo = Demo::open(&["demo", "--speed", "0.01"], 100, 30);
    demo.pty.wait_for(" FlowLens  demo  ", PATIENCE);
    demo.pty.keys("/check:audit=failed\r");
    demo.pty.wait_for("✗ audit", PATIENCE);
    demo.pty.keys("L");
    demo.pty.wait_for("▾ ✗ Run cargo audit", PATIENCE);
    demo.pty.wait_for("✗ 2 advisories: RUSTSEC-2026-0031", PATIENCE);
    demo.pty.keys("a");
    // What may be done is known when what may not be has its reason.
    demo.pty.wait_for("no run of this commit is at work", PATIENCE);
    demo.pty.keys("\r");
    demo.pty.wait_for("Rerun failed jobs: acme/", PATIENCE);
    demo.pty.wait_for("y yes", PATIENCE);
    demo.pty.keys("y");
    demo.pty.wait_for("attempt 2 passed · e shows it", PATIENCE);
    demo.pty.keys("e");
    demo.pty.wait_for("● Run cargo audit", PATIENCE);
    demo.pty.wait_until("the log of the second attempt", PATIENCE, |screen| !screen.contains("e shows it"));
    demo.pty.keys("\x1b");
    demo.pty.wait_for("Next   @", PATIENCE);
    demo.pty.wait_for("passed just now", PATIENCE);
    // What failed does no more, and the row stays; so does it for what is typed without a look at the menu.
    demo.pty.keys("r");
    demo.pty.wait_for("Left   this view", PATIENCE);
    demo.pty.keys("aa");
    demo.pty.wait_for("Approve: acme/", PATIENCE);
    demo.pty.wait_for("y yes", PATIENCE);
    demo.pty.keys("y");
    demo.pty.wait_for(": approved", PATIENCE);
    demo.pty.keys(":merge\r");
    demo.pty.wait_for("Merge: acme/", PATIENCE);
    demo.pty.wait_for("y yes", PATIENCE);
    demo.pty.keys("y");
    demo.pty.wait_for(": merged (squash)", PATIENCE);
    demo.quit();
}
