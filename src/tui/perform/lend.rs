//! Programs that have the terminal for a while: commands of the user's own, the pager, the editor. They run in our
//! process group, so that a shell stops and continues them with us.

use std::{
    fs::File,
    future::pending,
    io::{self, Read as _, Write as _},
    os::fd::AsFd as _,
    process::{Child, Command, ExitStatus, Stdio},
    sync::{Arc, Mutex, PoisonError},
};

use nix::sys::signal::{SigSet, SigmaskHow, Signal as Masked};
use rustix::{
    process::{Pid, Signal, getpgrp, kill_process},
    termios::tcsetpgrp,
};
use tokio::task::JoinSet;

use super::{
    child::{ended, without_secrets},
    own::environment,
};
use crate::{
    domain::text::clean,
    panics::caught_elsewhere,
    tui::{
        effect::{Errand, Program},
        msg::{Msg, NotWritten},
    },
};

/// Bytes of a text that is taken: far more than GitHub takes.
const LARGEST: usize = 1 << 20;

/// The programs of the user's, each with its arguments.
#[derive(Clone, Debug, Default)]
pub struct Tools {
    pub editor: Vec<String>,
    pub pager: Vec<String>,
}

/// The program that has the terminal, if one has.
#[derive(Debug, Default)]
pub struct Lending {
    tools: Tools,
    running: JoinSet<Msg>,
    children: Children,
}

/// Those that have not ended.
type Children = Arc<Mutex<Vec<Pid>>>;

impl Lending {
    pub fn new(tools: Tools) -> Self {
        Self { tools, ..Self::default() }
    }

    pub fn is_lent(&self) -> bool {
        !self.running.is_empty()
    }

    /// Starts it; the terminal is given back already.
    pub fn begin(&mut self, errand: Errand) {
        let (tools, children) = (self.tools.clone(), Arc::clone(&self.children));
        self.running.spawn(async move {
            let done = caught_elsewhere(move || {
                let msg = run(errand, &tools, &children);
                take_foreground();
                msg
            });
            done.await.unwrap_or_else(|panic| Msg::Done(Err(panic)))
        });
    }

    /// Waits for its end.
    pub async fn ended(&mut self) -> Msg {
        match self.running.join_next().await {
            Some(ended) => ended.unwrap_or_else(|error| Msg::Done(Err(error.to_string()))),
            None => pending().await,
        }
    }

    /// We end: it is asked to end, too.
    pub fn stop(&self) {
        for pid in self.children.lock().unwrap_or_else(PoisonError::into_inner).iter() {
            // It may just have ended.
            kill_process(*pid, Signal::TERM).ok();
        }
    }
}

/// A shell that runs as a program of ours may have put itself into the foreground; who is not there is stopped when it
/// touches the terminal, unless that signal is blocked.
fn take_foreground() {
    let stops = SigSet::from(Masked::SIGTTOU);
    let before = stops.thread_swap_mask(SigmaskHow::SIG_BLOCK);
    if let Err(error) = tcsetpgrp(io::stdin(), getpgrp()) {
        tracing::warn!(%error, "the terminal does not come back to the foreground");
    }
    if let Ok(before) = before {
        // It was so before, and can be so again.
        before.thread_set_mask().ok();
    }
}

fn run(errand: Errand, tools: &Tools, children: &Children) -> Msg {
    match errand {
        Errand::Own(id, program) => Msg::Ended(id, own(&program, children)),
        Errand::Page(id, program) => Msg::Ended(id, page(&program, tools, children)),
        Errand::Show(text) => match show(&text, tools, children) {
            Ok(()) => Msg::Done(Ok(String::new())),
            Err(why) => Msg::Done(Err(why)),
        },
        Errand::Write(text) => Msg::Written(write(&text, tools, children)),
    }
}

/// A command of the user's own, as a process to be.
fn command(program: &Program) -> Result<Command, String> {
    let [word, arguments @ ..] = program.words.as_slice() else { return Err("it has no program".to_owned()) };
    let mut command = Command::new(word);
    command.args(arguments);
    environment(&mut command, &program.facts);
    Ok(command)
}

/// A program of the user's tools.
fn tool(words: &[String]) -> Result<Command, String> {
    let [word, arguments @ ..] = words else { return Err("no program is configured".to_owned()) };
    let mut command = Command::new(word);
    without_secrets(command.args(arguments));
    Ok(command)
}

fn shown(command: &Command) -> String {
    clean(&command.get_program().to_string_lossy())
}

