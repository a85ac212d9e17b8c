//! The risk model counts what its reference definitions count.
//!
//! Each file of `tests/it/fixtures/risk/` says how it was recorded. `history.json` holds patches of this repository;
//! all else there is made up.

use flowlens::insight::digest::patch::{self, Mark, MarkRule, PatchCounts};
use flowlens::insight::digest::path::{Kind, extension, is_migration, is_security};
use flowlens::insight::risk::title::TitleWords;
use proptest::prelude::*;
use serde::Deserialize;
use serde::de::DeserializeOwned;

#[derive(Deserialize)]
struct Fixture<Row> {
    rows: Vec<Row>,
}

fn rows<Row: DeserializeOwned>(text: &str) -> Vec<Row> {
    serde_json::from_str::<Fixture<Row>>(text).expect("a fixture").rows
}

/// In the order of the fixtures.
fn counted(patch: &str) -> [u32; 15] {
    let PatchCounts {
        hunks,
        added_code,
        branches,
        concurrency,
        errors,
        dangerous,
        sql,
        todo,
        calls,
        comments,
        public,
        secrets,
        removed_code,
        removed_branches,
        removed_public,
    } = patch::read(patch).counts;
    [
        hunks,
        added_code,
        branches,
        concurrency,
        errors,
        dangerous,
        sql,
        todo,
        calls,
        comments,
        public,
        secrets,
        removed_code,
        removed_branches,
        removed_public,
    ]
}

fn counts_as_recorded(fixture: &str, at_least: usize) {
    let rows: Vec<(String, [u32; 15])> = rows(fixture);
    assert!(rows.len() >= at_least);
    for (n, (patch, recorded)) in rows.iter().enumerate() {
        assert_eq!(counted(patch), *recorded, "patch {n}, here and recorded:\n{patch}\n{patch:?}");
    }
}

#[test]
fn odd_patches_count_as_recorded() {
    counts_as_recorded(include_str!("../fixtures/risk/patches.json"), 600);
}

#[test]
fn patches_of_this_repository_count_as_recorded() {
    counts_as_recorded(include_str!("../fixtures/risk/history.json"), 200);
}

#[test]
fn paths_are_of_the_recorded_kind() {
    let rows: Vec<(String, String, u8, u8, String)> = rows(include_str!("../fixtures/risk/paths.json"));
    assert!(rows.len() >= 400);
    for (path, kind, migration, security, suffix) in rows {
        let word = match Kind::of(&path) {
            Kind::Generated => "gen",
            Kind::Asset => "asset",
            Kind::Test => "test",
            Kind::Ci => "ci",
            Kind::Deps => "deps",
            Kind::Infra => "infra",
            Kind::Doc => "doc",
            Kind::Source => "src",
            Kind::Config => "cfg",
            Kind::Other => "other",
        };
        let flags = (u8::from(is_migration(&path)), u8::from(is_security(&path)));
        assert_eq!((word, flags, extension(&path)), (&*kind, (migration, security), suffix), "{path:?}");
    }
}

#[test]
fn titles_have_the_recorded_words() {
    let rows: Vec<(String, [u8; 8])> = rows(include_str!("../fixtures/risk/titles.json"));
    assert!(rows.len() >= 200);
    for (title, recorded) in rows {
        let TitleWords { fix, refactor, doc, test, dependency, revert, feature, merge } =
            TitleWords::of(&title);
        let words = [fix, refactor, doc, test, dependency, revert, feature, merge].map(u8::from);
        assert_eq!(words, recorded, "{title:?}");
    }
}

fn marks(patch: &str) -> Vec<(MarkRule, u32)> {
    patch::read(patch).marks.iter().map(|Mark { rule, line }| (*rule, *line)).collect()
}

#[test]
fn a_mark_is_the_first_place_of_its_rule() {
    let patch = "@@ -1,4 +1,6 @@ fn a()\n context\n+let a = lock();\n-old\n\n+unsafe { lock() }\n\\ No newline\n\
                 @@ -40,2 +42,4 @@\n context\n-gone\n+db(\"SELECT 1\")\n+unsafe {}\n+password = \"correct-horse\"\n";
    let expected =
        [(MarkRule::Secret, 45), (MarkRule::Dangerous, 4), (MarkRule::Sql, 43), (MarkRule::Concurrency, 2)];
    assert_eq!(marks(patch), expected);
}

