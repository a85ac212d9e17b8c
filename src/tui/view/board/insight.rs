//! The insight of the selected pull request: level, age and commit first, then what `panel` lays out.

use ratatui::{Frame, style::Style, text::Span};

use crate::{
    domain::{insight::Insight, text::width, time::ago},
    tui::{
        action::Action,
        geometry::{Area, Pane},
        panel::{self, Ink, Panel, PanelLine, Piece},
        pen::{Pen, frame_of, padded},
        theme::Theme,
        view::Scene,
    },
};

pub(in crate::tui::view) fn draw(scene: Scene<'_>, frame: &mut Frame<'_>, area: Area) {
    let (model, theme) = (scene.model, scene.theme);
    let insight = model.insight();
    let mut title = vec![Span::styled(" Insight ", theme.strong())];
    if let Some(insight) = insight {
        title.extend(level(scene, insight));
        title.push(Span::raw(" "));
    }
    let bordered = model.areas().bordered;
    let inside = frame_of(frame, area, bordered, model.focus == Pane::Insight, theme, (title, vec![]));
    let mut pen = Pen::new(frame, padded(inside), theme);
    if !bordered && model.areas().tabs.is_none() {
        pen.put(
            "Insight",
            if model.focus == Pane::Insight { theme.focused(theme.dim()) } else { theme.dim() },
        );
        pen.put(" ", theme.dim());
        pen.rule("", theme.dim());
        pen.newline();
    }
    let Some(insight) = insight else {
        match model.selected() {
            Some(_) => none_yet(scene, &mut pen),
            None => pen.line("No pull request is selected.", theme.dim()),
        }
        return;
    };
    let panel = Panel::of(model);
    let more = more(&panel, theme);
    if bordered {
        on_border(frame, area, theme, &more);
    } else {
        pen.spans(&level(scene, insight));
        let more = if width(&more) < pen.room() { more } else { more.replace(" more", "") };
        pen.put_right(&more, theme.accent());
    }
    if let Some(area) = panel::contents_area(model) {
        contents(scene, frame, area, &panel);
    }
}

/// `▲ HIGH 82 % · 4m ago · abc1234`.
pub(in crate::tui::view) fn level(scene: Scene<'_>, insight: &Insight) -> Vec<Span<'static>> {
    let (model, theme) = (scene.model, scene.theme);
    let mut spans = Vec::new();
    match &insight.risk {
        Some(risk) => {
            let text = format!("{} {}", theme.risk(risk), risk.word().to_uppercase());
            spans.push(Span::styled(text, theme.risk_style(risk)));
        }
        None => spans.push(Span::styled("no level", theme.dim())),
    }
    let unreadable = |column| model.selected().is_some_and(|pr| pr.is_unreadable(column));
    match insight.score {
        Some(score) => spans.push(Span::raw(format!(" {}", panel::percent(score)))),
        None if unreadable("insights.score") => spans.push(Span::raw(" ?")),
        None => {}
    }
    let when = match insight.created_at {
        None if unreadable("insights.created_at") => Some("?".to_owned()),
        at => at.map(|at| ago(model.minute, at)),
    };
    spans.extend(when.map(|when| Span::styled(format!("{}{when}", theme.dot()), theme.dim())));
    if let Some(sha) = &insight.sha {
        spans.push(Span::styled(format!("{}{}", theme.dot(), sha.short()), theme.dim()));
    }
    spans
}

fn contents(scene: Scene<'_>, frame: &mut Frame<'_>, area: Area, panel: &Panel) {
    let (model, theme) = (scene.model, scene.theme);
    let cursor = model.reads_insight().then(|| model.reading().cursor);
    let shown = || panel.lines.iter().skip(panel.top).take(panel.rows);
    let is_chosen = |line: &PanelLine| line.spot.is_some() && line.spot == cursor;
    let is_old = model.selected().is_some_and(|pr| {
        model.insight_of(pr).is_some_and(|insight| insight.is_stale(pr.head.as_ref()) == Some(true))
    });
    let mut pen = Pen::new(frame, area, theme);
    for line in shown() {
        for piece in &line.pieces {
            put(scene, &mut pen, piece, Emphasis { is_chosen: is_chosen(line), is_old });
        }
        pen.newline();
    }
    // The cursor's mark stands in the margin.
    let mut margin = Pen::new(frame, Area { x: area.x - 1, width: 1, ..area }, theme);
    for line in shown() {
        margin.line(if is_chosen(line) { theme.cursor() } else { "" }, theme.accent());
    }
}

/// Changes the look of a line's words.
#[derive(Clone, Copy, Default)]
struct Emphasis {
    /// The cursor is on the line.
    is_chosen: bool,
    /// The insight is of another commit.
    is_old: bool,
}

fn put(scene: Scene<'_>, pen: &mut Pen<'_>, piece: &Piece, look: Emphasis) {
    let theme = scene.theme;
    match piece {
        Piece::Text(ink, text) => {
            let style = match ink {
                Ink::Plain if look.is_chosen => theme.strong(),
                Ink::Plain | Ink::Strong if look.is_old => theme.dim(),
                Ink::Plain => Style::new(),
                Ink::Dim => theme.dim(),
                Ink::Strong => theme.strong(),
                Ink::Warn => theme.warn(),
                Ink::Bad => theme.bad(),
                Ink::Accent => theme.accent(),
            };
            pen.put(text, style);
        }
        Piece::Level(risk) => pen.put(theme.risk(risk), theme.risk_style(risk)),
        Piece::Bar(halves, raises) => {
            pen.put(&theme.bar(*halves), if *raises { theme.warn() } else { theme.good() });
        }
        Piece::AskKey => pen.put(&scene.keymap.first(Action::Regenerate), theme.accent()),
        Piece::To(column) => pen.to(*column),
    }
}

/// `▴ 3  ▾ 6 more`: lines above and below.
fn more(panel: &Panel, theme: Theme) -> String {
    let above = (panel.top > 0).then(|| format!(" ▴ {}", panel.top));
    let below = (panel.below() > 0).then(|| format!(" {}", theme.below(panel.below())));
    above.into_iter().chain(below).collect()
}

/// Writes on the lower border.
fn on_border(frame: &mut Frame<'_>, area: Area, theme: Theme, text: &str) {
    let y = area.y + area.height.saturating_sub(1);
    let mut pen =
        Pen::new(frame, Area { x: area.x, y, width: area.width.saturating_sub(2), height: 1 }, theme);
    if !text.is_empty() {
        pen.put_right(&format!("{text} "), theme.accent());
    }
}

fn none_yet(scene: Scene<'_>, pen: &mut Pen<'_>) {
    let request = panel::without(scene.model);
    for line in &request {
        for piece in &line.pieces {
            put(scene, pen, piece, Emphasis::default());
        }
        pen.newline();
    }
    pen.put("No insight yet.", Style::new());
    if request.is_empty() {
        pen.put(" ", Style::new());
        put(scene, pen, &Piece::AskKey, Emphasis::default());
        pen.put(" asks for one.", Style::new());
    }
}
