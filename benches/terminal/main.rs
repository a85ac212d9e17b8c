//! The real program in a pseudo-terminal: how soon it shows, how little it writes, what a key and a minute cost.
//!
//! `cargo bench --bench terminal [-- --idle 60 --keys 60 --runs 7]`. Makes its database itself, on a server of its
//! own (PostgreSQL's programs must be there) or on the one that `FLOWLENS_TEST_DATABASE_URL` names. Bytes and CPU
//! time hardly depend on what else the machine does; the other times do. CPU time and memory are Linux's only.
#![cfg(test)] // always so here; it tells clippy that panics are wanted

mod program;
mod pull;
#[path = "../shared/mod.rs"]
mod shared;
#[path = "../../tests/it/support/mod.rs"]
#[expect(dead_code, unused_imports, reason = "the tests need more of it")]
mod support;

use std::{
    thread::sleep,
    time::{Duration, Instant},
};

use tokio::runtime::Runtime;

use self::{
    program::{Program, Seen},
    shared::{Args, Server, head, line, median, milliseconds, now, number, percentile, say},
    support::pg::Database,
};

const COLUMNS: u16 = 160;
const LINES: u16 = 48;
/// No answer takes longer.
const PATIENCE: Duration = Duration::from_mins(1);
/// Rows that change stay where they stand.
const BY_NUMBER: &str = "[dashboard]\nsort = \"number\"\n";
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
    let program = settled_team(&team, &titles, BY_NUMBER);
    ticks(&args, &runtime, &team, &program, "", &[(1, ["150", "1.5"]), (100, ["1600", "3"])]);
    program.quit();
    pull::screen(&args, &runtime, &team, &titles);
    drop(team);
    let many = args.get("many", 20_000, 400);
    let (crowd, _) = runtime.block_on(server.team("crowd", many + many / 10, many));
    large(&args, &runtime, &crowd, many);
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
    let what = format!("{seconds} s idle, ticks of 2 s");
    rest(&what, &program, seconds, ["one paint a minute", "1 a minute", "0.10"]);
    figure("memory (PSS)", program.memory(), None, "MiB", "12");
    program.quit();
}

/// What it writes, and what it costs, while nobody presses a key.
fn rest(what: &str, program: &Program, seconds: u64, budgets: [&str; 3]) {
    let (before, cpu, start) = (program.written(), program.cpu(), now());
    sleep(Duration::from_secs(seconds));
    let (cpu, took) = (program.cpu() - cpu, milliseconds(start.elapsed()));
    let after = program.written();
    #[expect(clippy::cast_precision_loss, reason = "few")]
    let (bytes, frames) = ((after.0 - before.0) as f64, (after.1 - before.1) as f64);
    figure(&format!("{what}: written"), bytes, None, "bytes", budgets[0]);
    figure(&format!("{what}: frames"), frames, None, "", budgets[1]);
    figure(&format!("{what}: CPU"), cpu / took * 100.0, None, "%", budgets[2]);
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
    press("next pane, and back", &mut program, &["\t", "\x1b[Z"], count / 2, short, budgets);
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
fn ticks(
    args: &Args,
    runtime: &Runtime,
    database: &Database,
    program: &Program,
    of: &str,
    counts: &[(usize, [&str; 2])],
) {
    for (count, budgets) in counts {
        let (mut bytes, mut cpus) = (Vec::new(), Vec::new());
        for n in 0..args.get("ticks", 9, 1) {
            sleep(Duration::from_millis(200));
            let (written, frames) = program.written();
            let cpu = program.cpu();
            let word = if n % 2 == 0 { "skipped" } else { "passed" };
            let sql = format!(
                "UPDATE pipeline_runs SET status_approval = '{word}', approval_since = now(), updated_at = now()
                 WHERE (repo_id, pr_number) IN (SELECT repo_id, pr_number FROM pull_requests WHERE state = 'open'
                     ORDER BY pr_number DESC, repo_id OFFSET 3 LIMIT {count})"
            );
            runtime.block_on(database.execute(&sql));
            program.wait("frame after a change", |seen| seen.frames.len() > frames);
            sleep(Duration::from_millis(150));
            #[expect(clippy::cast_precision_loss, reason = "few")]
            bytes.push((program.seen().bytes - written) as f64);
            cpus.push(program.cpu() - cpu);
        }
        spread(&format!("tick, a stage of {count} changed{of}: written"), &bytes, "bytes", budgets[0]);
        spread(&format!("tick, a stage of {count} changed{of}: CPU"), &cpus, "ms", budgets[1]);
    }
}

/// As many as it reads at most.
fn large(args: &Args, runtime: &Runtime, crowd: &Database, many: u32) {
    let count = args.get("keys", 60, 4);
    let short = Duration::from_millis(30);
    let wanted = format!("{many} open");
    let mut program = Program::settled(&crowd.url(), BY_NUMBER, |screen| screen.contains(&wanted));
    figure(&format!("memory (PSS), {many} open pull requests"), program.memory(), None, "MiB", "42");
    let name = format!("cursor move, {many} open");
    press(&name, &mut program, &["j", "j", "k", "k"], count, short, ["1.5, p95 4", "1400", "1.2"]);
    let name = format!("another view, {many} open");
    press(&name, &mut program, &["2", "4", "5", "1"], count / 2, short, ["", "", "10"]);
    ticks(args, runtime, crowd, &program, &format!(", {many} open"), &[(100, ["", ""])]);
    program.key("\x07", REST);
    ticks(args, runtime, crowd, &program, &format!(", {many} open, in groups"), &[(100, ["", "2 more"])]);
    program.key("/", REST);
    let name = format!("filter keystroke, {many} open");
    let keys = ["r", "a", "c", "e", "\x7f", "\x7f", "\x7f", "\x7f"];
    press(&name, &mut program, &keys, count / 2, short, ["", "", "8"]);
    drop(program);
}
