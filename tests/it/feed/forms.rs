//! The feed's statements and the forms that they had before they were composed for YugabyteDB: the same answers.

use std::collections::BTreeMap;

use super::{DEPLOYED, id, migrate, plans::fill};
use crate::support::pg::{self, Database};
use flowlens::store::{board::feed::statements, engine::discovery::discover};
use sqlx::AssertSqlSafe;

/// The schemas that a board is read from: whether they have our indexes, `closed_at`, and a history.
#[derive(Clone, Copy)]
struct Kind {
    indexed: bool,
    closed_at: bool,
}

const OPEN: &str = "COALESCE(lower(state),'open') NOT IN ('closed','merged')";
const MINE: &str = "($2::uuid[] IS NULL OR repo_id = ANY($2))";
/// Rows of a table, or of a bucket of it, that a probe tells of.
const PROBED: u32 = 200;
const KEYS: &str = "FROM unnest($1::uuid[], $2::int4[]) AS k(repo_id, pr_number)";

impl Kind {
    const fn page(self) -> u32 {
        if self.indexed { 1_000 } else { 20_000 }
    }

    fn scans(self, select: &str, table: &str, condition: &str, tail: &str) -> String {
        let select = format!("SELECT id, repo_id, pr_number::int4, {select} FROM {table} WHERE");
        if !self.indexed {
            return format!("({select} {condition} {tail})");
        }
        let scan = |bucket| format!("({select} (pr_number % 8) = {bucket} AND {condition} {tail})");
        (0..8).map(scan).collect::<Vec<_>>().join(" UNION ALL ")
    }

    fn changed(self, table: &str, clock: &str) -> String {
        let scans = self.scans(
            &format!("{clock}::timestamptz AS at"),
            table,
            &format!("{clock} >= $1 AND {clock} <= now() AND ({clock}, id) > ($1, $2)"),
            &format!("ORDER BY {clock}, id LIMIT {}", self.page()),
        );
        format!(
            "SELECT id, repo_id, pr_number, at, true FROM ({scans}) s ORDER BY at, id LIMIT {}",
            self.page()
        )
    }

    fn ordered(self, table: &str, clock: &str, condition: &str, wanted: &str) -> String {
        let scans = self.scans(
            &format!("{clock}::timestamptz AS at, {wanted} AND {MINE} AS wanted"),
            table,
            &format!(
                "{clock} >= '0001-01-01' AND {clock} <= $3 AND ({clock}, id) < ($3, $1) AND {condition}"
            ),
            &format!("ORDER BY {clock} DESC, id DESC LIMIT {}", self.page()),
        );
        self.paged(table, &scans, "at DESC, id DESC")
    }

    fn unordered(self, table: &str, condition: &str) -> String {
        let scans = self.scans(
            &format!("NULL::timestamptz AS at, {MINE} AS wanted"),
            table,
            &format!(
                "(updated_at IS NULL OR updated_at < '0001-01-01' OR updated_at > '9999-12-31') AND id > $1 AND {condition}"
            ),
            &format!("ORDER BY id LIMIT {}", self.page()),
        );
        self.paged(table, &scans, "id")
    }

    fn paged(self, table: &str, scans: &str, order: &str) -> String {
        let page = format!(
            "SELECT id, repo_id, pr_number, at, wanted FROM ({scans}) u ORDER BY {order} LIMIT {}",
            self.page()
        );
        if table == "pull_requests" {
            return page;
        }
        format!(
            "SELECT s.id, s.repo_id, s.pr_number, s.at, s.wanted AND p.one IS NULL FROM ({page}) s
             LEFT JOIN LATERAL (SELECT 1 AS one FROM pull_requests q
             WHERE q.repo_id = s.repo_id AND q.pr_number = s.pr_number LIMIT 1) p ON true ORDER BY {order}"
        )
    }

