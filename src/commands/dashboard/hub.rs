//! What this dashboard asks of GitHub beside the sync, and does there.

use tokio::sync::mpsc;

use crate::{
    domain::hub::{HubAsk, HubNews},
    tui::msg::Msg,
};

/// Answers until `asks` is closed.
pub(super) async fn run(mut asks: mpsc::UnboundedReceiver<HubAsk>, replies: mpsc::Sender<Msg>) {
    while asks.recv().await.is_some() {
        let off = HubNews::Off("acting on GitHub is not built yet".to_owned());
        if replies.send(Msg::Hub(off)).await.is_err() {
            return;
        }
    }
}
