//! The queries, and what is left of one where a server or a token refuses a field of it.

/// A query of `assets/github/`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Query {
    name: &'static str,
    file: &'static str,
}

macro_rules! queries {
    ($(#[$doc:meta])* $all:ident: $($constant:ident $name:literal $file:literal),* $(,)?) => {
        $(pub const $constant: Query =
            Query { name: $name, file: include_str!(concat!("../../assets/github/", $file, ".graphql")) };)*
        $(#[$doc])*
        pub const $all: &[Query] = &[$($constant),*];
    };
}

queries! {
    /// Those that ask.
    ALL:
    FIRST "First" "first",
    DETAILS "Details" "details",
    MORE "More" "more",
    SUITES "Suites" "suites",
    PROBE "Probe" "probe",
    FINGERPRINT "Fingerprint" "fingerprint",
    VIEWER "Viewer" "viewer",
    ALIVE "Alive" "alive",
    GATE "Gate" "act/gate",
    PICKS "Picks" "act/picks",
    READBACK "Readback" "act/readback",
    CHECKS "Checks" "act/checks",
    QUEUE "Queue" "act/queue",
    QUEUE_HISTORY "QueueHistory" "act/queue-history",
}

queries! {
    /// Those that change something. They ask back what is told of them, and no more: a field that a server or a token
    /// refuses would refuse the deed.
    MUTATIONS:
    ASSIGNEES_ADD "AssigneesAdd" "act/assignees-add",
    ASSIGNEES_REMOVE "AssigneesRemove" "act/assignees-remove",
    AUTO_MERGE_OFF "AutoMergeOff" "act/auto-merge-off",
    AUTO_MERGE_ON "AutoMergeOn" "act/auto-merge-on",
    CLOSE "Close" "act/close",
    COMMENT "Comment" "act/comment",
    DEQUEUE "Dequeue" "act/dequeue",
    DRAFT "Draft" "act/draft",
    ENQUEUE "Enqueue" "act/enqueue",
    LABELS_ADD "LabelsAdd" "act/labels-add",
    LABELS_REMOVE "LabelsRemove" "act/labels-remove",
    READY "Ready" "act/ready",
    REOPEN "Reopen" "act/reopen",
    REQUEST_REVIEWS "RequestReviews" "act/request-reviews",
    REVIEW "Review" "act/review",
    UPDATE_BRANCH "UpdateBranch" "act/update-branch",
}

impl Query {
    /// Its operation's name.
    pub const fn name(&self) -> &'static str {
        self.name
    }

    /// As it is sent: without the comments.
    pub fn text(&self) -> String {
        let lines = self.file.lines().filter(|line| !line.trim_start().starts_with('#'));
        lines.collect::<Vec<_>>().join("\n")
    }
}

/// A field that a server does not have, or that a token may not ask for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefusedField {
    pub field: String,
    /// Line and column in the text, from 1; without it every field of that name is meant.
    pub place: Option<(usize, usize)>,
}

/// The query without these fields, and without what would be empty then. `None`: nothing of it is left, or none of them
/// is in it.
#[must_use]
pub fn without(text: &str, refused: &[RefusedField]) -> Option<String> {
    let mut definitions = Reader { text, at: 0 }.definitions()?;
    let before = count(&definitions);
    let places: Vec<(Option<usize>, &str)> = refused
        .iter()
        .map(|one| (one.place.and_then(|place| offset(text, place)), one.field.as_str()))
        .collect();
    for definition in &mut definitions {
        prune(definition.inner.as_mut()?, &places);
    }
    let left =
        definitions.iter().all(|definition| definition.inner.as_ref().is_some_and(|set| !set.is_empty()));
    (left && count(&definitions) < before)
        .then(|| definitions.iter().map(Selection::print).collect::<Vec<_>>().join("\n"))
}

/// A field, a fragment or a definition: what stands before its braces, and what stands in them.
#[derive(Debug)]
struct Selection<'a> {
    at: usize,
    head: &'a str,
    inner: Option<Vec<Self>>,
}

impl Selection<'_> {
    fn print(&self) -> String {
        match &self.inner {
            None => self.head.to_owned(),
            Some(set) => {
                let set: Vec<String> = set.iter().map(Self::print).collect();
                format!("{} {{ {} }}", self.head, set.join(" "))
            }
        }
    }

    fn is(&self, (place, field): &(Option<usize>, &str)) -> bool {
        let mut names = self.head.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_'));
        let first = names.next().unwrap_or_default();
        // An alias stands before the name.
        let name = if self.head.get(first.len()..).is_some_and(|rest| rest.trim_start().starts_with(':')) {
            names.find(|name| !name.is_empty()).unwrap_or_default()
        } else {
            first
        };
        name == *field && place.is_none_or(|place| place == self.at)
    }
}