    fn probe(self) -> String {
        let table = |(n, name, clock): (usize, &str, &str)| {
            let scans = self.scans(
                &format!("{clock}::timestamptz AS at"),
                name,
                &format!("{clock} >= $1 AND {clock} <= now()"),
                &format!("ORDER BY {clock}, id LIMIT {PROBED}"),
            );
            format!(
                "(SELECT array_agg(id) AS ids, array_agg(repo_id) AS repos, array_agg(pr_number) AS numbers,
                 array_agg(at) AS at FROM ({scans}) s) t{n}"
            )
        };
        let tables = [
            (0, "pull_requests", "updated_at"),
            (1, "pipeline_runs", "updated_at"),
            (2, "insights", "created_at"),
        ];
        let requests = if self.indexed {
            let condition = "updated_at >= $1 AND updated_at <= now()";
            let tail = format!("ORDER BY updated_at DESC, id LIMIT {PROBED}");
            let scans = self.scans("updated_at AS at", "insight_requests", condition, &tail);
            format!("SELECT max(at), count(*) FROM ({scans}) s")
        } else {
            "SELECT NULL::timestamptz, 0::int8".to_owned()
        };
        format!(
            "SELECT now(), t0.ids, t0.repos, t0.numbers, t0.at, t1.ids, t1.repos, t1.numbers, t1.at,
                 t2.ids, t2.repos, t2.numbers, t2.at, r.ids, r.at, q.at, q.many, 0::float8
             FROM {}, (SELECT array_agg(id) AS ids, array_agg(updated_at::timestamptz) AS at FROM (
                 SELECT id, updated_at FROM repositories WHERE updated_at >= $1 AND updated_at <= now()
                 ORDER BY updated_at DESC, id LIMIT {PROBED}) s) r, ({requests}) q(at, many)",
            tables.map(table).join(", ")
        )
    }

    /// The same columns as the form of today, of rows that were looked up one by one.
    fn rows(new: &str) -> String {
        let list = new.split_once("pr_number) ").and_then(|(_, list)| list.split_once(" FROM (SELECT ($1"));
        let (list, _) = list.expect("SELECT DISTINCT ON (k.repo_id, k.pr_number) … FROM (SELECT ($1…");
        let one = |table: &str, alias: &str| {
            format!(
                "LEFT JOIN LATERAL (SELECT * FROM {table} {alias} WHERE {} LIMIT 1) {alias} ON true",
                of_key(alias)
            )
        };
        format!(
            "SELECT {list} {KEYS} {} {} {}",
            one("pull_requests", "p"),
            one("pipeline_runs", "r"),
            newest_insight("i.*")
        )
    }

    /// The newest insight of each key, and the columns of the others.
    fn versions() -> String {
        let usable = |name: &str| {
            format!("CASE WHEN {name} BETWEEN '0001-01-01' AND '9999-12-31' THEN {name}::timestamptz END")
        };
        format!(
            "SELECT k.repo_id, k.pr_number, p.at, r.at, i.id {KEYS}
             LEFT JOIN LATERAL (SELECT {} FROM pull_requests p WHERE {} LIMIT 1) p(at) ON true
             LEFT JOIN LATERAL (SELECT {} FROM pipeline_runs r WHERE {} LIMIT 1) r(at) ON true {}",
            usable("p.updated_at"),
            of_key("p"),
            usable("r.updated_at"),
            of_key("r"),
            newest_insight("i.id")
        )
    }

    fn old(self, name: &str, new: &str) -> Option<String> {
        let closed = match (self.indexed, self.closed_at) {
            (true, _) => "closed_at IS NULL",
            (false, true) => "(closed_at IS NULL OR closed_at >= $4)",
            (false, false) => "true",
        };
        Some(match name {
            "changed pull requests" => self.changed("pull_requests", "updated_at"),
            "changed runs" => self.changed("pipeline_runs", "updated_at"),
            "changed insights" => self.changed("insights", "created_at"),
            "open" => self.ordered("pull_requests", "updated_at", OPEN, "true"),
            "timeless" => self.unordered("pull_requests", OPEN),
            "closed" => {
                self.ordered("pull_requests", "closed_at", "closed_at >= $4", &format!("NOT ({OPEN})"))
            }
            "ended" => self.ordered(
                "pull_requests",
                "updated_at",
                "updated_at >= $4",
                &format!("NOT ({OPEN}) AND {closed}"),
            ),
            "runs" => self.ordered("pipeline_runs", "updated_at", "true", "true"),
            "timeless runs" => self.unordered("pipeline_runs", "true"),
            "versions" => Self::versions(),
            "rows" => Self::rows(new),
            "probe" => self.probe(),
            _ => return None,
        })
    }
}

fn of_key(alias: &str) -> String {
    format!("{alias}.repo_id = k.repo_id AND {alias}.pr_number = k.pr_number")
}

/// One without a usable time comes only where no other is.
fn newest_insight(columns: &str) -> String {
    let (key, dated) = (of_key("i"), "i.created_at BETWEEN '0001-01-01' AND '9999-12-31'");
    format!(
        "LEFT JOIN LATERAL (
             (SELECT {columns} FROM insights i WHERE {key} AND {dated} ORDER BY i.created_at DESC, i.id DESC LIMIT 1)
             UNION ALL
             (SELECT {columns} FROM insights i WHERE {key} AND ({dated}) IS NOT TRUE ORDER BY i.id DESC LIMIT 1) LIMIT 1
         ) i ON true"
    )
}

