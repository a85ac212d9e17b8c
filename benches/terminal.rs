//! The real program in a pseudo-terminal: how soon it shows, how little it writes, what a key and a minute cost.
//!
//! `cargo bench --bench terminal [-- --idle 60 --keys 60 --runs 7]`. Makes its database itself, on a server of its
//! own (PostgreSQL's programs must be there) or on the one that `FLOWLENS_TEST_DATABASE_URL` names. Bytes and CPU
//! time hardly depend on what else the machine does; the other times do. CPU time and memory are Linux's only.
#![cfg(test)] // always so here; it tells clippy that panics are wanted

mod shared;
#[path = "../tests/it/support/mod.rs"]
#[expect(dead_code, reason = "the tests need more of it")]
mod support;

use std::{
    fmt::Write as _,
    io::{Read, Write},
    num::NonZeroU16,
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    thread::sleep,
    time::{Duration, Instant},
};

use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};
use tempfile::TempDir;
use tokio::runtime::Runtime;

use self::{
    shared::{Args, Server, head, line, median, milliseconds, now, number, percentile, say},
    support::{cli, pg::Database},
};

const COLUMNS: u16 = 160;
const LINES: u16 = 48;
/// No answer takes longer.
const PATIENCE: Duration = Duration::from_mins(1);
/// The end of each frame.
const FRAME_END: &[u8] = b"\x1b[?2026l";
/// So long after a key its details have been read and drawn, too.
const REST: Duration = Duration::from_millis(350);

fn main() {
    let Some(args) = Args::read() else { return };
    let runtime = Runtime::new().expect("a runtime");
    let server = Server::start();
    let (team, _) =
        runtime.block_on(server.team("team", args.get("pulls", 3_000, 300), args.get("open", 500, 200)));
    head(&["160×48, 500 open pull requests of 3000", "median", "p95 or most", "budget"]);
    let titles = titles(&runtime, &team);
    starts(&args, &team, &titles);
    idle(&args, &team, &titles);
    keys(&args, &team, &titles);
    ticks(&args, &runtime, &team, &titles);
    drop(team);
    let many = args.get("many", 20_000, 400);
    let (crowd, _) = runtime.block_on(server.team("crowd", many + many / 10, many));
    large(&args, &crowd, many);
    if !cfg!(target_os = "linux") {
        say("\nCPU time and memory are measured on Linux only.");
    }
}

/// What a bench's figure is to be compared with.
fn figure(name: &str, middle: f64, most: Option<f64>, unit: &str, budget: &str) {
    let with_unit =
        |value: f64| if value.is_nan() { "–".to_owned() } else { format!("{} {unit}", number(value)) };
    line([name.to_owned(), with_unit(middle), most.map(with_unit).unwrap_or_default(), budget.to_owned()]);
}

/// Median and 95th percentile.
fn spread(name: &str, values: &[f64], unit: &str, budget: &str) {
    let most = percentile(values.iter().copied(), 95);
    figure(name, median(values.iter().copied()), Some(most), unit, budget);
}

/// How the titles begin: one of them on the screen means that data is.
fn titles(runtime: &Runtime, team: &Database) -> Vec<String> {
    runtime.block_on(async {
        let sql = "SELECT DISTINCT left(title, 8) FROM pull_requests";
        sqlx::query_scalar(sql).fetch_all(&mut team.admin().await).await.expect("titles")
    })
}

/// What the program has written.
struct Seen {
    parser: vt100::Parser,
    /// When frame ends were read, and how many bytes had been by then.
    frames: Vec<(Instant, usize)>,
    bytes: usize,
    /// The end of what was read, in case the mark of a frame's end was cut in two.
    tail: Vec<u8>,
    first: Option<Instant>,
    closed: bool,
}

impl Seen {
    fn take(&mut self, read: &[u8]) {
        let at = now();
        self.first.get_or_insert(at);
        let kept = self.tail.len();
        self.tail.extend_from_slice(read);
        for end in
            self.tail.windows(FRAME_END.len()).enumerate().filter(|(_, w)| *w == FRAME_END).map(|(n, _)| n)
        {
            self.frames.push((at, self.bytes + end + FRAME_END.len() - kept));
        }
        self.bytes += read.len();
        let rest = self.tail.len().saturating_sub(FRAME_END.len() - 1);
        self.tail.drain(..rest);
        self.parser.process(read);
    }
}

