//! `flowlens status` from end to end: reads through the feed, prints, and ends with the code that fits.

mod plan;
mod unknown;

use std::io::{self, Write};
use std::pin::pin;

use chrono::{DateTime, Utc};
use color_eyre::eyre::{Report as Unexpected, eyre};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio::time::Instant;

use self::plan::{Mode, Plan};
use super::{AwaitedBuilds, Report, Verdict, Watch};
use crate::{
    cli::{Format, StatusArgs},
    commands::{Failure, after, aside, database::Chosen, notice},
    config::{Config, Env},
    domain::{
        board::{Board, FeedEvent, Poll},
        filter::Filter,
        pull_request::PullRequest,
        source::{Cause, Outage, Source},
        text::counted,
        time::whole_minute,
    },
    exit::ExitCode,
    store::board::feed::{self, FeedOptions},
};

/// How often a single read is tried when the server itself asks to try again.
const TRIES: u32 = 3;

/// How many matches of `--fail-on` are named in a line.
const NAMED: usize = 10;

/// Reads, prints to `out`, and says how to end.
///
/// # Errors
/// A filter or a repository that makes no sense, a database that cannot be read, a time that is up.
pub async fn run(
    args: &StatusArgs,
    config: &Config,
    chosen: &Chosen,
    env: Env<'_>,
    out: &mut impl Write,
) -> Result<ExitCode, Failure> {
    // What is asked before the database counts, too.
    let started = Instant::now();
    let plan = Plan::new(args, config, env).await?;
    let options = FeedOptions { only: args.view.repos.clone(), ..chosen.feed_options(config) };
    let mut deadline = pin!(after(plan.timeout.map(|time| started + time)));
    let mut feed = FeedTask::start(chosen, options.clone());
    let mut run = Run::new(plan, chosen, options, out);
    loop {
        let step = async { run.take(feed.next().await?).await };
        let done = tokio::select! {
            biased; // what is known by now counts
            done = step => done?,
            () = &mut deadline => return run.time_is_up(),
        };
        if let Some(code) = done {
            return Ok(code);
        }
    }
}

/// The feed's task, ended with its value.
struct FeedTask {
    task: JoinSet<()>,
    events: mpsc::Receiver<FeedEvent>,
    /// While it lives, the feed polls.
    _commands: mpsc::Sender<feed::FeedCommand>,
}

impl FeedTask {
    fn start(chosen: &Chosen, options: FeedOptions) -> Self {
        let (sender, events) = mpsc::channel(16);
        let (commands, receiver) = mpsc::channel(1);
        let mut task = JoinSet::new();
        task.spawn(feed::run(chosen.database.clone(), options, sender, receiver));
        Self { task, events, _commands: commands }
    }

    async fn next(&mut self) -> Result<FeedEvent, Failure> {
        if let Some(event) = self.events.recv().await {
            return Ok(event);
        }
        match self.task.join_next().await {
            Some(Err(error)) => Err(Unexpected::from(error).wrap_err("the feed broke").into()),
            Some(Ok(())) | None => Err(eyre!("the feed ended").into()),
        }
    }
}

/// What was read so far, and what of it was printed.
struct Run<'a, W> {
    plan: Plan,
    chosen: &'a Chosen,
    options: FeedOptions,
    out: &'a mut W,
    board: Board,
    source: Option<Source>,
    loaded: bool,
    poll: Option<Poll>,
    /// Something was told since the last look at the whole.
    is_news: bool,
    /// The server's clock at that look, and at the first.
    looked_at: Option<DateTime<Utc>>,
    began_at: Option<DateTime<Utc>>,
    /// The outage that lasts, and its failures so far.
    outage: Option<(Outage, u32)>,
    watch: Watch,
    printed: bool,
    /// What was last told to be waited for.
    awaited: Option<AwaitedBuilds>,
}

impl<'a, W: Write> Run<'a, W> {
    fn new(plan: Plan, chosen: &'a Chosen, options: FeedOptions, out: &'a mut W) -> Self {
        Self {
            plan,
            chosen,
            options,
            out,
            board: Board::default(),
            source: None,
            loaded: false,
            poll: None,
            is_news: false,
            looked_at: None,
            began_at: None,
            outage: None,
            watch: Watch::default(),
            printed: false,
            awaited: None,
        }
    }