/// Places where pages begin: at the ends, in the middle, and within rows of the same time.
async fn cursors(db: &Database, table: &str, clock: &str) -> Vec<(String, String)> {
    let sql = format!(
        "(SELECT {clock}::text, id::text FROM {table} WHERE {clock} BETWEEN '0001-01-01' AND '9999-12-31' ORDER BY {clock}, id
             OFFSET (SELECT count(*) / 2 FROM {table}) LIMIT 1)
         UNION ALL (SELECT {clock}::text, max(id::text) FROM {table} WHERE {clock} BETWEEN '0001-01-01' AND '9999-12-31'
             GROUP BY {clock} ORDER BY count(*) DESC, {clock} LIMIT 1)
         UNION ALL (SELECT {clock}::text, '80000000-0000-4000-8000-000000000000' FROM {table}
             WHERE {clock} BETWEEN '0001-01-01' AND '9999-12-31' GROUP BY {clock} ORDER BY count(*) DESC, {clock} LIMIT 1)
         UNION ALL VALUES ('9999-12-31', 'ffffffff-ffff-ffff-ffff-ffffffffffff'),
             ('2020-01-01', '00000000-0000-0000-0000-000000000000')"
    );
    sqlx::query_as(AssertSqlSafe(sql)).fetch_all(&mut db.admin().await).await.expect("cursors")
}

/// The values of a statement's parameters, one set a cursor: in the form of today, and in the old one.
async fn values(db: &Database, name: &str) -> Vec<[Vec<String>; 2]> {
    match name {
        "versions" | "rows" => return vec![keys()],
        "probe" => {
            let since = |ago: &str| vec![format!("(now() - interval '{ago}')")];
            return ["12 seconds", "1 day", "9 years"].map(|ago| [since(ago), since(ago)]).into();
        }
        _ => {}
    }
    let table = if name.contains("run") {
        "pipeline_runs"
    } else if name.contains("insight") {
        "insights"
    } else {
        "pull_requests"
    };
    let clock = match name {
        "closed" => "closed_at",
        "changed insights" => "created_at",
        _ => "updated_at",
    };
    let mut sets = Vec::new();
    for (at, last) in cursors(db, table, clock).await {
        let (at, last) = (format!("'{at}'::timestamptz"), format!("'{last}'::uuid"));
        if name.starts_with("changed") {
            sets.push(vec![at, last]);
            continue;
        }
        for mine in ["NULL::uuid[]".to_owned(), format!("ARRAY[{}]", id(1))] {
            sets.push(vec![last.clone(), mine, at.clone(), "now() - interval '400 days'".to_owned()]);
        }
    }
    sets.into_iter().map(|values| [values.clone(), values]).collect()
}

/// Keys of pull requests, of runs without, and of nothing: repositories once, places and numbers; repositories and numbers.
fn keys() -> [Vec<String>; 2] {
    let keys = "SELECT repo_id, n, dense_rank() OVER (ORDER BY repo_id)::int4 AS place FROM (
                    SELECT repo_id, pr_number::int4 AS n FROM pull_requests UNION SELECT repo_id, pr_number::int4 FROM pipeline_runs
                    UNION VALUES ('00000000-0000-0000-0000-00000000dead'::uuid, 100)
                ) k WHERE n % 100 = 0 OR (n > 100000 AND n % 5 = 0)";
    let all = |column: &str| format!("(SELECT array_agg({column} ORDER BY repo_id, n) FROM ({keys}) k)");
    let repos = format!(
        "(SELECT array_agg(repo_id ORDER BY repo_id) FROM (SELECT DISTINCT repo_id FROM ({keys}) k) d)"
    );
    [vec![repos, all("place"), all("n")], vec![all("repo_id"), all("n")]]
}

fn filled(sql: &str, values: &[String]) -> String {
    let numbered = values.iter().enumerate().rev();
    numbered.fold(sql.to_owned(), |sql, (n, value)| sql.replace(&format!("${}", n + 1), value))
}

/// The rows that a probe tells of; of a table that has more than it tells, only that.
fn told(probe: &str) -> String {
    let table = |n: usize| {
        format!(
            "SELECT {n}, u.id, u.repo, u.number, u.at FROM x, unnest(i{n}, r{n}, n{n}, a{n}) u(id, repo, number, at)
             WHERE cardinality(i{n}) < {PROBED} UNION ALL SELECT {n}, NULL, NULL, NULL, NULL FROM x WHERE cardinality(i{n}) >= {PROBED}"
        )
    };
    format!(
        "WITH x(clock, i0, r0, n0, a0, i1, r1, n1, a1, i2, r2, n2, a2, repos, repos_at, asked_at, asked, took) AS ({probe})
         {} UNION ALL SELECT 3, u.id, NULL, NULL, u.at FROM x, unnest(repos, repos_at) u(id, at)
         UNION ALL SELECT 4, NULL, NULL, asked::int4, asked_at FROM x",
        [0, 1, 2].map(table).join(" UNION ALL ")
    )
}

