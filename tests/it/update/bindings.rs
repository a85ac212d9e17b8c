//! The table of keys: each action has its rows, and each key its action.

use flowlens::tui::{
    action::{BINDINGS, KeyGroup},
    keymap::Keymap,
    msg::Msg,
    translate::translate,
};

use super::rows;
use crate::support::board::{self, keys};

#[test]
fn each_action_is_in_the_table_and_its_key_means_it() {
    let keymap = Keymap::default();
    let mut files = board::model(140, 30);
    keys(&mut files, "d");
    let mut log = board::model(140, 30);
    board::open_log(&mut log);
    let mut pull = board::model(140, 30);
    keys(&mut pull, "<enter>");
    let board = board::model(140, 30);
    for binding in &BINDINGS {
        let model = match binding.group {
            KeyGroup::Files => &files,
            KeyGroup::Log => &log,
            KeyGroup::Pull => &pull,
            KeyGroup::Move | KeyGroup::Show | KeyGroup::Act | KeyGroup::Program => &board,
        };
        assert!(rows().any(|(action, ..)| *action == binding.action), "{}", binding.name);
        for name in binding.keys {
            let pressed = if name.chars().count() == 1 { (*name).to_owned() } else { format!("<{name}>") };
            let event = board::events(&pressed).remove(0);
            assert_eq!(translate(model, &keymap, &event), Some(Msg::Action(binding.action)), "{name}");
        }
    }
}
