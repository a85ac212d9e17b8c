//! The terminal's events: keys, the mouse, pastes, its size.

use std::{
    io,
    os::fd::{AsFd as _, OwnedFd},
};

use crossterm::event::Event;
use futures_util::{Stream, stream};
use tokio::{
    io::{Interest, unix::AsyncFd},
    signal::unix::{Signal, SignalKind, signal},
    time::sleep,
};

use super::{
    super::input::Parser,
    size,
    tty::{open_again, read, watched},
};

/// So much is taken in at once.
const PIECE: usize = 4096;

/// What comes from the terminal; it ends when the terminal is gone. `background` hears whether the terminal's is light.
///
/// # Errors
/// The terminal cannot be opened again, or its size cannot be listened for.
pub fn events(
    background: impl Fn(bool) + Unpin + 'static,
) -> io::Result<impl Stream<Item = io::Result<Event>> + Unpin> {
    let input = watched(open_again(io::stdin().as_fd())?, Interest::READABLE)?;
    let resized = signal(SignalKind::window_change())?;
    let reader = Reader { input, parser: Parser::default(), resized, background: Box::new(background) };
    Ok(Box::pin(stream::unfold(reader, |mut reader| async move {
        let event = reader.next().await.transpose()?;
        Some((event, reader))
    })))
}

struct Reader {
    input: AsyncFd<OwnedFd>,
    parser: Parser,
    resized: Signal,
    background: Box<dyn Fn(bool)>,
}

impl Reader {
    async fn next(&mut self) -> io::Result<Option<Event>> {
        let mut bytes = [0; PIECE];
        loop {
            if let Some(event) = self.parser.event() {
                return Ok(Some(event));
            }
            let patience = self.parser.patience();
            tokio::select! {
                count = self.input.async_io(Interest::READABLE, |input| read(input, &mut bytes)) => match count? {
                    0 => return Ok(None),
                    count => {
                        self.parser.feed(bytes.get(..count).unwrap_or_default());
                        if let Some(is_light) = self.parser.background() {
                            (self.background)(is_light);
                        }
                    }
                },
                () = sleep(patience.unwrap_or_default()), if patience.is_some() => self.parser.idle(),
                Some(()) = self.resized.recv() => {
                    let (columns, rows) = size();
                    return Ok(Some(Event::Resize(columns, rows)));
                }
            }
        }
    }
}
