//! The team's repositories, and what runs on their commits.

use crate::facts::fact::{
    CheckConclusion::{self, Cancelled, Failure, TimedOut},
    CheckSeen,
};

/// What a repository is written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Rust,
    TypeScript,
    Infra,
}

#[derive(Debug)]
pub(super) struct Repo {
    pub(super) id: i64,
    pub(super) full_name: &'static str,
    pub(super) description: &'static str,
    pub(super) language: &'static str,
    pub(super) kind: Kind,
    pub(super) private: bool,
    /// The number before the first pull request of the demo.
    pub(super) numbers_from: i32,
    /// What it consists of, as titles say it.
    pub(super) parts: &'static [&'static str],
    /// What runs on a commit.
    pub(super) checks: &'static [CheckSpec],
    /// What it depends on: name, and the versions' first part.
    pub(super) packages: &'static [(&'static str, &'static str)],
}

#[derive(Debug)]
pub(super) struct CheckSpec {
    pub(super) app: &'static str,
    /// Checks of one workflow share a suite.
    pub(super) workflow: i64,
    pub(super) name: &'static str,
    pub(super) minutes: i64,
    /// Why it fails; `{part}` is what the pull request is about.
    pub(super) fails: &'static [(CheckConclusion, &'static str)],
}

impl CheckSpec {
    pub(super) const fn workflow_name(&self) -> Option<&'static str> {
        match self.workflow {
            1 => Some("CI"),
            2 => Some("Acceptance"),
            _ => None,
        }
    }
}

type Reasons = &'static [(CheckConclusion, &'static str)];

const fn check(workflow: i64, name: &'static str, minutes: i64, fails: Reasons) -> CheckSpec {
    CheckSpec { app: "github-actions", workflow, name, minutes, fails }
}

const fn status(name: &'static str, minutes: i64, fails: Reasons) -> CheckSpec {
    CheckSpec { app: CheckSeen::STATUS, workflow: 0, name, minutes, fails }
}

const RUST_TESTS: Reasons = &[
    (Failure, "2 of 41 tests failed: {part}::expires_on_rotate"),
    (Failure, "1 of 318 tests failed: {part}::tests::survives_a_restart"),
    (Failure, "error[E0502]: cannot borrow `*self` as mutable, src/{part}.rs:118"),
    (Failure, "thread '{part}::concurrent' panicked: left: 3, right: 4"),
    (TimedOut, "timed out after 30 minutes"),
];
const CLIPPY: Reasons = &[
    (Failure, "clippy: this `if` can be collapsed, src/{part}.rs:77"),
    (Failure, "clippy: casting `u64` to `usize` may truncate, src/{part}.rs:203"),
    (Failure, "rustfmt: 3 files would be reformatted"),
];
const TYPES: Reasons = &[
    (Failure, "TS2345: 'string | undefined' is not assignable to 'string', src/{part}.ts:41"),
    (Failure, "TS2322: type 'null' is not assignable to type 'Date', src/{part}.ts:17"),
];
const TS_TESTS: Reasons = &[
    (Failure, "4 of 512 tests failed: {part} › keeps the focus when it closes"),
    (Failure, "1 of 512 tests failed: {part} › shows an empty list"),
    (Failure, "jest: 1 snapshot is obsolete, 2 do not match"),
];
const E2E: Reasons = &[
    (Failure, "playwright: {part} › pays with an expired card: locator not visible after 5 s"),
    (TimedOut, "timed out after 45 minutes"),
    (Cancelled, "cancelled: the runner lost its connection"),
];
const COVERAGE: Reasons = &[(Failure, "coverage fell to 71.2 %, 75 % is wanted")];
const AUDIT: Reasons = &[(Failure, "2 advisories: RUSTSEC-2026-0031 in {part}, 1 unmaintained crate")];
const PREVIEW: Reasons = &[(Failure, "preview: build exited with 1 after 48 s")];
const PLAN: Reasons = &[
    (Failure, "terraform plan: 1 to destroy in {part}, a protected resource"),
    (Failure, "Error acquiring the state lock: held by run 8812"),
];
const LINT_YAML: Reasons = &[(Failure, "actionlint: property \"matrix.os\" is not defined, line 24")];
const MIGRATIONS: Reasons =
    &[(Failure, "migration 0047 locks {part} for 12 s on the copy of production, 2 s are allowed")];
const DEVICE: Reasons =
    &[(Failure, "3 of 96 device tests failed: {part} on Pixel 6"), (TimedOut, "no device within 20 minutes")];

/// The team's repositories.
pub(super) const API: usize = 0;
pub(super) const WEB: usize = 1;
pub(super) const BILLING: usize = 2;
pub(super) const INFRA: usize = 3;
pub(super) const MOBILE: usize = 4;
pub(super) const SEARCH: usize = 5;
pub(super) const DESIGN: usize = 6;
pub(super) const INGEST: usize = 7;

const CRATES: &[(&str, &str)] =
    &[("tokio", "1.54."), ("serde", "1.0."), ("axum", "0.8."), ("rustls", "0.23."), ("sqlx", "0.9.")];
const NPM: &[(&str, &str)] =
    &[("vite", "8."), ("react", "20.0."), ("typescript", "6."), ("zod", "4."), ("@playwright/test", "1.60.")];
const IMAGES: &[(&str, &str)] =
    &[("hashicorp/aws", "6."), ("actions/checkout", "6."), ("postgres", "18."), ("grafana/loki", "3.")];

