//! What pull requests are about: titles, branches, labels and bodies.

use super::{
    random::Dice,
    repos::{API, BILLING, DESIGN, INFRA, INGEST, MOBILE, REPOS, SEARCH, WEB},
};

/// What one pull request is about.
#[derive(Clone, Debug)]
pub(super) struct Topic {
    pub(super) title: String,
    pub(super) branch: String,
    pub(super) labels: Vec<String>,
    pub(super) body: Option<String>,
    /// A name for files and tests: `session_store`.
    pub(super) part: String,
    /// A bump of a dependency: its name and the two versions.
    pub(super) bump: Option<(&'static str, String, String)>,
}

/// Titles made by hand: repository, title, branch, part.
const TITLES: &[(usize, &str, &str, &str)] = &[
    (API, "Add OAuth refresh tokens", "feature/oauth-refresh", "token_refresh"),
    (API, "Validate webhook signatures before parsing the body", "fix/webhook-order", "webhook"),
    (API, "Rename user_id to account_id everywhere", "chore/account-id", "account"),
    (API, "Fix a race in session expiry", "fix/session-race", "session"),
    (API, "Answer 429 with Retry-After", "fix/retry-after", "rate_limiter"),
    (API, "監査ログのページネーションを修正する", "fix/audit-paging", "audit_log"),
    (API, "Drop the v1 endpoints that nobody has called since March", "chore/drop-v1", "routes"),
    (API, "Stream account exports instead of building them in memory", "feature/stream-exports", "export"),
    (WEB, "Ship dark mode 🚀 to everyone", "feature/dark-mode", "theme"),
    (WEB, "Handle an empty cart at checkout", "fix/empty-cart", "cart"),
    (WEB, "Tighten the content security policy", "chore/csp", "csp"),
    (WEB, "修复移动端登录问题", "fix/mobile-login", "login"),
    (WEB, "Stop the layout from jumping while fonts load", "fix/font-shift", "fonts"),
    (WEB, "Keyboard navigation for the product gallery ⌨️", "feature/gallery-keys", "gallery"),
    (WEB, "Replace moment with Temporal", "chore/temporal", "dates"),
    (BILLING, "Backfill missing invoices 💸", "fix/backfill-invoices", "invoices"),
    (BILLING, "決済サービスのタイムアウトを修正する", "fix/payment-timeout", "payment"),
    (
        BILLING,
        "Split the billing worker in two, so that a failed run can be picked up again where it stopped",
        "feature/split-worker",
        "worker",
    ),
    (BILLING, "Round half to even in CHF and JPY", "fix/rounding", "rounding"),
    (BILLING, "Cache the price list for an hour", "feature/price-cache", "prices"),
    (BILLING, "Prepare the ledger for double-entry bookkeeping", "feature/double-entry", "ledger"),
    (INFRA, "Make the deploy pipeline resumable", "feature/resumable-deploys", "deploy"),
    (INFRA, "Move runners to spot instances", "chore/spot-runners", "runners"),
    (INFRA, "Alert on certificate expiry 14 days ahead", "feature/cert-alerts", "certificates"),
    (INFRA, "Encrypt the Terraform state with our own key", "chore/state-key", "state"),
    (
        INFRA,
        "Restore drill: rebuild staging from last night's backup, time every step and page whoever is on call",
        "feature/restore-drill",
        "backup",
    ),
    (MOBILE, "离线队列：网络恢复后自动重试", "feature/offline-retry", "offline_queue"),
    (MOBILE, "Ask for the camera only when it is needed", "fix/camera-permission", "camera"),
    (MOBILE, "Fix the crash when a push arrives during onboarding 💥", "fix/push-crash", "push"),
    (MOBILE, "Unlock with a fingerprint", "feature/biometrics", "unlock"),
    (MOBILE, "Cut the cold start by 400 ms", "feature/cold-start", "startup"),
    (SEARCH, "Speed up search ranking", "feature/fast-ranking", "ranking"),
    (SEARCH, "日本語の形態素解析を更新する", "feature/ja-tokenizer", "tokenizer"),
    (SEARCH, "Count facets in one pass", "feature/facets", "facets"),
    (SEARCH, "Do not lose the last shard when a node leaves", "fix/last-shard", "shards"),
    (SEARCH, "Suggest spellings from what people bought 🔎", "feature/spelling", "spelling"),
    (DESIGN, "New date picker with week numbers", "feature/date-picker", "date_picker"),
    (DESIGN, "Focus ring that shows on every background", "fix/focus-ring", "focus_ring"),
    (DESIGN, "Generate colour tokens from one file 🎨", "feature/tokens", "tokens"),
    (DESIGN, "다크 모드에서 대비를 높인다", "fix/dark-contrast", "contrast"),
    (INGEST, "Write Parquet in row groups of 128 MiB", "feature/row-groups", "parquet"),
    (INGEST, "Commit offsets after the rows, not before", "fix/offset-order", "offsets"),
    (INGEST, "スキーマ変更を無停止で反映する", "feature/schema-reload", "schema"),
    (INGEST, "Replay one partition without stopping the others", "feature/replay", "replay"),
    (INGEST, "Typo in the README", "patch-1", "readme"),
];

/// Patterns: title, branch, label, body; `{}` is a part of the repository.
const PATTERNS: &[(&str, &str, Option<&str>, &str)] = &[
    (
        "Retry the {} on 503",
        "fix/retry-",
        Some("bug"),
        "Upstream answers 503 for a second or two while it deploys; we gave up at once. Three tries with full jitter now.",
    ),
    (
        "Fix a race in the {}",
        "fix/race-",
        Some("bug"),
        "Two writers could both see the old value. The lock is taken before the read now; the test fails without it.",
    ),
    (
        "Add metrics to the {}",
        "feature/metrics-",
        Some("observability"),
        "Latency, errors and queue length. The dashboard is linked in the ticket.",
    ),
    ("Move the {} behind a flag", "feature/flag-", None, "Off by default. To be turned on for 5 % first."),
    (
        "Speed up the {}",
        "perf/",
        Some("performance"),
        "p95 from 182 ms to 47 ms on the recorded load. Most of it was one allocation in a loop.",
    ),
    (
        "Split the {} into smaller modules",
        "refactor/split-",
        Some("refactoring"),
        "No change of behaviour. Best read commit by commit.",
    ),
    ("Handle an empty result in the {}", "fix/empty-", Some("bug"), "Reported by support twice this week."),
    (
        "Write structured logs in the {}",
        "chore/logs-",
        Some("observability"),
        "Same events as before, as JSON, with the request id.",
    ),
    (
        "Document the {}",
        "docs/",
        Some("documentation"),
        "What it does, what it does not do, and how to see that it is ill.",
    ),
    ("Remove dead code around the {}", "chore/dead-", None, "Unused since the migration in spring."),
    (
        "Property tests for the {}",
        "test/",
        Some("tests"),
        "They found two edge cases, fixed in the second commit.",
    ),
    (
        "Bound the memory of the {}",
        "fix/memory-",
        Some("bug"),
        "It grew with the number of tenants. Now it keeps the last 4 096 entries.",
    ),
    (
        "Time out in the {} after 10 s",
        "fix/timeout-",
        Some("bug"),
        "Without a limit one slow call kept a worker for ever.",
    ),
    ("Better errors in the {}", "feature/errors-", None, "Says what was tried, and what to do next."),
    (
        "Make the {} idempotent",
        "feature/idempotent-",
        None,
        "A delivery that comes twice changes nothing the second time.",
    ),
    (
        "Roll the {} back to last week's version",
        "revert/",
        Some("p1"),
        "It broke the nightly run; we go back first and look then.",
    ),
    ("Simplify the {}", "refactor/", Some("refactoring"), "120 lines less, same tests."),
];

/// A word for files: lower-case letters, digits and `_`.
fn slug(text: &str, gap: char) -> String {
    text.chars().map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { gap }).collect()
}