async fn compare(db: &Database, kind: Kind) -> BTreeMap<&'static str, i64> {
    let mut conn = db.admin().await;
    let schema = discover(&mut conn).await.expect("discovered");
    let mut counted = BTreeMap::new();
    for (name, sql) in statements(&schema) {
        let Some(old) = kind.old(name, &sql) else { continue };
        for [now, then] in values(db, name).await {
            let forms = [filled(&sql, &now), filled(&old, &then)];
            let [new, old] = if name == "probe" { forms.map(|form| told(&form)) } else { forms };
            let question = format!(
                "SELECT (SELECT count(*) FROM (({new}) EXCEPT ALL ({old})) d),
                     (SELECT count(*) FROM (({old}) EXCEPT ALL ({new})) d), (SELECT count(*) FROM ({old}) d)"
            );
            let answer: (i64, i64, i64) = sqlx::query_as(AssertSqlSafe(question.clone()))
                .fetch_one(&mut conn)
                .await
                .unwrap_or_else(|error| panic!("{name}: {error}\n{question}"));
            assert_eq!((answer.0, answer.1), (0, 0), "{name}, {now:?}\n{question}");
            *counted.entry(name).or_default() += answer.2;
        }
    }
    counted
}

/// Rows without a time, of the same time, of no pull request, and twice; words in any case.
async fn make_hostile(db: &Database) {
    db.execute(&format!(
        "INSERT INTO repositories (id, github_id, name, full_name, owner) VALUES ({r}, 901, 'h', 'acme/h', 'acme')
             ON CONFLICT DO NOTHING;
         INSERT INTO pull_requests (repo_id, pr_number, title, state, updated_at, created_at)
             SELECT {r}, 100000 + n, 'Hostile', (ARRAY['OPEN', NULL, 'Closed', 'MERGED', '', 'draft'])[1 + n % 6],
                 CASE n % 7 WHEN 0 THEN NULL WHEN 1 THEN 'infinity' WHEN 2 THEN '-infinity' WHEN 3 THEN '200000-01-01'::timestamptz
                     ELSE '2026-01-02'::timestamptz END, NULL
             FROM generate_series(1, 2500) n;
         INSERT INTO pipeline_runs (repo_id, pr_number, updated_at)
             SELECT {r}, 101000 + n, CASE n % 5 WHEN 0 THEN NULL WHEN 1 THEN 'infinity' ELSE '2026-01-02'::timestamptz END
             FROM generate_series(1, 3000) n;
         INSERT INTO insights (repo_id, pr_number, created_at)
             SELECT {r}, 100000 + n / 3, CASE n % 4 WHEN 0 THEN NULL WHEN 1 THEN '-infinity' ELSE '2026-01-02'::timestamptz END
             FROM generate_series(1, 3000) n;
         INSERT INTO pull_requests (repo_id, pr_number, title, state, updated_at)
             SELECT {r}, 110000 + n, 'Recent', 'open', now() - n * interval '1 minute' FROM generate_series(1, 60) n;
         INSERT INTO pipeline_runs (repo_id, pr_number, updated_at)
             SELECT repo_id, pr_number, updated_at FROM pull_requests WHERE pr_number BETWEEN 110020 AND 110060;
         INSERT INTO insights (repo_id, pr_number, created_at)
             SELECT repo_id, pr_number, updated_at FROM pull_requests WHERE pr_number BETWEEN 110010 AND 110050;",
        r = id(1)
    ))
    .await;
}

#[tokio::test]
async fn both_forms_give_the_same_rows_on_every_schema() {
    for (n, schema) in ["ours", "seed", "deployed"].into_iter().enumerate() {
        let db = pg::database(&format!("forms_{schema}")).await;
        let kind = Kind { indexed: n == 0, closed_at: n != 1 };
        if schema == "deployed" {
            db.execute(DEPLOYED).await;
        } else {
            db.seed_schema().await;
        }
        if kind.indexed {
            migrate(&db).await;
            fill(&db, 100_000).await;
        }
        make_hostile(&db).await;
        if kind.indexed {
            db.execute(
                "INSERT INTO insight_requests (repo_id, pr_number, state, updated_at)
                     SELECT repo_id, pr_number, 'done', updated_at FROM pull_requests WHERE pr_number BETWEEN 110030 AND 110040",
            )
            .await;
        }
        let counted = compare(&db, kind).await;
        let expected = if kind.indexed { 12 } else { 11 };
        assert!(counted.len() == expected && counted.values().all(|rows| *rows > 0), "{schema}: {counted:?}");
    }
}
