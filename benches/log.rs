//! A log of 60 MB, from a server on this machine to the screen: how long after its last byte it is drawn, how long after
//! its first error that is, and the memory that it takes. Budgets: 300 ms and 10 MiB.
//!
//! `cargo bench --profile dist --bench log`
#![cfg(test)] // always so here; it tells clippy that panics are wanted

use std::{
    cell::RefCell,
    fs,
    future::ready,
    io::{BufRead as _, BufReader, Write as _},
    net::{TcpListener, TcpStream},
    sync::{Arc, Mutex},
    time::Instant,
};

use flowlens::{
    domain::{
        check::{Check, CheckId, CheckOutcome},
        hub::HubNews,
        ids::{PrKey, PrNumber, RepoId},
        log::{LogAsk, LogNews},
        secret::Secret,
    },
    github::{
        client::{Client, ClientOptions},
        logs,
    },
    tui::{
        action::Action,
        keymap::Keymap,
        model::{Model, Setup},
        msg::{Edit, LineEdit, Msg},
        overlay::{LogView, Overlay},
        theme::Theme,
        update::update,
        view,
    },
};
use ratatui::{Terminal, backend::TestBackend};
use uuid::Uuid;

const SIZE: usize = 60_000_000;
const LINE: &str = "2026-11-25T10:00:30.1234567Z \u{1b}[32mok\u{1b}[0m a line of a test that nobody will ever look at again\n";
const JOB: &str = r#"{"id": 22, "run_id": 11, "run_attempt": 1, "name": "test", "status": "completed", "conclusion": "failure",
    "started_at": "2026-11-25T10:00:00Z", "completed_at": "2026-11-25T10:01:00Z", "html_url": "https://github.com/a/b/actions/runs/11/job/22",
    "steps": [{"number": 1, "name": "Set up job", "status": "completed", "conclusion": "success",
               "started_at": "2026-11-25T10:00:00Z", "completed_at": "2026-11-25T10:00:05Z"},
              {"number": 2, "name": "Test", "status": "completed", "conclusion": "failure",
               "started_at": "2026-11-25T10:00:05Z", "completed_at": "2026-11-25T10:01:00Z"}]}"#;

/// When the first error and the last byte were sent.
type Sent = Arc<Mutex<[Option<Instant>; 2]>>;

fn now() -> Instant {
    #[expect(clippy::disallowed_methods, reason = "what is measured")]
    Instant::now()
}

fn serve(stream: TcpStream, port: u16, sent: &Sent) -> std::io::Result<()> {
    let mut out = stream.try_clone()?;
    let mut lines = BufReader::new(stream).lines();
    loop {
        let Some(first) = lines.next().transpose()? else { return Ok(()) };
        while lines.next().transpose()?.is_some_and(|line| !line.is_empty()) {}
        let path = first.split(' ').nth(1).unwrap_or_default();
        let body = match path {
            _ if path.starts_with("/store") => {
                log(&mut out, sent)?;
                continue;
            }
            _ if path.ends_with("/logs") => {
                write!(
                    out,
                    "HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:{port}/store?sig=x\r\nContent-Length: 0\r\n\r\n"
                )?;
                continue;
            }
            _ if path.contains("/annotations") => "[]",
            _ => JOB,
        };
        write!(out, "HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{body}", body.len())?;
    }
}

fn log(out: &mut TcpStream, sent: &Sent) -> std::io::Result<()> {
    let error = "2026-11-25T10:00:30.2234567Z ##[error]here it fails\n";
    let block = LINE.repeat(100);
    let blocks = SIZE / block.len();
    write!(out, "HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", block.len() * blocks + error.len())?;
    for n in 0..blocks {
        if n == blocks / 2 {
            out.write_all(error.as_bytes())?;
            sent.lock().expect("a lock")[0] = Some(now());
        }
        out.write_all(block.as_bytes())?;
    }
    sent.lock().expect("a lock")[1] = Some(now());
    Ok(())
}

const THEME: Theme = Theme { color: true, ascii: false, wide_glyphs: false };

