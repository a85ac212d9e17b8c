//! Colours by their meaning, and the themes that name them.

use ratatui::{buffer::Buffer, layout::Rect, style::Color, style::Modifier};

use crate::domain::text::folded;

/// A colour for each meaning. A screen is drawn in the terminal's own colours; a palette takes their place at the end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Palette {
    pub good: Color,
    pub warn: Color,
    pub bad: Color,
    pub accent: Color,
    pub merged: Color,
    /// Of details; `None` leaves it to the terminal to dim them.
    pub muted: Option<Color>,
    /// The background of the selected row; `None`: its mark and bold words show it.
    pub selected: Option<Color>,
}

/// The keys of a theme file.
pub(super) const ROLES: [&str; 7] = ["good", "warn", "bad", "accent", "merged", "muted", "selected"];

/// The names of the terminal's own colours.
pub(super) const NAMED: [(&str, Color); 17] = [
    ("default", Color::Reset),
    ("black", Color::Black),
    ("red", Color::Red),
    ("green", Color::Green),
    ("yellow", Color::Yellow),
    ("blue", Color::Blue),
    ("magenta", Color::Magenta),
    ("cyan", Color::Cyan),
    ("white", Color::Gray),
    ("bright-black", Color::DarkGray),
    ("bright-red", Color::LightRed),
    ("bright-green", Color::LightGreen),
    ("bright-yellow", Color::LightYellow),
    ("bright-blue", Color::LightBlue),
    ("bright-magenta", Color::LightMagenta),
    ("bright-cyan", Color::LightCyan),
    ("bright-white", Color::White),
];

impl Palette {
    /// The terminal's own, on a background that is not known.
    pub const PLAIN: Self = Self {
        good: Color::Green,
        warn: Color::Yellow,
        bad: Color::Red,
        accent: Color::Cyan,
        merged: Color::Magenta,
        muted: None,
        selected: None,
    };

    /// Sets the colour of a role.
    pub(super) fn set(&mut self, role: &str, color: Color) {
        match role {
            "good" => self.good = color,
            "warn" => self.warn = color,
            "bad" => self.bad = color,
            "accent" => self.accent = color,
            "merged" => self.merged = color,
            "muted" => self.muted = Some(color),
            _ => self.selected = Some(color).filter(|color| *color != Color::Reset),
        }
    }

    /// With the nearest of the 256 colours where the terminal has no more.
    fn within(mut self, depth: Depth) -> Self {
        if depth == Depth::True {
            return self;
        }
        let all = [&mut self.good, &mut self.warn, &mut self.bad, &mut self.accent, &mut self.merged];
        for color in all.into_iter().chain(&mut self.muted).chain(&mut self.selected) {
            *color = nearest(*color);
        }
        self
    }

    /// Puts its colours in place of those that a frame was drawn in; `keeps_dim` where dimness tells of old data.
    pub fn wear(self, buffer: &mut Buffer, area: Rect, keeps_dim: bool) {
        if self == Self::PLAIN {
            return;
        }
        for place in area.positions() {
            let Some(cell) = buffer.cell_mut(place) else { continue };
            cell.fg = match cell.fg {
                Color::Green => self.good,
                Color::Yellow => self.warn,
                Color::Red => self.bad,
                Color::Cyan => self.accent,
                Color::Magenta => self.merged,
                other => other,
            };
            if let Some(muted) = self.muted
                && !keeps_dim
                && cell.fg == Color::Reset
                && cell.modifier.contains(Modifier::DIM)
            {
                cell.modifier.remove(Modifier::DIM);
                cell.fg = muted;
            }
        }
    }
}

/// The nearest of the 6×6×6 cube.
fn nearest(color: Color) -> Color {
    let Color::Rgb(r, g, b) = color else { return color };
    let step = |value: u8| match value {
        ..48 => 0,
        48..115 => 1,
        _ => (value - 35) / 40,
    };
    Color::Indexed(16 + 36 * step(r) + 6 * step(g) + step(b))
}

/// How many colours the terminal has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Depth {
    #[default]
    Sixteen,
    Many,
    True,
}

/// The terminal's background.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Background {
    Dark,
    Light,
}

impl Background {
    pub const fn of(is_light: bool) -> Self {
        if is_light { Self::Light } else { Self::Dark }
    }
}

/// A theme: a palette for each background.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scheme {
    pub name: String,
    pub dark: Palette,
    pub light: Palette,
}

