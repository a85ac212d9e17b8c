//! What `build.rs` has put behind the other code is there: a module or a crate that is renamed would come to stand between
//! the board's own again, and nobody would see it.

use std::collections::HashSet;

use syn::{Expr, ExprLit, Item, Lit};

use super::{module, sources};

#[test]
fn all_that_is_said_to_run_seldom_is_there() {
    let seldom = seldom();
    assert!(seldom.iter().any(|path| path == "flowlens::github"), "{seldom:?}");
    let own: HashSet<String> =
        sources().iter().map(|(file, _)| format!("flowlens::{}", module(file).join("::"))).collect();
    let lock: toml::Table = include_str!("../../../Cargo.lock").parse().expect("Cargo.lock");
    let packages = lock.get("package").and_then(toml::Value::as_array).expect("packages");
    let packages: HashSet<String> = packages
        .iter()
        .filter_map(|package| package.get("name")?.as_str())
        .map(|name| name.replace('-', "_"))
        .collect();
    let is_there = |path: &String| match path.split("::").next() {
        Some("core") => true,
        Some("flowlens") => own.contains(path),
        name => name.is_some_and(|name| packages.contains(name)),
    };
    let lost: Vec<&String> = seldom.iter().filter(|path| !is_there(path)).collect();
    assert!(lost.is_empty(), "in SELDOM of build.rs, but nowhere else: {lost:?}");
}

/// The list in `build.rs`.
fn seldom() -> Vec<String> {
    let file = syn::parse_file(include_str!("../../../build.rs")).expect("Rust");
    let list = file.items.into_iter().find_map(|item| match item {
        Item::Const(item) if item.ident == "SELDOM" => Some(*item.expr),
        _ => None,
    });
    let Some(Expr::Array(list)) = list else { panic!("no list SELDOM in build.rs") };
    let text = |expr| match expr {
        Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) => text.value(),
        _ => panic!("SELDOM is a list of texts"),
    };
    list.elems.into_iter().map(text).collect()
}
