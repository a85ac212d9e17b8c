//! What one file imports: every path in it, however it is written.

use std::collections::{BTreeSet, HashSet};

use syn::visit::{self, Visit};

#[derive(PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Import {
    Local(Vec<String>),
    Foreign(String),
}

/// What a file of this module imports, of the crate whose modules these are.
pub(super) fn imports(module: &[String], modules: &HashSet<String>, file: &syn::File) -> BTreeSet<Import> {
    let mut imports = Imports { module: module.to_vec(), modules, found: BTreeSet::new() };
    imports.visit_file(file);
    imports.found
}

/// Collects what one file imports.
struct Imports<'a> {
    /// Where we are, inline modules included.
    module: Vec<String>,
    modules: &'a HashSet<String>,
    found: BTreeSet<Import>,
}

impl Imports<'_> {
    /// Notes a path as it is written in the present module.
    fn note(&mut self, path: &[String]) {
        let Some(first) = path.first() else { return };
        let root = || if self.module.first().is_some_and(|first| first == "main") { "main" } else { "lib" };
        let mut base = if self.is_root() { Vec::new() } else { self.module.clone() };
        let mut rest = path;
        match first.as_str() {
            "crate" | "flowlens" => (base, rest) = (Vec::new(), &path[1..]),
            "self" => rest = &path[1..],
            "super" => {
                while rest.first().is_some_and(|word| word == "super") {
                    base.pop();
                    rest = &rest[1..];
                }
            }
            name => {
                let child = [base.as_slice(), &[name.to_owned()]].concat().join("::");
                if !self.modules.contains(&child) {
                    self.found.insert(Import::Foreign(name.to_owned()));
                    // A crate that another one hands on.
                    if let Some(inner) = path.get(1).filter(|_| name == "ratatui") {
                        self.found.insert(Import::Foreign(inner.clone()));
                    }
                    return;
                }
            }
        }
        base.extend_from_slice(rest);
        // An item of the crate's root itself: no room has it.
        if base
            .first()
            .is_none_or(|first| !self.modules.iter().any(|name| name.split("::").next() == Some(first)))
        {
            base.insert(0, root().to_owned());
        }
        self.found.insert(Import::Local(base));
    }

    fn is_root(&self) -> bool {
        matches!(self.module.as_slice(), [only] if only == "lib" || only == "main")
    }

    fn note_use(&mut self, prefix: &[String], tree: &syn::UseTree) {
        let with = |name: &syn::Ident| {
            let mut path = prefix.to_vec();
            path.extend((name != "self" || prefix.is_empty()).then(|| name.to_string()));
            path
        };
        match tree {
            syn::UseTree::Path(path) => self.note_use(&with(&path.ident), &path.tree),
            syn::UseTree::Name(name) => self.note(&with(&name.ident)),
            syn::UseTree::Rename(name) => self.note(&with(&name.ident)),
            syn::UseTree::Glob(_) => self.note(prefix),
            syn::UseTree::Group(group) => group.items.iter().for_each(|tree| self.note_use(prefix, tree)),
        }
    }

    /// Notes the paths among tokens, as they print: words joined by `::`.
    fn note_tokens(&mut self, tokens: &str) {
        let mut outside = String::new(); // of string literals
        let mut quoted = false;
        let mut escaped = false;
        for c in tokens.chars() {
            quoted ^= c == '"' && !escaped;
            escaped = quoted && c == '\\' && !escaped;
            outside.push(if quoted || c == '"' { ' ' } else { c });
        }
        let joined = outside.replace(" :: ", "::").replace(":: ", "::");
        for word in joined.split(|c: char| !(c.is_alphanumeric() || c == '_' || c == ':')) {
            let path: Vec<String> = word.split("::").map(str::to_owned).collect();
            if path.len() > 1 && path.iter().all(|name| !name.is_empty() && !name.contains(':')) {
                self.note(&path);
            }
        }
    }
}

impl<'ast> Visit<'ast> for Imports<'_> {
    fn visit_item_use(&mut self, item: &'ast syn::ItemUse) {
        self.note_use(&[], &item.tree);
    }

    fn visit_item_mod(&mut self, item: &'ast syn::ItemMod) {
        if item.content.is_some() {
            let outer = self.module.clone();
            if self.is_root() {
                self.module.clear();
            }
            self.module.push(item.ident.to_string());
            visit::visit_item_mod(self, item);
            self.module = outer;
        }
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        if path.segments.len() > 1 {
            let words: Vec<String> = path.segments.iter().map(|segment| segment.ident.to_string()).collect();
            self.note(&words);
        }
        visit::visit_path(self, path);
    }

    fn visit_vis_restricted(&mut self, _: &'ast syn::VisRestricted) {} // `pub(in path)` imports nothing

    fn visit_macro(&mut self, call: &'ast syn::Macro) {
        visit::visit_macro(self, call);
        self.note_tokens(&call.tokens.to_string());
    }

    fn visit_meta_list(&mut self, list: &'ast syn::MetaList) {
        visit::visit_meta_list(self, list);
        self.note_tokens(&list.tokens.to_string());
    }
}