/// What keys cost in the log that is held: deciding and drawing.
#[expect(clippy::print_stdout, reason = "what a bench is for")]
fn keys(model: &mut Model, terminal: &mut Terminal<TestBackend>, keymap: &Keymap) {
    let mut time = |model: &mut Model, message: Msg, times: u32| {
        let start = now();
        for _ in 0..times {
            update(model, message.clone());
            terminal.draw(|frame| view::draw(model, keymap, &THEME, frame)).expect("a frame");
        }
        start.elapsed().as_secs_f64() * 1_000.0 / f64::from(times)
    };
    for (name, action) in
        [("line down", Action::Down), ("page down", Action::PageDown), ("next error", Action::NextPlace)]
    {
        let cut = time(model, Msg::Action(action), 20);
        update(model, Msg::Action(Action::Wrap));
        let wrapped = time(model, Msg::Action(action), 20);
        update(model, Msg::Action(Action::Wrap));
        println!("{name}: {cut:.2} ms, wrapped {wrapped:.2} (budget 1.2)");
    }
    let typed = |text: &str| Msg::Edit(Edit::Line(LineEdit::Insert(text.to_owned())));
    update(model, Msg::Action(Action::Filter));
    println!("search keystroke: {:.2} ms", time(model, typed("r"), 1));
    println!("the next one: {:.2} ms", time(model, typed("e"), 1));
}

/// Memory that this process has in use, and the most that it had; in KiB.
fn memory() -> (u64, u64) {
    let status = fs::read_to_string("/proc/self/status").expect("Linux");
    let value = |name: &str| {
        let line = status.lines().find(|line| line.starts_with(name)).expect("a line");
        line.split_whitespace().nth(1).and_then(|value| value.parse().ok()).expect("a number")
    };
    (value("VmRSS:"), value("VmHWM:"))
}

#[expect(clippy::print_stdout, reason = "what a bench is for")]
fn main() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = listener.local_addr().expect("an address").port();
    let sent = Sent::default();
    let shared = Arc::clone(&sent);
    std::thread::spawn(move || {
        for stream in listener.incoming().map_while(Result::ok) {
            let sent = Arc::clone(&shared);
            std::thread::spawn(move || drop(serve(stream, port, &sent)));
        }
    });
    let key = PrKey::new(RepoId::new(Uuid::nil()), PrNumber::new(1));
    let ask = LogAsk { key, repository: "a/b".to_owned(), job: 22, name: "test".to_owned(), attempt: None };
    let mut model = Model::new(Setup { size: (160, 48), ..Setup::default() });
    let check = Check::new(CheckId::default(), CheckOutcome::Failed);
    model.overlay = Some(Overlay::Log(Box::new(LogView::new(ask.clone(), check, model.size))));
    let terminal = Terminal::new(TestBackend::new(160, 48)).expect("a screen");
    let screen = RefCell::new((model, terminal, Keymap::default()));
    let drawn = RefCell::new(Vec::new());
    let show = |news: LogNews| {
        let (model, terminal, keymap) = &mut *screen.borrow_mut();
        let is_log = matches!(news, LogNews::Log(_));
        update(model, Msg::Hub(HubNews::Log(ask.clone(), news)));
        terminal.draw(|frame| view::draw(model, keymap, &THEME, frame)).expect("a frame");
        if is_log {
            let has_error = terminal.backend().buffer().content.chunks(160).any(|line| {
                line.iter().map(ratatui::buffer::Cell::symbol).collect::<String>().contains("here it fails")
            });
            assert!(has_error, "the error is on the screen");
            drawn.borrow_mut().push(now());
        }
    };
    let token = Some(Secret::new("ghp_benchmark"));
    let client =
        Client::new(ClientOptions::new(format!("http://127.0.0.1:{port}"), token, None)).expect("a client");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    show(LogNews::Reading(1));
    let (before, _) = memory();
    runtime.block_on(logs::read(&client, &ask, |news| {
        show(news);
        ready(())
    }));
    let (after, most) = memory();
    let (sent, drawn) = (*sent.lock().expect("a lock"), drawn.into_inner());
    for ((what, sent), drawn) in ["first error", "last byte"].into_iter().zip(sent).zip(drawn) {
        let took = drawn.saturating_duration_since(sent.expect("sent"));
        println!("{what} to screen: {:.1} ms (budget 300)", took.as_secs_f64() * 1_000.0);
    }
    println!("memory: {:.1} MiB more, at most {:.1} (budget 10)", mib(after, before), mib(most, before));
    let (mut model, mut terminal, keymap) = screen.into_inner();
    keys(&mut model, &mut terminal, &keymap);
}

#[expect(clippy::cast_precision_loss, reason = "for people")]
fn mib(more: u64, less: u64) -> f64 {
    more.saturating_sub(less) as f64 / 1_024.0
}
