//! The changed files and their patches.

use flowlens::{
    domain::files::Files,
    tui::{msg::Msg, update::update},
};

use super::{LARGE, MIDDLE, at, draw, snap};
use crate::support::board::{self, key, keys};
use crate::support::screen::SIZES;

#[test]
fn the_list_and_a_patch() {
    at("files", &SIZES, "d");
    at("files_patch", LARGE, "d<ctrl-d>");
    at("files_search", &[(80, 24), (40, 12)], "d/value_4");
    at("files_binary", MIDDLE, "djj");
    let mut model = board::model(80, 24);
    keys(&mut model, "d");
    snap("files_reading_80x24", draw(&model));
    update(&mut model, Msg::Files(key(1, 421), None, Err("no answer in time: files".to_owned())));
    snap("files_failed_80x24", draw(&model));
}

#[test]
fn files_at_a_line() {
    at("files_at_line", &[(80, 24), (140, 40)], "llj<enter>");
    at("files_missing", LARGE, "ll<enter>");
    at("files_deleted", LARGE, "lljj<enter>");
}

#[test]
fn a_long_row_of_a_patch_is_wrapped() {
    let mut model = board::model(40, 12);
    keys(&mut model, "d");
    let patch = r#"[{"filename": "a.rs", "patch":
        "@@ -7 +7 @@\n-old\n+let greeting = format!(\"Hello, {}\", name_of_the_reader);\n+日本語"}]"#;
    update(&mut model, Msg::Files(key(1, 421), None, Ok(Files::parse(Some(patch)))));
    keys(&mut model, "w");
    snap("files_wrapped_40x12", draw(&model));
}
