//! The hand beside a screen: on its own thread, with its own small runtime.

use std::thread;

use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use super::hand::{Hand, HandOptions};
use crate::{
    domain::hub::{HubAsk, HubNews, Outcome},
    github::client::ClientOptions,
};

/// A hand at work. It ends when `asks` is dropped, and the order that is on its way has an answer.
#[derive(Debug)]
pub struct Acting {
    pub asks: UnboundedSender<HubAsk>,
    thread: Option<thread::JoinHandle<()>>,
}

impl Acting {
    /// Starts it; with what it tells. The options are made on that thread: to ask `gh` for a token takes a moment.
    pub fn start(
        client: impl FnOnce() -> ClientOptions + Send + 'static,
        hand: HandOptions,
    ) -> (Self, UnboundedReceiver<HubNews>) {
        let (tell, news) = unbounded_channel();
        let (asks, mut asked) = unbounded_channel();
        let run = move || {
            let hand = match Hand::new(client(), hand, tell.clone()) {
                Ok(hand) => hand,
                Err(error) => return refuse(&error.with_mend(), &mut asked, &tell),
            };
            match tokio::runtime::Builder::new_current_thread().enable_all().build() {
                Ok(runtime) => {
                    runtime.block_on(hand.run(asked));
                    // A look-up of a host's name cannot be stopped; nobody waits for it.
                    runtime.shutdown_background();
                }
                Err(error) => refuse(&format!("cannot start: {error}"), &mut asked, &tell),
            }
        };
        let thread = thread::Builder::new().name("hub".to_owned()).spawn(run);
        let thread = thread.inspect_err(|error| tracing::error!("no thread for GitHub: {error}")).ok();
        (Self { asks, thread }, news)
    }

    /// Ends it, and waits for the answer to what is on its way.
    pub fn stop(self) {
        let Self { asks, thread, .. } = self;
        drop(asks);
        if let Some(thread) = thread {
            drop(thread.join());
        }
    }
}

/// Tells why nothing is done, to whatever is asked until nothing more can be.
fn refuse(why: &str, asked: &mut UnboundedReceiver<HubAsk>, tell: &UnboundedSender<HubNews>) {
    let say = |news| drop(tell.send(news));
    let answer = |ask| {
        say(HubNews::Off(why.to_owned()));
        if let HubAsk::Act(orders) = ask {
            for order in &orders {
                say(HubNews::Outcome(order.id, Outcome::NotSent(why.to_owned())));
            }
        }
    };
    tracing::warn!(why, "GitHub cannot be asked");
    asked.blocking_recv().into_iter().for_each(answer);
    asked.close();
    while let Ok(ask) = asked.try_recv() {
        answer(ask);
    }
}
