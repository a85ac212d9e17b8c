//! What somebody meant who wrote another tool's key.

/// Other words for a key, as GitHub's search and other tools have them.
const SYNONYMS: [(&str, &str); 18] = [
    ("assignee", "owner"),
    ("assigned", "owner"),
    ("next", "owner"),
    ("who", "owner"),
    ("by", "author"),
    ("user", "author"),
    ("creator", "author"),
    ("review", "reviewer"),
    ("review-requested", "reviewer"),
    ("state", "is"),
    ("status", "is"),
    ("updated", "changed"),
    ("since", "changed"),
    ("created", "age"),
    ("opened", "age"),
    ("branch", "base"),
    ("ci", "check"),
    ("tag", "label"),
];

/// The key that another word stands for.
pub(super) fn synonym(word: &str) -> Option<&'static str> {
    SYNONYMS.iter().find(|(other, _)| *other == word).map(|(_, meant)| *meant)
}
