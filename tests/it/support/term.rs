//! The real program in a pseudo-terminal: keys in, a screen out.

use std::fs::File;
use std::io::{Read, Write};
use std::num::NonZeroU16;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;
use std::process::Command;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use portable_pty::{Child, CommandBuilder, ExitStatus, MasterPty, PtySize, SlavePty, native_pty_system};
use rustix::termios::{Action, LocalModes, OptionalActions};
use tempfile::TempDir;

use super::{PATIENCE, cli, eventually};

/// A program in a terminal of its own; it is killed with its value.
pub(crate) struct Pty {
    child: Box<dyn Child + Send + Sync>,
    home: TempDir,
    terminal: Box<dyn MasterPty + Send>,
    /// The program's end, kept open so that the terminal's modes can still be read after the program's end.
    inside: Option<Box<dyn SlavePty + Send>>,
    keyboard: Box<dyn Write + Send>,
    reader: Option<JoinHandle<()>>,
    seen: Arc<Mutex<Seen>>,
    modes_before: [u64; 4],
    end: Option<(ExitStatus, [u64; 4])>,
}

struct Seen {
    parser: vt100::Parser,
    bytes: Vec<u8>,
    /// Whether what the program writes is read.
    hearing: Hearing,
}

#[derive(Clone, Copy, PartialEq)]
enum Hearing {
    Reads,
    /// No more, once something has come.
    Stops,
    Deaf,
}

impl Pty {
    /// Starts the program under test, in a clean environment (see [`cli::environment`]) and `env` over it.
    pub(crate) fn spawn(args: &[&str], env: &[(&str, &str)], columns: u16, lines: u16) -> Self {
        Self::spawn_program(cli::PROGRAM, args, env, columns, lines)
    }

    /// The same with another program. A terminal of no size at all is drawn as one of 80×24.
    pub(crate) fn spawn_program(
        program: &str,
        args: &[&str],
        env: &[(&str, &str)],
        columns: u16,
        lines: u16,
    ) -> Self {
        let home = tempfile::tempdir().expect("a temporary folder");
        let mut command = CommandBuilder::new(program);
        command.args(args);
        command.env_clear();
        for (name, value) in cli::environment(home.path()) {
            command.env(name, value);
        }
        for (name, value) in env {
            command.env(name, value);
        }
        command.cwd(home.path());

        let pair = native_pty_system().openpty(size(columns, lines)).expect("a pseudo-terminal");
        let modes_before = modes(pair.master.as_ref());
        let mut output = pair.master.try_clone_reader().expect("the terminal's output");
        let keyboard = pair.master.take_writer().expect("the terminal's input");
        let child = pair.slave.spawn_command(command).expect("the program");
        let (rows, across) = if columns == 0 { (24, 80) } else { (lines, columns) };
        let seen = Seen {
            parser: vt100::Parser::new(cells(rows), cells(across), 0),
            bytes: Vec::new(),
            hearing: Hearing::Reads,
        };
        let seen = Arc::new(Mutex::new(seen));
        let reader = {
            let seen = Arc::clone(&seen);
            std::thread::spawn(move || {
                let mut bytes = vec![0; 64 * 1024];
                loop {
                    while lock(&seen).hearing != Hearing::Reads {
                        lock(&seen).hearing = Hearing::Deaf;
                        std::thread::sleep(Duration::from_millis(1));
                    }
                    let Ok(count @ 1..) = output.read(&mut bytes) else { break };
                    let read = bytes.get(..count).unwrap_or_default();
                    let mut seen = lock(&seen);
                    seen.parser.process(read);
                    seen.bytes.extend_from_slice(read);
                }
            })
        };
        Self {
            child,
            home,
            terminal: pair.master,
            inside: Some(pair.slave),
            keyboard,
            reader: Some(reader),
            seen,
            modes_before,
            end: None,
        }
    }

    /// Types. Keys are what a terminal sends: `jj`, `\r` (Enter), `\x1b` (Esc: let a change of the screen
    /// follow it, else it is the Alt of the next key), `\x1b[A` (up).
    pub(crate) fn keys(&mut self, keys: &str) {
        self.bytes(keys.as_bytes());
    }

    /// The same with whatever bytes.
    pub(crate) fn bytes(&mut self, bytes: &[u8]) {
        self.keyboard.write_all(bytes).and_then(|()| self.keyboard.flush()).expect("the terminal's input");
    }

    /// The same, and waits until the program has read it: what follows comes in another piece.
    pub(crate) fn piece(&mut self, bytes: &[u8]) {
        self.bytes(bytes);
        let read = || (rustix::io::ioctl_fionread(self.beside()).expect("the terminal") == 0).then_some(());
        assert!(
            eventually(PATIENCE, read).is_some(),
            "the program does not read; its screen:\n{}",
            self.screen()
        );
    }

