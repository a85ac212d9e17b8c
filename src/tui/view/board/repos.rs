//! The repositories and their counts.

use ratatui::{Frame, style::Style, text::Span};

use crate::{
    domain::{
        ids::RepoId,
        insight::Risk,
        pipeline::StageStatus,
        repository::{Counts, own_name},
        text::{truncate_middle, width},
    },
    tui::{
        geometry::{Area, Pane},
        model::{ALL_REPOSITORIES, RepoList},
        pen::{Pen, frame_of},
        view::Scene,
    },
};

pub(super) fn draw(scene: Scene<'_>, frame: &mut Frame<'_>, area: Area) {
    let (model, theme) = (scene.model, scene.theme);
    let areas = model.areas();
    let hidden = (model.repos.rows.len() + 1).saturating_sub(model.repos.top + areas.rows_of(Pane::Repos));
    let below = if hidden == 0 { vec![] } else { vec![Span::raw(format!(" {hidden} below "))] };
    let title = vec![
        Span::styled(" Repositories ", theme.strong()),
        Span::styled(format!("{} ", model.repos.rows.len()), theme.dim()),
    ];
    let focused = model.focus == Pane::Repos;
    let inside = frame_of(frame, area, areas.bordered, focused, theme, (title, below));
    let mut pen = Pen::new(frame, inside, theme);
    let lines = std::iter::once(None).chain(model.repos.rows.iter().map(|id| Some(*id)));
    for repository in lines.skip(model.repos.top).take(pen.lines_left()) {
        line(scene, &mut pen, repository);
    }
}

fn line(scene: Scene<'_>, pen: &mut Pen<'_>, repository: Option<RepoId>) {
    let (model, theme) = (scene.model, scene.theme);
    let selected = model.repos.selected == repository;
    let counts = repository.map_or_else(|| model.board.total(), |id| model.board.counts(id));
    let style = match (selected, counts.open) {
        (true, _) => theme.strong(),
        (false, 0) => theme.dim(),
        (false, _) => Style::new(),
    };
    let cells = cells(scene, counts);
    // A blank cell before the border.
    let right: usize = 1 + cells.iter().map(|(_, cells, _)| cells + 1).sum::<usize>();
    pen.pointer(selected);
    let room = pen.room().saturating_sub(right).min(model.repos.name_cells());
    let behind = pen.column() + room;
    pen.put(&truncate_middle(name(scene, repository, room), room), style);
    pen.to(behind);
    for (text, cells, tone) in cells {
        pen.put(&format!(" {text:>cells$}"), tone.unwrap_or(style));
    }
    pen.newline();
}

/// Where not all names fit, they have no owners, unless these tell them apart.
fn name(scene: Scene<'_>, repository: Option<RepoId>, room: usize) -> &str {
    let repos = &scene.model.repos;
    let is_narrow = room < repos.name_cells();
    match repository.map(|id| scene.model.board.full_name(id)) {
        Some(name) if is_narrow && repos.are_told_apart => own_name(name),
        Some(name) => name,
        None if room < width(ALL_REPOSITORIES) => "All",
        None => ALL_REPOSITORIES,
    }
}

/// The three counts, each with the width of its column and its colour; failures and risks of zero are left out.
fn cells(scene: Scene<'_>, counts: Counts) -> [(String, usize, Option<Style>); 3] {
    let (total, theme) = (scene.model.board.total(), scene.theme);
    let signed = |sign: &str, n: u64| if n == 0 { String::new() } else { format!("{sign}{n}") };
    let [open, failing, high_risk] = RepoList::count_cells(total);
    let (failed, high) = (theme.stage(&StageStatus::Failed), theme.risk(&Risk::High));
    [
        (counts.open.to_string(), open, None),
        (signed(failed, counts.failing), failing, Some(theme.bad())),
        (signed(high, counts.high_risk), high_risk, Some(theme.bad())),
    ]
}
