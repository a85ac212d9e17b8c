//! Overlays: their keys, their scrolling, and what closes them.

use flowlens::domain::{attention::Sort, files::Files, view::Grouping};
use flowlens::tui::action::BINDINGS;
use flowlens::tui::keymap::Keymap;
use flowlens::tui::model::{Model, Setup};
use flowlens::tui::msg::Msg;
use flowlens::tui::overlay::{Choice, Overlay};
use flowlens::tui::translate::translate;

use super::{after, look, send};
use crate::support::board::{self, key, keys};

/// How an overlay opens, and the keys that are its own there; all others do nothing.
const OWN_KEYS: &[(&str, &str)] = &[
    ("?", "space j down k up ctrl-d pagedown ctrl-u pageup g home G end enter esc ? q"),
    (
        "d",
        "j down k up ctrl-d pagedown ctrl-u pageup g home G end l right h left tab backtab esc q / n N ] [ } { w",
    ),
    ("I", "enter y esc n q"),
    ("C", "space j down k up g home G end enter esc q C"),
    ("o", "enter esc q"),
    (":log<enter>", "y j down k up ctrl-d pagedown ctrl-u pageup g home G end enter esc q"),
    ("ao", "y n j down k up ctrl-d pagedown ctrl-u pageup g home G end enter esc q"),
];

#[test]
fn keys_that_are_not_an_overlays_own_do_nothing_while_it_is_open() {
    for (open, own) in OWN_KEYS {
        for name in BINDINGS
            .iter()
            .flat_map(|binding| binding.keys)
            .filter(|name| !["ctrl-z", "ctrl-l"].contains(*name))
        {
            let mut model = board::with(Setup { remote: true, ..board::setup(140, 30) });
            keys(&mut model, open);
            send(&mut model, Msg::Files(key(1, 421), None, Ok(board::files())));
            keys(&mut model, "jG");
            let pressed = if name.chars().count() == 1 { (*name).to_owned() } else { format!("<{name}>") };
            let event = board::events(&pressed).remove(0);
            let is_own = own.split(' ').any(|key| key == *name);
            let msg = translate(&model, &Keymap::default(), &event);
            assert_eq!(msg.is_some(), is_own, "{open}, then {name}: {msg:?}");
            let before = look(&model);
            let effects = keys(&mut model, &pressed);
            if !is_own {
                assert_eq!((look(&model), effects), (before, vec![]), "{open}, then {name}");
            }
        }
        let mut model = board::with(Setup { remote: true, ..board::setup(140, 30) });
        keys(&mut model, open);
        assert_eq!(after(&mut model, "<ctrl-z><ctrl-l><ctrl-c>"), "!suspend, !repaint, !quit", "{open}");
    }
}

#[test]
fn the_palette_finds_commands_and_repositories() {
    let mut model = board::model(140, 30);
    for (typed, want) in [
        (":freeze<enter>", "frozen true"),
        (":acme/web<enter>", "repo acme/web, rows 5, selected #74, !detail #74"),
        (":moba<esc>", ""),
        (":failing<enter>", "rows 0, selected none, view Failing"),
        (":zzzzzz<enter>", ""),
        // What matches it by excluding scores nothing.
        (":!x<esc>", ""),
        (":sort<enter>", "sort waiting"),
        (":help<enter>", "overlay help 0"),
    ] {
        let got = after(&mut model, typed);
        assert!(got.starts_with(want) && (want.is_empty() == got.is_empty()), "{typed}: {got}");
    }
    keys(&mut model, "<esc>:");
    let palette = |model: &Model| match &model.overlay {
        Some(Overlay::Palette(palette)) => palette.clone(),
        other => panic!("no palette: {other:?}"),
    };
    let cursor = |model: &Model| palette(model).cursor(&palette(model).offers(model.backdrop()));
    let all = palette(&model).offers(model.backdrop()).len();
    // Of the nine keys of views, six have one; and there are six repositories, three themes, orders and groupings, and
    // what the menu of actions has.
    let offered = BINDINGS.iter().filter(|b| !b.group.is_inner()).count();
    assert_eq!(all, offered - 9 + 6 + 6 + 3 + Sort::ALL.len() + Grouping::ALL.len() + Choice::all().count());
    for _ in 0..all {
        keys(&mut model, "<down>");
    }
    assert_eq!(cursor(&model), all - 1);
    keys(&mut model, "zzzz");
    assert_eq!(cursor(&model), 0);
}

#[test]
fn the_help_has_few_pages_and_each_of_them_is_reached() {
    for (columns, lines, most) in [(40, 12, 40), (80, 24, 4), (140, 24, 4), (160, 48, 2), (140, 60, 2)] {
        let mut model = board::model(columns, lines);
        let page = |model: &Model| match &model.overlay {
            Some(Overlay::Help(help)) => help.page,
            _ => panic!("no help"),
        };
        keys(&mut model, "?G");
        let last = page(&model);
        assert!(last < most, "{columns}x{lines}: {last}");
        keys(&mut model, "jjj<pagedown>");
        assert_eq!(page(&model), last);
        keys(&mut model, "k");
        assert_eq!(page(&model), last.saturating_sub(1));
        keys(&mut model, "g");
        assert_eq!(page(&model), 0);
        for _ in 0..=last {
            keys(&mut model, "<space>");
        }
        assert_eq!(page(&model), 0, "round");
        keys(&mut model, "<enter>");
        assert!(model.overlay.is_none());
    }
}