    /// What another program writes to the same terminal.
    pub(crate) fn scribble(&self, text: &str) {
        let mut rest = text.as_bytes();
        let written = eventually(PATIENCE, || {
            match self.beside().write(rest) {
                Ok(count) => rest = &rest[count..],
                // It is full: the program writes, too.
                Err(error) => assert_eq!(error.kind(), std::io::ErrorKind::WouldBlock, "the terminal"),
            }
            rest.is_empty().then_some(())
        });
        assert!(written.is_some(), "the terminal takes nothing");
    }

    /// Another program sets the terminal's modes: those of before.
    pub(crate) fn cook(&self) {
        let terminal = self.beside();
        let mut modes = rustix::termios::tcgetattr(&terminal).expect("the terminal's modes");
        modes.local_modes |= LocalModes::ICANON | LocalModes::ECHO | LocalModes::ISIG;
        rustix::termios::tcsetattr(&terminal, OptionalActions::Now, &modes).expect("the terminal's modes");
    }

    /// The terminal's output is held, as by Ctrl-S: from now on not a byte goes through.
    pub(crate) fn hold(&self) {
        rustix::termios::tcflow(self.beside(), Action::OOff).expect("the terminal");
    }

    /// It flows again.
    pub(crate) fn release(&self) {
        rustix::termios::tcflow(self.beside(), Action::OOn).expect("the terminal");
    }

    /// Nobody reads the terminal's output any more, and it is full.
    pub(crate) fn clog(&self) {
        lock(&self.seen).hearing = Hearing::Stops;
        let mut terminal = self.beside();
        let full = eventually(PATIENCE, || {
            let is_full = terminal.write(&[0; 4096]).is_err() && lock(&self.seen).hearing == Hearing::Deaf;
            // What is full may be passed on once more.
            std::thread::sleep(Duration::from_millis(20));
            (is_full && terminal.write(&[0]).is_err()).then_some(())
        });
        assert!(full.is_some(), "the terminal takes everything");
    }

    /// It is read again.
    pub(crate) fn unclog(&self) {
        lock(&self.seen).hearing = Hearing::Reads;
    }

    /// The terminal, as another program in it has it.
    fn beside(&self) -> File {
        let name = self.terminal.tty_name().expect("the terminal's name");
        let flags = (rustix::fs::OFlags::NONBLOCK | rustix::fs::OFlags::NOCTTY).bits();
        let opened = File::options().read(true).write(true).custom_flags(flags.cast_signed()).open(name);
        opened.expect("the terminal")
    }

    /// Waits until the screen shows this text.
    pub(crate) fn wait_for(&mut self, text: &str, secs: u64) {
        self.wait_until(&format!("{text:?}"), secs, |screen| screen.contains(text));
    }

    /// Waits until the screen is as wanted; shows it when that takes too long or the program ends before.
    pub(crate) fn wait_until(&mut self, what: &str, secs: u64, wanted: impl Fn(&str) -> bool) {
        let outcome = eventually(secs, || {
            let end = self.child.try_wait().expect("a child").map(|_| self.exit_status());
            if wanted(&self.screen()) { Some(None) } else { end.map(Some) }
        });
        match outcome {
            Some(None) => {}
            Some(Some(end)) => {
                panic!("the program ended ({end}) before {what}; its screen:\n{}", self.screen())
            }
            None => panic!("no {what} in {secs} seconds; the screen:\n{}", self.screen()),
        }
    }

    /// The screen's lines, without blanks at their ends.
    pub(crate) fn screen(&self) -> String {
        let seen = lock(&self.seen);
        let screen = seen.parser.screen();
        let (_, columns) = screen.size();
        let lines: Vec<String> =
            screen.rows(0, columns.get()).map(|line| line.trim_end().to_owned()).collect();
        lines.join("\n")
    }

    /// Every byte that the program has written so far.
    pub(crate) fn raw_output(&self) -> Vec<u8> {
        lock(&self.seen).bytes.clone()
    }

    /// Changes the size of the terminal's window, and tells the program.
    pub(crate) fn resize(&mut self, columns: u16, lines: u16) {
        let mut seen = lock(&self.seen);
        seen.parser.screen_mut().set_size(cells(lines), cells(columns));
        self.terminal.resize(size(columns, lines)).expect("the terminal's size");
    }

