//! The whole loop, with a terminal in memory, typed keys, a feed that follows a script, and a host that records.

mod script;

use std::time::Duration;

use crossterm::event::Event;
use flowlens::{
    domain::{board::FeedEvent, request::Request},
    store::board::feed::FeedCommand,
    tui::{app::Ended, msg::Msg, terminal::Signal},
};
use ratatui::layout::Position;
use tokio::{task::JoinSet, time};

use self::script::{Hands, Seen, lock, run};
use crate::support::board::{self, key, noon, poll_at, pull};

#[tokio::test]
async fn the_first_frame_comes_before_any_data_and_quitting_saves() {
    let (ended, (), hands, model) = run(JoinSet::new(), async |hands: &mut Hands| {
        hands.until("Connecting to db-1:5433/prod").await;
        assert_eq!(lock(&hands.seen).frames, 1);
        hands.start().await;
        hands.keys("j");
        hands.until("acme/api#419").await;
        hands.keys("y/!zzz");
        hands.until("29 shown").await;
        hands.keys("<enter>q");
    })
    .await;
    assert!(matches!(ended, Ended::Quit));
    assert_eq!(hands.saved(), model.state());
    assert_eq!(hands.saved().selected, Some((board::repo(1).uuid(), 419)));
    assert_eq!(hands.saved().filter, "!zzz");
    let host = lock(&hands.seen).host.clone();
    assert_eq!(host, ["title flowlens", "title flowlens ✗2 ▲2", "copy acme/api#419"].map(str::to_owned));
}

#[tokio::test]
async fn a_line_is_edited_at_its_cursor_and_remembered() {
    let (_, (), hands, _) = run(JoinSet::new(), async |hands: &mut Hands| {
        hands.start().await;
        let stands_at = async |hands: &Hands, x: u16| {
            hands.wait("cursor there", |seen| seen.cursor == Some(Position { x, y: 39 })).await;
        };
        hands.keys("/認s:failing<home><delete>i");
        hands.until(" /is:failing   2 shown").await;
        stands_at(hands, 3).await;
        hands.keys("<end>");
        stands_at(hands, 12).await;
        hands.keys("<enter>/<ctrl-u>risk:high<enter>/<up>");
        hands.until(" /is:failing   2 shown").await;
        hands.keys("<down><left><ctrl-w>");
        hands.until(" /h   24 shown").await;
        hands.keys("<esc>");
        hands.wait("cursor hidden", |seen| seen.cursor.is_none()).await;
        hands.keys("q");
    })
    .await;
    assert_eq!((hands.saved().filter.as_str(), hands.saved().filters.len()), ("risk:high", 2));
}

#[tokio::test]
async fn a_burst_costs_one_frame_and_an_unchanged_poll_no_cell() {
    run(JoinSet::new(), async |hands: &mut Hands| {
        hands.start().await;
        let frames = lock(&hands.seen).frames;
        for n in 0..300 {
            let changed = vec![pull(5, 107, &format!("Title {n}"), "dan", 110).done()];
            hands.feed.try_send(FeedEvent::Pulls { changed, gone: vec![] }).expect("room for a burst");
        }
        hands.until("Title 299").await;
        assert_eq!(lock(&hands.seen).frames, frames + 1);
        let cells = lock(&hands.seen).cells;
        for n in 1..=3 {
            hands.tell(FeedEvent::Polled(poll_at(noon(), noon()))).await;
            hands.wait("frame", |seen| seen.frames == frames + 1 + n).await;
            assert_eq!(lock(&hands.seen).cells, cells);
        }
        hands.keys("q");
    })
    .await;
}

#[tokio::test]
async fn the_rest_of_a_frame_waits_for_nothing_but_the_terminal() {
    run(JoinSet::new(), async |hands| {
        hands.start().await;
        lock(&hands.seen).is_slow = true;
        time::pause();
        hands.keys("?");
        // The turn of the minute would wake it, too.
        time::sleep(Duration::from_secs(1)).await;
        assert!(lock(&hands.seen).host.iter().any(|call| call == "caught up"));
        hands.keys("qq");
    })
    .await;
}

#[tokio::test]
async fn commands_reach_the_feed() {
    run(JoinSet::new(), async |hands: &mut Hands| {
        hands.start().await;
        hands.keys("rR");
        let mut heard = Vec::new();
        while heard.last() != Some(&FeedCommand::Reread) {
            heard.push(hands.commands.recv().await.expect("the loop goes on"));
        }
        // Each burst of keys also says that somebody is there.
        assert_eq!(heard[0], FeedCommand::Stir);
        heard.retain(|command| *command != FeedCommand::Stir);
        assert_eq!(heard, [FeedCommand::Refresh, FeedCommand::Reread]);
        hands.keys("d");
        hands.until("changed files").await;
        hands.until("connection refused: ").await; // the files cannot be read either
        hands.keys("<esc>");
        hands.replies.send(Msg::Done(Ok("a worker's word".to_owned()))).await.expect("the loop listens");
        hands.until("a worker's word").await;
        hands.keys("<ctrl-c>");
    })
    .await;
}

