//! What a receiver takes: distinct deliveries at a steady rate, each signed, acknowledged, and processed to rows.
//!
//! `cargo bench --bench serve [-- --rate 500 --seconds 30 --size 25000 --senders 16]`. Makes its database itself, on a
//! server of its own (PostgreSQL's programs must be there) or on the one that `FLOWLENS_TEST_DATABASE_URL` names. A time
//! counts from the moment at which a delivery was to be sent, not from when its turn came.
#![cfg(test)] // always so here; it tells clippy that panics are wanted

mod github;
#[path = "../shared/mod.rs"]
#[expect(dead_code, reason = "the other benches need more of it")]
mod shared;
#[path = "../../tests/it/support/mod.rs"]
#[expect(dead_code, unused_imports, reason = "the tests need more of it")]
mod support;

use std::{
    fs::File,
    net::SocketAddr,
    process::{Child, Command, Stdio},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use flowlens::store::{inbox::Inbox, migrate};
use tokio::{
    task::JoinSet,
    time::{sleep, sleep_until},
};

use self::{
    github::{SECRET, Sender},
    shared::{Args, Server, connector, head, line, milliseconds, now, number, percentile, say},
    support::{
        PATIENCE,
        cli::{PROGRAM, environment},
        eventually,
    },
};

fn main() {
    let Some(args) = Args::read() else { return };
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    runtime.expect("a runtime").block_on(run(&args));
}

/// What is delivered.
#[derive(Clone, Copy)]
struct Load {
    rate: usize,
    seconds: usize,
    size: usize,
    senders: usize,
}

async fn run(args: &Args) {
    let load = Load {
        rate: args.get("rate", 500, 20),
        seconds: args.get("seconds", 30, 1),
        size: args.get("size", 25_000, 25_000),
        senders: args.get("senders", 16, 2),
    };
    let server = Server::start();
    let database = server.database("serve").await;
    migrate::migrate(&mut connector(&database.url()), |_| {}).await.expect("migrated");
    let home = tempfile::tempdir().expect("a folder");
    let receiver = Receiver::start(home.path(), &database.url());
    let mut inbox = Inbox::new(connector(&database.url()));

    let began = now();
    let times = deliver(receiver.address, load).await;
    let took = began.elapsed();
    let cpu = receiver.cpu();
    let left = inbox.counts().await.expect("counts");
    let after = now();
    while inbox.counts().await.expect("counts").pending > 0 {
        sleep(Duration::from_millis(20)).await;
    }
    let drained = after.elapsed();
    let counts = inbox.counts().await.expect("counts");
    assert_eq!(counts.dead, 0, "dead letters");

    let title = format!("{} deliveries/s of {} bytes for {} s", load.rate, load.size, load.seconds);
    head(&[&title, ""]);
    let milli = |per_cent| number(percentile(times.iter().copied(), per_cent));
    line(["acknowledged".to_owned(), format!("{} in {:.1} s", times.len(), took.as_secs_f64())]);
    line(["acknowledgement p50 / p90 / p99, ms".to_owned(), [milli(50), milli(90), milli(99)].join(" / ")]);
    let longest = times.iter().copied().fold(0.0, f64::max);
    line(["the longest, ms".to_owned(), number(longest)]);
    line(["left in the inbox at the end".to_owned(), left.pending.to_string()]);
    line(["inbox empty after, ms".to_owned(), number(milliseconds(drained))]);
    line(["processor time, s".to_owned(), number(cpu.as_secs_f64())]);
    line(["most memory, MiB".to_owned(), number(receiver.peak())]);
    if args.quick {
        say("a quick run: these are no figures");
    }
}

/// Delivers at a steady rate; the milliseconds of each acknowledgement.
async fn deliver(address: SocketAddr, load: Load) -> Vec<f64> {
    let (next, start) = (Arc::new(AtomicUsize::new(0)), now() + Duration::from_millis(200));
    let mut senders = JoinSet::new();
    for _ in 0..load.senders {
        let next = Arc::clone(&next);
        senders.spawn(async move {
            let (mut sender, mut times) = (Sender::connect(address).await, Vec::new());
            loop {
                let n = next.fetch_add(1, Ordering::Relaxed);
                if n >= load.rate * load.seconds {
                    return times;
                }
                let due = start + Duration::from_micros((n * 1_000_000 / load.rate) as u64);
                let delivery = github::delivery(n, load.size);
                sleep_until(due.into()).await;
                sender.post(&delivery).await;
                times.push(milliseconds(now().saturating_duration_since(due)));
            }
        });
    }
    senders.join_all().await.into_iter().flatten().collect()
}

/// The program; it is killed with its value.
struct Receiver {
    child: Child,
    address: SocketAddr,
}

impl Receiver {
    fn start(home: &std::path::Path, url: &str) -> Self {
        let told = home.join("log");
        let child = Command::new(PROGRAM)
            .args(["serve", "--listen", "127.0.0.1:0"])
            .env_clear()
            .envs(environment(home))
            .envs([("FLOWLENS_DATABASE_URL", url), ("FLOWLENS_WEBHOOK_SECRET", SECRET)])
            .stdin(Stdio::null())
            .stderr(File::create(&told).expect("a file"))
            .spawn()
            .expect("the program");
        let address = eventually(PATIENCE, || {
            let text = std::fs::read_to_string(&told).ok()?;
            let (_, rest) = text.split_once("listening on http://")?;
            rest.split_once('/')?.0.parse().ok()
        });
        Self { child, address: address.expect("it listens") }
    }

    /// The processor time that it has taken.
    fn cpu(&self) -> Duration {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.child.id())).expect("a process");
        let (_, rest) = stat.rsplit_once(')').expect("a name");
        let ticks: u64 = rest.split(' ').skip(12).take(2).map(|n| n.parse::<u64>().expect("ticks")).sum();
        Duration::from_millis(ticks * 10)
    }

    /// The most memory that it has held, in MiB.
    fn peak(&self) -> f64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).expect("a process");
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).expect("a peak");
        line.trim().trim_end_matches(" kB").parse::<f64>().expect("a number") / 1024.0
    }
}

impl Drop for Receiver {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}
