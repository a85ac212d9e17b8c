//! The line of tabs: a view each, with its key and the number in it.

use ratatui::style::{Modifier, Style};

use crate::tui::{pen::Pen, view::Scene};

pub(super) fn draw(scene: Scene<'_>, pen: &mut Pen<'_>) {
    let (model, theme) = (scene.model, scene.theme);
    let tabs = model.shown_tabs(usize::from(pen.width()));
    let before = tabs.first().map_or(0, |tab| tab.at);
    if before > 0 {
        pen.put(&format!("{}+{before}", theme.more_left()), theme.dim());
    }
    let last = tabs.last().map_or(0, |tab| tab.at + 1);
    for tab in tabs {
        pen.to(tab.x);
        let is_shown = tab.at == model.views.shown();
        let bar = if is_shown { theme.strong().add_modifier(Modifier::UNDERLINED) } else { Style::new() };
        pen.put(&tab.key, bar.patch(theme.accent()));
        if tab.is_tight && tab.news > 0 {
            // In the blank before the name.
            pen.to(pen.column() - 1);
            pen.put(theme.news(), bar.patch(theme.accent()));
        }
        pen.put(&tab.name, bar);
        let count = if is_shown { bar } else { theme.dim() };
        pen.put(&format!(" {}", tab.count), count);
        if !tab.is_tight && tab.news > 0 {
            pen.put(&format!(" {}{}", theme.news(), tab.news), theme.accent());
        }
    }
    let behind = model.views.all().len() - last;
    if behind > 0 {
        pen.put_right(&format!("+{behind}{}", theme.more_right()), theme.dim());
    }
}
