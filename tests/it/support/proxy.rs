//! A network with faults: a proxy in front of a server that delays, cuts or swallows on demand.
//!
//! It runs on threads of its own, so that a test which blocks its runtime does not stop it.

use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use url::Url;

/// A proxy on a loopback port; it ends, with its connections, with its value.
pub(crate) struct Proxy {
    address: SocketAddr,
    shared: Arc<Shared>,
}

#[derive(Clone, Copy, PartialEq)]
enum Mode {
    Pass,
    Delay(Duration),
    Cut,
    BlackHole,
}

struct Shared {
    upstream: String,
    state: Mutex<State>,
    changed: Condvar,
}

struct State {
    mode: Mode,
    ended: bool,
    open: Vec<Pair>,
    accepted: usize,
    round_trips: usize,
    /// What a client asks after so many round trips is held back.
    allowed: usize,
    /// What is said instead of what the server says next, and how often.
    garbage: Option<Garbage>,
}

/// A connection's two ends.
struct Pair {
    id: usize,
    client: TcpStream,
    server: TcpStream,
    /// The client was the last to speak.
    asked: bool,
}

/// What is said instead of the server's answer.
struct Garbage {
    bytes: Vec<u8>,
    times: usize,
    /// The connection ends behind it.
    ends: bool,
}

impl Proxy {
    /// Starts a proxy before the server of this address, a database's URL; it passes everything on.
    pub(crate) fn before(url: &str) -> Self {
        let url = Url::parse(url).expect("a URL");
        let upstream = format!("{}:{}", url.host_str().expect("a host"), url.port().unwrap_or(5432));
        let listener = TcpListener::bind("127.0.0.1:0").expect("a loopback port");
        let address = listener.local_addr().expect("an address");
        let state = State {
            mode: Mode::Pass,
            ended: false,
            open: Vec::new(),
            accepted: 0,
            round_trips: 0,
            allowed: usize::MAX,
            garbage: None,
        };
        let shared = Arc::new(Shared { upstream, state: Mutex::new(state), changed: Condvar::new() });
        let accepting = Arc::clone(&shared);
        std::thread::spawn(move || {
            for client in listener.incoming().map_while(Result::ok) {
                if accepting.lock().ended {
                    return;
                }
                accepting.accept(client);
            }
        });
        Self { address, shared }
    }

    /// The same database and login, through this proxy.
    pub(crate) fn url(&self, direct: &str) -> String {
        let mut url = Url::parse(direct).expect("a URL");
        url.set_host(Some("127.0.0.1")).expect("a host");
        url.set_port(Some(self.address.port())).expect("a port");
        url.into()
    }

    /// Passes everything on, also what a black hole has held back.
    pub(crate) fn pass(&self) {
        self.set(Mode::Pass);
    }

    /// Adds so much to every round trip.
    pub(crate) fn delay(&self, milliseconds: u64) {
        self.set(Mode::Delay(Duration::from_millis(milliseconds)));
    }

    /// Closes all connections now, and new ones as soon as they are made.
    pub(crate) fn cut(&self) {
        self.set(Mode::Cut);
    }

    /// Accepts connections and bytes and passes none on: nobody hears anything any more.
    pub(crate) fn black_hole(&self) {
        self.set(Mode::BlackHole);
    }

    /// Says this so many times instead of what the server says next, and closes the connection: half a message would only
    /// be waited for.
    pub(crate) fn garble(&self, bytes: &[u8], times: usize) {
        self.shared.lock().garbage = Some(Garbage { bytes: bytes.to_vec(), times, ends: true });
    }

    /// Says this so many times instead of what the server says next, and then nothing for as long as it is heard.
    pub(crate) fn flood(&self, bytes: &[u8], times: usize) {
        self.shared.lock().garbage = Some(Garbage { bytes: bytes.to_vec(), times, ends: false });
    }

    /// Whether the garbage has been said.
    pub(crate) fn has_garbled(&self) -> bool {
        self.shared.lock().garbage.is_none()
    }

