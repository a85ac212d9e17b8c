//! Each query is valid by GitHub's published schema.

use flowlens::github::query::{ALL, MUTATIONS};

use super::schema::check as parse;

#[test]
fn every_query_is_valid() {
    for query in ALL.iter().chain(MUTATIONS) {
        assert_eq!(parse(&query.text()).err(), None, "{}", query.name());
    }
}

#[test]
fn every_file_is_a_query_of_the_program() {
    let names = |folder: &str| {
        let folder = format!("{}/assets/github/{folder}", env!("CARGO_MANIFEST_DIR"));
        let names =
            std::fs::read_dir(folder).expect("assets").map(|entry| entry.expect("a file").file_name());
        names.map(|name| name.to_string_lossy().into_owned()).collect::<Vec<String>>()
    };
    let files = names("").into_iter().chain(names("act")).filter(|name| name.ends_with(".graphql"));
    let mut files: Vec<String> = files.map(|name| name.replace(".graphql", "").replace('-', "")).collect();
    let all = ALL.iter().chain(MUTATIONS);
    let mut known: Vec<String> = all.map(|query| query.name().to_ascii_lowercase()).collect();
    files.sort();
    known.sort();
    assert_eq!(files, known);
}

/// What a slip of the pen would be.
#[test]
fn a_wrong_query_is_found() {
    let details = ALL.iter().find(|query| query.name() == "Details").expect("a query").text();
    for (right, wrong) in [
        ("mergeStateStatus", "mergeStateStatusX"),
        ("labels(first: 50)", "labels(first: \"50\")"),
        ("labels(first: 50)", "labels(frist: 50)"),
        ("$ids: [ID!]!", "$ids: [ID]"),
        ("on StatusContext", "on StatusContexts"),
        ("on StatusContext", "on Repository"),
        ("author { ...Who }", "author"),
        ("isDraft", "isDraft { x }"),
    ] {
        let text = details.replacen(right, wrong, 1);
        assert_ne!(text, *details, "{right}");
        assert!(parse(&text).is_err(), "{wrong} passes");
    }
}

/// A field that a server or a token refuses would refuse the deed.
#[test]
fn a_mutation_asks_back_no_more_than_is_told() {
    let told = ["clientMutationId", "pullRequest", "merged", "mergeQueueEntry", "position"];
    for query in MUTATIONS {
        let text = query.text();
        let (_, back) = text.split_once("})").expect("an input");
        let words = back.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
        for word in words {
            assert!(told.contains(&word), "{}: {word}", query.name());
        }
    }
}
