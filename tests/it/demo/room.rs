//! A red pull request of the demo: why it fails, and how it gets green.

use super::Demo;
use crate::support::PATIENCE;

#[test]
fn a_log_tells_why_and_the_failed_jobs_run_again_until_they_are_green() {
    let mut demo = Demo::open(&["demo", "--speed", "0.01"], 100, 30);
    demo.pty.keys("/check:audit=failed\r");
    demo.pty.wait_for("✗ audit", PATIENCE);
    demo.pty.keys("L");
    demo.pty.wait_for("▾ ✗ Run cargo audit", PATIENCE);
    demo.pty.wait_for("✗ 2 advisories: RUSTSEC-2026-0031", PATIENCE);
    demo.pty.keys("\x1b");
    demo.pty.wait_for("Next   @", PATIENCE);
    demo.pty.keys("a");
    demo.pty.wait_for("Rerun failed jobs", PATIENCE);
    // What may be done is known when what may not be has its reason.
    demo.pty.wait_for("no run of this commit is at work", PATIENCE);
    demo.pty.keys("f");
    demo.pty.wait_for("y yes", PATIENCE);
    demo.pty.keys("y");
    demo.pty.wait_for("passed just now", PATIENCE);
    demo.quit();
}
