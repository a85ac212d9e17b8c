//! Sizes as people write them: `500MB`, `4GiB`. As with durations the unit is always required.

/// Each unit and its bytes, those of ten first: they are the ones on disks.
const UNITS: [(&str, u64); 7] = [
    ("GB", 1_000_000_000),
    ("MB", 1_000_000),
    ("kB", 1_000),
    ("GiB", 1 << 30),
    ("MiB", 1 << 20),
    ("KiB", 1 << 10),
    ("B", 1),
];

/// Bytes, in the units of people.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Size(pub u64);

impl Size {
    /// Reads a size: a whole number and its unit, or a plain `0`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        if text == "0" {
            return Some(Self(0));
        }
        let (number, unit) = text.split_at(text.find(|c: char| !c.is_ascii_digit())?);
        let (_, bytes) = UNITS.iter().find(|(name, _)| name.eq_ignore_ascii_case(unit.trim()))?;
        number.parse::<u64>().ok()?.checked_mul(*bytes).map(Self)
    }

    /// Writes it exactly, in the largest unit that does.
    #[must_use]
    pub fn exact(self) -> String {
        let whole = UNITS.iter().filter(|(_, bytes)| self.0 > 0 && self.0.is_multiple_of(*bytes));
        match whole.max_by_key(|(_, bytes)| *bytes) {
            Some((unit, bytes)) => format!("{}{unit}", self.0 / bytes),
            None => "0".to_owned(),
        }
    }
}

/// Roughly: `25 kB`, `1.4 GB`.
impl std::fmt::Display for Size {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Some((unit, bytes)) = UNITS.iter().take(3).find(|(_, bytes)| self.0 >= *bytes) else {
            return write!(f, "{} B", self.0);
        };
        let tenths = self.0 / (bytes / 10);
        if tenths < 100 {
            write!(f, "{}.{} {unit}", tenths / 10, tenths % 10)
        } else {
            write!(f, "{} {unit}", tenths / 10)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_people_write_and_writes_it_back() {
        for (text, bytes) in
            [("4GiB", 4 << 30), ("500MB", 500_000_000), ("25kB", 25_000), ("3B", 3), ("0", 0)]
        {
            assert_eq!(Size::parse(text), Some(Size(bytes)), "{text}");
            assert_eq!(Size(bytes).exact(), text);
        }
        assert_eq!(Size::parse(" 2 gib "), Some(Size(2 << 30)));
        for text in ["", "4", "GiB", "-4GiB", "1.5GB", "4XB", "99999999999999999999B", "99999999999GiB"] {
            assert_eq!(Size::parse(text), None, "{text}");
        }
    }

    #[test]
    fn tells_it_roughly() {
        let told = [0, 999, 1_000, 25_400, 999_999, 1_400_000_000].map(|bytes| Size(bytes).to_string());
        assert_eq!(told, ["0 B", "999 B", "1.0 kB", "25 kB", "999 kB", "1.4 GB"]);
    }
}
