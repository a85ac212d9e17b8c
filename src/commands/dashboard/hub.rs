//! What this dashboard asks of GitHub beside the sync, and does there: by a hand on a thread of its own, which is started
//! when something is asked, with the token and the options of the sync.

use std::time::Duration;

use tokio::{
    sync::{mpsc, oneshot},
    task::JoinSet,
    time::timeout,
};

use crate::{
    commands::github,
    config::Config,
    domain::hub::{HubAsk, HubNews},
    github::{
        act::{Acting, HandOptions},
        client::Budget,
        sync::Time,
    },
    panics::caught_elsewhere,
    tui::msg::Msg,
};

/// How long leaving waits for the answer to what is on its way: GitHub gives up after 10 s.
const PATIENCE: Duration = Duration::from_secs(12);

/// What it works with, and whom it tells.
pub(super) struct OwnHub {
    pub(super) config: Config,
    pub(super) budget: Budget,
    pub(super) replies: mpsc::Sender<Msg>,
}

/// The task, by its end.
pub(super) struct Running(oneshot::Receiver<()>);

/// Waits a little while for the end, once nobody asks any more.
pub(super) async fn end(running: Option<Running>) {
    if let Some(Running(ended)) = running
        && timeout(PATIENCE, ended).await.is_err()
    {
        tracing::warn!("left while an action was on its way: nobody knows what became of it");
    }
}

impl OwnHub {
    /// Starts a task that runs until `asks` is closed.
    pub(super) fn start(self, asks: mpsc::UnboundedReceiver<HubAsk>, tasks: &mut JoinSet<()>) -> Running {
        let (ends, ended) = oneshot::channel::<()>();
        tasks.spawn(async move {
            Task { own: self, acting: None, telling: JoinSet::new() }.run(asks).await;
            drop(ends);
        });
        Running(ended)
    }
}

struct Task {
    own: OwnHub,
    acting: Option<Acting>,
    /// Passes news on, of one hand after the other.
    telling: JoinSet<()>,
}

impl Task {
    async fn run(mut self, mut asks: mpsc::UnboundedReceiver<HubAsk>) {
        while let Some(ask) = asks.recv().await {
            self.ask(ask);
        }
        if let Some(acting) = self.acting {
            drop(caught_elsewhere(move || acting.stop()).await);
        }
    }

    /// Passes it on to the hand; one that has ended, for want of a token, is followed by another.
    fn ask(&mut self, ask: HubAsk) {
        let unasked = match &self.acting {
            Some(acting) => acting.asks.send(ask).map_err(|refused| refused.0),
            None => Err(ask),
        };
        let Err(ask) = unasked else { return };
        let (config, budget) = (self.own.config.clone(), self.own.budget.clone());
        let options = HandOptions {
            no_actions: config.github.no_actions.clone(),
            time: Time::default(),
            patience: None,
        };
        let (acting, news) = Acting::start(move || github::options(&config, budget), options);
        // It says why if it ends at once.
        drop(acting.asks.send(ask));
        self.acting = Some(acting);
        self.telling.spawn(pass_on(news, self.own.replies.clone()));
    }
}

async fn pass_on(mut news: mpsc::UnboundedReceiver<HubNews>, replies: mpsc::Sender<Msg>) {
    while let Some(news) = news.recv().await {
        if replies.send(Msg::Hub(news)).await.is_err() {
            return;
        }
    }
}
