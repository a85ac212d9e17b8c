//! What somebody meant who wrote a wrong word.

/// From here on a word is taken for a mistyped one; 1 is the same word.
const LIKE: f64 = 0.8;

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

/// The known word that a mistyped one is like.
pub(super) fn nearest<'a>(word: &str, known: &[&'a str]) -> Option<&'a str> {
    let scored = known.iter().map(|known| (strsim::jaro_winkler(known, word), *known));
    let likest = scored.max_by(|(score, _), (other, _)| score.total_cmp(other));
    likest.filter(|(score, _)| *score >= LIKE).map(|(_, known)| known)
}
