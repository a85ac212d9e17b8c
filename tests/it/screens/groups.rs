//! Groups, stacks, orders, and what is written to a file.

use super::{MIDDLE, SIZES, at, draw, snap};
use crate::support::board::{self, keys, pull};

#[test]
fn groups_orders_and_a_file_to_write() {
    at("grouped_by_owner", &SIZES, "<ctrl-g><ctrl-g><ctrl-g>jjS");
    at("export", &[(80, 24), (40, 12)], "<ctrl-s><tab>");
    at("orders", MIDDLE, "sS<alt-s>");
    at("palette_number", MIDDLE, ":42");
    for (columns, lines) in SIZES {
        let mut model = board::model(columns, lines);
        let upon = |number, base: &str| {
            let base = base.to_owned();
            pull(1, number, "Upon another one", "bo", 3).with(|row| row.base_branch = Some(base))
        };
        board::change(
            &mut model,
            vec![upon(501, "feature/500"), upon(502, "feature/501"), upon(500, "main")],
        );
        keys(&mut model, "r<ctrl-g><ctrl-g><ctrl-g><ctrl-g>");
        snap(format!("stacks_{columns}x{lines}"), draw(&model));
    }
}
