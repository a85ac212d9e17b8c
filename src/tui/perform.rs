//! The only I/O of the dashboard besides drawing: effects in, messages out.

mod ask;
mod browser;
mod checkout;
mod child;
mod command;
mod lend;
mod own;

use std::{io, path::PathBuf, sync::Arc, time::Duration};

use chrono::{DateTime, Utc};
use tokio::{
    sync::{Semaphore, mpsc, watch},
    task::JoinSet,
    time::timeout,
};

use self::ask::{Asker, Wish};
pub use self::{
    ask::{InsightSupply, Wake},
    lend::{Lending, Tools},
};
use super::{
    effect::{Program, RuleCommand, ServiceCall},
    msg::Msg,
};
use crate::{
    domain::{
        hub::HubAsk,
        ids::{PrKey, RepoId, Sha},
        notify::Rule,
        sync::SyncAsk,
    },
    panics::caught_elsewhere,
    private,
    store::board::{detail::DetailReader, feed::FeedCommand},
};

/// How long the cursor must rest before details are read.
const REST: Duration = Duration::from_millis(120);
/// How long the connection for details stays open unused.
const IDLE: Duration = Duration::from_mins(1);

/// Programs that run at the same time: of rules, and beside them commands of the user's own.
const PROGRAMS: usize = 4;

/// Whose details are wanted; the newest wish replaces the older.
type DetailWish = Option<(PrKey, Option<Sha>)>;

/// Writes a rule into the config file, and says where.
pub type Keeper = Arc<dyn Fn(&Rule) -> Result<String, String> + Send + Sync>;
/// The repository whose usual times are wanted, by which commits, and since when.
type UsualWish = Option<(RepoId, Vec<Sha>, DateTime<Utc>)>;

/// The tasks and channels to the outside.
pub struct Services {
    feed: mpsc::Sender<FeedCommand>,
    detail: watch::Sender<DetailWish>,
    files: watch::Sender<DetailWish>,
    usual: watch::Sender<UsualWish>,
    wishes: mpsc::UnboundedSender<Wish>,
    sync: mpsc::UnboundedSender<SyncAsk>,
    hub: mpsc::UnboundedSender<HubAsk>,
    replies: mpsc::Sender<Msg>,
    /// A flood of the one kind holds up none of the other.
    told: Arc<Semaphore>,
    own: Arc<Semaphore>,
    /// `None` where no config file belongs to the board.
    keeper: Option<Keeper>,
}

impl std::fmt::Debug for Services {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Services").field("feed", &self.feed).finish_non_exhaustive()
    }
}

impl Services {
    /// Starts two tasks: the reader of details, and the asker for insights. `feed` takes the feed's commands, `sync`
    /// those of the sync with GitHub, `hub` what else is asked there, `replies` their replies.
    pub fn start(
        reader: DetailReader,
        asking: InsightSupply,
        feed: mpsc::Sender<FeedCommand>,
        sync: mpsc::UnboundedSender<SyncAsk>,
        hub: mpsc::UnboundedSender<HubAsk>,
        replies: mpsc::Sender<Msg>,
        tasks: &mut JoinSet<()>,
    ) -> Self {
        let (detail, detail_wishes) = watch::channel(None);
        let (files, file_wishes) = watch::channel(None);
        let (usual, usual_wishes) = watch::channel(None);
        let wanted = DetailWishes { detail: detail_wishes, files: file_wishes, usual: usual_wishes };
        tasks.spawn(read_details(reader, wanted, replies.clone()));
        let (wishes, granted) = mpsc::unbounded_channel();
        tasks.spawn(Asker::new(asking, feed.clone(), replies.clone()).run(granted));
        let [told, own] = [(); 2].map(|()| Arc::new(Semaphore::new(PROGRAMS)));
        Self { feed, detail, files, usual, wishes, sync, hub, replies, told, own, keeper: None }
    }

    /// With a config file for rules.
    #[must_use]
    pub fn with_keeper(self, keeper: Keeper) -> Self {
        Self { keeper: Some(keeper), ..self }
    }

    /// Tells the feed that somebody is there. What the user asks for must find room in the queue beside it.
    pub fn stir(&self) {
        if self.feed.capacity() > self.feed.max_capacity() / 2
            && self.feed.try_send(FeedCommand::Stir).is_err()
        {
            tracing::debug!("the feed is gone");
        }
    }

    /// Starts a call; the loop never waits. Requests for insights are handled in the order in which they are made.
    pub fn perform(&self, call: ServiceCall, tasks: &mut JoinSet<()>) {
        match call {
            // Only a key held down fills the queue, with commands that do the same.
            ServiceCall::Refresh => drop(self.feed.try_send(FeedCommand::Refresh)),
            ServiceCall::Reread => drop(self.feed.try_send(FeedCommand::Reread)),
            ServiceCall::Detail(key, head) => drop(self.detail.send_replace(Some((key, head)))),
            ServiceCall::Files(key, head) => drop(self.files.send_replace(Some((key, head)))),
            ServiceCall::Usual(repository, commits, since) => {
                drop(self.usual.send_replace(Some((repository, commits, since))));
            }
            ServiceCall::Open(url) => {
                tasks.spawn(open_url(url, self.replies.clone()));
            }
            ServiceCall::Export(path, content) => {
                tasks.spawn(export(path, content, self.replies.clone()));
            }
            ServiceCall::Remember(rule) => {
                if let Some(keeper) = self.keeper.clone() {
                    tasks.spawn(keep_rule(keeper, rule, self.replies.clone()));
                }
            }
            ServiceCall::Run(run) => {
                tasks.spawn(run_program(*run, Arc::clone(&self.told), self.replies.clone()));
            }
            ServiceCall::Background(id, program) => {
                tasks.spawn(run_own(id, *program, Arc::clone(&self.own), self.replies.clone()));
            }
            ServiceCall::Checkout(id, wanted) => {
                let check_out = move || checkout::run(&wanted);
                tasks.spawn(tell_end(id, check_out, self.replies.clone()));
            }
            // Nobody listens only when the program ends.
            ServiceCall::Ask(keys) => drop(self.wishes.send(Wish::Ask(keys))),
            ServiceCall::Cancel(keys) => drop(self.wishes.send(Wish::Cancel(keys))),
            ServiceCall::Sync(ask) => drop(self.sync.send(ask)),
            ServiceCall::Hub(ask) => drop(self.hub.send(ask)),
            ServiceCall::Join(keys) => drop(self.wishes.send(Wish::Join(keys))),
        }
    }
}

