//! The filter: it applies as it is typed, and takes what is pasted.

use crossterm::event::Event;
use flowlens::domain::ids::PrKey;
use flowlens::domain::pull_request::PullRequest;
use flowlens::tui::keymap::Keymap;
use flowlens::tui::model::Model;
use flowlens::tui::msg::{Edit, LineEdit, Msg};
use flowlens::tui::overlay::Overlay;
use flowlens::tui::translate::translate;

use super::{look, notice, numbers, selected, send};
use crate::support::board::{self, keys};

#[test]
fn a_filter_applies_as_it_is_typed_and_can_be_taken_back() {
    let mut model = board::model(140, 30);
    let all = model.list.rows.len();
    keys(&mut model, "/is:failing<enter>");
    let failing = model.list.rows.len();
    assert!(failing < all && model.input.is_none());
    keys(&mut model, "/ risk:hi");
    assert!(model.list.rows.is_empty());
    keys(&mut model, "gh");
    assert_eq!((model.list.filter_text.as_str(), numbers(&model)), ("is:failing risk:high", vec![421]));
    // What is not right leaves the last right one in force, says why, and cannot be accepted.
    keys(&mut model, " is:");
    let error = model.input.as_ref().and_then(|input| input.error.clone()).expect("an error");
    assert!(error.contains("wants a value"), "{error}");
    assert_eq!(model.list.filter_text, "is:failing risk:high is", "so far \"is\" is a word");
    keys(&mut model, "<enter>");
    assert!(model.input.is_some());
    keys(&mut model, "<esc>");
    assert_eq!((model.list.filter_text.as_str(), model.list.rows.len()), ("is:failing", failing));
    for (pressed, text) in [
        ("/ two words", "is:failing two words"),
        ("<ctrl-w>", "is:failing two "),
        ("<ctrl-w>", "is:failing "),
        ("<backspace>", "is:failing"),
        ("<ctrl-u>", ""),
        ("q?:s", "q?:s"),
    ] {
        keys(&mut model, pressed);
        assert_eq!(model.input.as_ref().map(|input| input.line.text()), Some(text), "{pressed}");
    }
    keys(&mut model, "<ctrl-u><ctrl-n>");
    assert_eq!((selected(&model), model.input.is_some()), (numbers(&model)[1], true));
    send(
        &mut model,
        Msg::Edit(Edit::Line(LineEdit::Insert(format!("{}\u{1b}\u{202e}\r\n", "x".repeat(20))))),
    );
    let text = model.input.as_ref().map(|input| input.line.text().to_owned()).expect("typing");
    assert_eq!(text.trim_end(), "x".repeat(20));
    send(&mut model, Msg::Edit(Edit::Line(LineEdit::Insert("y".repeat(5_000)))));
    assert!(model.input.is_some_and(|input| input.line.text().len() < 300));
}

#[test]
fn a_paste_of_any_length_is_taken_up_to_the_limit_and_the_rest_is_said_to_be_cut() {
    for open in ["/", ":"] {
        for (pasted, fits) in [("a".repeat(200), true), ("a".repeat(201), false), ("é".repeat(4000), false)]
        {
            let mut model = board::model(140, 30);
            keys(&mut model, open);
            send_event(&mut model, &Event::Paste(pasted.clone()));
            let (text, cut) = typed(&model);
            assert_eq!(text.len(), 200, "{open}");
            assert!(pasted.starts_with(&text) && cut != fits, "{open} {cut} {text}");
            // It is said until the next key.
            keys(&mut model, "x");
            assert_eq!(typed(&model), (text.clone(), true));
            keys(&mut model, "<backspace>");
            assert!(!typed(&model).1);
        }
    }
    // Nothing is typed: nothing is done.
    let mut model = board::model(140, 30);
    let before = look(&model);
    send_event(&mut model, &Event::Paste("qqq".to_owned()));
    assert_eq!(look(&model), before);
}

/// What the line has, and the words with which it may go on.
fn line(model: &Model) -> (String, Vec<String>) {
    let input = model.input.as_ref().expect("typing");
    (input.line.text().to_owned(), input.completion.words.clone())
}

#[test]
fn tab_completes_keys_and_what_the_board_knows() {
    for (pressed, want) in [
        ("ow<tab>", "owner:"),
        ("o<tab>b<tab>", "owner:bo"),
        ("<tab><tab>", "owner:"),
        ("is:op<tab> wa<tab>><tab><tab>", "is:open waiting:>3d"),
        ("!IS:m<tab><tab>", "!IS:mine"),
        ("is:merged,m<tab>", "is:merged,merged"),
        ("is:n<tab> x", "is:new x"),
        ("risk:<tab><tab><tab><tab><tab>", "risk:high"),
        ("st<tab><tab>", "stage:pr="),
        ("sta<tab>bu<tab>fa<tab>,ru<tab>", "stage:build=failed,running"),
        ("Stage:build=fa<tab>", "Stage:build=failed"),
        ("-is:m<tab><tab>", "-is:mine"),
        ("author:ana,b<tab>", "author:ana,bo"),
        ("!owner:bo,@<tab>", "!owner:bo,@me"),
        ("label:n<tab>", "label:\"needs docs\""),
        ("label:security,\"needs d<tab>", "label:security,\"needs docs\""),
        ("label:\"needs docs\",s<tab>", "label:\"needs docs\",security"),
        ("base:m<tab>", "base:main"),
        ("author:@<tab>", "author:@me"),
        ("owner:merge<tab>", "owner:merge_queue"),
        ("repo:acme/w<tab>", "repo:acme/web"),
        ("x is:<left><left><left>ch<tab>", "x changed:is:"),
        ("\"is:o<tab>", "\"is:o"),
        ("oauth<tab>", "oauth"),
        ("nokey:<tab>", "nokey:"),
    ] {
        let mut model = board::model(140, 30);
        keys(&mut model, &format!("/{pressed}"));
        assert_eq!(line(&model).0, want, "{pressed}");
    }
    // It applies as what is typed does, and tells what goes on.
    let mut model = board::model(140, 30);
    keys(&mut model, "/owner:b");
    let words = line(&model).1;
    assert!(words.contains(&"bo".to_owned()) && words.iter().all(|word| word.starts_with('b')), "{words:?}");
    keys(&mut model, "<tab>");
    assert_eq!(model.list.filter_text, "owner:bo");
    keys(&mut model, " ");
    assert_eq!(line(&model).1.len(), 13, "all keys");
    keys(&mut model, "is:<enter>");
    assert_eq!(line(&model).1, [""; 0], "the error is told instead");
    assert!(model.input.as_ref().is_some_and(|input| input.error.is_some()));
}