/// The program in a terminal; it is killed with its value.
struct Program {
    child: Box<dyn Child + Send + Sync>,
    pid: u32,
    started: Instant,
    keyboard: Box<dyn Write + Send>,
    seen: Arc<(Mutex<Seen>, Condvar)>,
    _terminal: Box<dyn MasterPty + Send>,
    _home: TempDir,
}

impl Program {
    fn start(url: &str, config: &str) -> Self {
        let home = tempfile::tempdir().expect("a temporary folder");
        let config_file = home.path().join("config.toml");
        std::fs::write(&config_file, config).expect("a file");
        let size = PtySize { rows: LINES, cols: COLUMNS, pixel_width: 0, pixel_height: 0 };
        let pair = native_pty_system().openpty(size).expect("a pseudo-terminal");
        let mut output = pair.master.try_clone_reader().expect("the terminal's output");
        let keyboard = pair.master.take_writer().expect("the terminal's input");
        let mut command = CommandBuilder::new(cli::PROGRAM);
        command.env_clear();
        for (name, value) in cli::environment(home.path()) {
            command.env(name, value);
        }
        command.env("FLOWLENS_DATABASE_URL", url);
        command.env("FLOWLENS_CONFIG", &config_file);
        command.env("FLOWLENS_ME", "ana");
        command.cwd(home.path());
        let cells = |count| NonZeroU16::new(count).expect("a terminal has a size");
        let seen = Seen {
            parser: vt100::Parser::new(cells(LINES), cells(COLUMNS), 0),
            frames: Vec::new(),
            bytes: 0,
            tail: Vec::new(),
            first: None,
            closed: false,
        };
        let seen = Arc::new((Mutex::new(seen), Condvar::new()));
        let reading = Arc::clone(&seen);
        let started = now();
        let child = pair.slave.spawn_command(command).expect("the program");
        std::thread::spawn(move || {
            let mut bytes = vec![0; 64 * 1024];
            while let Ok(count @ 1..) = output.read(&mut bytes) {
                lock(&reading.0).take(bytes.get(..count).unwrap_or_default());
                reading.1.notify_all();
            }
            lock(&reading.0).closed = true;
            reading.1.notify_all();
        });
        let pid = child.process_id().expect("a running program");
        Self { child, pid, started, keyboard, seen, _terminal: pair.master, _home: home }
    }

    /// Starts it and waits until it rests: everything is read and drawn, also what was shown once more because it
    /// had been written shortly before.
    fn settled(url: &str, config: &str, wanted: impl Fn(&str) -> bool) -> Self {
        let program = Self::start(url, config);
        program.wait("data", |seen| wanted(&seen.parser.screen().contents()));
        sleep(Duration::from_secs(1));
        program
    }

