//! What jobs run, and what that prints, for each kind of repository.

use super::super::{
    pull::{Check, Pull},
    random::Dice,
    repos::Kind,
};

const GREEN: &str = "\u{1b}[32m";
const RED: &str = "\u{1b}[31m";
const DIM: &str = "\u{1b}[2m";
const PLAIN: &str = "\u{1b}[0m";
/// So begins what the compiler says.
const NO_COMPILE: &str = "error[";

/// A job's work.
pub(super) struct Script {
    /// The step that sets its tools up.
    pub(super) tools: &'static str,
    pub(super) command: &'static str,
    /// The last line when all is well.
    pub(super) passed: &'static str,
    /// The exit code when it is not.
    pub(super) code: u8,
    kind: Output,
    /// What the pull request is about: `session_store`.
    part: String,
}

#[derive(Clone, Copy)]
enum Output {
    Cargo,
    Clippy,
    Types,
    Node,
    Browser,
    Terraform,
    Plain,
}

/// The script of a check, by its name and what its repository is written in.
pub(super) fn script(pull: &Pull, check: &Check) -> Script {
    let name = check.spec.name;
    let has = |word: &str| name.contains(word);
    let (command, kind) = match pull.repository().kind {
        Kind::Rust if has("clippy") || has("lint") => {
            ("cargo fmt --check && cargo clippy --all-targets -- -D warnings", Output::Clippy)
        }
        // The migrations' own workflow.
        Kind::Rust if name == "test" && check.spec.workflow == 2 => {
            ("cargo run -p migrations -- --check", Output::Plain)
        }
        Kind::Rust if has("audit") => ("cargo audit", Output::Plain),
        Kind::Rust if has("coverage") => ("cargo llvm-cov --fail-under-lines 75", Output::Plain),
        Kind::Rust if has("relevance") => ("cargo run --release -p eval -- golden.jsonl", Output::Plain),
        Kind::Rust if has("bench") => ("cargo bench --bench throughput", Output::Plain),
        Kind::Rust => ("cargo test --locked --workspace", Output::Cargo),
        Kind::TypeScript if has("types") || has("lint") => ("pnpm tsc --noEmit", Output::Types),
        Kind::TypeScript if has("e2e") => ("pnpm playwright test --project chromium", Output::Browser),
        Kind::TypeScript if has("android") || has("ios") => ("pnpm detox test --headless", Output::Browser),
        Kind::TypeScript if has("a11y") => ("pnpm axe-storybook", Output::Browser),
        Kind::TypeScript => ("pnpm jest --ci", Output::Node),
        Kind::Infra if has("actionlint") => ("actionlint -color", Output::Plain),
        Kind::Infra => ("terraform plan -input=false", Output::Terraform),
    };
    let (tools, passed, code) = match kind {
        Output::Cargo | Output::Clippy => {
            ("Set up Rust", "\u{1b}[32m    Finished\u{1b}[0m in good order", 101)
        }
        Output::Types | Output::Node | Output::Browser => {
            ("Set up Node.js", "\u{1b}[32mAll passed\u{1b}[0m", 1)
        }
        Output::Terraform => {
            ("Set up Terraform", "\u{1b}[32mNo changes.\u{1b}[0m Your infrastructure matches.", 1)
        }
        Output::Plain => ("Set up tools", "All is well.", 1),
    };
    Script { tools, command, passed, code, kind, part: pull.topic.part.clone() }
}

const CRATES: [&str; 8] = ["libc", "serde", "tokio", "axum", "rustls", "sqlx-core", "tracing", "uuid"];
const TESTS: [&str; 8] = [
    "keeps_its_order",
    "rejects_what_is_too_long",
    "starts_empty",
    "is_idempotent",
    "survives_a_reconnect",
    "counts_in_bytes",
    "ends_in_time",
    "takes_unicode",
];

