//! What goes wrong, on demand.

use std::sync::{Arc, atomic::AtomicBool};

use chrono::TimeDelta;

use super::world::{Asked, World};

/// Something that happens to the next requests of a kind.
pub(crate) struct Fault {
    pub(crate) on: Box<dyn Fn(&Asked) -> bool + Send>,
    /// How many times yet.
    pub(crate) times: usize,
    pub(crate) what: What,
}

pub(crate) enum What {
    /// A status, headers (each with its line end) and a body.
    Answer(u16, String, String),
    /// A status and a body, and that the hour's limit is reached; it is over 4 s after this answer.
    Reached(u16, &'static str),
    /// The connection ends in the midst of the answer.
    Cut,
    /// It ends without a byte of an answer.
    Shut,
    /// Nothing is answered until this is true; then as ever.
    Hold(Arc<AtomicBool>),
    /// 502 where more ids or pages than this are asked for at once.
    TooMuchAbove(usize),
    /// It is done, and the answer is lost: the connection ends, or somebody in between says this status.
    Lost(Option<u16>),
    /// The world changes before it answers.
    Before(Box<dyn FnMut(&mut World) + Send>),
}

impl Fault {
    pub(crate) fn answer(status: u16, headers: &str, body: &str) -> What {
        What::Answer(status, headers.to_owned(), body.to_owned())
    }

    /// A page for logging in.
    pub(crate) fn page() -> What {
        Self::answer(200, "Content-Type: text/html\r\n", "<html><title>Log in</title></html>")
    }

    pub(crate) fn secondary(seconds: u32) -> What {
        let body = r#"{"message": "You have exceeded a secondary rate limit. Please wait a few minutes."}"#;
        Self::answer(403, &format!("Retry-After: {seconds}\r\nContent-Type: application/json\r\n"), body)
    }
}

impl World {
    /// The next requests that `on` picks get this.
    pub(crate) fn fault(&mut self, times: usize, on: impl Fn(&Asked) -> bool + Send + 'static, what: What) {
        self.faults.push(Fault { on: Box::new(on), times, what });
    }

    /// The first fault that is about this request; changes of the world have happened then.
    pub(crate) fn strikes(&mut self, asked: &Asked) -> Option<Strike> {
        let mut faults = std::mem::take(&mut self.faults);
        let mut strike = None;
        for fault in faults.iter_mut().filter(|fault| fault.times > 0 && (fault.on)(asked)) {
            match &mut fault.what {
                What::Before(change) => change(self),
                What::TooMuchAbove(most) if count(asked) <= *most => continue,
                What::TooMuchAbove(_) => {
                    strike = Some(Strike::Answer(
                        502,
                        "Content-Type: text/html\r\n".to_owned(),
                        "<html>".to_owned(),
                    ));
                }
                What::Answer(status, headers, body) => {
                    strike = Some(Strike::Answer(*status, headers.clone(), body.clone()));
                }
                What::Reached(status, body) => {
                    let reset = (crate::sync::now() + TimeDelta::seconds(4)).timestamp();
                    let headers = format!(
                        "X-RateLimit-Limit: 5000\r\nX-RateLimit-Remaining: 0\r\nX-RateLimit-Reset: {reset}\r\n"
                    );
                    strike = Some(Strike::Answer(*status, headers, (*body).to_owned()));
                }
                What::Lost(status) => strike = Some(Strike::Lost(*status)),
                What::Cut => strike = Some(Strike::Cut),
                What::Shut => strike = Some(Strike::Shut),
                What::Hold(until) => strike = Some(Strike::Hold(Arc::clone(until))),
            }
            fault.times -= 1;
            if strike.is_some() {
                break;
            }
        }
        faults.extend(std::mem::take(&mut self.faults));
        faults.retain(|fault| fault.times > 0);
        self.faults = faults;
        strike
    }
}

pub(crate) enum Strike {
    Answer(u16, String, String),
    Cut,
    Shut,
    Lost(Option<u16>),
    Hold(Arc<AtomicBool>),
}

/// How much is asked for at once.
fn count(asked: &Asked) -> usize {
    let ids = asked.variables["ids"].as_array().map(Vec::len);
    let page = asked.variables["n"].as_u64().and_then(|n| usize::try_from(n).ok());
    ids.unwrap_or(1) * page.unwrap_or(1)
}
