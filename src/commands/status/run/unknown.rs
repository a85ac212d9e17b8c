//! Repositories that the database does not have, and those that may be meant.

use crate::domain::{repository::own_name, text::clean};

/// `no repository acme/apo; did you mean acme/api?`
pub(super) fn message(unknown: &[&str], known: &[String]) -> String {
    let line = |name: &&str| {
        let distance = |other: &String| {
            let (name, other) = (name.to_lowercase(), other.to_lowercase());
            // The right name under another owner is as good as it gets.
            if own_name(&name) == own_name(&other) { 0 } else { strsim::damerau_levenshtein(&name, &other) }
        };
        let mut near: Vec<(usize, &String)> = known.iter().map(|other| (distance(other), other)).collect();
        near.sort_unstable();
        let near: Vec<String> = near.iter().take(3).map(|(_, name)| clean(name)).collect();
        match near.as_slice() {
            [] => format!("no repository {name} in this database"),
            [only] => format!("no repository {name} in this database; did you mean {only}?"),
            [first @ .., last] => {
                format!("no repository {name} in this database; did you mean {} or {last}?", first.join(", "))
            }
        }
    };
    unknown.iter().map(line).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unknown_repositories_have_neighbours() {
        let known = ["acme/web", "acme/api", "umbrella/apo", "acme/infra"].map(str::to_owned);
        assert_eq!(
            message(&["acme/apo", "x/y"], &known),
            "no repository acme/apo in this database; did you mean umbrella/apo, acme/api or acme/web?\n\
             no repository x/y in this database; did you mean acme/api, acme/web or acme/infra?"
        );
        assert_eq!(message(&["a/b"], &[]), "no repository a/b in this database");
    }
}