const fn rgb(hex: u32) -> Color {
    let [_, r, g, b] = hex.to_be_bytes();
    Color::Rgb(r, g, b)
}

impl Scheme {
    /// The terminal's own colours; on a light background, where half of them cannot be read, some of the 256.
    pub const DEFAULT: (&str, Palette, Palette) = (
        "default",
        Palette { bad: Color::LightRed, selected: Some(Color::Indexed(236)), ..Palette::PLAIN },
        Palette {
            good: Color::Indexed(28),
            warn: Color::Indexed(94),
            bad: Color::Indexed(160),
            accent: Color::Indexed(25),
            merged: Color::Indexed(90),
            muted: None,
            selected: Some(Color::Indexed(254)),
        },
    );
    /// Seven to one and more, and nothing dim.
    const HIGH_CONTRAST: (&str, Palette, Palette) = (
        "high-contrast",
        Palette {
            good: rgb(0x5f_ff87),
            warn: rgb(0xff_ff5f),
            bad: rgb(0xff_b3b3),
            accent: rgb(0x5f_ffff),
            merged: rgb(0xff_bfff),
            muted: Some(Color::Reset),
            selected: Some(rgb(0x30_3030)),
        },
        Palette {
            good: rgb(0x00_4d00),
            warn: rgb(0x4d_3300),
            bad: rgb(0x87_0000),
            accent: rgb(0x00_357a),
            merged: rgb(0x5b_005b),
            muted: Some(Color::Reset),
            selected: Some(rgb(0xe0_e0e0)),
        },
    );
    /// After Okabe and Ito: blue, yellow and orange stay apart whatever the eye.
    const COLOUR_BLIND: (&str, Palette, Palette) = (
        "colour-blind",
        Palette {
            good: rgb(0x56_b4e9),
            warn: rgb(0xf0_e442),
            bad: rgb(0xff_8c42),
            accent: rgb(0xd9_a0c5),
            merged: rgb(0xb3_a8f0),
            muted: Some(rgb(0xa8_a8a8)),
            selected: Some(rgb(0x30_3030)),
        },
        Palette {
            good: rgb(0x00_5f99),
            warn: rgb(0x6b_5300),
            bad: rgb(0xa3_3b00),
            accent: rgb(0x8a_2d6b),
            merged: rgb(0x4b_3f8f),
            muted: Some(rgb(0x5c_5c5c)),
            selected: Some(rgb(0xe4_e4e4)),
        },
    );

    /// The themes that are built in, the usual one first.
    pub fn built_in() -> Vec<Self> {
        [Self::DEFAULT, Self::HIGH_CONTRAST, Self::COLOUR_BLIND]
            .map(|(name, dark, light)| Self { name: name.to_owned(), dark, light })
            .into()
    }
}

/// The themes that can be worn, the one that is, and what the terminal can show.
#[derive(Clone, Debug)]
pub struct Look {
    pub themes: Vec<Scheme>,
    /// Index of the theme that is worn.
    pub worn: usize,
    /// The name of the theme that is configured.
    pub configured: String,
    pub depth: Depth,
    /// As far as it is known: then the selected row has a background of its own.
    pub background: Option<Background>,
}

impl Default for Look {
    fn default() -> Self {
        let configured = Scheme::DEFAULT.0.to_owned();
        Self { themes: Scheme::built_in(), worn: 0, configured, depth: Depth::default(), background: None }
    }
}

impl Look {
    /// The name of the theme that is worn.
    pub fn name(&self) -> &str {
        self.themes.get(self.worn).map_or("", |theme| &theme.name)
    }

    /// Wears the theme of this name, if there is one.
    pub fn choose(&mut self, name: &str) {
        let found = self.themes.iter().position(|theme| folded(&theme.name) == folded(name));
        self.worn = found.unwrap_or(self.worn);
    }

    /// The colours to draw in.
    pub fn palette(&self) -> Palette {
        let Some(theme) = self.themes.get(self.worn).filter(|_| self.depth != Depth::Sixteen) else {
            return Palette::PLAIN;
        };
        let palette = match self.background {
            Some(Background::Dark) => theme.dark,
            Some(Background::Light) => theme.light,
            // What can be read on most backgrounds.
            None if self.worn == 0 => Palette::PLAIN,
            None => Palette { selected: None, ..theme.dark },
        };
        palette.within(self.depth)
    }
}

#[cfg(test)]
mod tests;
