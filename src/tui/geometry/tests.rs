//! No cell is left out or shared, at any size and whatever the reader chose.

use super::*;

const PANES: [Pane; 4] = [Pane::Repos, Pane::Pulls, Pane::Pipeline, Pane::Insight];

/// All arrangements but of sizes that the reader chose.
fn arrangements() -> impl Iterator<Item = Arrangement> {
    PANES.into_iter().flat_map(|focus| {
        (0..16_u16).map(move |n| Arrangement {
            focus,
            zoomed: n & 1 != 0,
            shows_repos: n & 2 != 0,
            tab: if n & 4 == 0 { DetailTab::Pipeline } else { DetailTab::Insight },
            repos: if n & 8 == 0 { (8, 2) } else { (300, 300) },
            list: n * 13,
            panes: Panes::default(),
        })
    })
}

#[test]
fn nothing_overlaps_and_nothing_sticks_out_at_any_size() {
    for width in 1..=230 {
        for height in 1..=70 {
            for how in arrangements() {
                check(Areas::new(width, height, how), width, height);
            }
        }
    }
}

#[test]
fn sizes_of_the_readers_own_keep_within_bounds() {
    for (width, height) in [(80, 20), (100, 30), (120, 20), (120, 36), (160, 48), (200, 60), (300, 99)] {
        for chosen in [0, 1, 5, 12, 40, 200, u16::MAX] {
            for beside in [None, Some(false), Some(true)] {
                for how in arrangements() {
                    let panes =
                        Panes { lines: Some(chosen), columns: Some(chosen), beside, ..Panes::default() };
                    check(Areas::new(width, height, Arrangement { panes, ..how }), width, height);
                }
            }
        }
    }
}

fn overlap(a: Area, b: Area) -> bool {
    let apart = |from: u16, length: u16, other: u16| from + length <= other;
    !(apart(a.x, a.width, b.x)
        || apart(b.x, b.width, a.x)
        || apart(a.y, a.height, b.y)
        || apart(b.y, b.height, a.y))
}

fn check(areas: Areas, width: u16, height: u16) {
    if Layout::of(width, height) == Layout::Tiny {
        return;
    }
    let list: Vec<Area> = [
        Some(areas.header),
        areas.views,
        areas.repos,
        areas.pulls,
        areas.tabs,
        areas.pipeline,
        areas.insight,
        Some(areas.footer),
    ]
    .into_iter()
    .flatten()
    .collect();
    let cells: u32 = list.iter().map(|a| u32::from(a.width) * u32::from(a.height)).sum();
    assert_eq!(cells, u32::from(width) * u32::from(height), "{width}x{height}: all cells, each once");
    for (n, area) in list.iter().enumerate() {
        assert!(area.x + area.width <= width && area.y + area.height <= height, "{width}x{height} {area:?}");
        assert!(list[..n].iter().all(|other| !overlap(*other, *area)), "{width}x{height}: {areas:?}");
    }
    if areas.divider.is_some() {
        let least = usize::from(panes::FEWEST_ROWS);
        let list = areas.rows_of(Pane::Pulls).max(areas.rows_of(Pane::Repos));
        assert!(list >= least, "{width}x{height}: {list} rows");
        assert!(areas.pulls.or(areas.repos).is_some_and(|list| list.width >= 44), "{areas:?}");
    }
}

#[test]
fn most_of_a_large_screen_is_the_lists() {
    let how = Arrangement { repos: (31, 9), shows_repos: true, ..Arrangement::default() };
    for (size, rows) in [((160, 48), 30), ((120, 36), 18), ((100, 30), 14), ((80, 24), 11), ((200, 60), 50)] {
        let areas = Areas::new(size.0, size.1, how);
        assert!(areas.rows_of(Pane::Pulls) >= rows, "{size:?}: {}", areas.rows_of(Pane::Pulls));
    }
}

#[test]
fn the_list_has_its_cells_before_the_repositories_names() {
    let panes = |width: u16, list: u16| {
        let how = Arrangement { repos: (40, 9), list, shows_repos: true, ..Arrangement::default() };
        let areas = Areas::new(width, 36, how);
        (areas.repos.map(|area| area.width), areas.pulls.map(|area| area.width))
    };
    assert_eq!(panes(120, 60), (Some(34), Some(86)), "both have room");
    assert_eq!(panes(120, 92), (Some(26), Some(94)), "the names are cut");
    assert_eq!(panes(120, 110), (Some(22), Some(98)), "they must tell something");
    assert_eq!(panes(180, 92), (Some(42), Some(138)), "as wide as the names");
}

#[test]
fn the_divider_is_found_where_it_is_drawn() {
    let how = Arrangement { repos: (20, 9), shows_repos: true, ..Arrangement::default() };
    for (width, height) in [(80, 24), (160, 48), (200, 60)] {
        let areas = Areas::new(width, height, how);
        let found: Vec<(u16, u16)> = (0..height)
            .flat_map(|y| (0..width).map(move |x| (x, y)))
            .filter(|(x, y)| areas.divider_at(*x, *y).is_some())
            .collect();
        let lines = if areas.bordered { 2 } else { 1 };
        let (across, along) = match areas.divider {
            Some(Divider::Row(_)) => (lines, usize::from(width)),
            Some(Divider::Column(_)) => (lines, usize::from(height) - 3),
            None => (0, 0),
        };
        assert_eq!(found.len(), across * along, "{width}x{height}");
    }
}
