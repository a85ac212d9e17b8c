//! The screen of one pull request: at rest, moved in, and while a check runs.

use std::time::Duration;

use tokio::runtime::Runtime;

use super::{Database, Program, REST, press, rest, settled_team, shared::Args};

/// A check that has begun, beside those of each head.
const RUNNING: &str = "INSERT INTO checks (repo_id, head_sha, app, suite_id, name, status, started_at)
    SELECT DISTINCT repo_id, head_sha, app, 2, 'e2e', 'in_progress', now() FROM checks";

pub(super) fn screen(args: &Args, runtime: &Runtime, team: &Database, titles: &[String]) {
    let seconds = args.get("rest", 30, 1);
    let mut program = opened(team, titles, "test (ubuntu)");
    rest(
        "a pull request's checks, none runs",
        &program,
        seconds,
        ["one paint a minute", "1 a minute", "0.10"],
    );
    let budgets = ["1.5, p95 4", "1400", "1.2"];
    let short = Duration::from_millis(30);
    press("a pull request's checks: cursor move", &mut program, &["j", "k"], 30, short, budgets);
    drop(program);
    runtime.block_on(team.execute(RUNNING));
    let program = opened(team, titles, "e2e");
    rest("a pull request's checks, one runs", &program, seconds, ["", "1 a second", ""]);
}

/// The screen of a pull request that fails.
fn opened(team: &Database, titles: &[String], check: &str) -> Program {
    let mut program = settled_team(team, titles, "");
    program.key("4", REST);
    program.key("\r", REST);
    program.wait("its checks", |seen| seen.parser.screen().contents().contains(check));
    // The usual times come last.
    std::thread::sleep(Duration::from_secs(1));
    program
}
