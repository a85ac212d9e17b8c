//! A company's proxy: only `https://` goes through it, as a tunnel, and only if it is the one for `https://`.

#![expect(clippy::similar_names, reason = "short names of a test")]

use std::fs;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::sync::{Arc, Mutex};

use super::{
    command::{run, secure},
    good, random_key,
};
use crate::support::{
    cli::Answer,
    http::{Reply, Server},
};

/// The name of a server that only the proxy knows the way to.
const NAME: &str = "llm.flowlens.invalid";

/// A proxy that tunnels everything to one port, and keeps every byte that clients send.
struct Recorder {
    port: u16,
    heard: Arc<Mutex<Vec<u8>>>,
}

impl Recorder {
    fn before(upstream: u16) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let port = listener.local_addr().expect("an address").port();
        let heard = Arc::new(Mutex::new(Vec::new()));
        let all = Arc::clone(&heard);
        std::thread::spawn(move || {
            for client in listener.incoming().map_while(Result::ok) {
                let all = Arc::clone(&all);
                std::thread::spawn(move || drop(serve(client, upstream, &all)));
            }
        });
        Self { port, heard }
    }

    /// With a login.
    fn address(&self) -> String {
        format!("http://ann:tulip@127.0.0.1:{}", self.port)
    }

    fn heard(&self) -> Vec<u8> {
        std::mem::take(&mut *self.heard.lock().expect("what was heard"))
    }
}

fn serve(mut client: TcpStream, upstream: u16, heard: &Mutex<Vec<u8>>) -> std::io::Result<()> {
    let mut bytes = [0; 8_192];
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let count = client.read(&mut bytes)?;
        if count == 0 {
            return Ok(());
        }
        head.extend_from_slice(&bytes[..count]);
        heard.lock().expect("what was heard").extend_from_slice(&bytes[..count]);
    }
    if !head.starts_with(b"CONNECT ") {
        return client.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
    }
    client.write_all(b"HTTP/1.1 200 Established\r\n\r\n")?;
    let mut server = TcpStream::connect(("127.0.0.1", upstream))?;
    let (mut back, mut answers) = (client.try_clone()?, server.try_clone()?);
    std::thread::spawn(move || std::io::copy(&mut answers, &mut back));
    loop {
        let count = client.read(&mut bytes)?;
        if count == 0 {
            return server.shutdown(std::net::Shutdown::Write);
        }
        heard.lock().expect("what was heard").extend_from_slice(&bytes[..count]);
        server.write_all(&bytes[..count])?;
    }
}

fn ask(home: &Path, url: &str, variables: &[(&str, &str)]) -> Answer {
    let config = format!(
        "[insights.llm]\nurl = \"{url}\"\nmodel = \"test-model\"\nallow_http = true\ntimeout = \"5s\"\n"
    );
    fs::write(home.join("config.toml"), config).expect("a file");
    run(home, "insight - --llm -c config.toml", variables)
}

fn contains(bytes: &[u8], part: &str) -> bool {
    bytes.windows(part.len()).any(|here| here == part.as_bytes())
}

