//! Files with their patches, which only REST has: of each open head against its base, all pages.

use std::{collections::VecDeque, sync::Arc};

use futures_util::{StreamExt as _, stream::FuturesUnordered};
use serde_json::{Value, json};

use super::{
    asking::Asking,
    book::{Book, Listed},
    event::{Step, SyncEvent},
    plan::Trail,
    work::{Stop, Work},
};
use crate::{
    facts::fact::{Fact, FilesSeen, What},
    github::{
        client::Error,
        payload::{FilePage, Fingerprint, Nodes, files_heads},
        query,
    },
    store::sync::KnownFiles,
};

/// Pull requests whose files are read at the same time.
const LANES: usize = 4;
/// Files that are held at the same time, but for those of a single pull request: each has its patch.
const HELD: usize = 3_000;
/// Of a pull request whose number of files is not known.
const USUAL: usize = 100;

/// Whose files are wanted.
#[derive(Clone, Debug)]
pub(super) struct Heads {
    number: i32,
    head: String,
    base: String,
    listed: Listed,
}

impl Heads {
    fn weight(&self) -> usize {
        let count = self.listed.changed_files.and_then(|count| usize::try_from(count).ok());
        count.unwrap_or(USUAL).min(HELD)
    }
}

enum Files {
    Whole(Vec<Value>),
    /// They are another head's.
    Moved,
}

impl Work {
    /// The files of all open ones that are not stored yet.
    pub(super) async fn missing_files(&mut self, book: &mut Book) -> Result<(), Stop> {
        let wanted = book.open.iter().filter_map(|(number, listed)| wanted(book, *number, listed)).collect();
        self.files(book, wanted).await
    }

    pub(super) async fn files(&mut self, book: &mut Book, wanted: Vec<Heads>) -> Result<(), Stop> {
        let (mut done, expected) = (0, wanted.len());
        let mut waiting = VecDeque::from(wanted);
        let mut flying = FuturesUnordered::new();
        let mut held = 0;
        loop {
            while let Some(next) = waiting.front()
                && flying.len() < LANES
                && (held == 0 || held + next.weight() <= HELD)
            {
                held += next.weight();
                let Some(next) = waiting.pop_front() else { break };
                let (ask, name) = (Arc::clone(&self.ask), book.name().to_owned());
                flying.push(async move {
                    let files = read(&ask, &name, &next).await;
                    (next, files)
                });
            }
            let Some((of, files)) = flying.next().await else { return Ok(()) };
            held -= of.weight();
            done += 1;
            match files {
                Ok(Files::Whole(files)) => self.keep_files(book, of, files).await?,
                // The next look finds the new head.
                Ok(Files::Moved) => self.moved_on(book, of.number).await?,
                Err(Error::NotFound { .. }) => drop(book.doubtful.insert(of.number)),
                Err(error) if error.is_everywhere() => return Err(error.into()),
                Err(error) => {
                    self.problem(book, Some(of.number), &error);
                    book.put_off.insert(of.number, (of.head, of.base));
                }
            }
            self.progress(book, Step::Files, done, expected);
        }
    }

    async fn keep_files(&mut self, book: &mut Book, of: Heads, files: Vec<Value>) -> Result<(), Stop> {
        let Heads { number, head, base, listed } = of;
        let told = listed.changed_files.and_then(|count| usize::try_from(count).ok());
        if let Some(count) = told.filter(|count| *count > files.len()) {
            let name = book.named(number);
            self.tell(SyncEvent::Notice(format!(
                "{name}: GitHub tells {} of its {count} files",
                files.len()
            )));
        }
        let what = What::Files(FilesSeen {
            number,
            head_sha: head.clone(),
            base_branch: Some(base.clone()),
            files: Arc::new(Value::Array(files)),
        });
        let fact = Fact { repository: book.reference.clone(), at: listed.updated_at, what };
        self.apply(book, vec![fact]).await?;
        self.summary.files += 1;
        if let Some(known) = book.known.get_mut(&number) {
            known.files = Some(KnownFiles { head_sha: head, base_branch: Some(base) });
        }
        Ok(())
    }

    /// Somebody pushed while its files were read: what was seen of it is not the whole any more.
    async fn moved_on(&mut self, book: &mut Book, number: i32) -> Result<(), Stop> {
        book.seen.forget(number);
        book.moved.insert(number);
        self.mark_seen(book, [number]).await
    }
}

/// The files that are wanted of it, if they are not stored.
pub(super) fn wanted(book: &Book, number: i32, listed: &Listed) -> Option<Heads> {
    let (head, base) = (listed.head.clone()?, listed.base.clone()?);
    let is_put_off =
        book.put_off.get(&number).is_some_and(|(known, beside)| *known == head && *beside == base);
    (!is_put_off && !book.has_files(number, &head, &base)).then(|| Heads {
        number,
        head,
        base,
        listed: listed.clone(),
    })
}

async fn read(ask: &Asking, name: &str, of: &Heads) -> Result<Files, Error> {
    let what = format!("{name}#{}", of.number);
    let mut next = Some(ask.client.address(&format!("repos/{name}/pulls/{}/files?per_page=100", of.number))?);
    let mut all: FilePage = Vec::new();
    let mut is_sure = false;
    let mut trail = Trail::default();
    while let Some(url) = next {
        trail.step(url.as_str())?;
        let page = ask.page::<FilePage>(&url, &what).await?;
        let heads: Vec<String> = files_heads(&page.content).collect();
        is_sure = heads.contains(&of.head);
        if !is_sure && heads.iter().any(|head| is_sha(head)) {
            return Ok(Files::Moved);
        }
        all.extend(page.content);
        next = page.next;
    }
    // Where the files do not say whose they are, the head must be the same behind them as before.
    Ok(if is_sure || head(ask, &of.listed.node, &what).await?.as_ref() == Some(&of.head) {
        Files::Whole(all)
    } else {
        Files::Moved
    })
}

/// Not a branch's name.
fn is_sha(head: &str) -> bool {
    matches!(head.len(), 40 | 64) && head.bytes().all(|byte| byte.is_ascii_hexdigit())
}

async fn head(ask: &Asking, node: &str, what: &str) -> Result<Option<String>, Error> {
    let ids = json!({"ids": [node]});
    let graph = ask.graphql::<Nodes<Fingerprint>>(query::FINGERPRINT, &ids, what).await?;
    Ok(graph.data.nodes.into_iter().flatten().flatten().next().map(|print| print.head_ref_oid))
}
