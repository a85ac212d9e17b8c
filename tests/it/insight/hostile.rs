//! No input panics, and none puts a control character into what is said of it.

use flowlens::{
    domain::text::clean,
    insight::{
        change::{Change, Listing},
        risk::assess,
        words::words,
    },
};
use proptest::{prelude::*, test_runner::Config};
use serde_json::{Value, json};

/// Texts with what terminals obey: escapes, NUL, bidi marks, newlines.
fn hostile() -> impl Strategy<Value = String> {
    prop_oneof![
        any::<String>(),
        "[a-z/.]{0,12}\\PC{0,4}[\u{0}\u{1b}\u{9b}\u{202e}\u{2066}\u{200f}\n\r\t]{1,3}[a-z.]{0,8}",
        Just("src/\u{1b}]0;x\u{7}/auth\u{202e}.rs".to_owned()),
        Just("x".repeat(1 << 16)),
        (1_usize..4).prop_map(|n| "🇩🇪👩‍👩‍👧e\u{301}\u{302}\u{303}".repeat(n)),
    ]
}

fn number() -> impl Strategy<Value = Value> {
    prop_oneof![
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from)
    ]
}

fn patch() -> impl Strategy<Value = String> {
    let header = (any::<i64>(), any::<u64>()).prop_map(|(a, b)| format!("@@ -{a},{b} +{b},{a} @@"));
    let line = prop_oneof![header, ("[-+ @]", hostile()).prop_map(|(sign, text)| sign + &text)];
    prop::collection::vec(line, 0..6).prop_map(|lines| lines.join("\n"))
}

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        number(),
        hostile().prop_map(Value::from)
    ];
    leaf.prop_recursive(3, 24, 4, |inner| {
        let keys = prop_oneof![
            prop::sample::select(vec![
                "files",
                "title",
                "pull_request",
                "filename",
                "patch",
                "additions",
                "_fallback",
                "user",
                "head"
            ])
            .prop_map(str::to_owned),
            hostile()
        ];
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::vec((keys, inner), 0..4)
                .prop_map(|pairs| Value::Object(pairs.into_iter().collect()))
        ]
    })
}

fn files() -> impl Strategy<Value = Value> {
    let file = (hostile(), hostile(), number(), number(), patch()).prop_map(|(name, status, a, d, patch)| {
        json!({"filename": name, "status": status, "additions": a, "deletions": d, "patch": patch})
    });
    prop::collection::vec(prop_oneof![4 => file, 1 => any_json()], 0..5).prop_map(Value::from)
}

/// Everything that would be stored or printed.
fn check(change: &Change) {
    let assessment = assess(change);
    let words = words(change, &assessment);
    let details = serde_json::to_value(&assessment.details).expect("details");
    each_text(&details, &mut |text| assert_eq!(text, clean(text), "not clean"));
    for text in [&words.summary, &words.recommendation] {
        assert_eq!(text, &clean(text));
        assert!(!text.is_empty() && text.chars().count() < 800, "{text}");
    }
    assert!(assessment.score.is_none_or(|score| (0.0..=1.0).contains(&score)));
}

fn each_text(value: &Value, check: &mut impl FnMut(&str)) {
    match value {
        Value::String(text) => check(text),
        Value::Array(list) => list.iter().for_each(|value| each_text(value, check)),
        Value::Object(map) => map.values().for_each(|value| each_text(value, check)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

proptest! {
    #![proptest_config(Config { failure_persistence: None, ..Config::with_cases(300) })]

    #[test]
    fn hostile_pull_requests_are_told_in_clean_words(title in hostile(), login in hostile(), files in files(), count in number()) {
        let document = json!({"title": title, "user": {"login": login}, "changed_files": count, "files": files});
        check(&Change::from_json(&document.to_string()).expect("a pull request"));
        check(&Change { files: Listing::read(Some(&files.to_string())), title, ..Change::default() });
    }

    #[test]
    fn any_json_is_a_change_or_a_clear_refusal(value in any_json()) {
        match Change::from_json(&value.to_string()) {
            Ok(change) => check(&change),
            Err(error) => prop_assert!(!error.to_string().is_empty()),
        }
    }

    #[test]
    fn any_text_is_a_change_or_a_clear_refusal(text in any::<String>()) {
        if let Ok(change) = Change::from_json(&text) {
            check(&change);
        }
        check(&Change { files: Listing::read(Some(&text)), ..Change::default() });
    }
}

#[test]
fn a_line_of_a_megabyte_is_read() {
    let long = "if f(x) && y ".repeat(80_000);
    let patch = format!("@@ -1 +1,2 @@\n+{long}\n+// {long}\n-{long}");
    let file = json!([{"filename": "src/a.rs", "status": "modified", "additions": 2, "deletions": 1, "patch": patch}]);
    check(&Change::from_json(&file.to_string()).expect("files"));
}
