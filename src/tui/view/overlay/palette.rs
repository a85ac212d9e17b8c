//! The palette: commands and repositories, found by typing.

use ratatui::{Frame, layout::Position, style::Style};

use super::{Scene, boxed};
use crate::tui::{
    geometry::middle,
    palette::{Offer, offers},
    pen::Pen,
};

pub(super) fn draw(scene: Scene<'_>, frame: &mut Frame<'_>, text: &str, cursor: usize) {
    let (model, theme) = (scene.model, scene.theme);
    let offers = offers(model);
    let area = middle(model.size, 70, 18);
    let inside = boxed(scene, frame, area, " Commands and repositories ".to_owned());
    let at = {
        let mut pen = Pen::new(frame, inside, theme);
        pen.put(" : ", theme.accent());
        pen.put(text, Style::new());
        let at = pen.column();
        pen.newline();
        let visible = pen.lines_left().max(1);
        let top = (cursor + 1).saturating_sub(visible);
        for (n, offer) in offers.iter().enumerate().skip(top).take(visible) {
            let style = if n == cursor { theme.strong() } else { Style::new() };
            pen.put(if n == cursor { theme.cursor() } else { " " }, theme.accent());
            match offer {
                Offer::Action(action) => {
                    let binding = action.binding();
                    pen.put(&format!(" {:<18}", binding.name), style);
                    pen.put(binding.help, theme.dim());
                    pen.put_right(&format!("{} ", scene.keymap.label(*action)), theme.accent());
                }
                Offer::Repository(id) => pen.put(&format!(" {}", model.board.full_name(*id)), style),
            }
            pen.newline();
        }
        if offers.is_empty() {
            pen.line("  Nothing matches.", theme.dim());
        }
        at
    };
    let x = inside.x + u16::try_from(at).unwrap_or_default().min(inside.width.saturating_sub(1));
    frame.set_cursor_position(Position { x, y: inside.y });
}
