//! Deliveries are thrown away.

use std::{io::Write, time::Duration};

use super::{BATCH, NONE_ENDED, deliveries, filter, nowhere, words};
use crate::{
    cli::PurgeArgs,
    commands::{Failure, notice, question},
    config::Config,
    domain::{delivery::DeliveryState, duration, size::Size},
    exit::ExitCode,
    store::inbox::{Filter, Inbox, Old},
};

/// What is thrown away.
struct Purge {
    filter: Option<Filter>,
    /// What has ended longer ago.
    keep: Option<Duration>,
    /// What the newest may take.
    keep_bytes: Option<Size>,
}

pub(super) async fn purge(
    args: &PurgeArgs,
    config: &Config,
    inbox: &mut Inbox,
    out: &mut impl Write,
) -> Result<ExitCode, Failure> {
    let purge = Purge::new(args, config.serve.keep, config.serve.keep_bytes);
    if purge.filter.as_ref().is_some_and(|filter| filter.states == [DeliveryState::Pending]) {
        return Err(Failure::Usage("deliveries that wait are not thrown away".to_owned()));
    }
    if !args.yes {
        if !question::can_be_asked() {
            let message = "there is no terminal to ask at; --yes does it without asking";
            return Err(Failure::Usage(message.to_owned()));
        }
        if !question::yes(&purge.question(), out).await? {
            notice("nothing is thrown away");
            return Ok(ExitCode::Pending);
        }
    }
    let mut count = 0;
    if let Some(filter) = &purge.filter {
        loop {
            let gone = inbox.purge(filter, BATCH).await?;
            count += gone;
            if gone == 0 {
                break;
            }
        }
    }
    if let Some(age) = purge.keep {
        count += inbox.forget(Old::Longer(age), BATCH, Duration::ZERO).await?;
    }
    if let Some(Size(bytes)) = purge.keep_bytes
        && let Some(last) = inbox.beyond(bytes).await?
    {
        count += inbox.forget(Old::From(last), BATCH, Duration::ZERO).await?;
    }
    if count == 0 && !args.ids.is_empty() {
        return Err(nowhere(&args.ids, NONE_ENDED));
    }
    writeln!(out, "{} thrown away", deliveries(count))?;
    Ok(ExitCode::Success)
}

impl Purge {
    /// What is asked for, else what the configuration says.
    fn new(args: &PurgeArgs, keep: Duration, keep_bytes: Size) -> Self {
        let asked = Filter { ids: args.ids.clone(), ..filter(&args.which) };
        match (args.keep_bytes, asked == Filter::default()) {
            (Some(size), _) => Self { filter: None, keep: None, keep_bytes: Some(size) },
            (None, false) => Self { filter: Some(asked), keep: None, keep_bytes: None },
            (None, true) => Self {
                filter: None,
                keep: Some(keep),
                keep_bytes: Some(keep_bytes).filter(|size| size.0 > 0),
            },
        }
    }

    /// `Throw away the deliveries that are dead and older than 3d?`
    fn question(&self) -> String {
        let parts = [
            self.filter.as_ref().map(words),
            self.keep.map(|age| format!("done, ignored or dead for {}", duration::format(age))),
            self.keep_bytes.map(|size| format!("beyond the newest {}", size.exact())),
        ];
        let parts: Vec<String> = parts.into_iter().flatten().collect();
        format!("Throw away the deliveries that are {}?", parts.join(", and those "))
    }
}
