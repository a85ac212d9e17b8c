//! The terminal's events to messages, in one pure function.

use crossterm::event::{Event, KeyEventKind, MouseButton, MouseEventKind};

use super::{
    action::Action,
    keymap::{Key, Keymap, QUIT_ALWAYS, Scope},
    line::edit_of,
    model::{Model, PullTab},
    msg::{Edit, LineEdit, Msg, Pointer, Turn},
    overlay::Layer,
};

/// The message of an event in the present state; `None` for events without a meaning.
pub fn translate(model: &Model, keymap: &Keymap, event: &Event) -> Option<Msg> {
    match event {
        Event::Resize(width, height) => Some(Msg::Resize(*width, *height)),
        Event::Paste(text) if is_typing(model) => Some(Msg::Edit(Edit::Line(LineEdit::Insert(text.clone())))),
        Event::Key(key) if key.kind != KeyEventKind::Release => translate_key(model, keymap, Key::of(*key)),
        Event::Mouse(mouse) => match mouse.kind {
            MouseEventKind::Down(MouseButton::Left) => {
                Some(Msg::Mouse(Pointer::Click(mouse.column, mouse.row)))
            }
            MouseEventKind::Drag(MouseButton::Left) => {
                Some(Msg::Mouse(Pointer::Drag(mouse.column, mouse.row)))
            }
            MouseEventKind::ScrollUp => Some(Msg::Mouse(Pointer::Wheel(mouse.column, mouse.row, Turn::Up))),
            MouseEventKind::ScrollDown => {
                Some(Msg::Mouse(Pointer::Wheel(mouse.column, mouse.row, Turn::Down)))
            }
            _ => None,
        },
        Event::Key(_) | Event::Paste(_) | Event::FocusGained | Event::FocusLost => None,
    }
}

fn translate_key(model: &Model, keymap: &Keymap, key: Key) -> Option<Msg> {
    let bound = bound(model, keymap, key);
    match &model.overlay {
        _ if key == QUIT_ALWAYS => Some(Msg::Action(Action::Quit)),
        // These work while text is typed, and under an overlay.
        _ if (key.ctrl || key.alt) && matches!(bound, Some(Action::Repaint | Action::Suspend)) => {
            bound.map(Msg::Action)
        }
        Some(overlay) => overlay.translate(key, bound),
        None if is_typing(model) => edit_of(key).map(Msg::Edit),
        None => bound.map(Msg::Action).or_else(|| keymap.own(key).map(Msg::Own)),
    }
}

/// The action of a key where the reader is.
fn bound(model: &Model, keymap: &Keymap, key: Key) -> Option<Action> {
    match (&model.overlay, model.pull_tab()) {
        (Some(overlay), _) => keymap.action(overlay.scope(), key),
        (None, None) => keymap.action(Scope::All, key),
        (None, Some(PullTab::Files)) => {
            keymap.only(Scope::Pull, key).or_else(|| keymap.action(Scope::Files, key))
        }
        (None, Some(PullTab::Checks | PullTab::Reviews | PullTab::Insight)) => {
            keymap.action(Scope::Pull, key)
        }
    }
}

fn is_typing(model: &Model) -> bool {
    match &model.overlay {
        Some(overlay) => overlay.is_typing(),
        None => model.input.is_some() || model.shown_files().is_some_and(Layer::is_typing),
    }
}