/// The wishes to the reader of details.
struct DetailWishes {
    detail: watch::Receiver<DetailWish>,
    files: watch::Receiver<DetailWish>,
    usual: watch::Receiver<UsualWish>,
}

async fn read_details(mut reader: DetailReader, wanted: DetailWishes, replies: mpsc::Sender<Msg>) {
    let DetailWishes { mut detail, mut files, mut usual } = wanted;
    loop {
        let reply = tokio::select! {
            woken = files.changed() => {
                let wish = woken.ok().and_then(|()| files.borrow_and_update().clone());
                let Some((key, head)) = wish else { return };
                Msg::Files(key, head, reader.files(key).await.map_err(|error| logged(&error, "files were not read")))
            }
            woken = detail.changed() => {
                if woken.is_err() {
                    return;
                }
                // Wait while the cursor moves: only the pull request on which it rests is read.
                while let Ok(Ok(())) = timeout(REST, detail.changed()).await {}
                let Some((key, head)) = detail.borrow_and_update().clone() else { continue };
                Msg::Detail(key, reader.detail(key, head.as_ref()).await.map_err(|error| logged(&error, "details were not read")))
            }
            woken = usual.changed() => {
                let wish = woken.ok().and_then(|()| usual.borrow_and_update().clone());
                let Some((repository, commits, since)) = wish else { return };
                let times = reader.usual(repository, &commits, since).await;
                Msg::Usual(repository, times.map_err(|error| logged(&error, "usual times were not read")))
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

fn logged(error: &crate::store::engine::error::StoreError, what: &'static str) -> String {
    tracing::warn!(cause = %error.cause, message = %error.message, "{what}");
    format!("{}: {}", error.cause, error.message)
}

/// Writes a new file. A path that begins with `~/` is in the home folder.
async fn export(path: String, content: Vec<u8>, replies: mpsc::Sender<Msg>) {
    let home = path.strip_prefix("~/").and_then(|rest| Some(std::env::home_dir()?.join(rest)));
    let target = home.unwrap_or_else(|| PathBuf::from(&path));
    let written = caught_elsewhere(move || private::create(&target, &content)).await;
    let result = written.and_then(|written| {
        written.map_err(|error| match error.kind() {
            io::ErrorKind::AlreadyExists => "It is there already: type another name".to_owned(),
            io::ErrorKind::NotFound => "There is no such folder".to_owned(),
            _ => error.to_string(),
        })
    });
    if let Err(why) = &result {
        tracing::warn!(path, %why, "nothing was exported");
    }
    // Nobody listens only when the program ends.
    drop(replies.send(Msg::Exported(path, result)).await);
}

/// Writes a rule down, and says where.
async fn keep_rule(keeper: Keeper, rule: Box<Rule>, replies: mpsc::Sender<Msg>) {
    let name = rule.name.clone();
    let kept = caught_elsewhere(move || keeper(&rule)).await.and_then(|kept| kept);
    // Nobody listens only when the program ends.
    drop(replies.send(Msg::RuleKept(name, kept)).await);
}

/// Runs the program of a rule when its turn comes, and says if it fails.
async fn run_program(run: RuleCommand, programs: Arc<Semaphore>, replies: mpsc::Sender<Msg>) {
    let Ok(_turn) = programs.acquire_owned().await else { return };
    if let Err(why) = caught_elsewhere(move || command::run(&run)).await.and_then(|ended| ended) {
        // Nobody listens only when the program ends.
        drop(replies.send(Msg::Done(Err(why))).await);
    }
}

/// Runs a command of the user's own when its turn comes.
async fn run_own(id: u64, program: Program, programs: Arc<Semaphore>, replies: mpsc::Sender<Msg>) {
    let Ok(_turn) = programs.acquire_owned().await else { return };
    tell_end(id, move || own::run(&program), replies).await;
}

/// Does something that takes its time, and tells how it ended.
async fn tell_end(
    id: u64,
    work: impl FnOnce() -> Result<String, String> + Send + 'static,
    replies: mpsc::Sender<Msg>,
) {
    let end = caught_elsewhere(work).await.and_then(|end| end);
    // Nobody listens only when the program ends.
    drop(replies.send(Msg::Ended(id, end)).await);
}

/// Starts a browser; its output goes nowhere near the screen.
async fn open_url(url: String, replies: mpsc::Sender<Msg>) {
    if let Err(error) = browser::open(url.clone()).await {
        // Nobody listens only when the program ends.
        drop(replies.send(Msg::NotOpened(url, error.to_string())).await);
    }
}
