//! Pull requests that are not where they were: asked one by one, for only GitHub's own word makes one gone.

use serde::Deserialize;

use super::{
    book::{Book, Listed},
    plan,
    work::{Stop, Work},
};
use crate::github::client::{Error, Page};

/// A pull request by REST, as far as it says where it is.
#[derive(Debug, Deserialize)]
struct PullPlace {
    node_id: String,
    updated_at: chrono::DateTime<chrono::Utc>,
    base: Option<Base>,
}

#[derive(Debug, Deserialize)]
struct Base {
    repo: Option<Home>,
}

#[derive(Debug, Deserialize)]
struct Home {
    id: i64,
}

impl Work {
    /// Those that are stored as open and not listed any more, and those that an answer had nothing of.
    pub(super) async fn settle_missing(&mut self, book: &mut Book) -> Result<(), Stop> {
        let mut missing = plan::missing(&book.known, |number| book.open.contains_key(&number));
        missing.extend(std::mem::take(&mut book.doubtful));
        missing.sort_unstable();
        missing.dedup();
        for number in missing {
            self.find(book, number).await?;
        }
        Ok(())
    }

    /// Looks for one by its number, and reads it; `None`: GitHub has none.
    pub(super) async fn find(&mut self, book: &mut Book, number: i32) -> Result<Option<Listed>, Stop> {
        let what = book.named(number);
        let url = self.ask.client.address(&format!("repos/{}/pulls/{number}", book.name()))?;
        let page: Result<Page<PullPlace>, Error> = self.ask.page(&url, &what).await;
        let place = match page {
            Ok(page) => page.content,
            Err(Error::NotFound { .. }) => {
                if book.known.get(&number).is_some_and(|known| known.is_open) {
                    self.gone(book, number, self.ask.date()).await?;
                }
                return Ok(None);
            }
            Err(error) if error.is_everywhere() => return Err(error.into()),
            Err(error) => {
                self.problem(book, Some(number), &error);
                return Ok(None);
            }
        };
        let home = place.base.and_then(|base| base.repo).map(|home| home.id);
        if home.is_some_and(|home| home != book.reference.github_id) {
            self.gone(book, number, self.ask.date()).await?;
            return Ok(None);
        }
        let listed = Listed {
            node: place.node_id,
            updated_at: place.updated_at,
            head: None,
            base: None,
            changed_files: None,
            is_merge_unknown: false,
            is_auto_merge: false,
        };
        let found = [(number, listed)];
        self.closed_details(book, &found, true).await?;
        // It was found a moment ago: what details have nothing of now is for another time.
        let is_told = !book.doubtful.remove(&number);
        if !is_told {
            self.problem(book, Some(number), &Error::NotFound { what });
        }
        let [(_, listed)] = found;
        Ok(is_told.then_some(listed))
    }
}
