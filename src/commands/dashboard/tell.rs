//! What is found out beside the board, told to it.

use tokio::sync::{mpsc, watch};

use crate::{domain::filter::NEEDS_ME, panics::caught_elsewhere, tui::msg::Msg};

pub(super) async fn find_me(
    ask: impl FnOnce() -> Option<String> + Send + 'static,
    is_needed: bool,
    replies: mpsc::Sender<Msg>,
) {
    let found = match caught_elsewhere(ask).await {
        Ok(Some(login)) => Msg::Me(login),
        Ok(None) | Err(_) if is_needed => Msg::Done(Err(NEEDS_ME.to_owned())),
        Ok(None) | Err(_) => return,
    };
    // Nobody listens only when the program ends.
    drop(replies.send(found).await);
}

/// Hands on the terminal's answer.
pub(super) async fn tell_background(mut told: watch::Receiver<Option<bool>>, replies: mpsc::Sender<Msg>) {
    while told.changed().await.is_ok() {
        let is_light = *told.borrow_and_update();
        if let Some(is_light) = is_light
            && replies.send(Msg::Background(is_light)).await.is_err()
        {
            return;
        }
    }
}

/// Shows how the dashboard's own worker is.
pub(super) async fn show_outages(mut outages: watch::Receiver<Option<String>>, replies: mpsc::Sender<Msg>) {
    while outages.changed().await.is_ok() {
        let outage = outages.borrow_and_update().clone();
        if replies.send(Msg::Worker(outage)).await.is_err() {
            return;
        }
    }
}
