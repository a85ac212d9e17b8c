//! Typing a line: the filter, and the palette's text.

use flowlens::tui::model::{Model, Setup};
use flowlens::tui::overlay::Overlay;
use flowlens::tui::state_file::SavedState;

use super::{numbers, selected};
use crate::support::board::{self, keys};

/// The line that is typed, its cursor as `|`.
fn typed(model: &Model) -> String {
    let line = match (&model.overlay, &model.input) {
        (Some(Overlay::Palette(palette)), _) => &palette.line,
        (_, Some(input)) => &input.line,
        _ => return "none".to_owned(),
    };
    let (before, after) = line.halves();
    format!("{before}|{after}")
}

/// Before, keys, after; the same for the filter and for the palette.
const EDITS: &[(&str, &str, &str)] = &[
    ("", "ab", "ab|"),
    ("ab", "<left>x", "ax|b"),
    ("ab", "<left><left><left>x", "x|ab"),
    ("ab", "<left><right><right>x", "abx|"),
    ("ab", "<home>x", "x|ab"),
    ("ab", "<ctrl-a>x<end>y", "xaby|"),
    ("ab", "<ctrl-a>x<ctrl-e>y", "xaby|"),
    ("abc", "<left><left><delete>", "a|c"),
    ("abc", "<home><ctrl-d>", "|bc"),
    ("abc", "<delete>", "abc|"),
    ("abc", "<left><backspace>", "a|c"),
    ("abc", "<left><ctrl-h>", "a|c"),
    ("abc", "<home><backspace>", "|abc"),
    ("is:open two words", "<ctrl-w>", "is:open two |"),
    ("is:open two  ", "<ctrl-w>", "is:open |"),
    ("author:@me,bo", "<ctrl-w>", "|"),
    ("is:open two words", "<left><left><ctrl-w>", "is:open two |ds"),
    ("is:open two", "<home><ctrl-w>", "|is:open two"),
    ("one two", "<left><ctrl-u>", "|"),
    ("認証", "<left>ト", "認ト|証"),
    ("認証", "<backspace>", "認|"),
    ("認証 e\u{301}", "<left><left><left>x", "認x|証 e\u{301}"),
    ("e\u{301}e\u{301}", "<left><delete>", "e\u{301}|"),
    ("e\u{301}e\u{301}", "<left><backspace>", "|e\u{301}"),
    ("ab", "<pageup><tab><ctrl-o>", "ab|"),
];

#[test]
fn keys_edit_the_line_at_its_cursor() {
    let mut wrong = Vec::new();
    for (before, pressed, want) in EDITS {
        for opened in ["/", ":"] {
            let mut model = board::model(140, 30);
            keys(&mut model, &format!("{opened}{before}{pressed}"));
            let got = typed(&model);
            if got != *want {
                wrong.push(format!("{opened}{before}, then {pressed}: {got}, not {want}"));
            }
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn the_list_follows_each_change_of_the_filter_and_no_move_of_its_cursor() {
    let mut model = board::model(140, 30);
    keys(&mut model, "/s:failing<home>i");
    assert_eq!((model.list.filter_text.as_str(), numbers(&model).len()), ("is:failing", 2));
    keys(&mut model, "<ctrl-n>");
    let second = selected(&model);
    assert_eq!(second, numbers(&model)[1]);
    assert_eq!(keys(&mut model, "<left><right><end><left>"), [], "the cursor moves and nothing else");
    assert_eq!(selected(&model), second);
    keys(&mut model, "<ctrl-p>");
    assert_eq!(selected(&model), numbers(&model)[0]);
}

#[test]
fn filters_typed_before_come_back() {
    let mut model = board::model(140, 30);
    keys(&mut model, "/oauth<enter>/<ctrl-u>is:failing<enter>/<ctrl-u>zzz<esc><esc>");
    assert_eq!(model.list.filter_text, "");
    for (pressed, line, filter) in [
        ("/ris", "ris|", "ris"),
        ("<up>", "is:failing|", "is:failing"),
        ("<up>", "oauth|", "oauth"),
        ("<up>", "oauth|", "oauth"),
        ("<down>", "is:failing|", "is:failing"),
        ("<down>", "ris|", "ris"),
        ("<down>", "ris|", "ris"),
        ("<up><up><left>x", "oautx|h", "oautxh"),
        ("<esc>", "none", ""),
        ("/<up><up><enter>", "none", "oauth"),
        // The filter in force is the newest: the arrow goes to another one at once.
        ("/<up>", "is:failing|", "is:failing"),
        ("<down>", "oauth|", "oauth"),
        ("<esc>", "none", "oauth"),
    ] {
        keys(&mut model, pressed);
        assert_eq!((typed(&model).as_str(), model.list.filter_text.as_str()), (line, filter), "{pressed}");
    }
    // The next run has them, too; a filter that was given for one run only was never typed.
    let state = SavedState { filter: String::new(), ..model.state() };
    assert_eq!(state.filters, ["is:failing", "oauth"]);
    let mut next = board::with(Setup { state, ..board::setup(140, 30) });
    keys(&mut next, "/<up>");
    assert_eq!(typed(&next), "oauth|");
}

#[test]
fn in_the_palette_the_arrows_choose_an_offer() {
    let mut model = board::model(140, 30);
    let cursor = |model: &Model| match &model.overlay {
        Some(Overlay::Palette(palette)) => palette.cursor(&palette.offers(model.backdrop())),
        other => panic!("no palette: {other:?}"),
    };
    for (pressed, want) in
        [(":re<down><down>", 2), ("<up>", 1), ("<ctrl-n>", 2), ("<ctrl-p>", 1), ("<left><home>", 1), ("x", 0)]
    {
        keys(&mut model, pressed);
        assert_eq!(cursor(&model), want, "{pressed}");
    }
}
