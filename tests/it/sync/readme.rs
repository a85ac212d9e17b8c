//! README's lines for one's own pull requests, as a new user types them.

use super::{
    Trial,
    dashboard::{leave, open_with},
    many,
};
use crate::support::PATIENCE;

#[test]
fn three_lines_lead_from_nothing_to_a_board() {
    let readme = include_str!("../../../README.md");
    let blocks = readme.split("```sh\n").skip(1).filter_map(|rest| rest.split("```").next());
    let mut blocks = blocks.filter(|block| block.contains("flowlens sync "));
    let lines = blocks.next().expect("a block").lines();
    let lines: Vec<&str> = lines.filter_map(|line| line.split('#').next()).map(str::trim).collect();
    let [token, sync, board] = lines[..] else { panic!("{lines:?}") };
    assert_eq!(token, "export GH_TOKEN=…");
    let sync: Vec<&str> = sync.split(' ').collect();
    assert_eq!((sync[0], board), ("flowlens", "flowlens"));
    let trial = Trial::new(many(3));
    let answer = trial.run(&sync[1..]);
    assert!(answer.status.success(), "{answer}");
    let mut pty = open_with(&trial, &[], &[], 140, 40);
    pty.wait_for("Change 3", PATIENCE);
    leave(&mut pty);
}