fn count(set: &[Selection<'_>]) -> usize {
    set.iter().map(|one| 1 + one.inner.as_deref().map_or(0, count)).sum()
}

fn prune(set: &mut Vec<Selection<'_>>, refused: &[(Option<usize>, &str)]) {
    set.retain_mut(|one| {
        if refused.iter().any(|field| one.is(field)) {
            return false;
        }
        let Some(inner) = &mut one.inner else { return true };
        prune(inner, refused);
        !inner.is_empty()
    });
}

fn offset(text: &str, (line, column): (usize, usize)) -> Option<usize> {
    let start: usize = text.split_inclusive('\n').take(line.checked_sub(1)?).map(str::len).sum();
    Some(start + column.checked_sub(1)?)
}

/// Reads our own queries: no strings, no comments.
struct Reader<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Reader<'a> {
    fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn skip(&mut self, also: impl Fn(char) -> bool) {
        self.at += self.rest().find(|c: char| !also(c)).unwrap_or(self.rest().len());
    }

    fn blank(&mut self) {
        self.skip(|c| c.is_whitespace() || c == ',');
    }

    fn eat(&mut self, word: &str) -> bool {
        let found = self.rest().starts_with(word);
        self.at += if found { word.len() } else { 0 };
        found
    }

    fn name(&mut self) {
        self.skip(|c| c.is_ascii_alphanumeric() || c == '_');
    }

    /// What stands in parentheses, with them.
    fn arguments(&mut self) -> Option<()> {
        if self.rest().starts_with('(') {
            self.at += self.rest().find(')')? + 1;
        }
        Some(())
    }

    /// Blanks, if this stands behind them.
    fn comes(&mut self, next: char) -> bool {
        let at = self.at;
        self.blank();
        let found = self.rest().starts_with(next);
        if !found {
            self.at = at;
        }
        found
    }

    fn definitions(mut self) -> Option<Vec<Selection<'a>>> {
        let mut found = Vec::new();
        loop {
            self.blank();
            if self.rest().is_empty() {
                return Some(found);
            }
            let at = self.at;
            // Variables may have objects for defaults, but none of ours has.
            self.at += self.rest().find('{')?;
            let head = self.text.get(at..self.at)?.trim_end();
            found.push(Selection { at, head, inner: Some(self.set()?) });
        }
    }

    fn set(&mut self) -> Option<Vec<Selection<'a>>> {
        let mut found = Vec::new();
        if !self.eat("{") {
            return None;
        }
        loop {
            self.blank();
            if self.eat("}") {
                return Some(found);
            }
            let at = self.at;
            self.selection_head()?;
            if self.at == at {
                return None;
            }
            let head = self.text.get(at..self.at)?;
            let inner = if self.comes('{') { Some(self.set()?) } else { None };
            found.push(Selection { at, head, inner });
        }
    }

    fn selection_head(&mut self) -> Option<()> {
        if self.eat("...") {
            self.blank();
            if self.eat("on ") {
                self.blank();
            }
            self.name();
        } else {
            self.name();
            if self.comes(':') {
                self.at += 1;
                self.blank();
                self.name();
            }
            self.arguments()?;
        }
        while self.comes('@') {
            self.at += 1;
            self.name();
            self.arguments()?;
        }
        Some(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "query Q($a: [ID!]!) {\n  n(ids: $a) { ...P }\n}\nfragment P on X {\n  id old: a { b } \
                        c(first: 1) @include(if: $d) { d { e } f }\n  ... on Y { state }\n}";

    fn left(refused: &[(&str, Option<(usize, usize)>)]) -> Option<String> {
        let refused: Vec<RefusedField> = refused
            .iter()
            .map(|(field, place)| RefusedField { field: (*field).to_owned(), place: *place })
            .collect();
        without(TEXT, &refused).map(|text| text.replace('\n', " "))
    }

    #[test]
    fn a_field_goes_with_all_that_is_in_it() {
        let rest = |inner: &str| {
            Some(format!("query Q($a: [ID!]!) {{ n(ids: $a) {{ ...P }} }} fragment P on X {{ {inner} }}"))
        };
        let c = "c(first: 1) @include(if: $d)";
        assert_eq!(left(&[("c", None)]), rest("id old: a { b } ... on Y { state }"));
        assert_eq!(
            left(&[("a", Some((5, 6)))]),
            rest(&format!("id {c} {{ d {{ e }} f }} ... on Y {{ state }}"))
        );
        // What would be empty goes, too.
        assert_eq!(
            left(&[("e", None)]),
            rest(&format!("id old: a {{ b }} {c} {{ f }} ... on Y {{ state }}"))
        );
        assert_eq!(left(&[("state", None), ("b", None)]), rest(&format!("id {c} {{ d {{ e }} f }}")));
        // Elsewhere, or not there at all.
        assert_eq!(left(&[("id", Some((5, 6)))]), None);
        assert_eq!(left(&[("nothing", None)]), None);
        assert_eq!(left(&[("n", None)]), None);
    }

    #[test]
    fn every_query_of_ours_is_read() {
        for query in ALL {
            let text = query.text();
            let shorter = without(&text, &[RefusedField { field: "nodeCount".to_owned(), place: None }])
                .expect("a query");
            assert!(!shorter.contains("nodeCount"), "{}", query.name());
            let words = |text: &str| text.split_whitespace().collect::<String>();
            assert_eq!(words(&shorter), words(&text.replace("nodeCount", "")), "{}", query.name());
        }
    }
}