    /// Takes in an event; a code ends the command.
    async fn take(&mut self, event: FeedEvent) -> Result<Option<ExitCode>, Failure> {
        self.is_news |=
            !matches!(event, FeedEvent::Polled(_) | FeedEvent::Requests(_) | FeedEvent::Synced(_));
        match event {
            // A connection in the making, and what is asked for, are no part of how things stand.
            FeedEvent::Connecting { .. }
            | FeedEvent::Requests(_)
            | FeedEvent::Resting(_)
            | FeedEvent::Ingest(_)
            | FeedEvent::Synced(_) => {}
            FeedEvent::Connected(source) => {
                if source.exposed && self.source.is_none() {
                    notice(format_args!("warning: the connection to {} is not encrypted", source.node));
                }
                self.source = Some(source);
            }
            FeedEvent::Repositories(list) => self.board.set_repositories(list),
            FeedEvent::Pulls { changed, gone } => {
                self.board.apply_pulls(changed, &gone, self.poll.map(|poll| poll.server_now));
            }
            FeedEvent::OpenCounts(counts) => self.board.set_open_counts(counts),
            FeedEvent::LeftOut(count) => {
                self.board.set_left_out(count);
                if count > 0 {
                    let rows = counted(count, "row");
                    notice(format_args!("{rows} of pull_requests left out: the number is beyond 32 bits"));
                }
            }
            FeedEvent::Loaded { limited, .. } => {
                self.board.set_limited(limited);
                self.loaded = true;
            }
            FeedEvent::Polled(poll) => return self.polled(poll).await,
            FeedEvent::Failed(outage) => self.failed(outage)?,
        }
        Ok(None)
    }

    async fn polled(&mut self, poll: Poll) -> Result<Option<ExitCode>, Failure> {
        if self.outage.take().is_some() {
            notice("the database answers again");
        }
        // As long as nothing changes, nothing is written that would tell.
        if self.plan.mode == Mode::Watch && nobody_reads() {
            return Err(Failure::Output(io::ErrorKind::BrokenPipe.into()));
        }
        if !self.loaded {
            return Ok(None);
        }
        if self.poll.replace(poll).is_none() {
            let unknown = self.plan.selection.unknown_repos(&self.board);
            if !unknown.is_empty() {
                let known = repositories(self.chosen, &self.options).await;
                return Err(Failure::Usage(unknown::message(&unknown, &known)));
            }
        }
        if !self.is_due(poll.server_now) {
            return Ok(None);
        }
        let Some(source) = &self.source else { return Ok(None) };
        let began_at = *self.began_at.get_or_insert(poll.server_now);
        let report = Report::new(&self.board, source, poll, &self.plan.selection);
        let waiting_since = (self.plan.mode == Mode::Wait).then_some(began_at);
        let verdict = report.verdict(self.plan.fail_on.as_ref(), waiting_since);
        let (format, style) = (self.plan.format, self.plan.style);
        match (self.plan.mode, verdict, &self.plan.fail_on) {
            (_, Verdict::ConditionFailed, Some(filter)) => {
                print_matches(&report, filter, &self.plan, self.printed, self.out)?;
            }
            (Mode::Wait, Verdict::Pending, _) => {
                let awaited = report.awaited(began_at);
                if self.awaited.replace(awaited) != Some(awaited) {
                    notice(format_args!("waiting for {}", builds(awaited)));
                }
                return Ok(None);
            }
            (Mode::Watch, ..) => {
                if self.watch.changed(&report, format, style)? {
                    print(&report, &self.plan, self.printed, self.out)?;
                    self.printed = true;
                }
            }
            (Mode::Once | Mode::Wait, ..) => print(&report, &self.plan, false, self.out)?,
        }
        Ok(match verdict {
            Verdict::ConditionFailed => Some(ExitCode::Condition),
            Verdict::Ok | Verdict::Pending => (self.plan.mode != Mode::Watch).then_some(ExitCode::Success),
        })
    }

    /// Whether there is anything to look at: something was told, or time itself may have changed the answer.
    fn is_due(&mut self, now: DateTime<Utc>) -> bool {
        let minute = Some(whole_minute(now));
        let filters = [Some(&self.plan.selection.filter), self.plan.fail_on.as_ref()];
        let by_time = self.plan.mode == Mode::Wait || filters.into_iter().flatten().any(Filter::needs_clock);
        let is_due = self.is_news || (by_time && self.looked_at != minute);
        if is_due {
            (self.is_news, self.looked_at) = (false, minute);
        }
        is_due
    }

    /// Ends the command where waiting is not asked for, or will not help.
    fn failed(&mut self, outage: Outage) -> Result<(), Failure> {
        let failures = self.outage.as_ref().map_or(0, |(_, failures)| *failures) + 1;
        let hopeless = match outage.cause {
            Cause::Login | Cause::Privilege => true,
            // What worked before may work again.
            Cause::Absent | Cause::Tls | Cause::Schema | Cause::Other => self.poll.is_none(),
            Cause::Dns
            | Cause::Refused
            | Cause::Starting
            | Cause::Timeout
            | Cause::Lost
            | Cause::Retryable => false,
        };
        let asked_to_retry = outage.cause == Cause::Retryable && failures < TRIES;
        if hopeless || !(self.plan.is_patient() || asked_to_retry) {
            return Err(Failure::Database { cause: outage.cause, message: outage.message.clone() });
        }
        if self.outage.as_ref().is_none_or(|(last, _)| last.cause != outage.cause) {
            notice(format_args!("{}: {}; trying again", outage.cause, outage.message));
        }
        self.outage = Some((outage, failures));
        Ok(())
    }