    /// Allows so many round trips in all: whatever is asked after them is held back.
    pub(crate) fn allow(&self, round_trips: usize) {
        self.shared.lock().allowed = round_trips;
        self.shared.changed.notify_all();
    }

    /// How often a client spoke after it had heard something (or for the first time), on all connections.
    pub(crate) fn round_trips(&self) -> usize {
        self.shared.lock().round_trips
    }

    /// How many connections clients have made so far.
    pub(crate) fn accepted(&self) -> usize {
        self.shared.lock().accepted
    }

    /// How many of them are open.
    pub(crate) fn open(&self) -> usize {
        self.shared.lock().open.len()
    }

    fn set(&self, mode: Mode) {
        let mut state = self.shared.lock();
        state.mode = mode;
        if mode == Mode::Cut {
            state.open.drain(..).for_each(Pair::close);
        }
        self.shared.changed.notify_all();
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.cut();
        self.shared.lock().ended = true;
        drop(TcpStream::connect(self.address)); // wakes the thread that accepts
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn accept(self: &Arc<Self>, client: TcpStream) {
        let id = {
            let mut state = self.lock();
            state.accepted += 1;
            if state.mode == Mode::Cut {
                return;
            }
            state.accepted
        };
        let Ok(server) = TcpStream::connect(&self.upstream) else { return };
        for stream in [&client, &server] {
            stream.set_nodelay(true).expect("a TCP socket");
        }
        let copy = |stream: &TcpStream| stream.try_clone().expect("a file descriptor");
        let pair = Pair { id, client: copy(&client), server: copy(&server), asked: false };
        let mut state = self.lock();
        if state.mode == Mode::Cut {
            return pair.close();
        }
        state.open.push(pair);
        drop(state);
        for (from, to, asks) in [(copy(&client), copy(&server), true), (server, client, false)] {
            let shared = Arc::clone(self);
            std::thread::spawn(move || shared.pump(id, from, to, asks));
        }
    }

    /// Passes on what one end says, until either end closes or the proxy cuts.
    fn pump(&self, id: usize, mut from: TcpStream, mut to: TcpStream, asks: bool) {
        let mut bytes = vec![0; 64 * 1024];
        loop {
            let count = from.read(&mut bytes).unwrap_or(0);
            let mut state = self.lock();
            if count > 0 && state.spoke(id, asks) {
                state.round_trips += 1;
            }
            let state = self
                .changed
                .wait_while(state, |state| {
                    state.mode == Mode::BlackHole || (asks && state.round_trips > state.allowed)
                })
                .unwrap_or_else(PoisonError::into_inner);
            let delay = match state.mode {
                Mode::Delay(delay) if asks => delay,
                _ => Duration::ZERO,
            };
            let mut state = state;
            let garbage = if asks || count == 0 { None } else { state.garbage.take() };
            drop(state);
            std::thread::sleep(delay);
            let said = match &garbage {
                Some(garbage) => (0..garbage.times).try_for_each(|_| to.write_all(&garbage.bytes)),
                None => to.write_all(bytes.get(..count).unwrap_or_default()),
            };
            if count == 0 || said.is_err() || garbage.is_some_and(|garbage| garbage.ends) {
                break;
            }
        }
        let mut state = self.lock();
        if let Some(at) = state.open.iter().position(|pair| pair.id == id) {
            state.open.swap_remove(at).close();
        }
    }
}

impl State {
    /// Notes who spoke; true when this begins a round trip.
    fn spoke(&mut self, id: usize, asks: bool) -> bool {
        let Some(pair) = self.open.iter_mut().find(|pair| pair.id == id) else { return false };
        std::mem::replace(&mut pair.asked, asks) != asks && asks
    }
}

impl Pair {
    fn close(self) {
        for stream in [&self.client, &self.server] {
            drop(stream.shutdown(Shutdown::Both)); // it may be closed already
        }
    }
}
