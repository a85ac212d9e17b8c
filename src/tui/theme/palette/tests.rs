//! Colours can be read: contrasts by the formula of WCAG 2.

use super::*;

/// What terminals usually have behind their text, and the text itself.
const DARK: [u32; 2] = [0x00_0000, 0x1e_1e1e];
const LIGHT: [u32; 2] = [0xff_ffff, 0xf5_f5f5];

/// The terminal's own colours of Visual Studio Code, of xterm, and Tango: red to cyan, then the bright ones.
const OWN: [[u32; 12]; 3] = [
    [
        0xcd_3131, 0x0d_bc79, 0xe5_e510, 0x24_72c8, 0xbc_3fbc, 0x11_a8cd, //
        0xf1_4c4c, 0x23_d18b, 0xf5_f543, 0x3b_8eea, 0xd6_70d6, 0x29_b8db,
    ],
    [
        0xcd_0000, 0x00_cd00, 0xcd_cd00, 0x00_00ee, 0xcd_00cd, 0x00_cdcd, //
        0xff_0000, 0x00_ff00, 0xff_ff00, 0x5c_5cff, 0xff_00ff, 0x00_ffff,
    ],
    [
        0xcc_0000, 0x4e_9a06, 0xc4_a000, 0x34_65a4, 0x75_507b, 0x06_989a, //
        0xef_2929, 0x8a_e234, 0xfc_e94f, 0x72_9fcf, 0xad_7fa8, 0x34_e2e2,
    ],
];

fn channels(color: Color, own: &[u32; 12]) -> [u8; 3] {
    let bytes = |hex: u32| {
        let [_, r, g, b] = hex.to_be_bytes();
        [r, g, b]
    };
    let at = |n: usize| bytes(own[n]);
    match color {
        Color::Rgb(r, g, b) => [r, g, b],
        Color::Indexed(n @ 232..) => [8 + 10 * (n - 232); 3],
        Color::Indexed(n @ 16..232) => [(n - 16) / 36, (n - 16) / 6 % 6, (n - 16) % 6]
            .map(|step| if step == 0 { 0 } else { 55 + 40 * step }),
        Color::Red => at(0),
        Color::Green => at(1),
        Color::Yellow => at(2),
        Color::Magenta => at(4),
        Color::Cyan => at(5),
        Color::LightRed => at(6),
        Color::LightMagenta => at(10),
        other => panic!("{other:?} has no place in a theme that is built in"),
    }
}

/// Relative luminance.
fn luminance(channels: [u8; 3]) -> f64 {
    let linear = channels.map(|value| {
        let value = f64::from(value) / 255.0;
        if value <= 0.040_45 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
    });
    0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
}

fn contrast(a: [u8; 3], b: [u8; 3]) -> f64 {
    let (a, b) = (luminance(a), luminance(b));
    (a.max(b) + 0.05) / (a.min(b) + 0.05)
}

/// The least contrast of a palette's colours, on the terminal's background and on the selected row.
fn least(palette: Palette, backgrounds: [u32; 2], own: &[u32; 12]) -> f64 {
    let row = palette.selected.expect("a background of the selected row");
    let muted = palette.muted.filter(|color| *color != Color::Reset);
    let colors = [palette.good, palette.warn, palette.bad, palette.accent, palette.merged];
    let behind = backgrounds.map(|hex| channels(rgb(hex), own)).into_iter().chain([channels(row, own)]);
    behind
        .flat_map(|behind| {
            colors.into_iter().chain(muted).map(move |color| contrast(channels(color, own), behind))
        })
        .fold(f64::INFINITY, f64::min)
}

#[test]
fn each_built_in_theme_can_be_read_on_dark_and_light() {
    // Three to one is asked of signs, four and a half of text, seven of text for weak eyes (WCAG 2: 1.4.11, 1.4.3, 1.4.6).
    for (scheme, wanted) in Scheme::built_in().into_iter().zip([3.0, 7.0, 4.5]) {
        for own in &OWN {
            for (name, palette, backgrounds) in [("dark", scheme.dark, DARK), ("light", scheme.light, LIGHT)]
            {
                let found = least(palette, backgrounds, own);
                assert!(found >= wanted, "{} on {name}: {found:.2}, not {wanted}", scheme.name);
            }
        }
    }
}

#[test]
fn the_words_of_the_selected_row_can_be_read_and_the_row_is_seen() {
    for scheme in Scheme::built_in() {
        for (palette, text, backgrounds) in [(scheme.dark, 0xcc_cccc, DARK), (scheme.light, 0x33_3333, LIGHT)]
        {
            let row = channels(palette.selected.expect("a background"), &OWN[0]);
            assert!(contrast(channels(rgb(text), &OWN[0]), row) >= 7.0, "{}", scheme.name);
            let seen = backgrounds.map(|hex| contrast(channels(rgb(hex), &OWN[0]), row));
            assert!(seen.iter().all(|seen| *seen >= 1.15), "{}: {seen:?}", scheme.name);
        }
    }
}

#[test]
fn what_the_terminal_can_show_decides() {
    let look = |depth, background, worn| Look { worn, depth, background, ..Look::default() }.palette();
    let (dark, light) = (Some(Background::Dark), Some(Background::Light));
    assert_eq!(look(Depth::Sixteen, dark, 2), Palette::PLAIN);
    assert_eq!(look(Depth::True, None, 0), Palette::PLAIN, "the background is not known");
    assert_eq!(look(Depth::Many, light, 0), Scheme::built_in()[0].light);
    assert_eq!(look(Depth::True, None, 1).selected, None);
    assert_eq!(look(Depth::True, dark, 1), Scheme::built_in()[1].dark);
    assert_eq!(look(Depth::Many, dark, 2).good, Color::Indexed(74), "#56b4e9 of the cube");
}

#[test]
fn other_colours_take_the_place_of_those_drawn() {
    let area = Rect { x: 0, y: 0, width: 3, height: 1 };
    let mut buffer = Buffer::empty(area);
    buffer[(0, 0)].fg = Color::Red;
    buffer[(1, 0)].modifier = Modifier::DIM;
    let drawn = buffer.clone();
    Palette::PLAIN.wear(&mut buffer, area, false);
    assert_eq!(buffer, drawn);
    let scheme = &Scheme::built_in()[2];
    scheme.dark.wear(&mut buffer, area, true);
    assert_eq!((buffer[(0, 0)].fg, buffer[(1, 0)].modifier), (scheme.dark.bad, Modifier::DIM));
    scheme.dark.wear(&mut buffer, area, false);
    assert_eq!((buffer[(1, 0)].fg, buffer[(1, 0)].modifier), (rgb(0xa8_a8a8), Modifier::empty()));
}