    /// The end of `--timeout`: a build that still runs is another answer than none.
    fn time_is_up(&mut self) -> Result<ExitCode, Failure> {
        match (self.plan.mode, &self.source, self.poll, &self.outage) {
            (Mode::Wait, Some(source), Some(poll), None) => {
                let report = Report::new(&self.board, source, poll, &self.plan.selection);
                print(&report, &self.plan, false, self.out)?;
                Ok(ExitCode::Pending)
            }
            (_, _, _, Some((Outage { cause, message, .. }, _))) => {
                Err(Failure::TimeIsUp(format!("the time is up; {cause}: {message}")))
            }
            (_, _, None, None) => {
                Err(Failure::TimeIsUp("the time is up, and the database has not been read yet".to_owned()))
            }
            (Mode::Once | Mode::Watch | Mode::Wait, _, Some(_), None) => {
                Err(Failure::TimeIsUp("the time is up".to_owned()))
            }
        }
    }
}

/// Prints what `--fail-on` has found. People want to see that alone; for programs the report stays whole.
fn print_matches(
    report: &Report<'_>,
    filter: &Filter,
    plan: &Plan,
    again: bool,
    out: &mut impl Write,
) -> Result<(), Failure> {
    let matches: Vec<&PullRequest> = report.matching(filter).collect();
    let names: Vec<String> = matches.iter().take(NAMED).map(|pr| report.name(pr)).collect();
    let (found, all) = (matches.len(), report.pulls.len());
    match plan.format {
        Format::Table | Format::Markdown => print(&report.only(matches), plan, again, out)?,
        Format::Json | Format::Csv | Format::JsonLines => print(report, plan, again, out)?,
    }
    let more = if found > NAMED { format!(" and {} more", found - NAMED) } else { String::new() };
    let others = match all - found {
        0 => "there is no other".to_owned(),
        1 => "1 other does not".to_owned(),
        others => format!("{others} others do not"),
    };
    let verb = if found == 1 { "matches" } else { "match" };
    let found = counted(found, "pull request");
    notice(format_args!("{found} {verb} --fail-on: {}{more}; {others}", names.join(", ")));
    Ok(())
}

/// `2 builds, and for 1 to start`
fn builds(awaited: AwaitedBuilds) -> String {
    let AwaitedBuilds { running, to_start } = awaited;
    match (running, to_start) {
        (0, to_start) => format!("{} to start", counted(to_start, "build")),
        (running, 0) => counted(running, "build"),
        (running, to_start) => format!("{}, and for {to_start} to start", counted(running, "build")),
    }
}

/// Prints a report; what people should know beside the data goes to standard error.
fn print(report: &Report<'_>, plan: &Plan, again: bool, out: &mut impl Write) -> Result<(), Failure> {
    if again && plan.format == Format::Table && plan.style.width.is_some() {
        aside(format_args!("--- {}", report.poll.server_now.format("%H:%M:%S UTC")));
    }
    report.write(plan.format, plan.style, out)?;
    out.flush()?;
    // A program that reads the data has no use for the summary, but all must know that it is not everything.
    if plan.format == Format::Table || report.board.is_limited() {
        aside(report.footer());
    }
    if plan.format == Format::Table && report.board.repository_count() == 0 {
        aside("this database is empty; from GitHub it is filled by: flowlens sync OWNER/REPO");
    }
    Ok(())
}

/// The names of all repositories; none if they cannot be read now.
async fn repositories(chosen: &Chosen, options: &FeedOptions) -> Vec<String> {
    let mut feed = FeedTask::start(chosen, FeedOptions { only: Vec::new(), ..options.clone() });
    loop {
        match feed.next().await {
            Ok(FeedEvent::Repositories(list)) => return list.into_iter().map(|r| r.full_name).collect(),
            Ok(FeedEvent::Failed(_)) | Err(_) => return Vec::new(),
            Ok(_) => {}
        }
    }
}

/// Whether whoever read the output has left.
fn nobody_reads() -> bool {
    let stdout = io::stdout();
    let mut asked = [PollFd::new(&stdout, PollFlags::empty())];
    let answered = poll(&mut asked, Some(&Timespec::default()));
    // A pipe tells an error, a socket that it is hung up.
    answered.is_ok() && asked[0].revents().intersects(PollFlags::ERR | PollFlags::HUP)
}
