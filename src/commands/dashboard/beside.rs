//! What a dashboard lends to whatever runs beside it.

use tokio::sync::mpsc;

use crate::{domain::hub::HubAsk, tui::msg::Msg};

/// What runs beside the dashboard may use of it.
pub(in crate::commands) struct Beside {
    /// Tells the dashboard something.
    pub told: mpsc::Sender<Msg>,
    /// Wakes the dashboard's own worker.
    pub wake: Box<dyn Fn() + Send + Sync>,
    /// Shows at once what was written.
    pub look: Box<dyn Fn() + Send + Sync>,
    /// What is asked of the simulated GitHub; `None` beside the real one.
    pub asks: Option<mpsc::UnboundedReceiver<HubAsk>>,
}