#[test]
fn a_secret_in_a_comment_is_marked_but_not_counted() {
    let digest = patch::read("@@ -0,0 +1,2 @@\n+let a;\n+// token: 'correct-horse-battery'\n");
    assert_eq!(digest.marks, [Mark { rule: MarkRule::Secret, line: 2 }]);
    assert_eq!((digest.counts.secrets, digest.counts.comments), (0, 1));
}

#[test]
fn secrets_of_other_files_are_found_where_they_are() {
    let key = "-----BEGIN RSA PRIVATE KEY-----";
    assert_eq!(patch::secrets(&format!("@@ -0,0 +7,2 @@\n+first\n+{key}")), Some(8));
    assert_eq!(patch::secrets("@@ -1 +1,2 @@\n-token = 'correct-horse'\n  token = 'correct-horse'"), None);
    assert_eq!(patch::secrets("@@ -1 +1,2 @@\n a\n+# 密码password: \"correct-horse\""), Some(2));
}

#[test]
fn what_was_removed_for_others_is_marked_unless_it_moved() {
    let marked = |patch: &str| marks(patch).first().copied();
    let gone = |line| Some((MarkRule::PublicRemoved, line));
    assert_eq!(marked("@@ -5,3 +5,2 @@\n a\n-pub fn a() {}\n b"), gone(6));
    assert_eq!(marked("@@ -1,3 +0,0 @@\n-pub fn a() {}\n-b\n-c"), gone(1));
    assert_eq!(marked("@@ -7 +6,0 @@\n-pub fn a() {}"), gone(7));
    let moved = "@@ -1,2 +1 @@\n-pub fn a() {}\n-pub fn b() {}\n@@ -9 +8,2 @@\n c\n+    pub fn a() {}\r";
    assert_eq!(marked(moved), gone(1));
    assert_eq!(marked(&format!("{moved}\n+\tpub fn b() {{}}")), None);
}

#[test]
fn the_hottest_hunk_adds_the_most_branches_and_calls() {
    let hottest = |patch: &str| patch::read(patch).hottest;
    assert_eq!(hottest("@@ -1 +1 @@\n-if a() {}\n context"), None);
    assert_eq!(hottest("@@ -1 +1,2 @@\n a\n+plain\n@@ -9 +10 @@\n+plain"), Some(2));
    assert_eq!(
        hottest("@@ -1 +1,2 @@\n+a()\n@@ -9 +10,3 @@\n a\n-b\n+c\n+if a() {}\n@@ -30 +40 @@\n+a(b())"),
        Some(11)
    );
    assert_eq!(hottest("+a"), Some(1));
}

#[test]
fn a_line_in_the_millions_costs_as_much_as_its_beginning() {
    let line = format!("+{}password = 'correct-horse' if\n", "a(".repeat(500_000));
    assert_eq!(patch::read(&line).counts.calls, 200);
    let comment = format!("+// {} TODO", "字".repeat(500_000));
    assert_eq!(patch::read(&comment).counts.todo, 1);
}

/// Pieces of patches, odd ones too; together they reach what random text alone would not.
fn piece() -> impl Strategy<Value = String> {
    let odd = "\n|\n\\+|\n-|\n@@ -1 \\+[0-9]{1,30}(,[0-9]{0,30})? @@|\n@@|pub fn |func \\(|def |if|\\?|&&|\\(|xox|\
               token = '|AKIA|BEGIN |#|//|\u{0}|\u{202e}|\u{301}|\u{3000}|\u{1f}|字|é|😀|[a-z ]{0,9}";
    prop_oneof![4 => odd, 1 => any::<String>()]
}

proptest! {
    #[test]
    fn any_text_is_read(pieces in prop::collection::vec(piece(), 0..60)) {
        let text = pieces.concat();
        let digest = patch::read(&text);
        let lines = digest.marks.iter().map(|mark| mark.line);
        prop_assert!(lines.chain(digest.hottest).chain(patch::secrets(&text)).all(|line| line >= 1));
        prop_assert!(digest.marks.is_sorted_by(|a, b| a.rule < b.rule));
        prop_assert!(digest.counts.secrets == 0 || digest.marks[0].rule == MarkRule::Secret);
        Kind::of(&text);
        TitleWords::of(&text);
    }
}

#[test]
fn numbers_beyond_all_files_end_at_the_largest() {
    let digest = patch::read("@@ -99999999999999999999 +18446744073709551616 @@\n+unsafe\n+a\n+lock()");
    assert_eq!(
        digest.marks,
        [MarkRule::Dangerous, MarkRule::Concurrency].map(|rule| Mark { rule, line: u32::MAX })
    );
    assert_eq!(digest.hottest, Some(u32::MAX));
}
