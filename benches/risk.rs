//! What the risk model costs: paths, titles, patches, and whole changes from their JSON on.
//!
//! `cargo bench --bench risk [-- PART-OF-A-NAME]`. The patches are made here of lines in several languages; they are
//! the same each time.
#![cfg(test)] // always so here; it tells clippy that panics are wanted

use std::{hint::black_box, time::Duration};

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use flowlens::insight::{
    change::Change,
    digest::{patch, path::Kind},
    risk::{assess, title::TitleWords},
    words::words,
};
use serde_json::{Value, json};

/// Code of several languages, and what is dear to read: long words, quotes, letters beyond ASCII.
const LINES: [&str; 24] = [
    "use std::{collections::HashMap, sync::LazyLock};",
    "    let rest = text.get(at..).unwrap_or_default();",
    "    if let Some(found) = self.index.lock().get(&key) && found.line > 1 || forced {",
    "pub fn read_configuration(path: &Path, overrides: &Overrides) -> Result<Configuration, Error> {",
    "    // Characters beyond ASCII are passed byte by byte: what they are is asked only next to an ASCII word.",
    "}",
    "",
    "func (s *Server) Serve(ctx context.Context, listener net.Listener) error {",
    "\tif err := s.prepare(ctx); err != nil {",
    "\t\treturn fmt.Errorf(\"prepare %s: %w\", s.name, err)",
    "\tgo func() { defer wait.Done(); s.loop(ctx) }()",
    "    def test_that_a_session_expires(self, client, frozen_time):",
    "        raise ValidationError({\"password\": \"this is too short\"})",
    "    # TODO: the tokens of version 1 are still accepted",
    "  const open = items?.filter((item) => item.state === 'open') ?? [];",
    "  return open.length > 0 ? render(open) : null;",
    "    @Override",
    "    protected synchronized void configure(HttpSecurity http) throws Exception {",
    "        PreparedStatement all = connection.prepareStatement(\"SELECT * FROM account WHERE id = ?\");",
    "#define MAX(a, b) ((a) > (b) ? (a) : (b))",
    "    memcpy(destination, source, length * sizeof(*source));",
    "        \"title\": \"決済サービスのタイムアウトを修正する\",",
    "        throw new IllegalStateException(\"Не удалось открыть соединение\");",
    "  color: rgba(12, 34, 56, 0.7); border-top-left-radius: calc(var(--radius) * 2);",
];

/// A patch of at least so many lines and bytes: hunks of added, removed and common lines.
fn patch_of(lines: usize, bytes: usize) -> String {
    let mut patch = String::new();
    let mut n = 0;
    while n < lines || patch.len() < bytes {
        if n % 40 == 0 {
            patch.extend(["@@ -1,30 +", &n.to_string(), ",40 @@ fn around()\n"]);
        }
        patch.push(['+', '+', '-', '+', ' '][n % 5]);
        patch.push_str(LINES[n * 7 % LINES.len()]);
        patch.push('\n');
        n += 1;
    }
    patch
}

fn paths() -> Vec<String> {
    let directories =
        ["src/domain", "web/src/components/forms", "docs", ".github/workflows", "tests/it/support"];
    let names = [
        "session.rs",
        "LoginForm.test.tsx",
        "README.md",
        "ci.yml",
        "Cargo.lock",
        "logo.png",
        "AuthTest.java",
    ];
    (0..3_000).map(|n| format!("service-{n}/{}/{}", directories[n % 5], names[n % 7])).collect()
}

fn names(c: &mut Criterion) {
    let mut group = c.benchmark_group("names");
    let paths = paths();
    group.bench_function("kinds of 3000 paths", |b| {
        b.iter(|| paths.iter().filter(|path| Kind::of(path) == Kind::Source).count());
    });
    group.bench_function("words of 3000 titles", |b| {
        b.iter(|| (0..3_000).filter(|n| TitleWords::of(LINES[n % LINES.len()]).fix).count());
    });
    group.finish();
}