/// Deals topics without dealing one twice before all have been dealt.
#[derive(Clone, Debug)]
pub(super) struct Deck {
    by_hand: Vec<usize>,
    /// How many patterns each repository has had, and where it began.
    dealt: Vec<usize>,
    offset: usize,
    /// The version of each package in each repository.
    versions: Vec<Vec<usize>>,
    bumps: usize,
}

impl Deck {
    pub(super) fn new(dice: &mut Dice) -> Self {
        let mut by_hand: Vec<usize> = (0..TITLES.len()).collect();
        for last in (1..by_hand.len()).rev() {
            by_hand.swap(last, dice.below(last + 1));
        }
        let versions =
            REPOS.iter().map(|repo| repo.packages.iter().map(|_| 3 + dice.below(6)).collect()).collect();
        Self {
            by_hand,
            dealt: vec![0; REPOS.len()],
            offset: dice.below(1_000),
            versions,
            bumps: dice.below(5),
        }
    }

    /// The one on this branch, unless it was dealt.
    pub(super) fn written_by_hand(&mut self, branch: &str) -> Option<Topic> {
        let place = self.by_hand.iter().position(|index| TITLES[*index].2 == branch)?;
        let index = self.by_hand.remove(place);
        Some(Self::written(index))
    }

    /// A topic of this repository, so many of a hundred of them made by hand.
    pub(super) fn deal(&mut self, repo: usize, by_hand_chance: u64, dice: &mut Dice) -> Topic {
        let by_hand =
            self.by_hand.iter().position(|index| TITLES[*index].0 == repo && TITLES[*index].2 != "patch-1");
        match by_hand {
            Some(place) if dice.percent(by_hand_chance) => Self::written(self.by_hand.remove(place)),
            Some(_) | None => self.patterned(repo),
        }
    }

