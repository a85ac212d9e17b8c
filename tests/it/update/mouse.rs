//! The mouse: a click selects, the wheel scrolls what is under it.

use crossterm::event::{Event, KeyModifiers, MouseButton, MouseEvent, MouseEventKind};
use flowlens::domain::board::FeedEvent;
use flowlens::domain::repository::Repository;
use flowlens::tui::geometry::{Area, Divider, Pane};
use flowlens::tui::model::{Model, Setup};
use flowlens::tui::msg::{Msg, Pointer, Turn};
use flowlens::tui::update::update;

use super::{look, numbers, selected, send};
use crate::support::board::{self, key, keys, repo};

#[test]
fn the_mouse_selects_and_scrolls() {
    let mut model = board::model(140, 30);
    let area = model.areas().pulls.expect("the list");
    let click = |model: &mut Model, x, y| {
        send(model, Msg::Mouse(Pointer::Click(x, y)));
    };
    click(&mut model, area.x + 5, area.y + 2 + 3);
    assert_eq!(selected(&model), numbers(&model)[3]);
    click(&mut model, area.x + 5, area.y + 1); // the column titles
    click(&mut model, area.x + 5, area.y + area.height - 1); // the border
    assert_eq!(selected(&model), numbers(&model)[3]);
    send(&mut model, Msg::Mouse(Pointer::Wheel(area.x, area.y, Turn::Down)));
    assert_eq!(selected(&model), numbers(&model)[6]);
    click(&mut model, 5, 4);
    assert_eq!((model.focus, model.repos.selected.is_some()), (Pane::Repos, true));
    for y in 0..31 {
        for x in 0..141 {
            click(&mut model, x, y);
        }
    }
    keys(&mut model, "?");
    let before = look(&model);
    click(&mut model, area.x + 5, area.y + 6);
    assert_eq!(look(&model), before, "an overlay takes no clicks");
}

/// The left button of the mouse, down or held, at a cell.
fn hold(model: &mut Model, kind: MouseEventKind, (column, row): (u16, u16)) -> u16 {
    board::press(model, &Event::Mouse(MouseEvent { kind, column, row, modifiers: KeyModifiers::NONE }));
    model.areas().details(model.size).expect("details beside or below the list")
}

#[test]
fn the_divider_follows_the_mouse_that_holds_it() {
    let (down, drag) = (MouseEventKind::Down(MouseButton::Left), MouseEventKind::Drag(MouseButton::Left));
    for (size, turned, to, lines) in [
        ((80, 24), "", (9, 18), 5),
        ((80, 24), "", (9, 0), 15),
        ((160, 48), "", (9, 30), 17),
        ((160, 48), "", (9, 47), 5),
        ((160, 48), "|", (90, 9), 70),
        ((160, 48), "|", (0, 9), 116),
    ] {
        let mut model = board::model(size.0, size.1);
        keys(&mut model, turned);
        let (x, y) = match model.areas().divider.expect("a divider") {
            // Beside the names of the details.
            Divider::Row(row) => (60, row),
            Divider::Column(column) => (column, 7),
        };
        let (before, chosen) = (model.areas().details(model.size).expect("details"), selected(&model));
        assert_eq!(hold(&mut model, drag, to), before, "nothing is held yet");
        assert_eq!(hold(&mut model, down, (x, y)), before);
        assert_eq!(hold(&mut model, drag, to), lines, "{size:?}{turned} {to:?}");
        let list = model.areas().pulls.expect("a list");
        assert_eq!(hold(&mut model, down, (list.x + 3, 3)), lines, "let go");
        assert_eq!(hold(&mut model, drag, (x, y)), lines, "nothing is held any more");
        keys(&mut model, "g");
        assert_eq!((selected(&model), model.focus), (chosen, Pane::Pulls));
        let again = Model::new(Setup { state: model.state(), ..board::setup(size.0, size.1) });
        assert_eq!(again.areas().details(size), Some(lines), "it is remembered");
    }
}

/// Turns the wheel over the middle of an area; what that changes.
fn wheel(model: &mut Model, area: Area, turn: Turn) -> String {
    let (column, row) = (area.x + area.width / 2, area.y + area.height / 2);
    let kind = match turn {
        Turn::Up => MouseEventKind::ScrollUp,
        Turn::Down => MouseEventKind::ScrollDown,
    };
    let event = Event::Mouse(MouseEvent { kind, column, row, modifiers: KeyModifiers::NONE });
    let before = look(model);
    board::press(model, &event);
    let changed = look(model).into_iter().filter(|(name, value)| before.get(name) != Some(value));
    changed.map(|(name, value)| format!("{name} {value}")).collect::<Vec<_>>().join(", ")
}