/// In the order of their places above.
pub(super) const REPOS: &[Repo] = &[
    Repo {
        id: 710_204_118,
        full_name: "acme/api",
        description: "The public API",
        language: "Rust",
        kind: Kind::Rust,
        private: true,
        numbers_from: 1_388,
        parts: &[
            "session store",
            "rate limiter",
            "audit log",
            "webhook delivery",
            "token refresh",
            "account export",
            "idempotency keys",
            "pagination cursor",
            "permission check",
            "health endpoint",
        ],
        checks: &[
            check(1, "lint", 3, CLIPPY),
            check(1, "test (ubuntu)", 11, RUST_TESTS),
            check(1, "test (macos)", 16, RUST_TESTS),
            check(2, "audit", 1, AUDIT),
        ],
        packages: CRATES,
    },
    Repo {
        id: 710_204_530,
        full_name: "acme/web",
        description: "The customers' web application",
        language: "TypeScript",
        kind: Kind::TypeScript,
        private: true,
        numbers_from: 2_741,
        parts: &[
            "checkout",
            "cart",
            "settings page",
            "invoice list",
            "sign-in form",
            "search box",
            "product gallery",
            "cookie banner",
            "address form",
            "order history",
        ],
        checks: &[
            check(1, "types", 2, TYPES),
            check(1, "test", 6, TS_TESTS),
            check(2, "e2e (chromium)", 19, E2E),
            status("deploy/preview", 4, PREVIEW),
        ],
        packages: NPM,
    },
    Repo {
        id: 711_660_902,
        full_name: "acme/billing",
        description: "Invoices, payments and taxes",
        language: "Rust",
        kind: Kind::Rust,
        private: true,
        numbers_from: 604,
        parts: &[
            "invoice run",
            "dunning worker",
            "tax table",
            "refund path",
            "ledger",
            "currency rounding",
            "payment retries",
            "credit notes",
            "usage meter",
            "receipt mailer",
        ],
        checks: &[
            check(1, "clippy", 4, CLIPPY),
            check(1, "test", 13, RUST_TESTS),
            check(2, "test", 9, MIGRATIONS), // the migrations workflow's job has the same name
            check(1, "coverage", 14, COVERAGE),
        ],
        packages: CRATES,
    },
    Repo {
        id: 712_010_077,
        full_name: "acme/infra",
        description: "Terraform, clusters and runners",
        language: "HCL",
        kind: Kind::Infra,
        private: true,
        numbers_from: 933,
        parts: &[
            "staging cluster",
            "runner pool",
            "backup job",
            "DNS zone",
            "log pipeline",
            "alert rules",
            "secrets store",
            "edge cache",
            "image registry",
            "on-call rota",
        ],
        checks: &[
            check(1, "actionlint", 1, LINT_YAML),
            check(1, "plan (staging)", 5, PLAN),
            check(1, "plan (production)", 7, PLAN),
        ],
        packages: IMAGES,
    },
    Repo {
        id: 713_551_246,
        full_name: "acme/mobile",
        description: "The apps for Android and iOS",
        language: "TypeScript",
        kind: Kind::TypeScript,
        private: true,
        numbers_from: 1_102,
        parts: &[
            "push notifications",
            "offline queue",
            "camera upload",
            "deep links",
            "biometric unlock",
            "onboarding",
            "image cache",
            "crash reporter",
            "share sheet",
            "tab bar",
        ],
        checks: &[
            check(1, "lint", 2, TYPES),
            check(1, "unit", 5, TS_TESTS),
            check(2, "android", 22, DEVICE),
            check(2, "ios", 26, DEVICE),
        ],
        packages: NPM,
    },
    Repo {
        id: 715_902_333,
        full_name: "acme/search",
        description: "Indexing and ranking",
        language: "Rust",
        kind: Kind::Rust,
        private: false,
        numbers_from: 411,
        parts: &[
            "ranking",
            "tokenizer",
            "synonym file",
            "index merge",
            "query parser",
            "spell checker",
            "facet counts",
            "snippet builder",
            "shard router",
            "warm-up",
        ],
        checks: &[
            check(1, "clippy", 4, CLIPPY),
            check(1, "test (ubuntu)", 12, RUST_TESTS),
            check(2, "relevance", 17, &[(Failure, "nDCG@10 fell from 0.431 to 0.418 on the golden queries")]),
        ],
        packages: CRATES,
    },
    Repo {
        id: 803_117_450,
        full_name: "globex/design-system",
        description: "Components, tokens and icons",
        language: "TypeScript",
        kind: Kind::TypeScript,
        private: false,
        numbers_from: 287,
        parts: &[
            "date picker",
            "dialog",
            "colour tokens",
            "data table",
            "tooltip",
            "icon set",
            "focus ring",
            "toast",
            "breadcrumbs",
            "skeleton",
        ],
        checks: &[
            check(1, "test", 4, TS_TESTS),
            check(1, "a11y", 6, &[(Failure, "axe: 2 elements of {part} have too little contrast (3.9:1)")]),
            status("chromatic", 8, &[(Failure, "11 visual changes have to be accepted")]),
        ],
        packages: NPM,
    },
    Repo {
        id: 806_440_019,
        full_name: "globex/ingest",
        description: "Streams in, tables out",
        language: "Rust",
        kind: Kind::Rust,
        private: false,
        numbers_from: 158,
        parts: &[
            "consumer group",
            "schema registry",
            "dead letters",
            "Parquet writer",
            "back-pressure",
            "offset commit",
            "compaction",
            "replay tool",
            "batch splitter",
            "watermark",
        ],
        checks: &[
            check(1, "fmt + clippy", 4, CLIPPY),
            check(1, "test (stable)", 10, RUST_TESTS),
            check(1, "test (1.95)", 10, RUST_TESTS),
            check(
                2,
                "bench",
                15,
                &[(Failure, "throughput of {part} −14 % (4.1 → 3.5 GB/s), 5 % are allowed")],
            ),
        ],
        packages: CRATES,
    },
];