#[test]
fn https_goes_through_its_proxy_as_a_tunnel() {
    let (authority, tls) = secure(NAME);
    let server = Server::secure(tls, |_, _| Reply::said(&good().to_string()));
    let home = tempfile::tempdir().expect("a folder");
    let roots = home.path().join("roots.pem");
    fs::write(&roots, authority).expect("a file");
    let key = random_key();
    let url = format!("https://{NAME}/v1");
    let trusted = [("SSL_CERT_FILE", roots.to_str().expect("a path")), ("FLOWLENS_LLM_KEY", key.as_str())];
    let with = |more: &[(&'static str, &str)]| -> Answer {
        let all: Vec<_> = trusted.iter().chain(more).copied().collect();
        ask(home.path(), &url, &all)
    };
    // One each time: the last words of a connection may come when the program has ended.
    for name in ["HTTPS_PROXY", "https_proxy"] {
        let proxy = Recorder::before(server.port);
        let answer = with(&[(name, &proxy.address()), ("NO_PROXY", "other.example,10.0.0.0/8")]);
        assert!(answer.stdout.contains("\nwords by test-model"), "{answer}");
        let heard = proxy.heard();
        assert!(heard.starts_with(format!("CONNECT {NAME}:443 HTTP/1.1\r\n").as_bytes()));
        assert!(
            contains(&heard, "Proxy-Authorization: Basic") || contains(&heard, "proxy-authorization: Basic")
        );
        // Nothing of what is said, to whom and by whom.
        for part in [key.as_str(), "Bearer", "chat/completions", "src/auth/session.rs", "test-model"] {
            assert!(!contains(&heard, part), "{part}");
        }
    }
    assert_eq!(server.requests().len(), 2);
    assert_eq!(server.requests()[0].headers["authorization"], format!("Bearer {key}"));

    // Other variables are for others; exceptions are heeded. Then the name leads nowhere.
    let proxy = Recorder::before(server.port);
    let at = proxy.address();
    for more in [
        &[("ALL_PROXY", at.as_str()), ("all_proxy", &at), ("HTTP_PROXY", &at), ("http_proxy", &at)][..],
        &[("HTTPS_PROXY", &at), ("NO_PROXY", NAME)],
        &[("HTTPS_PROXY", &at), ("no_proxy", "x.example, flowlens.invalid")],
        &[("HTTPS_PROXY", &at), ("NO_PROXY", "*")],
        &[("HTTPS_PROXY", "")],
    ] {
        let answer = with(more);
        assert!(answer.stdout.contains(&format!("the LLM cannot be reached: {NAME}")), "{more:?} {answer}");
        assert_eq!(proxy.heard(), b"", "{more:?}");
    }
    // One that is none is said to be.
    let answer = with(&[("HTTPS_PROXY", "socks5://ann:tulip@127.0.0.1:1")]);
    assert!(answer.stderr.contains("HTTPS_PROXY is not http://HOST:PORT"), "{answer}");
    assert!(!answer.to_string().contains("tulip"), "{answer}");
    // One that is not there is named, without its login.
    let answer = with(&[("HTTPS_PROXY", "http://ann:tulip@127.0.0.1:1")]);
    assert!(answer.stdout.contains("(HTTPS_PROXY is 127.0.0.1:1)"), "{answer}");
    assert!(!answer.to_string().contains("tulip"), "{answer}");
}

#[test]
fn plain_http_and_this_machine_never_go_through_a_proxy() {
    let plain = Server::start(|_, _| Reply::said(&good().to_string()));
    let (authority, tls) = secure("localhost");
    let secured = Server::secure(tls, |_, _| Reply::said(&good().to_string()));
    let proxy = Recorder::before(1);
    let home = tempfile::tempdir().expect("a folder");
    let roots = home.path().join("roots.pem");
    fs::write(&roots, authority).expect("a file");
    let key = random_key();
    let at = format!("http://127.0.0.1:{}", proxy.port);
    let names = ["HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"];
    let variables: Vec<(&str, &str)> = names
        .into_iter()
        .map(|name| (name, at.as_str()))
        .chain([("SSL_CERT_FILE", roots.to_str().expect("a path")), ("FLOWLENS_LLM_KEY", &key)])
        .collect();
    for (url, words) in [
        (format!("http://127.0.0.1:{}/v1", plain.port), "\nwords by test-model"),
        (format!("http://localhost:{}/v1", plain.port), "\nwords by test-model"),
        (format!("https://localhost:{}/v1", secured.port), "\nwords by test-model"),
        (format!("http://{NAME}/v1"), "the LLM cannot be reached: "),
    ] {
        let answer = ask(home.path(), &url, &variables);
        assert!(answer.stdout.contains(words), "{url} {answer}");
        assert_eq!(proxy.heard(), b"", "{url}");
    }
}