    /// Waits until the program has stopped.
    pub(crate) fn wait_for_stop(&self) {
        let stopped = eventually(PATIENCE, || (self.state() == Some('T')).then_some(()));
        assert!(stopped.is_some(), "it does not stop:\n{}", self.screen());
    }

    /// Whether the program has ended; its output need not have been read.
    pub(crate) fn has_ended(&self) -> bool {
        self.state().is_none_or(|state| state == 'Z')
    }

    /// Waits for that; false when it takes too long.
    pub(crate) fn ends(&self) -> bool {
        eventually(PATIENCE, || self.has_ended().then_some(())).is_some()
    }

    /// Sends a signal: `TERM`, `HUP`, `KILL` …
    pub(crate) fn signal(&self, name: &str) {
        let pid = self.child.process_id().expect("a running program");
        let sent = Command::new("sh").args(["-c", &format!("kill -{name} {pid}")]).status().expect("sh");
        assert!(sent.success(), "the program (process {pid}) gets no signal");
    }

    /// The program's process id.
    pub(crate) fn pid(&self) -> u32 {
        self.child.process_id().expect("a running program")
    }

    /// The program's state as Linux tells it: `S` sleeping, `T` stopped …
    pub(crate) fn state(&self) -> Option<char> {
        state_of(self.pid())
    }

    /// Whether the program shows its own screen.
    pub(crate) fn is_fullscreen(&self) -> bool {
        lock(&self.seen).parser.screen().alternate_screen()
    }

    /// Waits until the terminal is in the modes in which the program found it.
    pub(crate) fn wait_for_modes(&self) {
        let given_back = || (modes(self.terminal.as_ref()) == self.modes_before).then_some(());
        assert!(eventually(PATIENCE, given_back).is_some(), "the terminal stays in the program's modes");
    }

    /// Waits for the program's end; its exit code, or the name of the signal that ended it.
    pub(crate) fn exit_code(&mut self) -> Result<u32, String> {
        let ended = eventually(PATIENCE, || self.child.try_wait().expect("a child")).is_some();
        assert!(ended, "the program does not end; its screen:\n{}", self.screen());
        let end = self.exit_status();
        end.signal().map_or(Ok(end.exit_code()), |signal| Err(signal.to_owned()))
    }

    /// True when the terminal, after the program's end, is as it was before: the main screen, with a cursor,
    /// without mouse reports or bracketed paste, and in the modes (echo, lines, signals) of the start.
    pub(crate) fn is_restored(&mut self) -> bool {
        drop(self.exit_code());
        let seen = lock(&self.seen);
        let screen = seen.parser.screen();
        !screen.alternate_screen()
            && !screen.hide_cursor()
            && !screen.bracketed_paste()
            && screen.mouse_protocol_mode() == vt100::MouseProtocolMode::None
            && self.end.as_ref().is_some_and(|(_, modes)| *modes == self.modes_before)
    }

    /// The program's home, where it keeps its files.
    pub(crate) fn home(&self) -> &Path {
        self.home.path()
    }

    /// The status of a program that has ended, when all its output has been read.
    fn exit_status(&mut self) -> ExitStatus {
        if let Some((status, _)) = &self.end {
            return status.clone();
        }
        let status = self.child.wait().expect("a child");
        self.end = Some((status.clone(), modes(self.terminal.as_ref())));
        self.inside = None; // the last one to hold the program's end: the reader finds the end of the output
        if let Some(reader) = self.reader.take() {
            reader.join().expect("the terminal's reader");
        }
        status
    }
}

impl Drop for Pty {
    fn drop(&mut self) {
        if self.end.is_none() {
            drop(self.child.kill());
            drop(self.child.wait());
        }
    }
}

/// A process's state as Linux tells it; `None` once it is gone.
pub(crate) fn state_of(pid: u32) -> Option<char> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    stat.rsplit_once(") ")?.1.chars().next()
}

fn cells(count: u16) -> NonZeroU16 {
    NonZeroU16::new(count).expect("a terminal has a size")
}

fn size(columns: u16, lines: u16) -> PtySize {
    PtySize { cols: columns, rows: lines, pixel_width: 0, pixel_height: 0 }
}

/// The modes of the terminal: input, output, control and local.
fn modes(terminal: &dyn MasterPty) -> [u64; 4] {
    let modes = terminal.get_termios().expect("a terminal's modes");
    [
        modes.input_flags.bits().into(),
        modes.output_flags.bits().into(),
        modes.control_flags.bits().into(),
        modes.local_flags.bits().into(),
    ]
}

fn lock(seen: &Mutex<Seen>) -> MutexGuard<'_, Seen> {
    seen.lock().unwrap_or_else(PoisonError::into_inner)
}
