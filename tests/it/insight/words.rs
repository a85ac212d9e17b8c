//! Summary and recommendation: specific, short, the same for the same change.

use super::{file, lines, said};

fn summary(title: &str, files: &[serde_json::Value]) -> String {
    said(title, files).1.summary
}

#[test]
fn the_summary_says_what_how_much_and_where() {
    let session = file("src/auth/session.rs", "modified", &lines(210));
    let store = file("src/auth/store.rs", "modified", &lines(120));
    assert_eq!(
        summary("Fix the refresh", &[session.clone(), store]),
        "Large fix: +330 −0 source lines in 2 files (mostly src/auth/); touches authentication or cryptography, changes no test."
    );
    assert_eq!(
        summary("Rename things", &[file("src/a.rs", "modified", &["+x();", "-y();"])]),
        "Small refactoring: +1 −1 source lines in 1 file (src/a.rs)."
    );
    for (path, says) in [
        ("README.md", "Documentation only: 1 file, +2 −0."),
        ("tests/a.rs", "Tests only: 1 file, +2 −0."),
        ("Cargo.lock", "Generated files and assets only: 1 file, +2 −0."),
        (".github/workflows/a.yml", "CI only: 1 file, +2 −0; touches CI or infrastructure."),
    ] {
        assert_eq!(summary("Change", &[file(path, "modified", &lines(2))]), says);
    }
}

#[test]
fn the_recommendation_names_files_and_people_and_no_file_twice() {
    let files = [
        file("src/auth/session.rs", "modified", &lines(210)),
        file("src/keys.rs", "added", &["+let key = \"AKIAIOSFODNN7EXAMPLE\";"]),
        file("db/migrations/7.sql", "added", &["+ALTER TABLE t ADD x int;"]),
    ];
    let said = said("Fix the refresh", &files).1.recommendation;
    assert_eq!(
        said,
        "Look at src/keys.rs:10 first: if that is a real secret, revoke it now, for it is in the history. \
         Check db/migrations/7.sql:10 for locks, for the order of deployment and for a way back. \
         Ask for two reviewers."
    );
    let untested = super::said("Add it", &[file("src/a.rs", "added", &lines(30))]).1.recommendation;
    assert_eq!(untested, "Ask @ann for a test. Begin at src/a.rs:10.");
}

#[test]
fn the_same_change_gives_the_same_words() {
    let files = [file("src/a.rs", "added", &lines(30)), file("src/b.rs", "added", &lines(30))];
    let (first, again) = (said("Add it", &files), said("Add it", &files));
    assert_eq!(first, again);
}