    fn seen(&self) -> MutexGuard<'_, Seen> {
        lock(&self.seen.0)
    }

    /// Bytes and frames so far.
    fn written(&self) -> (usize, usize) {
        let seen = self.seen();
        (seen.bytes, seen.frames.len())
    }

    fn wait(&self, what: &str, wanted: impl Fn(&Seen) -> bool) -> Instant {
        let until = now() + PATIENCE;
        let mut seen = self.seen();
        while !wanted(&seen) {
            assert!(
                now() < until && !seen.closed,
                "no {what}; the screen:\n{}",
                seen.parser.screen().contents()
            );
            seen = self
                .seen
                .1
                .wait_timeout(seen, Duration::from_secs(1))
                .unwrap_or_else(PoisonError::into_inner)
                .0;
        }
        now()
    }

    fn keys(&mut self, keys: &str) {
        self.keyboard
            .write_all(keys.as_bytes())
            .and_then(|()| self.keyboard.flush())
            .expect("the terminal's input");
    }

    /// Types one key, and waits for its frame and then for `rest`: milliseconds until the frame, bytes in all.
    fn key(&mut self, key: &str, rest: Duration) -> (f64, usize) {
        let (bytes, frames) = self.written();
        let sent = now();
        self.keys(key);
        self.wait("frame after a key", |seen| seen.frames.len() > frames);
        let drawn = self.seen().frames.get(frames).map(|(at, _)| at.duration_since(sent));
        sleep(rest);
        (milliseconds(drawn.unwrap_or_default()), self.seen().bytes - bytes)
    }

    /// Milliseconds of CPU time of all its threads; not a number where Linux does not tell.
    fn cpu(&self) -> f64 {
        let Ok(threads) = std::fs::read_dir(format!("/proc/{}/task", self.pid)) else { return f64::NAN };
        let of = |thread: std::io::Result<std::fs::DirEntry>| {
            let text = std::fs::read_to_string(thread.ok()?.path().join("schedstat")).ok()?;
            text.split_whitespace().next()?.parse::<f64>().ok()
        };
        threads.filter_map(of).sum::<f64>() / 1e6
    }

    /// Its share of memory (PSS) in MiB.
    fn memory(&self) -> f64 {
        let rollup = std::fs::read_to_string(format!("/proc/{}/smaps_rollup", self.pid)).unwrap_or_default();
        let line = rollup.lines().find_map(|line| line.strip_prefix("Pss:"));
        let kib = line.and_then(|line| line.split_whitespace().next()).and_then(|n| n.parse::<f64>().ok());
        kib.map_or(f64::NAN, |kib| kib / 1024.0)
    }

    /// Leaves it by its key: milliseconds until the process has ended.
    fn quit(mut self) -> f64 {
        let start = now();
        self.keys("q");
        let status = self.child.wait().expect("a child");
        let took = milliseconds(start.elapsed());
        assert!(status.success(), "it ends well: {status}");
        self.wait("end of the output", |seen| seen.closed || !seen.parser.screen().alternate_screen());
        took
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

fn lock(seen: &Mutex<Seen>) -> MutexGuard<'_, Seen> {
    seen.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The start, and the end.
fn starts(args: &Args, team: &Database, titles: &[String]) {
    let shows_data = |seen: &Seen| {
        let screen = seen.parser.screen().contents();
        titles.iter().any(|title| screen.contains(title.as_str()))
    };
    let plain = format!("{}?sslmode=disable", team.url());
    let runs = args.get("runs", 15, 1);
    let (mut byte, mut frame, mut frame_cpu, mut ends) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    let mut data = [(Vec::new(), Vec::new()), (Vec::new(), Vec::new())];
    for _ in 0..runs {
        for ((times, cpus), url) in data.iter_mut().zip([&plain, &team.url()]) {
            let program = Program::start(url, "");
            program.wait("first frame", |seen| !seen.frames.is_empty());
            frame_cpu.push(program.cpu());
            times.push(milliseconds(program.wait("data", shows_data) - program.started));
            cpus.push(program.cpu());
            let since = |at: Option<Instant>| at.map_or(f64::NAN, |at| milliseconds(at - program.started));
            byte.push(since(program.seen().first));
            frame.push(since(program.seen().frames.first().map(|(at, _)| *at)));
            sleep(Duration::from_millis(300));
            ends.push(program.quit());
        }
    }
    spread("first byte", &byte, "ms", "");
    spread("first frame, before the database answers", &frame, "ms", "15");
    spread("its CPU time", &frame_cpu, "ms", "8");
    let [plain, tls] = data;
    spread("first data on the screen, local PostgreSQL", &plain.0, "ms", "40");
    spread("CPU time until then", &plain.1, "ms", "");
    spread("first data on the screen, the same over TLS", &tls.0, "ms", "");
    spread("CPU time until then, over TLS", &tls.1, "ms", "");
    spread("leaving by q, process ended", &ends, "ms", "");
}

fn idle(args: &Args, team: &Database, titles: &[String]) {
    let seconds = args.get("idle", 60, 1);
    let program = settled_team(team, titles, "");
    // What was written shortly before the first poll is shown again for ten seconds.
    sleep(Duration::from_secs(if args.quick { 0 } else { 12 }));
    let (bytes, frames) = program.written();
    let cpu = program.cpu();
    let start = now();
    sleep(Duration::from_secs(seconds));
    let took = milliseconds(start.elapsed());
    let after = program.written();
    let (bytes, frames) = (after.0 - bytes, after.1 - frames);
    let what = format!("{seconds} s idle, ticks of 2 s");
    #[expect(clippy::cast_precision_loss, reason = "few")]
    let (bytes, frames) = (bytes as f64, frames as f64);
    figure(
        &format!("{what}: written (ages move on once a minute)"),
        bytes,
        None,
        "bytes",
        "one paint a minute",
    );
    figure(&format!("{what}: frames"), frames, None, "", "1 a minute");
    figure(&format!("{what}: CPU"), (program.cpu() - cpu) / took * 100.0, None, "%", "0.10");
    figure("memory (PSS)", program.memory(), None, "MiB", "10");
    program.quit();
}

fn settled_team(team: &Database, titles: &[String], config: &str) -> Program {
    let wanted = |screen: &str| titles.iter().any(|title| screen.contains(title.as_str()));
    Program::settled(&team.url(), config, wanted)
}

/// Presses keys and tells what they cost.
fn press(name: &str, program: &mut Program, keys: &[&str], count: usize, rest: Duration, budgets: [&str; 3]) {
    let (mut times, mut bytes, mut cpus) = (Vec::new(), Vec::new(), Vec::new());
    for key in keys.iter().cycle().take(count) {
        let before = program.cpu();
        let (time, written) = program.key(key, rest);
        times.push(time);
        cpus.push(program.cpu() - before);
        #[expect(clippy::cast_precision_loss, reason = "few")]
        bytes.push(written as f64);
    }
    spread(&format!("{name}: until its frame"), &times, "ms", budgets[0]);
    spread(&format!("{name}: written"), &bytes, "bytes", budgets[1]);
    spread(&format!("{name}: CPU"), &cpus, "ms", budgets[2]);
}

fn keys(args: &Args, team: &Database, titles: &[String]) {
    let count = args.get("keys", 60, 4);
    let mut program = settled_team(team, titles, "");
    let budgets = ["1.5, p95 4", "1400", "1.2"];
    let short = Duration::from_millis(30);
    press("cursor move", &mut program, &["j", "j", "k", "k"], count, short, budgets);
    press(
        "cursor move and, at rest, its details",
        &mut program,
        &["j", "j", "k", "k"],
        count / 2,
        REST,
        budgets,
    );
    press("mark", &mut program, &[" ", "k"], count / 2, short, budgets);
    press("next pane", &mut program, &["\t"], count / 2, short, budgets);
    program.key("G", REST);
    program.key("g", REST);
    for _ in 0..usize::from(LINES) {
        program.key("j", short);
    }
    press("scroll by a line", &mut program, &["j"], count, short, ["", "6000", ""]);
    program.key("g", short);
    press("page", &mut program, &[["\x04"; 8], ["\x15"; 8]].concat(), count / 2, short, ["", "6000", ""]);
    press("help, open and close", &mut program, &["?"], count / 2, short, ["", "", ""]);
    press("next sort", &mut program, &["s"], count / 2, short, ["", "", ""]);
    program.quit();
}

/// Rows that change where they stand.
fn ticks(args: &Args, runtime: &Runtime, team: &Database, titles: &[String]) {
    let program = settled_team(team, titles, "[dashboard]\nsort = \"number\"\n");
    for (count, budgets) in [(1, ["150", "1.5"]), (100, ["1600", "3"])] {
        let (mut bytes, mut cpus) = (Vec::new(), Vec::new());
        for n in 0..args.get("ticks", 9, 1) {
            sleep(Duration::from_millis(200));
            let (written, frames) = program.written();
            let cpu = program.cpu();
            let (word, since) = if n % 2 == 0 { ("skipped", "now()") } else { ("passed", "now()") };
            let mut sql = String::new();
            write!(
                sql,
                "UPDATE pipeline_runs SET status_approval = '{word}', approval_since = {since}, updated_at = now()
                 WHERE (repo_id, pr_number) IN (SELECT repo_id, pr_number FROM pull_requests WHERE state = 'open'
                     ORDER BY pr_number DESC, repo_id OFFSET 3 LIMIT {count})"
            )
            .expect("a string");
            runtime.block_on(team.execute(&sql));
            program.wait("frame after a change", |seen| seen.frames.len() > frames);
            sleep(Duration::from_millis(150));
            #[expect(clippy::cast_precision_loss, reason = "few")]
            bytes.push((program.seen().bytes - written) as f64);
            cpus.push(program.cpu() - cpu);
        }
        spread(&format!("tick, a stage of {count} changed: written"), &bytes, "bytes", budgets[0]);
        spread(&format!("tick, a stage of {count} changed: CPU"), &cpus, "ms", budgets[1]);
    }
    program.quit();
}

/// As many as it reads at most.
fn large(args: &Args, crowd: &Database, many: u32) {
    let count = args.get("keys", 60, 4);
    let wanted = format!("{many} open");
    let mut program = Program::settled(&crowd.url(), "", |screen| screen.contains(&wanted));
    figure(&format!("memory (PSS), {many} open pull requests"), program.memory(), None, "MiB", "40");
    let name = format!("cursor move, {many} open");
    press(
        &name,
        &mut program,
        &["j", "j", "k", "k"],
        count,
        Duration::from_millis(30),
        ["1.5, p95 4", "1400", "1.2"],
    );
    program.key("/", REST);
    let name = format!("filter keystroke, {many} open");
    press(
        &name,
        &mut program,
        &["r", "a", "c", "e", "\x7f", "\x7f", "\x7f", "\x7f"],
        count / 2,
        Duration::from_millis(30),
        ["", "", "8"],
    );
    drop(program);
}
