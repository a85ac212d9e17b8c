//! Panics that are caught: what a server sends may bring its driver down, and the program must outlive that.

use std::{
    any::Any,
    cell::Cell,
    panic::{self, AssertUnwindSafe},
    pin::pin,
    task::Poll,
};

thread_local! {
    /// Somebody further up catches.
    static CAUGHT: Cell<bool> = const { Cell::new(false) };
}

/// Runs a future to its end, or to its panic: then what the panic says. What the future worked on must not be used again.
///
/// # Errors
/// It panicked.
pub async fn caught<T>(future: impl Future<Output = T>) -> Result<T, String> {
    let mut future = pin!(future);
    std::future::poll_fn(move |context| match caught_here(|| future.as_mut().poll(context)) {
        Ok(polled) => polled.map(Ok),
        Err(panic) => Poll::Ready(Err(panic)),
    })
    .await
}

/// Runs work that takes long or blocks on a thread for such work, and catches its panic there: the thread that waits
/// for it cannot, and a panic that nobody catches gives the terminal away.
///
/// # Errors
/// It panicked: what the panic says.
pub async fn caught_elsewhere<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, String> {
    #[expect(
        clippy::disallowed_methods,
        reason = "the one place that blocks: panics are caught on that thread"
    )]
    let done = tokio::task::spawn_blocking(|| caught_here(work));
    done.await.unwrap_or_else(|error| Err(error.to_string()))
}

/// Runs work here; or what its panic says. What the work was on must not be used again.
///
/// # Errors
/// It panicked.
pub fn caught_here<T>(work: impl FnOnce() -> T) -> Result<T, String> {
    let outer = CAUGHT.replace(true);
    let done = panic::catch_unwind(AssertUnwindSafe(work));
    CAUGHT.set(outer);
    done.map_err(|payload| words(&*payload))
}

/// Whether a panic on this thread is caught: then it is no news for the user.
#[must_use]
pub fn are_caught() -> bool {
    CAUGHT.get()
}

/// Reports panics as before, but only logs those that are caught.
pub fn log_those_caught() {
    let report = panic::take_hook();
    panic::set_hook(Box::new(move |info| {
        if are_caught() {
            // Whoever catches it says what came of it.
            tracing::warn!(panic = %info, "panicked");
        } else {
            report(info);
        }
    }));
}

fn words(payload: &(dyn Any + Send)) -> String {
    let text = payload.downcast_ref::<String>().map(String::as_str);
    text.or_else(|| payload.downcast_ref::<&str>().copied()).unwrap_or("without a word").to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_panic_becomes_an_error_and_only_the_innermost_catches_it() {
        let panicking = async {
            tokio::task::yield_now().await;
            assert!(are_caught());
            let none: [u8; 0] = [];
            none.iter().copied().next().expect("a byte")
        };
        let outer = caught(async { caught(panicking).await.map_err(|_panic| are_caught()) });
        assert_eq!(outer.await, Ok(Err(true)));
        assert!(!are_caught());
        let elsewhere = caught_elsewhere(|| {
            assert!(are_caught());
            let none: [u8; 0] = [];
            none[std::hint::black_box(1)]
        });
        let panic = elsewhere.await.expect_err("a panic");
        assert!(panic.starts_with("index out of bounds"), "{panic}");
        assert!(!are_caught());
        let panicking = async { panic!("length {}", 3) };
        assert_eq!(caught::<()>(panicking).await, Err("length 3".to_owned()));
    }
}
