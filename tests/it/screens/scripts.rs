//! Whatever a text is written in, its columns stand below each other, and terminals without its signs get others.

use flowlens::domain::filter::Filter;

use super::*;

/// Letters that a font joins or sets below each other, and marks: each letter has its cell all the same.
#[test]
fn letters_keep_their_cells_in_every_script() {
    for (columns, lines) in [(80, 24), (140, 40)] {
        let mut model = board::model(columns, lines);
        let titles = ["إصلاح الاتصال بالخادم لا يعمل", "ខ្មែរ កម្ពុជា ស្រុក", "ﾊﾟｰﾄﾞ ｶﾞｲﾄﾞ", "நான் இங்கே இருக்கிறேன்"];
        let pulls = (600..).zip(titles).map(|(number, title)| pull(1, number, title, "dev", 1));
        board::change(&mut model, pulls.collect());
        keys(&mut model, "/author:dev*<enter>");
        snap(format!("scripts_{columns}x{lines}"), draw(&model));
        // The frame's title, too.
        keys(&mut model, "/<ctrl-u>ខ្មែរ<enter>");
        snap(format!("scripts_title_{columns}x{lines}"), draw(&model));
    }
}

#[test]
fn plain_terminals() {
    let ascii = Theme { color: true, ascii: true, wide_glyphs: false };
    let no_color = Theme { color: false, ascii: false, wide_glyphs: false };
    let wide = Theme { color: true, ascii: false, wide_glyphs: true };
    for (columns, lines) in SIZES {
        let mut model = board::model(columns, lines);
        snap(format!("ascii_{columns}x{lines}"), draw_with(&model, ascii));
        let colourless = draw_with(&model, no_color);
        for color in ["red", "green", "yellow", "cyan", "magenta", "blue"] {
            let styled = colourless.lines().skip(usize::from(lines));
            assert!(styled.clone().all(|line| !line.contains(color)), "{color}");
        }
        if columns == 80 {
            snap("no_color_80x24", colourless);
        }
        if columns == 140 {
            snap("wide_glyphs_140x40", draw_with(&model, wide));
        }
        for pressed in ["", "d", "?", ":", "l", "ll", "o", "/x"] {
            keys(&mut model, "<esc><esc>");
            keys(&mut model, pressed);
            let text = draw_with(&model, ascii);
            assert!(text.is_ascii(), "{columns}x{lines} {pressed}: {text}");
        }
    }
    at_ascii_help();
}

fn at_ascii_help() {
    let mut model = board::model(80, 24);
    keys(&mut model, "?");
    let ascii = Theme { color: false, ascii: true, wide_glyphs: false };
    snap("ascii_help_80x24", draw_with(&model, ascii));
}

/// Columns stand below each other whatever the titles hold, and what is cut says so.
#[test]
fn columns_are_aligned_at_every_width() {
    for columns in (20..=170).step_by(3) {
        let filter = Some((String::new(), Filter::default()));
        let mut model = board::with(Setup { filter, ..board::setup(columns, 45) });
        keys(&mut model, "z");
        let buffer = screen::buffer(columns, 45, |frame| {
            view::draw(&model, &Keymap::default(), &THEME, frame);
        });
        let glyphs = ["●", "◐", "○", "✗", "✓", "⊘", "–", "?"];
        let at = |y: u16| {
            (0..columns - 2)
                .rev()
                .filter(|x| {
                    glyphs.contains(&buffer[(*x, y)].symbol())
                        && buffer[(*x, y)].fg != ratatui::style::Color::Cyan
                })
                .take(1)
                .collect::<Vec<_>>()
        };
        let rows = 2..2 + u16::try_from(model.list.rows.len().min(40)).expect("few");
        let places: Vec<_> = rows.map(|y| (y, at(y))).filter(|(_, at)| !at.is_empty()).collect();
        assert!(places.len() > 20, "{columns}");
        let (_, first) = &places[1];
        for (y, place) in &places {
            let risk = &buffer[(place[0], *y)];
            if risk.symbol() == "?" {
                continue; // the risk that nobody knows
            }
            assert_eq!(place, first, "{columns} columns, line {y}:\n{}", screen::lines(&buffer).join("\n"));
        }
    }
}
