//! Ways to say the same: all of them keep to what GitHub publishes, and none is how this one talks of itself.

use std::io::{self, Write};

use serde_json::Value;

use super::{
    Response,
    world::{Asked, World},
};

/// How a server talks.
pub(crate) struct Dialect {
    /// The headers tell the limits.
    pub(crate) limits: bool,
    /// The headers tell the date.
    pub(crate) date: bool,
    /// A page has no more than this, whatever is asked for.
    pub(crate) page: Option<usize>,
    /// The first page of each list is empty, and there are more.
    pub(crate) blank: bool,
    pub(crate) wire: Wire,
}

/// How an answer goes over the line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wire {
    /// With its length, and the connection stays.
    Length,
    Chunked,
    /// HTTP/1.0, without a length: the end of the connection is the end of the answer.
    Old,
    /// Names of headers in small letters, no blank behind the colon, and the connection ends.
    Small,
}

impl Default for Dialect {
    fn default() -> Self {
        Self { limits: true, date: true, page: None, blank: false, wire: Wire::Length }
    }
}

impl Wire {
    /// Whether the connection stays.
    pub(crate) fn write(self, response: &Response, stream: &mut impl Write) -> io::Result<bool> {
        let Response { status, headers, body } = response;
        match self {
            Self::Length => {
                let head =
                    format!("HTTP/1.1 {status} Fake\r\nContent-Length: {}\r\n{headers}\r\n", body.len());
                stream.write_all(&[head.as_bytes(), body].concat())?;
            }
            Self::Chunked => {
                write!(stream, "HTTP/1.1 {status} Fake\r\nTransfer-Encoding: chunked\r\n{headers}\r\n")?;
                for chunk in body.chunks(1_000) {
                    write!(stream, "{:x};x=y\r\n", chunk.len())?;
                    stream.write_all(&[chunk, b"\r\n"].concat())?;
                }
                stream.write_all(b"0\r\nX-Trailer: x\r\n\r\n")?;
            }
            Self::Old => {
                write!(stream, "HTTP/1.0 {status} Fake\r\n{headers}\r\n")?;
                stream.write_all(body)?;
                return Ok(false);
            }
            Self::Small => {
                let lines = headers.lines().filter_map(|line| line.split_once(": "));
                let small: Vec<String> =
                    lines.map(|(name, value)| format!("{}:{value}\r\n", name.to_ascii_lowercase())).collect();
                let small = small.concat();
                let length = body.len();
                let head = format!(
                    "HTTP/1.1 {status} fake\r\ncontent-length:{length}\r\nconnection:close\r\n{small}\r\n"
                );
                stream.write_all(&[head.as_bytes(), body].concat())?;
                return Ok(false);
            }
        }
        Ok(true)
    }
}

type Change = dyn FnMut(&mut Value) + Send;

/// A change of good answers.
pub(crate) struct Twist {
    on: Box<dyn Fn(&Asked) -> bool + Send>,
    /// How many times yet.
    times: usize,
    change: Box<Change>,
}

impl World {
    /// The next answers that `on` picks are changed so.
    pub(crate) fn twist(
        &mut self,
        times: usize,
        on: impl Fn(&Asked) -> bool + Send + 'static,
        change: impl FnMut(&mut Value) + Send + 'static,
    ) {
        self.twists.push(Twist { on: Box::new(on), times, change: Box::new(change) });
    }

    pub(super) fn twisted(&mut self, asked: &Asked, response: &mut Response) {
        for twist in self.twists.iter_mut().filter(|twist| twist.times > 0 && (twist.on)(asked)) {
            let mut answer: Value = serde_json::from_slice(&response.body).expect("JSON");
            (twist.change)(&mut answer);
            response.body = answer.to_string().into_bytes();
            twist.times -= 1;
        }
        self.twists.retain(|twist| twist.times > 0);
    }
}
