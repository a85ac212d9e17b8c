//! Level, probability, rules, focus files, effort.

use flowlens::{
    domain::{assessment::Attention, insight::Risk},
    insight::{
        change::Change,
        risk::{assess, features::Features, weights::WEIGHTS},
    },
};
use serde_json::{Value, json};

use super::{change, file, lines, pull, said};

fn rules(files: &[Value]) -> Vec<Attention> {
    said("Change it", files).0.details.attention
}

/// The one rule that holds of these files, as `rule file:line`.
fn rule(files: &[Value]) -> String {
    let found = rules(files);
    let [one] = found.as_slice() else { panic!("{found:#?}") };
    let place = one.file.as_ref().map(|file| format!(" {file}"));
    let line = one.line.map(|line| format!(":{line}"));
    format!("{}{}{}", one.rule, place.unwrap_or_default(), line.unwrap_or_default())
}

#[test]
fn each_rule_names_its_place() {
    let test = file("tests/a.rs", "modified", &["+    assert!(x);"]);
    for (files, found) in [
        (
            vec![file("src/a.rs", "modified", &[" x", "+let key = \"AKIAIOSFODNN7EXAMPLE\";"])],
            "secret src/a.rs:11",
        ),
        (
            vec![file("config/app.yml", "modified", &["+password: \"correct-horse-battery\""])],
            "secret config/app.yml:10",
        ),
        (
            vec![file("db/migrations/0012_users.sql", "added", &["+ALTER TABLE users ADD x int;"])],
            "migration db/migrations/0012_users.sql:10",
        ),
        (vec![file("src/auth/rules.rs", "modified", &["+x();"])], "security src/auth/rules.rs:10"),
        (vec![file("src/a.rs", "modified", &[" a", " b", "+unsafe { f() }"])], "dangerous_call src/a.rs:12"),
        (vec![file("src/a.rs", "modified", &[" a", "-pub fn f(x: u8) {"])], "public_removed src/a.rs:11"),
        (vec![file("tests/old.rs", "removed", &["-assert!(x);"])], "tests_deleted tests/old.rs"),
        (
            vec![file(".github/workflows/ci.yml", "modified", &["+  run: x"])],
            "infrastructure .github/workflows/ci.yml:10",
        ),
        (vec![file("Cargo.toml", "modified", &["+serde = \"1\""])], "lockfile Cargo.toml"),
        (vec![file("src/a.rs", "modified", &lines(401)), test.clone()], "large"),
        (vec![file("src/a.rs", "modified", &lines(20))], "untested"),
    ] {
        assert_eq!(rule(&files), found);
    }
    let lock = file("Cargo.lock", "modified", &["+x"]);
    for quiet in [
        vec![file("Cargo.toml", "modified", &["+serde = \"1\""]), lock],
        vec![file("src/a.rs", "modified", &lines(19))],
        vec![file("src/a.rs", "modified", &lines(400)), test],
        vec![file("docs/auth/login.md", "modified", &["+Use a password"])],
        vec![file("src/a.rs", "modified", &["-pub fn f(x: u8) {", "+    pub fn f(x: u8) {"])],
        vec![file("vendor/x/migrations/1.sql", "added", &["+DROP TABLE x"])],
    ] {
        assert_eq!(rules(&quiet), [], "{quiet:?}");
    }
}

#[test]
fn rules_floor_the_level_and_leave_the_probability_alone() {
    let plain = said("Change it", &[file("src/a.rs", "modified", &["+let key = 1;"])]).0;
    let secret =
        said("Change it", &[file("src/a.rs", "modified", &["+let key = \"AKIAIOSFODNN7EXAMPLE\";"])]).0;
    assert_eq!((plain.level, secret.level), (Some(Risk::Low), Some(Risk::High)));
    assert_eq!(plain.score, secret.score);
    assert_eq!(secret.details.level_by_score.as_deref(), Some("low"));
    let path = said("Change it", &[file("src/auth/a.rs", "modified", &["+let key = 1;"])]).0;
    assert_eq!((path.level, path.score), (Some(Risk::Medium), plain.score));
}