#[test]
fn the_files_scroll_and_stale_replies_are_dropped() {
    let mut model = board::model(140, 30);
    let at = |model: &Model| match &model.overlay {
        Some(Overlay::Files(view)) => (view.cursor, view.scroll.row, view.files.is_some()),
        _ => panic!("no files"),
    };
    send(&mut model, Msg::Detail(key(1, 421), Ok(board::detail_of(None))));
    keys(&mut model, "d");
    send(&mut model, Msg::Files(key(1, 420), None, Ok(board::files())));
    assert_eq!(at(&model), (0, 0, false), "another one's files");
    keys(&mut model, "j<pagedown>");
    send(&mut model, Msg::Files(key(1, 421), None, Ok(board::files())));
    assert_eq!(at(&model), (0, 0, true));
    for (pressed, want) in [
        ("<ctrl-d>", (0, 15)),
        ("G", (0, 38)),
        ("<ctrl-d>", (0, 38)),
        ("<ctrl-u>", (0, 23)),
        ("g", (0, 0)),
        ("<ctrl-d>j", (1, 0)),
        ("<tab>", (2, 0)),
        ("l", (2, 0)),
        ("<pagedown>", (2, 0)),
        ("<backtab>", (1, 0)),
        ("kk", (0, 0)),
    ] {
        keys(&mut model, pressed);
        let (cursor, scroll, _) = at(&model);
        assert_eq!((cursor, scroll), want, "{pressed}");
    }
    assert_eq!(after(&mut model, "q"), "overlay ");
    assert!(send(&mut model, Msg::Files(key(1, 421), None, Ok(board::files()))).is_empty());
    assert!(model.overlay.is_none(), "a late answer opens nothing");
    keys(&mut model, "d");
    send(&mut model, Msg::Files(key(1, 421), None, Err("no answer in time".to_owned())));
    keys(&mut model, "jjG<ctrl-u>");
    send(&mut model, Msg::Files(key(1, 421), None, Ok(Files::Unknown("why not"))));
    keys(&mut model, "jjG<ctrl-u>");
}

#[test]
fn the_patches_are_searched_hopped_through_and_wrapped() {
    let mut model = board::model(140, 30);
    keys(&mut model, "d");
    send(&mut model, Msg::Files(key(1, 421), None, Ok(board::files())));
    let at = |model: &Model| match &model.overlay {
        Some(Overlay::Files(view)) => (view.cursor, view.scroll.row),
        _ => panic!("no files"),
    };
    for (pressed, want, why) in [
        ("g[", (2, 0), "before the first file comes the last place"),
        ("]", (0, 0), "and the other way about"),
        ("]", (0, 36), "the first line that the insight names"),
        ("]]", (1, 0), "behind the last place of a file the next file begins"),
        ("]]", (2, 0), "the last file"),
        ("[[[[", (0, 36), "and back"),
        ("g/VALUE_1<enter>", (0, 0), "case does not matter"),
        ("nnnnnnnnnnn", (0, 0), "after the last line found comes the first"),
        ("N", (0, 17), "and before the first the last"),
        ("<esc>n", (0, 17), "a search that was left finds nothing"),
        ("/value_5<esc>", (0, 17), "left while it was typed: back where it began"),
        ("/nothing of this<enter>n", (0, 17), "what is not there moves nothing"),
    ] {
        keys(&mut model, pressed);
        assert_eq!(at(&model), want, "{pressed}: {why}");
    }
    keys(&mut model, "<esc>w");
    assert_eq!(at(&model), (0, 17), "the first row stays");
    keys(&mut model, "w");
    assert_eq!(at(&model), (0, 17));
    keys(&mut model, "q");
    assert!(model.overlay.is_none());
}

#[test]
fn the_files_open_at_a_place() {
    let opened = |size: (u16, u16), pressed: &str| {
        let mut model = board::model(size.0, size.1);
        keys(&mut model, pressed);
        send(&mut model, Msg::Files(key(1, 420), None, Ok(Files::Unknown("another one's"))));
        send(&mut model, Msg::Files(key(1, 421), None, Ok(board::files())));
        look(&model)["overlay"].clone()
    };
    let session = "src/auth/session.rs";
    for (size, pressed, want) in [
        ((140, 40), "d", format!("files #421 0.28 {session}:41")),
        ((80, 24), "d", format!("files #421 0.39 {session}:41")),
        ((140, 40), "llj<enter>", format!("files #421 0.28 {session}:40")),
        ((140, 40), "lljjj<enter>", format!("files #421 0.28 {session}:41")),
        ((140, 40), "lljj<enter>", "files #421 2.0 logo.png:0".to_owned()),
        ((140, 40), "ll<enter>", "files #421 0.0 config/dev.env:12".to_owned()),
        (
            (140, 40),
            "llG<enter>",
            "files #421 1.0 src/a/very/long/path/that/does/not/fit/anywhere/認証/token_refresh_service.rs:2"
                .to_owned(),
        ),
    ] {
        assert_eq!(opened(size, pressed), want, "{pressed}");
    }
    // Late: it stands where it was opened for, or nowhere.
    let mut model = board::model(140, 40);
    keys(&mut model, "d<esc>");
    send(&mut model, Msg::Files(key(1, 421), None, Ok(board::files())));
    assert!(model.overlay.is_none());
    keys(&mut model, "d");
    for answer in [Err("no answer".to_owned()), Ok(Files::Unknown("none"))] {
        send(&mut model, Msg::Files(key(1, 421), None, answer));
        assert!(look(&model)["overlay"].starts_with("files #421 0.0 "));
    }
}
