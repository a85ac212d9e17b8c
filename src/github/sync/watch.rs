//! Watching.

use tokio::sync::mpsc::UnboundedReceiver;

use super::{
    engine::{Ask, Engine},
    targets::Target,
};

impl Engine {
    /// Keeps them fresh until `asks` is closed, and gives their leases back.
    pub async fn watch(&mut self, targets: Vec<Target>, mut asks: UnboundedReceiver<Ask>) {
        drop(self.once(&targets).await);
        while asks.recv().await.is_some() {}
        self.stop().await;
    }
}
