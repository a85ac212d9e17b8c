//! The only I/O of the dashboard besides drawing: effects in, messages out.

use std::time::Duration;

use tokio::{
    sync::{mpsc, watch},
    task::JoinSet,
    time::timeout,
};

use super::{effect::Effect, msg::Msg};
use crate::{
    domain::ids::{PrKey, Sha},
    store::{detail::DetailReader, feed::FeedCommand},
};

/// How long the cursor must rest before details are read.
const REST: Duration = Duration::from_millis(120);
/// How long the connection for details stays open unused.
const IDLE: Duration = Duration::from_mins(1);

/// Whose details are wanted; the newest wish replaces the older.
type DetailWish = Option<(PrKey, Option<Sha>)>;

/// The ways to the outside.
#[derive(Debug)]
pub struct Services {
    feed: mpsc::Sender<FeedCommand>,
    detail: watch::Sender<DetailWish>,
    files: watch::Sender<Option<PrKey>>,
    replies: mpsc::Sender<Msg>,
}

impl Services {
    /// Starts the reader of details as a task; `feed` takes the feed's commands, `replies` what comes back.
    pub fn start(
        reader: DetailReader,
        feed: mpsc::Sender<FeedCommand>,
        replies: mpsc::Sender<Msg>,
        tasks: &mut JoinSet<()>,
    ) -> Self {
        let (detail, detail_wishes) = watch::channel(None);
        let (files, file_wishes) = watch::channel(None);
        tasks.spawn(read_details(reader, detail_wishes, file_wishes, replies.clone()));
        Self { feed, detail, files, replies }
    }

    /// Starts what an effect asks for. Those that concern the terminal and the program are the app's.
    pub fn perform(&self, effect: Effect, tasks: &mut JoinSet<()>) {
        match effect {
            // A full queue already holds a poll that answers for this one too.
            Effect::Refresh => drop(self.feed.try_send(FeedCommand::Refresh)),
            Effect::Reread => drop(self.feed.try_send(FeedCommand::Reread)),
            Effect::Detail(key, head) => drop(self.detail.send_replace(Some((key, head)))),
            Effect::Files(key) => drop(self.files.send_replace(Some(key))),
            Effect::Open(url) => {
                tasks.spawn(open_url(url, self.replies.clone()));
            }
            Effect::Ask(_)
            | Effect::Cancel(_)
            | Effect::Copy(_)
            | Effect::Mouse(_)
            | Effect::Suspend
            | Effect::Demo
            | Effect::Quit => {}
        }
    }
}

async fn read_details(
    mut reader: DetailReader,
    mut detail: watch::Receiver<DetailWish>,
    mut files: watch::Receiver<Option<PrKey>>,
    replies: mpsc::Sender<Msg>,
) {
    loop {
        let reply = tokio::select! {
            woken = files.changed() => {
                let Some(key) = woken.ok().and_then(|()| *files.borrow_and_update()) else { return };
                Msg::Files(key, reader.files(key).await.map_err(|error| logged(&error)))
            }
            woken = detail.changed() => {
                if woken.is_err() {
                    return;
                }
                // While the cursor moves on, wait; only where it rests is read.
                while let Ok(Ok(())) = timeout(REST, detail.changed()).await {}
                let Some((key, head)) = detail.borrow_and_update().clone() else { continue };
                Msg::Detail(key, reader.detail(key, head.as_ref()).await.map_err(|error| logged(&error)))
            }
            () = tokio::time::sleep(IDLE) => {
                reader.close();
                continue;
            }
        };
        if replies.send(reply).await.is_err() {
            return;
        }
    }
}

fn logged(error: &crate::store::error::StoreError) -> String {
    tracing::warn!(cause = %error.cause, message = %error.message, "details were not read");
    format!("{}: {}", error.cause, error.message)
}

/// Starts a browser; its output goes nowhere near the screen.
async fn open_url(url: String, replies: mpsc::Sender<Msg>) {
    let address = url.clone();
    let opened = tokio::task::spawn_blocking(move || open::that_detached(address)).await;
    let failed = match opened {
        Ok(Ok(())) => return,
        Ok(Err(error)) => error.to_string(),
        Err(error) => error.to_string(),
    };
    // Nobody listens only when the program ends.
    drop(replies.send(Msg::NotOpened(url, failed)).await);
}
