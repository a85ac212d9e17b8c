//! The program in a pseudo-terminal, and what it wrote.

use std::{
    io::{Read, Write},
    num::NonZeroU16,
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    thread::sleep,
    time::{Duration, Instant},
};

use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};
use tempfile::TempDir;

use super::{
    COLUMNS, FRAME_END, LINES, PATIENCE,
    shared::{milliseconds, now},
    support::cli,
};

/// What the program has written.
pub(super) struct Seen {
    pub(super) parser: vt100::Parser,
    /// When frame ends were read, and how many bytes had been by then.
    pub(super) frames: Vec<(Instant, usize)>,
    pub(super) bytes: usize,
    /// The end of what was read, in case the mark of a frame's end was cut in two.
    tail: Vec<u8>,
    pub(super) first: Option<Instant>,
    pub(super) closed: bool,
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
pub(super) struct Program {
    child: Box<dyn Child + Send + Sync>,
    pid: u32,
    pub(super) started: Instant,
    keyboard: Box<dyn Write + Send>,
    seen: Arc<(Mutex<Seen>, Condvar)>,
    _terminal: Box<dyn MasterPty + Send>,
    _home: TempDir,
}

impl Program {
    pub(super) fn start(url: &str, config: &str) -> Self {
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
    pub(super) fn settled(url: &str, config: &str, wanted: impl Fn(&str) -> bool) -> Self {
        let program = Self::start(url, config);
        program.wait("data", |seen| wanted(&seen.parser.screen().contents()));
        sleep(Duration::from_secs(1));
        program
    }

    pub(super) fn seen(&self) -> MutexGuard<'_, Seen> {
        lock(&self.seen.0)
    }

    /// Bytes and frames so far.
    pub(super) fn written(&self) -> (usize, usize) {
        let seen = self.seen();
        (seen.bytes, seen.frames.len())
    }

    pub(super) fn wait(&self, what: &str, wanted: impl Fn(&Seen) -> bool) -> Instant {
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

    pub(super) fn keys(&mut self, keys: &str) {
        self.keyboard
            .write_all(keys.as_bytes())
            .and_then(|()| self.keyboard.flush())
            .expect("the terminal's input");
    }

    /// Types one key, and waits for its frame and then for `rest`: milliseconds until the frame, bytes in all.
    pub(super) fn key(&mut self, key: &str, rest: Duration) -> (f64, usize) {
        let (bytes, frames) = self.written();
        let sent = now();
        self.keys(key);
        self.wait("frame after a key", |seen| seen.frames.len() > frames);
        let drawn = self.seen().frames.get(frames).map(|(at, _)| at.duration_since(sent));
        sleep(rest);
        (milliseconds(drawn.unwrap_or_default()), self.seen().bytes - bytes)
    }

    /// Milliseconds of CPU time of all its threads; not a number where Linux does not tell.
    pub(super) fn cpu(&self) -> f64 {
        let Ok(threads) = std::fs::read_dir(format!("/proc/{}/task", self.pid)) else { return f64::NAN };
        let of = |thread: std::io::Result<std::fs::DirEntry>| {
            let text = std::fs::read_to_string(thread.ok()?.path().join("schedstat")).ok()?;
            text.split_whitespace().next()?.parse::<f64>().ok()
        };
        threads.filter_map(of).sum::<f64>() / 1e6
    }

    /// Its share of memory (PSS) in MiB.
    pub(super) fn memory(&self) -> f64 {
        let rollup = std::fs::read_to_string(format!("/proc/{}/smaps_rollup", self.pid)).unwrap_or_default();
        let line = rollup.lines().find_map(|line| line.strip_prefix("Pss:"));
        let kib = line.and_then(|line| line.split_whitespace().next()).and_then(|n| n.parse::<f64>().ok());
        kib.map_or(f64::NAN, |kib| kib / 1024.0)
    }

    /// Leaves it by its key: milliseconds until the process has ended.
    pub(super) fn quit(mut self) -> f64 {
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
