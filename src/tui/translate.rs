//! The terminal's events to messages, in one pure function.

use crossterm::event::{Event, KeyEventKind, MouseButton, MouseEventKind};

use super::{
    action::Action,
    keymap::{Key, Keymap, QUIT_ALWAYS, Scope},
    line::edit_of,
    model::Model,
    msg::{Edit, LineEdit, Msg, Pointer, Turn},
    overlay::Overlay,
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
    let scope = model.overlay.as_ref().map_or(Scope::All, Overlay::scope);
    let bound = keymap.action(scope, key);
    match &model.overlay {
        _ if key == QUIT_ALWAYS => Some(Msg::Action(Action::Quit)),
        // These work while text is typed, and under an overlay.
        _ if (key.ctrl || key.alt) && matches!(bound, Some(Action::Repaint | Action::Suspend)) => {
            bound.map(Msg::Action)
        }
        Some(overlay) => overlay.translate(key, bound),
        None if model.input.is_some() => edit_of(key).map(Msg::Edit),
        None => bound.map(Msg::Action).or_else(|| keymap.own(key).map(Msg::Own)),
    }
}

fn is_typing(model: &Model) -> bool {
    match &model.overlay {
        Some(overlay) => overlay.is_typing(),
        None => model.input.is_some(),
    }
}
