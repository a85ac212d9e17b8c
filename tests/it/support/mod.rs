//! What the tests share: a database each, a faulty network, a terminal, a command line, screens as text.

use std::time::{Duration, Instant};

pub(crate) mod board;
pub(crate) mod cli;
pub(crate) mod http;
pub(crate) mod pg;
pub(crate) mod pooler;
pub(crate) mod program;
pub(crate) mod proxy;
pub(crate) mod rows;
pub(crate) mod screen;
pub(crate) mod term;

/// How long a test waits for something that must come, in seconds: only a failure ever takes so long.
pub(crate) const PATIENCE: u64 = 120;

/// Asks again and again until there is an answer; `None` after so many seconds without one.
#[expect(clippy::disallowed_methods, reason = "the deadline of a failing test is not part of what is tested")]
pub(crate) fn eventually<T>(secs: u64, mut ask: impl FnMut() -> Option<T>) -> Option<T> {
    let deadline = Instant::now() + Duration::from_secs(secs);
    loop {
        let answer = ask();
        if answer.is_some() || Instant::now() > deadline {
            return answer;
        }
        std::thread::sleep(Duration::from_millis(10));
    }
}

/// The same for a question that is awaited.
#[expect(clippy::disallowed_methods, reason = "the deadline of a failing test is not part of what is tested")]
pub(crate) async fn awaited<T>(secs: u64, mut ask: impl AsyncFnMut() -> Option<T>) -> Option<T> {
    let deadline = Instant::now() + Duration::from_secs(secs);
    loop {
        let answer = ask().await;
        if answer.is_some() || Instant::now() > deadline {
            return answer;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}
