//! `flowlens inbox list|show|retry|purge`: the deliveries of webhooks.

mod list;
mod purge;
mod show;

use std::io::Write;

use super::{Failure, database::Chosen, notice};
use crate::{
    cli::{DeliveryArgs, InboxCommand, RetryArgs},
    config::Config,
    domain::{
        delivery::{DeliveryId, DeliveryState},
        duration,
    },
    exit::ExitCode,
    store::inbox::{Filter, Inbox},
};

/// For those who see a dead one.
const MEND: &str = "flowlens inbox show ID prints what a dead one holds, flowlens inbox retry ID has it processed again \
                    once its cause is mended, flowlens inbox purge ID makes room for another payload with its id";
/// Ids that were named for nothing.
const NONE_ENDED: &str = "none of them has come to an end, or is kept";
/// Deliveries of one transaction.
const BATCH: u32 = 500;

/// Runs an `inbox` command.
///
/// # Errors
/// The database has no inbox, or cannot be used; a delivery that is named is not there.
pub async fn run(
    command: &InboxCommand,
    config: &Config,
    chosen: &Chosen,
    out: &mut impl Write,
) -> Result<ExitCode, Failure> {
    let mut inbox = Inbox::new(chosen.database.clone());
    inbox.readable().await?;
    match command {
        InboxCommand::List(args) => list::list(args, &mut inbox, out).await?,
        InboxCommand::Show(args) => show::show(args, &mut inbox, out).await?,
        InboxCommand::Retry(args) => retry(args, &mut inbox, out).await?,
        InboxCommand::Purge(args) => return purge::purge(args, config, &mut inbox, out).await,
    }
    Ok(ExitCode::Success)
}

async fn retry(args: &RetryArgs, inbox: &mut Inbox, out: &mut impl Write) -> Result<(), Failure> {
    let mut filter = filter(&args.which);
    filter.ids.clone_from(&args.ids);
    if filter.states.is_empty() && args.all {
        filter.states = vec![DeliveryState::Dead];
    }
    // One by one: a delivery that is dead again at once would else be found again and again.
    let ids = ended(inbox, &filter).await?;
    let mut count = 0;
    for ids in ids.chunks(BATCH as usize) {
        count += inbox.retry(&Filter { ids: ids.to_vec(), ..Filter::default() }, BATCH).await?;
    }
    if count == 0 && !args.ids.is_empty() {
        return Err(nowhere(&args.ids, NONE_ENDED));
    }
    writeln!(out, "{} to be processed again", deliveries(count))?;
    if count > 0 {
        notice("flowlens serve does that");
    }
    Ok(())
}

/// Those that have come to an end.
async fn ended(inbox: &mut Inbox, filter: &Filter) -> Result<Vec<DeliveryId>, Failure> {
    let (mut ids, mut after) = (Vec::new(), None);
    loop {
        let page = inbox.list(filter, after, BATCH).await?;
        after = page.last().map(Into::into);
        ids.extend(page.iter().filter(|entry| entry.state != DeliveryState::Pending).map(|entry| entry.id));
        if page.len() < BATCH as usize {
            return Ok(ids);
        }
    }
}

fn filter(which: &DeliveryArgs) -> Filter {
    Filter {
        ids: Vec::new(),
        states: which.states.iter().copied().map(DeliveryState::from).collect(),
        events: which.events.clone(),
        repository: which.repository.clone(),
        older: which.older,
        newer: which.newer,
    }
}

/// `dead, of push or pull_request, older than 3d`.
fn words(filter: &Filter) -> String {
    let Filter { ids, states, events, repository, older, newer } = filter;
    let ids: Vec<String> = ids.iter().map(ToString::to_string).collect();
    let states: Vec<String> = states.iter().map(ToString::to_string).collect();
    let conditions = [
        (!ids.is_empty()).then(|| ids.join(" or ")),
        (!states.is_empty()).then(|| states.join(" or ")),
        (!events.is_empty()).then(|| format!("of {}", events.join(" or "))),
        repository.as_ref().map(|name| format!("of {name}")),
        older.map(|age| format!("older than {}", duration::format(age))),
        newer.map(|age| format!("newer than {}", duration::format(age))),
    ];
    conditions.into_iter().flatten().collect::<Vec<_>>().join(", ")
}

fn nowhere(ids: &[DeliveryId], why: &str) -> Failure {
    let ids: Vec<String> = ids.iter().map(ToString::to_string).collect();
    Failure::Usage(format!("{}: {why}", ids.join(", ")))
}

fn deliveries(count: usize) -> String {
    format!("{count} {}", if count == 1 { "delivery" } else { "deliveries" })
}
