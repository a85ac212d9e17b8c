//! Colours of text: what is kept of the terminal's SGR.

/// One of the terminal's 16 colours, by SGR's order: 0 to 7, and 8 to 15 for the bright ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hue(pub u8);

/// How text looks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Ink {
    pub text: Option<Hue>,
    pub ground: Option<Hue>,
    marks: u8,
}

/// From this byte of a line on, its text looks like this.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    pub from: u32,
    pub ink: Ink,
}

const BOLD: u8 = 1;
const DIM: u8 = 2;
const ITALIC: u8 = 4;
const UNDERLINED: u8 = 8;
const REVERSED: u8 = 16;

/// Levels of red, green and blue in the cube of 216 colours.
const LEVELS: [u8; 6] = [0, 95, 135, 175, 215, 255];

impl Ink {
    /// For what FlowLens itself says within a line.
    pub(super) const QUIET: Self = Self { text: None, ground: None, marks: DIM };

    pub const fn is_bold(self) -> bool {
        self.marks & BOLD != 0
    }

    pub const fn is_dim(self) -> bool {
        self.marks & DIM != 0
    }

    pub const fn is_italic(self) -> bool {
        self.marks & ITALIC != 0
    }

    pub const fn is_underlined(self) -> bool {
        self.marks & UNDERLINED != 0
    }

    pub const fn is_reversed(self) -> bool {
        self.marks & REVERSED != 0
    }

    /// Takes in the parameters of an SGR sequence: `1;31`. Unknown ones do nothing.
    pub(super) fn take(&mut self, parameters: &str) {
        // `38:2::1:2:3` says the same as `38;2;1;2;3`.
        let numbers =
            parameters.split([';', ':']).filter(|part| !part.is_empty() || !parameters.contains(':'));
        let mut numbers =
            numbers.map(|part| if part.is_empty() { Some(0) } else { part.parse::<u16>().ok() });
        while let Some(number) = numbers.next() {
            match number {
                Some(0) => *self = Self::default(),
                Some(1) => self.marks |= BOLD,
                Some(2) => self.marks |= DIM,
                Some(3) => self.marks |= ITALIC,
                Some(4) => self.marks |= UNDERLINED,
                Some(7) => self.marks |= REVERSED,
                Some(22) => self.marks &= !(BOLD | DIM),
                Some(23) => self.marks &= !ITALIC,
                Some(24) => self.marks &= !UNDERLINED,
                Some(27) => self.marks &= !REVERSED,
                Some(39) => self.text = None,
                Some(49) => self.ground = None,
                Some(38) => self.text = longer(&mut numbers).or(self.text),
                Some(48) => self.ground = longer(&mut numbers).or(self.ground),
                Some(n @ (30..=37 | 90..=97)) => self.text = Some(basic(n % 10, n >= 90)),
                Some(n @ (40..=47 | 100..=107)) => self.ground = Some(basic(n % 10, n >= 100)),
                Some(_) | None => {}
            }
        }
    }
}

fn basic(number: u16, is_bright: bool) -> Hue {
    let number = u8::try_from(number).unwrap_or(7);
    Hue(if is_bright { number + 8 } else { number })
}

/// The rest of a colour of 256, or of red, green and blue: the nearest of the 16, which a theme may have its own way with.
fn longer(numbers: &mut impl Iterator<Item = Option<u16>>) -> Option<Hue> {
    let mut byte = || u8::try_from(numbers.next()??).ok();
    match byte()? {
        5 => Some(match byte()? {
            n @ 0..=15 => Hue(n),
            n @ 16..=231 => {
                let level = |place: u8| LEVELS[usize::from((n - 16) / place % 6)];
                nearest(level(36), level(6), level(1))
            }
            n @ 232..=255 => {
                let grey = 8 + 10 * (n - 232);
                nearest(grey, grey, grey)
            }
        }),
        2 => Some(nearest(byte()?, byte()?, byte()?)),
        _ => None,
    }
}

/// Colours have a hue of the eight, and a lightness of the two.
fn nearest(red: u8, green: u8, blue: u8) -> Hue {
    let most = red.max(green).max(blue);
    let least = red.min(green).min(blue);
    if most - least < 40 {
        return Hue(match most {
            0..=63 => 0,
            64..=149 => 8,
            150..=219 => 7,
            220..=255 => 15,
        });
    }
    let middle = least + (most - least) / 2;
    let bit = |level: u8, place: u8| if level > middle { place } else { 0 };
    Hue(bit(red, 1) | bit(green, 2) | bit(blue, 4) | if most > 215 { 8 } else { 0 })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ink(parameters: &str) -> Ink {
        let mut ink = Ink::default();
        ink.take(parameters);
        ink
    }

    #[test]
    fn sgr_is_read_as_terminals_do() {
        let text = |parameters| ink(parameters).text.map(|Hue(n)| n);
        for (parameters, hue) in [
            ("31", Some(1)),
            ("1;31", Some(1)),
            ("91", Some(9)),
            ("31;0", None),
            ("31;", None),
            ("31;39", None),
            ("38;5;9", Some(9)),
            ("38;5;196", Some(9)),
            ("38;5;22", Some(2)),
            ("38;5;244", Some(8)),
            ("38;2;255;80;80", Some(9)),
            ("38:2::10:10:200", Some(4)),
            ("38;5", None),
            ("38;2;1", None),
            ("999", None),
            ("x", None),
        ] {
            assert_eq!(text(parameters), hue, "{parameters}");
        }
        let marked = ink("1;3;4;7;44");
        assert!(marked.is_bold() && marked.is_italic() && marked.is_underlined() && marked.is_reversed());
        assert_eq!((marked.ground, marked.is_dim()), (Some(Hue(4)), false));
        assert_eq!(ink("1;2;3;4;7;44;22;23;24;27;49"), Ink::default());
        assert_eq!(ink("48;5;11;38;5;300").ground, Some(Hue(11)));
    }
}