fn patches(c: &mut Criterion) {
    let mut group = c.benchmark_group("patch");
    group.sample_size(10);
    let moved = |patch: &str| patch.replace("\n-", "\n-export default { ");
    let cases = [
        ("20000 lines", patch_of(20_000, 0)),
        ("25 MB", patch_of(0, 25_000_000)),
        ("25 MB, all that is removed is public", moved(&patch_of(0, 25_000_000))),
        ("25 MB in one line", format!("+{}", "if (a) ".repeat(3_600_000))),
        ("25 MB in one comment", format!("+// {}", "if (a) ".repeat(3_600_000))),
        (
            "25 MB of Japanese",
            "+let a = \"決済サービスのタイムアウトを修正する\";\n+// 決済サービスのタイムアウト\n"
                .repeat(205_000),
        ),
        ("25 MB of words in two scripts", "+aé字が bо̄\n".repeat(1_400_000)),
    ];
    for (name, text) in cases {
        group.throughput(Throughput::Bytes(text.len() as u64));
        group.bench_function(name, |b| b.iter(|| patch::read(black_box(&text))));
        group.bench_function(format!("secrets, {name}"), |b| b.iter(|| patch::secrets(black_box(&text))));
    }
    group.finish();
}

/// GitHub's JSON of a pull request with these files.
fn pull_request(patches: impl Iterator<Item = String>) -> String {
    let paths = paths();
    let file = |(n, patch): (usize, String)| json!({"filename": format!("{n}/{}", paths[n % paths.len()]), "status": "modified", "additions": 5, "patch": patch});
    let files: Vec<Value> = patches.enumerate().map(file).collect();
    json!({"title": "Fix the refresh", "user": {"login": "ann"}, "files": files}).to_string()
}

/// All of it: from the text of the JSON to level, reasons, places and words.
fn whole(text: &str) -> usize {
    let change = Change::from_json(text).expect("a pull request");
    let assessment = assess(&change);
    words(&change, &assessment).summary.len() + assessment.details.focus_files.len()
}

#[expect(clippy::print_stdout, reason = "a figure beside criterion's")]
fn changes(c: &mut Criterion) {
    let mut group = c.benchmark_group("change");
    group.sample_size(10);
    let cases = [
        ("3000 files, 20000 patch lines", pull_request((0..3_000).map(|_| patch_of(7, 0)))),
        ("25 MB of patches in 40 files", pull_request((0..40).map(|_| patch_of(0, 625_000)))),
        ("25 MB of patches in 1 file", pull_request(std::iter::once(patch_of(0, 25_000_000)))),
    ];
    for (name, text) in cases {
        println!(
            "change/{name}: {:.1} MiB of JSON, {:.1} MiB more at the peak",
            mib(text.len()),
            mib(peak_of(&text))
        );
        group.throughput(Throughput::Bytes(text.len() as u64));
        group.bench_function(name, |b| b.iter(|| whole(black_box(&text))));
    }
    group.finish();
}

#[expect(clippy::cast_precision_loss, reason = "bytes")]
fn mib(bytes: usize) -> f64 {
    bytes as f64 / f64::from(1 << 20)
}

/// Bytes that the memory of this process grew by at its peak, the text apart.
fn peak_of(text: &str) -> usize {
    std::fs::write("/proc/self/clear_refs", "5").expect("the peak is forgotten");
    let before = memory("VmRSS:");
    black_box(whole(text));
    memory("VmHWM:").saturating_sub(before)
}

fn memory(line: &str) -> usize {
    let status = std::fs::read_to_string("/proc/self/status").expect("Linux");
    let kib =
        status.lines().find_map(|l| l.strip_prefix(line)?.split_whitespace().next()?.parse::<usize>().ok());
    1024 * kib.expect("a line of it")
}

criterion_group! {
    name = benches;
    config = Criterion::default().warm_up_time(Duration::from_millis(500)).measurement_time(Duration::from_secs(2));
    targets = names, patches, changes
}
criterion_main!(benches);
