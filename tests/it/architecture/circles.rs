//! Modules beside each other import each other in one direction, so that each can be read after those it stands on.
//!
//! An import between two modules counts for the two siblings that hold them, where their paths part. A module and its
//! own children may import each other: the parent declares the type, a child has its methods. Tests within the source
//! don't count.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use super::{
    imports::{Import, imports},
    module,
};

/// The imports between the children of one module, by its path.
type Siblings = BTreeMap<String, BTreeMap<String, BTreeSet<String>>>;

/// Each circle once, as `store: board -> write -> board`.
pub(super) fn circles(sources: &[(&str, &str)]) -> Vec<String> {
    let modules: HashSet<String> = sources.iter().map(|(name, _)| module(name).join("::")).collect();
    let mut siblings = Siblings::new();
    for (name, text) in sources {
        let here = module(name);
        let mut file = syn::parse_file(text).expect("Rust");
        file.items.retain(|item| !matches!(item, syn::Item::Mod(inner) if inner.ident == "tests"));
        for import in imports(&here, &modules, &file) {
            let Import::Local(path) = import else { continue };
            let there = (0..=path.len()).rev().find(|n| modules.contains(&path[..*n].join("::")));
            let there = path.get(..there.unwrap_or_default()).unwrap_or_default();
            let shared = here.iter().zip(there).take_while(|(here, there)| here == there).count();
            if let (Some(from), Some(to)) = (here.get(shared), there.get(shared)) {
                let parent = siblings.entry(here[..shared].join("::")).or_default();
                parent.entry(from.clone()).or_default().insert(to.clone());
            }
        }
    }
    siblings.iter().filter_map(|(parent, graph)| Some(format!("{parent}: {}", circle(graph)?))).collect()
}

/// A way along the imports that comes back to its beginning.
fn circle(graph: &BTreeMap<String, BTreeSet<String>>) -> Option<String> {
    // What imports nothing that is left is in no circle.
    let mut left = graph.clone();
    loop {
        let open: Vec<String> = left.keys().cloned().collect();
        left.retain(|_, imported| imported.iter().any(|name| open.contains(name)));
        if left.len() == open.len() {
            break;
        }
    }
    let mut way = vec![left.keys().next()?];
    loop {
        let next = left[*way.last()?].iter().find_map(|name| left.get_key_value(name))?.0;
        if let Some(start) = way.iter().position(|name| *name == next) {
            let names: Vec<&str> = way[start..].iter().chain([&next]).map(|name| name.as_str()).collect();
            return Some(names.join(" -> "));
        }
        way.push(next);
    }
}

#[test]
fn circles_are_found_where_paths_part() {
    let good = [
        ("lib.rs", ""),
        ("store/mod.rs", "mod board; mod write; use self::board::Row;"),
        ("store/board.rs", "mod sql; use super::Shared; use self::sql::Text;"),
        ("store/board/sql.rs", "use super::Row; use crate::store::engine::Cells;"),
        ("store/write.rs", "use super::board; mod tests { use crate::tui::app::App; }"),
        ("store/engine.rs", ""),
        ("tui/mod.rs", ""),
        ("tui/app.rs", "use crate::store::write::Writer;"),
    ];
    assert_eq!(circles(&good), Vec::<String>::new());
    for (name, text, circle) in [
        ("store/engine.rs", "use super::board::sql::Text;", "store: board -> engine -> board"),
        (
            "store/engine.rs",
            "fn f() { crate::store::write::f() }",
            "store: board -> engine -> write -> board",
        ),
        ("store/board.rs", "use crate::tui::app::{self, App};", ": store -> tui -> store"),
    ] {
        let bad = good.map(|file| if file.0 == name { (name, text) } else { file });
        assert_eq!(circles(&bad), [circle]);
    }
}