#[test]
fn the_probability_is_the_weights_sum() {
    let assessment = said("Fix the parser", &[file("src/a.rs", "modified", &["+if x {", "+f();", "+}"])]).0;
    // Written out from assets/risk/weights.json for: 3 source lines, 1 file, 1 hunk, 1 branch, 1 call, a fix.
    let coefficient = |name: &str| {
        let weights: Value = serde_json::from_str(include_str!("../../../assets/risk/weights.json")).unwrap();
        let terms = weights["features"].as_array().unwrap().clone();
        terms.iter().find(|t| t["name"] == name).map_or(0.0, |t| t["coef"].as_f64().unwrap())
    };
    let ln = |x: f64| (1.0 + x).ln();
    let sum = WEIGHTS.intercept
        + coefficient("la_work") * ln(3.0)
        + (coefficient("nf") + coefficient("s_hunks") + coefficient("a_br") + coefficient("a_call"))
            * ln(1.0)
        + coefficient("t_fix");
    let score = assessment.score.unwrap();
    assert!((score - 1.0 / (1.0 + (-sum).exp())).abs() < 1e-12, "{score}");
}

#[test]
fn reasons_are_grouped_with_their_raw_numbers_and_never_name_tests() {
    let files = [file("src/a.rs", "added", &lines(120)), file("tests/a.rs", "added", &lines(80))];
    let assessment = said("Fix the parser", &files).0;
    let texts: Vec<&str> = assessment.details.reasons.iter().map(|reason| reason.text.as_str()).collect();
    assert!(texts.contains(&"200 lines added in 2 files, 1 source hunk"), "{texts:?}");
    assert!(texts.contains(&"0 branches and 120 calls added"), "{texts:?}");
    assert!(texts.contains(&"a fix, by its title, 1 new source file"), "{texts:?}");
    assert!(!texts.iter().any(|text| text.contains("test")));
    let sizes: Vec<f64> = assessment.details.reasons.iter().map(|reason| reason.contribution.abs()).collect();
    assert!(sizes.is_sorted_by(|one, other| one >= other), "{sizes:?}");
}

#[test]
fn reading_begins_where_a_rule_holds_then_where_most_is_added() {
    let files = [
        file("src/small.rs", "modified", &["+x = 1;"]),
        file("src/large.rs", "modified", &[" a", "+if f(x) {", "+g(x);", "+}"]),
        file("src/auth/login.rs", "modified", &["+x = 1;"]),
        file("src/gone.rs", "removed", &["-x = 1;"]),
        file("Cargo.lock", "modified", &["+x"]),
    ];
    let focus = said("Change it", &files).0.details.focus_files;
    let places: Vec<(&str, Option<u32>)> = focus.iter().map(|f| (f.file.as_str(), f.line)).collect();
    let wanted = [("src/auth/login.rs", Some(10)), ("src/large.rs", Some(11)), ("src/small.rs", Some(10))];
    assert_eq!(places, wanted);
    let docs = said("Docs", &[file("a.md", "modified", &["+x"]), file("b.md", "modified", &["+x", "+y"])]).0;
    assert_eq!(docs.details.focus_files[0].file, "b.md");
}

#[test]
fn effort_grows_with_what_must_be_read() {
    let effort = |files: &[Value]| said("Change it", files).0.details.effort.unwrap();
    assert_eq!(effort(&[file("src/a.rs", "modified", &lines(3))]), 1);
    assert_eq!(effort(&[file("src/a.rs", "modified", &lines(40))]), 2);
    assert_eq!(effort(&[file("src/a.rs", "modified", &lines(150))]), 3);
    assert_eq!(effort(&[file("src/a.rs", "modified", &lines(300))]), 4);
    assert_eq!(effort(&[file("src/a.rs", "modified", &lines(500))]), 5);
    assert_eq!(effort(&[file("package-lock.json", "modified", &lines(5_000))]), 1);
    assert_eq!(effort(&[file("tests/a.rs", "modified", &lines(150))]), 3, "half as much as source: 62 lines");
}

