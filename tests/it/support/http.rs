//! A small HTTP server that answers as a test tells it to, and keeps what it was asked.

use std::collections::BTreeMap;
use std::io;
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio::runtime::{Builder, Runtime};
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;

/// What was asked.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    pub(crate) line: String,
    /// Names in lower case.
    pub(crate) headers: BTreeMap<String, String>,
    pub(crate) body: Vec<u8>,
}

impl Request {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).expect("JSON")
    }
}

/// What is answered.
#[derive(Clone, Debug)]
pub(crate) enum Reply {
    /// A status, more headers (each with its line end) and a body.
    Answer(u16, String, Vec<u8>),
    /// Nothing, and the connection stays open.
    Silence,
    /// A good answer that never says how long it is and goes on for so many bytes.
    Flood(usize),
    /// The beginning of a good answer; then the connection ends.
    Cut,
}

impl Reply {
    pub(crate) fn status(status: u16) -> Self {
        Self::Answer(status, String::new(), b"{}".to_vec())
    }

    /// A failure after which another try is welcome at once.
    pub(crate) fn again(status: u16) -> Self {
        Self::Answer(status, "Retry-After: 0\r\n".to_owned(), Vec::new())
    }

    /// A complaint in the usual form.
    pub(crate) fn complaint(status: u16, text: &str) -> Self {
        Self::Answer(status, String::new(), json!({"error": {"message": text}}).to_string().into_bytes())
    }

    /// What a model said.
    pub(crate) fn said(content: &str) -> Self {
        let body = json!({
            "model": "test-model",
            "choices": [{"index": 0, "message": {"role": "assistant", "content": content}}],
            "usage": {"prompt_tokens": 1_000, "completion_tokens": 50},
        });
        Self::Answer(200, String::new(), body.to_string().into_bytes())
    }
}

type Script = dyn Fn(usize, &Request) -> Reply + Send + Sync;

/// The server; it ends with its owner.
pub(crate) struct Server {
    pub(crate) port: u16,
    requests: Arc<Mutex<Vec<Request>>>,
    runtime: Option<Runtime>,
}

impl Server {
    /// Starts it: the script gets the number of the request, from 0.
    pub(crate) fn start(script: impl Fn(usize, &Request) -> Reply + Send + Sync + 'static) -> Self {
        Self::listening(None, script)
    }

    /// The same behind TLS.
    pub(crate) fn secure(
        tls: TlsAcceptor,
        script: impl Fn(usize, &Request) -> Reply + Send + Sync + 'static,
    ) -> Self {
        Self::listening(Some(tls), script)
    }

    fn listening(
        tls: Option<TlsAcceptor>,
        script: impl Fn(usize, &Request) -> Reply + Send + Sync + 'static,
    ) -> Self {
        let runtime = Builder::new_multi_thread().worker_threads(1).enable_all().build().expect("a runtime");
        let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
        listener.set_nonblocking(true).expect("a listener");
        let port = listener.local_addr().expect("an address").port();
        let requests = Arc::new(Mutex::new(Vec::new()));
        let (script, seen): (Arc<Script>, _) = (Arc::new(script), Arc::clone(&requests));
        runtime.spawn(async move {
            let listener = TcpListener::from_std(listener).expect("a listener");
            let mut open = JoinSet::new();
            while let Ok((stream, _)) = listener.accept().await {
                // A client that goes away in the midst is none of ours.
                let (tls, script, seen) = (tls.clone(), Arc::clone(&script), Arc::clone(&seen));
                open.spawn(async move {
                    match tls {
                        Some(tls) => serve(tls.accept(stream).await?, script, seen).await,
                        None => serve(stream, script, seen).await,
                    }
                });
            }
        });
        Self { port, requests, runtime: Some(runtime) }
    }

    /// The base of its URLs.
    pub(crate) fn url(&self) -> String {
        format!("http://127.0.0.1:{}/v1", self.port)
    }

    pub(crate) fn requests(&self) -> Vec<Request> {
        self.requests.lock().expect("the requests").clone()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

async fn serve(
    mut stream: impl AsyncRead + AsyncWrite + Unpin,
    script: Arc<Script>,
    seen: Arc<Mutex<Vec<Request>>>,
) -> io::Result<()> {
    let request = read(&mut stream).await?;
    let reply = {
        let mut seen = seen.lock().expect("the requests");
        seen.push(request.clone());
        script(seen.len() - 1, &request)
    };
    match reply {
        Reply::Answer(status, headers, body) => {
            let head = format!(
                "HTTP/1.1 {status} Test\r\nContent-Length: {}\r\nConnection: close\r\n{headers}\r\n",
                body.len()
            );
            stream.write_all(head.as_bytes()).await?;
            stream.write_all(&body).await?;
            stream.shutdown().await
        }
        Reply::Silence => std::future::pending().await,
        Reply::Cut => {
            stream.write_all(b"HTTP/1.1 200 Test\r\nContent-Length: 1000\r\n\r\n{").await?;
            stream.shutdown().await
        }
        Reply::Flood(bytes) => {
            stream.write_all(b"HTTP/1.1 200 Test\r\nConnection: close\r\n\r\n").await?;
            for _ in 0..bytes / 1_000 {
                stream.write_all(&[b' '; 1_000]).await?;
            }
            stream.shutdown().await
        }
    }
}

async fn read(stream: &mut (impl AsyncRead + Unpin)) -> io::Result<Request> {
    let mut bytes = Vec::new();
    loop {
        if let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") {
            let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
            let mut lines = head.lines();
            let line = lines.next().unwrap_or_default().to_owned();
            let headers: BTreeMap<String, String> = lines
                .filter_map(|line| line.split_once(": "))
                .map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned()))
                .collect();
            let length = headers.get("content-length").and_then(|length| length.parse().ok()).unwrap_or(0);
            let mut body = bytes.split_off(end + 4);
            while body.len() < length {
                more(stream, &mut body).await?;
            }
            return Ok(Request { line, headers, body });
        }
        more(stream, &mut bytes).await?;
    }
}

async fn more(stream: &mut (impl AsyncRead + Unpin), bytes: &mut Vec<u8>) -> io::Result<()> {
    match stream.read_buf(bytes).await? {
        0 => Err(io::ErrorKind::UnexpectedEof.into()),
        _ => Ok(()),
    }
}
