//! The workers: claims last, and requests come to their end.

use std::time::Duration;

use super::{
    Claim, End, Finished, MAX_ATTEMPTS,
    ask::Enqueue,
    insert::Insert,
    rows::{Head, Held},
    sql::Sql,
};
use crate::{
    domain::{
        ids::{InsightId, Sha},
        new_insight::NewInsight,
        request::RequestState,
    },
    store::engine::{
        error::StoreError,
        session::Task,
        transaction::{Any, Cell, Connection, Transaction},
    },
};

/// Characters of an error that are kept.
const ERROR_CHARS: usize = 500;
/// The longest lease or pause: the engines' calendars end somewhere.
const LONGEST: Duration = Duration::from_hours(24 * 365);

/// Makes a claim last.
pub(super) struct Renew<'a> {
    pub(super) claim: &'a Claim,
    pub(super) lease: Duration,
}

impl Task for Renew<'_> {
    type Answer = bool;

    async fn run(&self, conn: &mut Connection) -> Result<Self::Answer, StoreError> {
        let sql = Sql::new(conn.schema().await?);
        let mut transaction = conn.begin().await?;
        let cells = vec![
            self.claim.request.uuid().into(),
            Cell::text(&self.claim.worker),
            Cell::Int(Some(self.claim.attempt)),
            micros(self.lease),
        ];
        let ours = transaction.execute(&sql.renew(), cells).await? > 0;
        transaction.end(ours).await?;
        Ok(ours)
    }
}

/// Stores what a claim brought forth. The ids are made once, so that a second run knows its own.
pub(super) struct Finish<'a> {
    claim: &'a Claim,
    insert: Insert<'a>,
}

impl<'a> Finish<'a> {
    pub(super) fn new(claim: &'a Claim, insight: &'a NewInsight) -> Self {
        Self { claim, insert: Insert::new(claim.key, insight) }
    }

    /// Whether the head is another commit than the insight's.
    async fn moved(&self, transaction: &mut Transaction<'_>, sql: &Sql) -> Result<bool, StoreError> {
        let key = self.claim.key;
        let cells = vec![key.repo.into(), Cell::Int(Some(key.number.get()))];
        let head = transaction.read::<Head>(sql.head(), cells).await?.pop().and_then(|Head(head)| head);
        let made_for = self.insert.insight.sha.as_ref();
        Ok(made_for.zip(head.as_ref()).is_some_and(|(made_for, head)| made_for != head))
    }
}

impl Task for Finish<'_> {
    type Answer = Finished;

    async fn run(&self, conn: &mut Connection) -> Result<Self::Answer, StoreError> {
        let sql = Sql::new(conn.schema().await?);
        let mut transaction = conn.begin().await?;
        let insight = self.insert.id;
        let Some(held) = hold(&mut transaction, &sql, self.claim).await? else {
            transaction.end(false).await?;
            return Ok(Finished::Lost);
        };
        if held.insight == Some(insight) {
            // The last run's COMMIT went through, only the answer to it was lost.
            let moved = self.moved(&mut transaction, &sql).await?;
            transaction.end(false).await?;
            return Ok(Finished::Saved { insight: InsightId::new(insight), moved });
        }
        if !is_ours(&held, self.claim) {
            transaction.end(false).await?;
            return Ok(Finished::Lost);
        }
        self.insert.within(&mut transaction, &sql).await?;
        let sha = self.insert.insight.sha.as_ref().map(Sha::as_str);
        let cells = vec![self.claim.request.uuid().into(), insight.into(), Cell::maybe(sha)];
        transaction.execute(&sql.done(), cells).await?;
        let mut moved = self.moved(&mut transaction, &sql).await?;
        if moved {
            let again = Enqueue::new(&[self.claim.key], held.requested_by.as_deref());
            let (_, fates) = again.within(&mut transaction, &sql).await?;
            // Nothing is queued for a head whose files are not stored yet.
            moved = fates.iter().all(|fate| fate.has_files);
        }
        transaction.end(true).await?;
        Ok(Finished::Saved { insight: InsightId::new(insight), moved })
    }
}

/// Gives a claim up.
pub(super) struct Fail<'a> {
    pub(super) claim: &'a Claim,
    pub(super) error: &'a str,
    pub(super) end: End,
}

impl Task for Fail<'_> {
    type Answer = Option<RequestState>;

    async fn run(&self, conn: &mut Connection) -> Result<Self::Answer, StoreError> {
        let sql = Sql::new(conn.schema().await?);
        let id = || Cell::from(self.claim.request.uuid());
        let mut transaction = conn.begin().await?;
        let held = hold(&mut transaction, &sql, self.claim).await?;
        let Some(held) = held.filter(|held| is_ours(held, self.claim)) else {
            transaction.end(false).await?;
            return Ok(None);
        };
        let key = self.claim.key;
        let key = vec![key.repo.into(), Cell::Int(Some(key.number.get()))];
        let (state, error) = match self.end {
            End::Again { counts: true, .. } if held.attempts >= MAX_ATTEMPTS => {
                (RequestState::Dead, gave_up(self.error))
            }
            End::Again { pause, counts } if transaction.read::<Any>(Sql::QUEUED, key).await?.is_empty() => {
                let free = Cell::Int(Some(i32::from(!counts)));
                let cells = vec![id(), Cell::text(&cut(self.error)), micros(pause), free];
                transaction.execute(&sql.requeue(), cells).await?;
                transaction.end(true).await?;
                return Ok(Some(RequestState::Queued));
            }
            End::Again { .. } | End::Failed => (RequestState::Failed, cut(self.error)),
            End::Dead => (RequestState::Dead, cut(self.error)),
        };
        let cells = vec![id(), Cell::text(state.word()), Cell::text(&error)];
        transaction.execute(&sql.end(), cells).await?;
        transaction.end(true).await?;
        Ok(Some(state))
    }
}