#[test]
fn what_could_come_in_parts_is_named() {
    let split = |files: &[Value]| said("Change it", files).0.details.split;
    let (api, web) =
        (file("crates/api/src/a.rs", "modified", &lines(150)), file("crates/web/a.ts", "added", &lines(90)));
    assert_eq!(
        split(&[api.clone(), web]).as_deref(),
        Some("could come in parts: crates/api/ (150 lines), crates/web/ (90 lines)")
    );
    assert_eq!(split(&[api.clone(), file("crates/web/a.ts", "added", &lines(10))]), None);
    let migration = file("crates/api/migrations/1.sql", "added", &lines(100));
    assert_eq!(
        split(&[api, migration]).as_deref(),
        Some("could come in parts: crates/api/src/ (150 lines), crates/api/migrations/ (100 lines)")
    );
}

#[test]
fn what_is_not_seen_is_said() {
    let unknown = assess(&Change::from_json(r#"{"title":"Fix it","changed_files":3}"#).unwrap());
    assert_eq!((unknown.level, unknown.score), (None, None));
    assert!(unknown.details.unknown.is_some() && unknown.details.reasons.is_empty());

    let mut document = pull("Fix it", &[file("src/a.rs", "modified", &lines(3))]);
    document["changed_files"] = json!(12);
    let listed = assess(&Change::from_json(&document.to_string()).unwrap());
    assert_eq!(listed.details.partial.as_deref(), Some("only 1 of its 12 files are listed"));
    assert_eq!(listed.features.files, 12);

    let large = json!({"filename": "src/a.rs", "status": "modified", "additions": 9_000, "deletions": 2});
    let cut = assess(&change("Fix it", &[large]));
    assert!(
        cut.details.partial.as_deref().is_some_and(|partial| partial.starts_with("it comes without patches"))
    );
    assert_eq!(cut.details.reasons.iter().find(|reason| reason.group == "complexity"), None);
    assert_eq!(cut.level, Some(Risk::High), "its size alone");

    let whole = file("src/b.rs", "modified", &lines(3));
    let large = json!({"filename": "src/a.rs", "additions": 9_000, "deletions": 2});
    let partly = assess(&change("Fix it", &[whole, large]));
    assert_eq!(partly.details.partial.as_deref(), Some("1 source file came without a patch"));
    let odd = assess(&change("Fix it", &[json!({"filename": "src/a.rs", "additions": -5, "deletions": 1})]));
    assert!(odd.details.partial.is_some_and(|partial| partial.contains("1 file make no sense")));

    let most: Vec<Value> =
        (0..3_000).map(|n| json!({"filename": format!("docs/{n}.md"), "additions": 1})).collect();
    assert!(assess(&change("Docs", &most)).details.partial.unwrap().contains("no more than 3000"));
}

/// The same five changes were scored by the program that found the weights.
#[test]
fn the_probability_is_that_of_the_training() {
    type Case = (u64, u64, u32, u32, u32, u64, bool, u64, bool, bool, bool, f64);
    #[rustfmt::skip]
    const CASES: [Case; 5] = [
        (1_801, 11, 9, 116, 536, 206_992_230_855, false, 9, true, false, false, 0.833_713_340),
        (0, 1, 0, 0, 0, 0, true, 0, false, true, false, 0.026_045_950),
        (111, 2, 0, 0, 0, 991_071_428_571, false, 0, true, false, false, 0.272_193_774),
        (10, 4, 0, 0, 0, 0, false, 0, false, false, true, 0.066_543_617),
        (297, 141, 213, 61, 173, 227_758_007_117, false, 0, false, false, false, 0.911_125_135),
    ];
    for (
        work_added,
        files,
        hunks,
        branches,
        calls,
        share,
        docs_only,
        source_new,
        fix,
        doc,
        housekeeping,
        wanted,
    ) in CASES
    {
        let mut features =
            Features { work_added, files, docs_only, source_new, housekeeping, ..Features::default() };
        features.patches.hunks = hunks;
        features.patches.branches = branches;
        features.patches.calls = calls;
        features.title.fix = fix;
        features.title.doc = doc;
        // Any lines of tests and source that have this share.
        features.test_added = share;
        features.source_added = 1_000_000_000_000 - share;
        let found = WEIGHTS.probability(&features);
        assert!((found - wanted).abs() < 1e-6, "{found}, not {wanted}");
    }
}