#[test]
fn the_wheel_scrolls_the_pane_under_it_whichever_has_the_focus() {
    let mut model = board::model(140, 20);
    let first = board::repositories().remove(0);
    let more = (10..30).map(|n| Repository { id: repo(n), full_name: format!("zzz/{n}"), ..first.clone() });
    let all = board::repositories().into_iter().chain(more).collect();
    board::tell(&mut model, FeedEvent::Repositories(all));
    update(&mut model, Msg::Detail(key(1, 421), Ok(board::detail())));
    let areas = model.areas();
    let [repos, pulls, pipeline, insight] =
        [areas.repos, areas.pulls, areas.pipeline, areas.insight].map(|area| area.expect("four panes"));
    for (name, focus) in
        [("p", Pane::Repos), ("<esc>", Pane::Pulls), ("l", Pane::Pipeline), ("l", Pane::Insight)]
    {
        keys(&mut model, name);
        assert_eq!(model.focus, focus);
        keys(&mut model, if focus == Pane::Pulls { "g" } else { "" });
        let fourth = numbers(&model)[3];
        assert_eq!(wheel(&mut model, pulls, Turn::Down), format!("selected #{fourth}"), "{focus:?}");
        assert_eq!(wheel(&mut model, pulls, Turn::Up), "selected #421", "{focus:?}");
        assert_eq!((model.repos.selected, model.focus), (None, focus));
        assert_eq!(model.repos.top, 0);
        assert_eq!(wheel(&mut model, repos, Turn::Down), "", "{focus:?}: nothing is chosen");
        assert!(model.repos.top > 0, "{focus:?}");
        wheel(&mut model, repos, Turn::Up);
        assert_eq!(model.repos.top, 0);
        assert_eq!(wheel(&mut model, pipeline, Turn::Down), "", "{focus:?}: it shows all it has");
        let scrolled = wheel(&mut model, insight, Turn::Down);
        assert!(scrolled.starts_with("reading ") && scrolled.ends_with(".3"), "{focus:?}: {scrolled}");
        let back = wheel(&mut model, insight, Turn::Up);
        assert!(back.ends_with(".0"), "{focus:?}: {back}");
    }
    for area in [areas.header, areas.footer] {
        assert_eq!(wheel(&mut model, area, Turn::Down), "");
    }
}

#[test]
fn the_wheel_scrolls_the_overlay_under_it_and_nothing_beside_it() {
    let all = |(width, height): (u16, u16)| Area { x: 0, y: 0, width, height };
    let corner = Area { x: 0, y: 1, width: 1, height: 1 };
    let mut model = board::model(100, 24);
    let middle = all(model.size);
    keys(&mut model, "?");
    let header = Area { y: 0, ..corner };
    assert_eq!(wheel(&mut model, middle, Turn::Down), "overlay help 1");
    assert_eq!(wheel(&mut model, header, Turn::Down), "", "beside the help");
    assert_eq!(wheel(&mut model, middle, Turn::Up), "overlay help 0");
    keys(&mut model, "<esc>:");
    assert_eq!(wheel(&mut model, middle, Turn::Down), "overlay palette .3");
    assert_eq!(wheel(&mut model, corner, Turn::Down), "", "beside the palette");
    keys(&mut model, "<esc>d");
    update(&mut model, Msg::Files(key(1, 421), None, Ok(board::files())));
    // The patch begins near the place that the insight names.
    let (left, right) = (Area { width: 40, ..middle }, Area { x: 40, width: 60, ..middle });
    assert_eq!(wheel(&mut model, right, Turn::Down), "overlay files #421 0.41 src/auth/session.rs:41");
    assert_eq!(wheel(&mut model, left, Turn::Down), "overlay files #421 2.0 src/auth/session.rs:41");
    assert_eq!(wheel(&mut model, right, Turn::Down), "", "a picture has no patch");
    keys(&mut model, "<esc>I");
    assert!(look(&model)["overlay"].starts_with("confirm"));
    assert_eq!(wheel(&mut model, middle, Turn::Down), "", "a question does not scroll");
}