/// What happened since yesterday is found by that word, from wherever the reader is.
#[test]
fn since_yesterday_is_a_command() {
    let mut model = board::model(140, 30);
    keys(&mut model, "2ssj<ctrl-g>/x<enter>1");
    keys(&mut model, "/!wip<enter>jj");
    let before = look(&model);
    keys(&mut model, "<enter>:since yesterday<enter>");
    let (minute, rows) = (model.minute, model.list.rows.clone());
    assert!(!rows.is_empty() && model.list.filter_text.starts_with("changed:<1d"));
    let day = chrono::TimeDelta::days(1);
    let changed = |pr: &PullRequest| pr.changed_at().is_some_and(|at| minute - at < day);
    assert!(rows.iter().all(|key| model.board.pull(*key).is_some_and(changed)));
    let all = model.board.pulls().filter(|pr| changed(pr)).count();
    assert_eq!(model.list.rows.len(), all, "ended ones, too");
    assert!(rows.is_sorted_by_key(|key| {
        std::cmp::Reverse(model.board.pull(*key).and_then(PullRequest::changed_at))
    }));
    assert_eq!(model.list.selected, rows.first().copied());
    assert_eq!(notice(&model), "Changed since this time yesterday");
    // Another view, another filter and another order are no other way back, and neither is the same look once more.
    for meanwhile in ["", "21", "/ #4<enter>s", "j:yesterday<enter>jj"] {
        keys(&mut model, meanwhile);
        assert_eq!(model.state().filter, "!wip", "{meanwhile}: the next run begins where the reader was");
        keys(&mut model, "<esc>");
        assert_eq!(look(&model), before, "{meanwhile}");
        keys(&mut model, ":yesterday<enter>");
    }
    keys(&mut model, "<esc>2:yesterday<enter>");
    assert_eq!(notice(&model), "Changed since this time yesterday, of the view Mine");
}

fn send_event(model: &mut Model, event: &Event) {
    if let Some(msg) = translate(model, &Keymap::default(), event) {
        send(model, msg);
    }
}

/// The text that is being typed, and whether it is said to be cut.
fn typed(model: &Model) -> (String, bool) {
    let line = match (&model.overlay, &model.input) {
        (Some(Overlay::Palette(palette)), _) => &palette.line,
        (_, Some(input)) => &input.line,
        _ => panic!("nothing is typed"),
    };
    (line.text().to_owned(), line.cut().is_some())
}

/// Each key shows the rows and the order that a look at the whole board would, whatever was typed before, and whatever
/// came meanwhile.
#[test]
fn each_key_of_a_filter_shows_what_the_whole_board_has() {
    let lines = [
        "race",
        "ro<backspace><backspace>Routine<ctrl-w>oauth",
        "!a<left><backspace>",
        "is:merged<ctrl-u>is:failing !routine",
        "author:an a<home><delete><delete><delete>x<esc>/o",
        "age:>2d t<ctrl-u>acme<ctrl-u>risk:high<ctrl-u>repo:api author:@me",
        "\"is:op\" is:open<enter>/<ctrl-u>日<backspace>label:x<ctrl-u>",
    ];
    for (n, line) in lines.into_iter().enumerate() {
        for opened in ["/", "s/", "ff/", "/1<enter>/", "pj<esc>/"] {
            let mut model = board::model(140, 30);
            keys(&mut model, opened);
            for (at, event) in board::events(line).iter().enumerate() {
                let number = i32::try_from(1_000 + at).expect("small");
                if at % 5 == n {
                    board::change(&mut model, vec![board::pull(1, number, "Race of the routine", "ana", 3)]);
                }
                board::press(&mut model, event);
                let in_list = model.list.rows.clone();
                if model.input.is_none() || model.input.as_ref().is_some_and(|input| input.error.is_some()) {
                    continue;
                }
                assert_eq!(
                    in_list,
                    all_rows(&model),
                    "{opened} {line}: key {at}, {:?}",
                    model.list.filter_text
                );
            }
        }
    }
}

/// The rows, looked for in the whole board.
fn all_rows(model: &Model) -> Vec<PrKey> {
    let context = model.context();
    let set = model.set();
    let is_shown = |pr: &&PullRequest| {
        model.repos.selected.is_none_or(|repo| pr.key.repo == repo)
            && set.matches(pr, context)
            && model.list.filter.matches(pr, context)
    };
    let mut pulls: Vec<&PullRequest> = model.board.pulls().filter(is_shown).collect();
    model.list.sort.sort(&mut pulls, &model.board, model.me.as_deref(), context.now);
    pulls.into_iter().map(|pr| pr.key).collect()
}
