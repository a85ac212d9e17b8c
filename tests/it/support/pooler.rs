//! A pooler with two sessions: it lends another one each time, as soon as it may, so that whatever is left on a session
//! is missed at once. It takes no TLS and asks for no password.

use std::io::{self, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use super::pg::{Database, PrivateServer};

/// For how long a session is lent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Lends {
    Transaction,
    /// And BEGIN is refused.
    Statement,
}

/// What becomes of startup options.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Options {
    PassedOver,
    Refused,
}

/// A pooler on a loopback port; its threads end with the connections.
pub(crate) struct Pooler {
    port: u16,
    lent: Arc<Mutex<usize>>,
}

struct Pool {
    socket: PathBuf,
    database: String,
    sessions: Vec<Option<UnixStream>>,
    next: usize,
}

impl Pooler {
    /// Starts one before a database of this server.
    pub(crate) fn before(server: &PrivateServer, db: &Database, lends: Lends, options: Options) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a loopback port");
        let port = listener.local_addr().expect("an address").port();
        let pool = Pool {
            socket: server.socket(),
            database: db.name().to_owned(),
            sessions: vec![None, None],
            next: 0,
        };
        let (pool, lent) = (Arc::new(Mutex::new(pool)), Arc::new(Mutex::new(0)));
        let count = Arc::clone(&lent);
        std::thread::spawn(move || {
            for client in listener.incoming().map_while(Result::ok) {
                let (pool, count) = (Arc::clone(&pool), Arc::clone(&count));
                // A client that goes away ends its thread.
                std::thread::spawn(move || drop(serve(client, &pool, lends, options, &count)));
            }
        });
        Self { port, lent }
    }

    /// The address through the pooler.
    pub(crate) fn url(&self) -> String {
        format!("postgres://postgres@127.0.0.1:{}/pooled", self.port)
    }

    /// How often a session was lent.
    pub(crate) fn lent(&self) -> usize {
        *self.lent.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn serve(
    mut client: TcpStream,
    pool: &Mutex<Pool>,
    lends: Lends,
    options: Options,
    lent: &Mutex<usize>,
) -> io::Result<()> {
    client.set_nodelay(true)?;
    let startup = loop {
        let packet = packet(&mut client)?;
        // A request for TLS is 80877103.
        if packet.get(..4) == Some(&80_877_103_u32.to_be_bytes()) {
            client.write_all(b"N")?;
        } else {
            break packet;
        }
    };
    let names: Vec<&[u8]> = startup.get(4..).unwrap_or_default().split(|byte| *byte == 0).collect();
    if options == Options::Refused && names.iter().step_by(2).any(|name| *name == b"options") {
        return refuse(&mut client, "unsupported startup parameter: options");
    }
    // The login is good, and the session ready.
    client.write_all(b"R\0\0\0\x08\0\0\0\0Z\0\0\0\x05I")?;
    loop {
        let first = message(&mut client)?;
        if first.first() == Some(&b'X') {
            return Ok(());
        }
        if lends == Lends::Statement && first.starts_with(b"Q") && first.get(5..10) == Some(b"BEGIN") {
            return refuse(&mut client, "transaction blocks not allowed in statement pooling mode");
        }
        let mut pool = pool.lock().unwrap_or_else(PoisonError::into_inner);
        *lent.lock().unwrap_or_else(PoisonError::into_inner) += 1;
        let session = pool.lend()?;
        let mut message_of_client = first;
        loop {
            let asks = matches!(message_of_client.first(), Some(b'Q' | b'S'));
            session.write_all(&message_of_client)?;
            if asks && pass_on(session, &mut client)? == b'I' {
                break;
            }
            message_of_client = message(&mut client)?;
        }
    }
}

/// Passes on what a session answers until it is ready; returns whether it is in a transaction.
fn pass_on(session: &mut UnixStream, client: &mut TcpStream) -> io::Result<u8> {
    loop {
        let answer = message(session)?;
        client.write_all(&answer)?;
        if let [b'Z', .., state] = answer.as_slice() {
            return Ok(*state);
        }
    }
}

fn refuse(client: &mut TcpStream, words: &str) -> io::Result<()> {
    let fields = format!("SFATAL\0VFATAL\0C08P01\0M{words}\0\0");
    let length = u32::try_from(fields.len() + 4).expect("short");
    client.write_all(&[b"E".as_slice(), &length.to_be_bytes(), fields.as_bytes()].concat())
}

impl Pool {
    /// The session after the last one.
    fn lend(&mut self) -> io::Result<&mut UnixStream> {
        self.next = (self.next + 1) % self.sessions.len();
        let (socket, database) = (self.socket.clone(), self.database.clone());
        let session = &mut self.sessions[self.next];
        match session {
            Some(session) => Ok(session),
            None => Ok(session.insert(open(&socket, &database)?)),
        }
    }
}

fn open(socket: &PathBuf, database: &str) -> io::Result<UnixStream> {
    let mut session = UnixStream::connect(socket)?;
    let parameters =
        ["user", "postgres", "database", database, "client_encoding", "UTF8", "TimeZone", "UTC", ""];
    let body = [&196_608_u32.to_be_bytes()[..], parameters.join("\0").as_bytes(), b"\0"].concat();
    let length = u32::try_from(body.len() + 4).expect("short");
    session.write_all(&[&length.to_be_bytes(), body.as_slice()].concat())?;
    while message(&mut session)?.first() != Some(&b'Z') {}
    Ok(session)
}

/// A packet without a type: its body.
fn packet(stream: &mut impl Read) -> io::Result<Vec<u8>> {
    let mut length = [0; 4];
    stream.read_exact(&mut length)?;
    let mut body = vec![0; usize::try_from(u32::from_be_bytes(length)).unwrap_or_default().saturating_sub(4)];
    stream.read_exact(&mut body)?;
    Ok(body)
}

/// A whole message, as it came.
fn message(stream: &mut impl Read) -> io::Result<Vec<u8>> {
    let mut kind = [0];
    stream.read_exact(&mut kind)?;
    let body = packet(stream)?;
    let length = u32::try_from(body.len() + 4).expect("short");
    Ok([&kind, length.to_be_bytes().as_slice(), &body].concat())
}