#[tokio::test]
async fn a_new_insight_is_asked_for_in_one_frame_and_told_by_the_feed() {
    run(JoinSet::new(), async |hands: &mut Hands| {
        hands.start().await;
        let frames = lock(&hands.seen).frames;
        hands.keys("i");
        hands.until("◌ asked").await;
        assert_eq!(lock(&hands.seen).frames, frames + 1);
        hands.tell(FeedEvent::Requests(vec![board::request(1, 421, "queued")])).await;
        hands.until("queued 2m ago by ann").await;
        hands.keys("i");
        hands.until("Already queued").await;
        let running = Request { updated_at: Some(noon()), ..board::request(1, 421, "running") };
        hands.tell(FeedEvent::Requests(vec![running])).await;
        hands.until("running for 4s").await;
        hands.replies.send(Msg::Local(key(1, 421), board::local())).await.expect("the loop listens");
        hands.until("local, not saved").await;
        hands.keys("q");
    })
    .await;
}

#[tokio::test]
async fn the_end_of_the_input_ends_the_dashboard_and_saves() {
    let (ended, (), hands, _) = run(JoinSet::new(), async |hands: &mut Hands| {
        hands.start().await;
        hands.keys("j");
        hands.until("acme/api#419").await;
        hands.keyboard = None;
    })
    .await;
    assert!(matches!(ended, Ended::Hangup));
    assert_eq!(hands.saved().selected, Some((board::repo(1).uuid(), 419)));
}

#[tokio::test]
async fn a_signal_ends_the_dashboard_and_saves() {
    let (ended, (), hands, _) = run(JoinSet::new(), async |hands: &mut Hands| {
        hands.start().await;
        hands.signals.send(Signal::End).await.expect("the loop listens");
    })
    .await;
    assert!(matches!(ended, Ended::Quit));
    assert_eq!(hands.saved().selected, Some((board::repo(1).uuid(), 421)));
}

#[tokio::test]
async fn a_panic_in_a_task_is_not_lost() {
    let (panic_now, wait) = tokio::sync::oneshot::channel::<()>();
    let mut tasks = JoinSet::new();
    tasks.spawn(async move {
        wait.await.expect("a word");
        panic!("a bug of ours");
    });
    let (ended, (), _, _) = run(tasks, async |hands: &mut Hands| {
        hands.start().await;
        panic_now.send(()).expect("the task waits");
    })
    .await;
    let Ended::Panicked(error) = ended else { panic!("{ended:?}") };
    assert!(error.is_panic());
}

#[tokio::test]
async fn after_a_stop_and_on_request_everything_is_painted_anew() {
    run(JoinSet::new(), async |hands: &mut Hands| {
        hands.start().await;
        for (key, signal, told) in [
            ("<ctrl-z>", None, &["suspend", "resume"][..]),
            ("<ctrl-l>", None, &["resume"]),
            ("/<ctrl-l>", None, &["resume"]),
            ("<esc>", Some(Signal::Stop), &["suspend", "resume"]),
            ("", Some(Signal::Continued), &["resume"]),
        ] {
            let (cells, screen, before) = {
                let seen = lock(&hands.seen);
                (seen.cells, seen.screen.clone(), seen.host.len())
            };
            hands.keys(key);
            if let Some(signal) = signal {
                hands.signals.send(signal).await.expect("the loop listens");
            }
            let painted = screen.chars().filter(|c| !c.is_whitespace()).count();
            let done =
                |seen: &Seen| seen.host.len() == before + told.len() && seen.cells - cells >= painted / 2;
            hands.wait("screen, painted anew", done).await;
            assert_eq!(lock(&hands.seen).host[before..], *told, "{key:?} {signal:?}");
        }
        hands.keys("q");
    })
    .await;
}

/// The model's size and the terminal's may differ for a moment, or until somebody looks.
#[tokio::test]
async fn the_terminals_size_counts_though_no_event_told_it() {
    let (_, (), _, model) = run(JoinSet::new(), async |hands: &mut Hands| {
        hands.keyboard.as_ref().expect("a keyboard").send(Event::Resize(30, 10)).expect("the loop listens");
        hands.start().await;
        assert!(!lock(&hands.seen).screen.contains("Too small"));
        hands.keys("q");
    })
    .await;
    assert_eq!(model.size, (140, 40));
    assert!(model.board.pull(key(1, 421)).is_some());
}