impl Script {
    /// What it prints before it says how it ends: what does not compile runs no test.
    pub(super) fn work(&self, dice: &mut Dice, said: &str) -> Vec<String> {
        let part = &self.part;
        match self.kind {
            Output::Clippy if said.starts_with("rustfmt") => vec![],
            Output::Types => vec![format!("{DIM}> tsc --noEmit{PLAIN}")],
            Output::Cargo => {
                let crates = CRATES.iter().map(|name| {
                    let minor = dice.below(40);
                    format!("{GREEN}   Compiling{PLAIN} {name} v1.{minor}.{}", dice.below(9))
                });
                let mut lines: Vec<String> = crates.collect();
                if said.starts_with(NO_COMPILE) {
                    return lines;
                }
                lines.push(format!("{GREEN}     Running{PLAIN} unittests src/lib.rs"));
                let tests = TESTS.iter().map(|test| format!("test {part}::{test} ... {GREEN}ok{PLAIN}"));
                lines.extend(tests);
                lines
            }
            Output::Clippy => CRATES
                .iter()
                .map(|name| {
                    format!("{GREEN}    Checking{PLAIN} {name} v1.{}.{}", dice.below(40), dice.below(9))
                })
                .collect(),
            Output::Node => TESTS
                .iter()
                .map(|test| {
                    let said = test.replace('_', " ");
                    format!("  {GREEN}✓{PLAIN} {part} › {said} {DIM}({} ms){PLAIN}", dice.between(2, 90))
                })
                .collect(),
            Output::Browser => {
                let step = |(n, test): (usize, &&str)| {
                    format!(
                        "  {GREEN}✓{PLAIN}  {} [chromium] › {part}.spec.ts › {}",
                        n + 1,
                        test.replace('_', " ")
                    )
                };
                TESTS.iter().enumerate().map(step).collect()
            }
            Output::Terraform => (1..9)
                .map(|n| {
                    format!(
                        "module.{part}.aws_instance.node[{n}]: Refreshing state... [id=i-0{:07x}]",
                        dice.below(1 << 28)
                    )
                })
                .collect(),
            Output::Plain => {
                (1..7).map(|n| format!("{part}: step {n} of 6 took {} ms", dice.between(40, 900))).collect()
            }
        }
    }

    /// What it prints about a failure, which is at this place of the change.
    pub(super) fn why(&self, place: &str, said: &str) -> Vec<String> {
        let part = &self.part;
        match self.kind {
            Output::Clippy if said.starts_with("rustfmt") => vec![
                format!("Diff in {place}:"),
                format!("{RED}-    let {part}   = {part}.next();{PLAIN}"),
                format!("{GREEN}+    let {part} = {part}.next();{PLAIN}"),
            ],
            Output::Clippy => vec![
                format!("  {DIM}-->{PLAIN} {place}:5"),
                format!("   {DIM}= note:{PLAIN} `-D warnings` implies that it is an error"),
                format!("   {DIM}= help:{PLAIN} the change in {part} is the first to have it"),
                String::new(),
                format!("{RED}error{PLAIN}: could not compile the crate due to 1 previous error"),
            ],
            Output::Cargo if said.starts_with(NO_COMPILE) => vec![
                format!("  {DIM}-->{PLAIN} {place}"),
                format!("{RED}error{PLAIN}: could not compile `{part}` (lib) due to 1 previous error"),
            ],
            Output::Types => vec![
                format!("{place} - {RED}error{PLAIN} {said}"),
                format!("Found 1 error in {place}"),
                " ELIFECYCLE  Command failed with exit code 2.".to_owned(),
            ],
            Output::Cargo => vec![
                format!("{RED}failures:{PLAIN}"),
                String::new(),
                format!("---- {part} stdout ----"),
                format!("thread '{part}' panicked at {place}:9:"),
                "assertion `left == right` failed".to_owned(),
                format!("  left: {RED}3{PLAIN}"),
                format!(" right: {GREEN}4{PLAIN}"),
                "note: run with `RUST_BACKTRACE=1` to display a backtrace".to_owned(),
                String::new(),
                format!("{RED}error{PLAIN}: test failed, to rerun pass `--lib`"),
            ],
            Output::Node => vec![
                format!("  {RED}●{PLAIN} {part} › {said}"),
                String::new(),
                format!("    expect({RED}received{PLAIN}).toBe({GREEN}expected{PLAIN})"),
                String::new(),
                format!("    Expected: {GREEN}true{PLAIN}"),
                format!("    Received: {RED}false{PLAIN}"),
                String::new(),
                format!("      {DIM}at Object.<anonymous> ({place}:7){PLAIN}"),
                " ELIFECYCLE  Command failed with exit code 1.".to_owned(),
            ],
            Output::Browser => vec![
                format!("    Error: {RED}expect(locator).toBeVisible(){PLAIN} failed"),
                format!("    Locator: getByRole('button', {{ name: '{part}' }})"),
                "    Expected: visible".to_owned(),
                "    Received: hidden".to_owned(),
                format!("    {DIM}at {place}:24{PLAIN}"),
                "    attachment #1: trace (application/zip)".to_owned(),
                "  1 failed".to_owned(),
            ],
            Output::Terraform => vec![
                format!("{RED}│{PLAIN} Error: {said}"),
                format!("{RED}│{PLAIN}"),
                format!("{RED}│{PLAIN}   on {place}, in resource \"aws_instance\" \"{part}\":"),
                format!("{RED}│{PLAIN}    4: resource \"aws_instance\" \"{part}\" {{"),
                format!("{RED}╵{PLAIN}"),
            ],
            Output::Plain => vec![format!("{place}: {said}"), format!("{part}: 1 problem")],
        }
    }
}