/// The claimed request, locked; it may be somebody else's by now, or gone.
async fn hold(
    transaction: &mut Transaction<'_>,
    sql: &Sql,
    claim: &Claim,
) -> Result<Option<Held>, StoreError> {
    Ok(transaction.read(sql.hold(), vec![claim.request.uuid().into()]).await?.pop())
}

fn is_ours(held: &Held, claim: &Claim) -> bool {
    held.state == RequestState::Running.word()
        && held.worker.as_deref() == Some(&claim.worker)
        && held.attempts == claim.attempt
}

pub(super) fn gave_up(error: &str) -> String {
    cut(&format!("gave up after {MAX_ATTEMPTS} attempts: {error}"))
}

fn cut(error: &str) -> String {
    error.chars().take(ERROR_CHARS).collect()
}

pub(super) fn micros(time: Duration) -> Cell {
    Cell::Big(i64::try_from(time.min(LONGEST).as_micros()).ok())
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicBool;

    use uuid::Uuid;

    use super::{super::take::Take, *};
    use crate::{
        domain::ids::{PrKey, PrNumber, RepoId},
        store::engine::{database::Database, session::Session, sqlite::File},
    };

    /// A pull request of the nil id; $1 is this id.
    const PULL: [&str; 2] = [
        "INSERT INTO repositories (id, github_id, name, full_name, owner) VALUES ($1, 1, 'a', 'a/a', 'a')",
        "INSERT INTO pull_requests (id, repo_id, pr_number, title, commit_sha, files_changed) VALUES ($1, $1, 1, 'T', 'new', '[]')",
    ];

    struct Rows(&'static str);

    impl Task for Rows {
        type Answer = ();

        async fn run(&self, conn: &mut Connection) -> Result<(), StoreError> {
            let mut transaction = conn.begin().await?;
            transaction.execute(self.0, vec![Uuid::nil().into()]).await?;
            transaction.end(true).await
        }
    }

    struct Count(&'static str);

    impl Task for Count {
        type Answer = usize;

        async fn run(&self, conn: &mut Connection) -> Result<usize, StoreError> {
            Ok(conn.read::<Any>(format!("SELECT id FROM {}", self.0), Vec::new()).await?.len())
        }
    }

    /// As where a lock does not hold.
    #[tokio::test]
    async fn who_comes_late_takes_nothing() {
        let folder = tempfile::tempdir().expect("a folder");
        let database: Database = File::new(folder.path().join("flow.db")).into();
        let mut session = Session::new(database.clone());
        for sql in PULL {
            session.run(&Rows(sql)).await.expect("stored");
        }
        let key = PrKey::new(RepoId::new(Uuid::nil()), PrNumber::new(1));
        session.run(&Enqueue::new(&[key], None)).await.expect("queued");
        let take = Take { worker: "w", lease: LONGEST, only: None, in_doubt: AtomicBool::default() };
        let mut conn = Connection::open(&mut database.clone()).await.expect("open");
        let sql = Sql::new(None);
        for change in ["attempts = 1", "attempts = 0, state = 'done'", "state = 'queued'"] {
            let mut transaction = conn.begin().await.expect("begun");
            let candidate = take.candidate(&mut transaction, &sql).await.expect("read").expect("there");
            let meanwhile = format!("UPDATE insight_requests SET {change}");
            transaction.execute(&meanwhile, Vec::new()).await.expect("changed");
            let taken = take.take(&mut transaction, &sql, candidate).await;
            assert_eq!(
                taken.is_err_and(|error| error.is_retryable()),
                change != "state = 'queued'",
                "{change}"
            );
            transaction.end(false).await.expect("undone");
        }
    }

    /// As when the answer to a COMMIT is lost.
    #[tokio::test]
    async fn what_has_gone_through_already_may_run_again() {
        let folder = tempfile::tempdir().expect("a folder");
        let mut session = Session::new(File::new(folder.path().join("flow.db")).into());
        for sql in PULL {
            session.run(&Rows(sql)).await.expect("stored");
        }
        let key = PrKey::new(RepoId::new(Uuid::nil()), PrNumber::new(1));
        let enqueue = Enqueue::new(&[key], None);
        for _ in 0..2 {
            assert_eq!(session.run(&enqueue).await.expect("queued").queued, [key]);
        }
        let take = Take { worker: "w", lease: LONGEST, only: None, in_doubt: AtomicBool::default() };
        let claim = session.run(&take).await.expect("asked").expect("a claim");
        assert_eq!(session.run(&take).await, Ok(Some(claim.clone())), "it is the same");
        assert_eq!(session.run(&enqueue).await.expect("queued").queued, [key]);
        assert_eq!(session.run(&Count("insight_requests")).await, Ok(1));

        let insight = NewInsight {
            sha: Sha::parse("old"),
            risk_level: "low".to_owned(),
            score: None,
            summary: String::new(),
            recommendation: String::new(),
            details: serde_json::Value::Null,
            requested_by: None,
        };
        let finish = Finish::new(&claim, &insight);
        let first = session.run(&finish).await.expect("stored");
        assert!(matches!(first, Finished::Saved { moved: true, .. }));
        assert_eq!(session.run(&finish).await, Ok(first));
        assert_eq!(session.run(&Count("insight_requests")).await, Ok(2), "and one for the new head");
        let insert = Insert::new(key, &insight);
        for _ in 0..2 {
            session.run(&insert).await.expect("stored");
        }
        assert_eq!(session.run(&Count("insights")).await, Ok(2));
    }
}