    fn written(index: usize) -> Topic {
        let (_, title, branch, part) = TITLES[index];
        let label = if branch.starts_with("fix/") { Some("bug") } else { None };
        let body =
            format!("{title}.\n\nSee the ticket for the discussion. Rollout: staging first, then 10 %.");
        Topic {
            title: title.to_owned(),
            branch: branch.to_owned(),
            labels: label.into_iter().map(str::to_owned).collect(),
            body: if part == "readme" { None } else { Some(body) },
            part: part.to_owned(),
            bump: None,
        }
    }

    fn patterned(&mut self, repo: usize) -> Topic {
        let parts = REPOS[repo].parts;
        // 17 patterns and 10 parts have no common divisor: each pair comes once before any comes again.
        let turn = self.dealt[repo] + self.offset + repo * 31;
        self.dealt[repo] += 1;
        let part = parts[(turn * 3) % parts.len()];
        let (title, branch, label, body) = PATTERNS[(turn * 5) % PATTERNS.len()];
        let round = self.dealt[repo] / (parts.len() * PATTERNS.len());
        let again = if round == 0 { String::new() } else { format!(" (part {})", round + 1) };
        Topic {
            title: format!("{}{again}", title.replace("{}", part)),
            branch: format!("{branch}{}", slug(part, '-')),
            labels: label.into_iter().map(str::to_owned).collect(),
            body: Some(body.to_owned()),
            part: slug(part, '_'),
            bump: None,
        }
    }

    pub(super) fn bump(&mut self, repo: usize) -> Topic {
        let packages = REPOS[repo].packages;
        self.bumps += 1;
        let package = (self.bumps + repo) % packages.len();
        let (name, major) = packages[package];
        let minor = self.versions[repo][package];
        self.versions[repo][package] += 1;
        let (old, new) = (format!("{major}{minor}"), format!("{major}{}", minor + 1));
        let word = slug(name, '-');
        Topic {
            title: format!("Bump {name} from {old} to {new}"),
            branch: format!("renovate/{}", word.trim_matches('-')),
            labels: vec!["dependencies".to_owned()],
            body: Some(format!(
                "Updates `{name}` from {old} to {new}.\n\nThis branch is kept up to date until it is merged."
            )),
            part: "client".to_owned(),
            bump: Some((name, old, new)),
        }
    }
}