fn start(mut command: Command, children: &Children) -> Result<Child, String> {
    let child = command.spawn().map_err(|error| format!("{} cannot be started: {error}", shown(&command)))?;
    children.lock().unwrap_or_else(PoisonError::into_inner).push(Pid::from_child(&child));
    Ok(child)
}

fn wait(child: &mut Child, children: &Children) -> Result<ExitStatus, String> {
    let status = child.wait().map_err(|error| format!("it cannot be waited for: {error}"));
    let pid = Pid::from_child(child);
    children.lock().unwrap_or_else(PoisonError::into_inner).retain(|other| *other != pid);
    status
}

/// It has the terminal. Where it fails the user may read what it said first.
fn own(program: &Program, children: &Children) -> Result<String, String> {
    let status = wait(&mut start(command(program)?, children)?, children)?;
    if status.success() {
        return Ok("ended well".to_owned());
    }
    take_foreground();
    let asked = format!("\r\n{} {}. Enter leads back to FlowLens. ", clean(&program.name), ended(status));
    // Without an answer we go back, too.
    ask(&asked).ok();
    Err(ended(status))
}

/// Waits for a line. The terminal's descriptors are used as they are: others may hold the locks of standard output.
fn ask(question: &str) -> io::Result<usize> {
    let (input, output) =
        (io::stdin().as_fd().try_clone_to_owned()?, io::stdout().as_fd().try_clone_to_owned()?);
    File::from(output).write_all(question.as_bytes())?;
    File::from(input).read(&mut [0; 256])
}

/// What it says, errors too, goes to the pager.
fn page(program: &Program, tools: &Tools, children: &Children) -> Result<String, String> {
    let failed = |error: io::Error| format!("no pipe: {error}");
    let (output, written) = io::pipe().map_err(failed)?;
    let mut command = command(program)?;
    command.stdin(Stdio::null()).stderr(written.try_clone().map_err(failed)?).stdout(written);
    let mut child = start(command, children)?;
    let mut pager = tool(&tools.pager)?;
    pager.stdin(output);
    let read = start(pager, children).and_then(|mut pager| wait(&mut pager, children));
    // Who leaves the pager does not wait for the rest.
    child.kill().ok();
    let status = wait(&mut child, children)?;
    read?;
    match status.code() {
        Some(0) | None => Ok("was shown".to_owned()),
        Some(_) => Err(ended(status)),
    }
}

fn show(text: &[u8], tools: &Tools, children: &Children) -> Result<(), String> {
    let mut pager = tool(&tools.pager)?;
    pager.stdin(Stdio::piped());
    let mut child = start(pager, children)?;
    if let Some(mut pipe) = child.stdin.take() {
        // Who leaves the pager does not read the rest.
        pipe.write_all(text).ok();
    }
    wait(&mut child, children).map(drop)
}

/// `None`: nothing was changed, or nothing is left.
fn write(text: &str, tools: &Tools, children: &Children) -> Result<Option<String>, NotWritten> {
    let failed = |error: io::Error| format!("no file to write in: {error}");
    // Readable by us alone.
    let file = tempfile::Builder::new().prefix("flowlens-").suffix(".md").tempfile().map_err(failed)?;
    file.as_file().write_all(text.as_bytes()).map_err(failed)?;
    let path = file.into_temp_path();
    let mut editor = tool(&tools.editor)?;
    let name = shown(editor.arg(&path));
    let status = wait(&mut start(editor, children)?, children)?;
    let mut bytes = Vec::new();
    // Some editors put another file in its place.
    let most = u64::try_from(LARGEST + 1).unwrap_or(u64::MAX);
    let read = File::open(&path).and_then(|file| file.take(most).read_to_end(&mut bytes));
    read.map_err(|error| format!("what was written cannot be read: {error}"))?;
    if bytes.len() > LARGEST {
        // Neither cut nor lost.
        let kept = path.keep().map_err(|error| format!("what was written cannot be kept: {error}"))?;
        let kept = clean(&kept.display().to_string());
        return Err(format!("it is longer than {LARGEST} bytes; it is kept in {kept}").into());
    }
    let written = String::from_utf8_lossy(&bytes).into_owned();
    let is_new = written.trim() != text.trim() && !written.trim().is_empty();
    let written = is_new.then_some(written);
    if !status.success() {
        let kept = if written.is_some() { "what was written is kept" } else { "nothing was taken" };
        return Err(NotWritten { why: format!("{name} {}: {kept}", ended(status)), text: written });
    }
    Ok(written)
}
