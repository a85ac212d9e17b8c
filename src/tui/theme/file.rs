//! Theme files: `[dark]` and `[light]`, each a colour for some meanings; the others are the usual theme's.

use ratatui::style::Color;
use toml::de::{DeTable, DeValue};

use super::palette::{NAMED, Palette, ROLES, Scheme};
use crate::domain::text::{clean, nearest, toml_text};

/// Reads a theme.
///
/// # Errors
/// Everything that is wrong: its line, and the mend.
pub fn parse(name: &str, text: &str) -> Result<Scheme, Vec<(usize, String)>> {
    let line = |start: usize| text.get(..start).unwrap_or(text).matches('\n').count() + 1;
    let document = DeTable::parse(text).map_err(|error| {
        let start = error.span().map_or(0, |span| span.start);
        vec![(line(start), error.message().replace('\n', ", "))]
    })?;
    let (_, dark, light) = Scheme::DEFAULT;
    let mut scheme = Scheme { name: name.to_owned(), dark, light };
    let mut wrong = Vec::new();
    for (key, value) in document.get_ref() {
        let section = key.get_ref().as_ref();
        let palette = match section {
            "dark" => &mut scheme.dark,
            "light" => &mut scheme.light,
            _ => {
                let mend = nearest(section, ["dark", "light"]).map_or_else(
                    || "expected [dark] or [light]".to_owned(),
                    |right| format!("did you mean [{right}]?"),
                );
                let message = format!("unknown section {}; {mend}", toml_text(section));
                wrong.push((line(key.span().start), message));
                continue;
            }
        };
        let Some(table) = value.get_ref().as_table() else {
            wrong.push((line(key.span().start), format!("{section}: expected a section [{section}]")));
            continue;
        };
        for (role, value) in table {
            let line = line(role.span().start);
            if let Err(why) = set(palette, role.get_ref(), value.get_ref()) {
                wrong.push((line, format!("[{section}] {}: {why}", clean(role.get_ref()))));
            }
        }
    }
    wrong.sort();
    if wrong.is_empty() { Ok(scheme) } else { Err(wrong) }
}

fn set(palette: &mut Palette, role: &str, value: &DeValue<'_>) -> Result<(), String> {
    if !ROLES.contains(&role) {
        let meant = meant(role, ROLES.into_iter());
        return Err(format!(
            "unknown key; {}",
            meant.unwrap_or_else(|| format!("there are {}", ROLES.join(", ")))
        ));
    }
    palette.set(role, color(value)?);
    Ok(())
}

/// `"#rrggbb"`, the name of a colour of the terminal's own, or the number of one of 256.
fn color(value: &DeValue<'_>) -> Result<Color, String> {
    const EXPECTED: &str =
        "expected \"#rrggbb\", a number from 0 to 255, or a name such as \"red\" or \"bright-blue\"";
    match value {
        DeValue::Integer(number) => {
            let number = i64::from_str_radix(number.as_str(), number.radix()).ok();
            number.and_then(|n| u8::try_from(n).ok()).map(Color::Indexed).ok_or_else(|| EXPECTED.to_owned())
        }
        DeValue::String(text) => {
            let named =
                NAMED.iter().find(|(name, _)| name.eq_ignore_ascii_case(text)).map(|(_, color)| *color);
            named.or_else(|| hex(text)).ok_or_else(|| {
                let meant = meant(text, NAMED.iter().map(|(name, _)| *name));
                format!("{} is no colour; {}", toml_text(text), meant.unwrap_or_else(|| EXPECTED.to_owned()))
            })
        }
        _ => Err(EXPECTED.to_owned()),
    }
}

fn hex(text: &str) -> Option<Color> {
    let digits = text.strip_prefix('#').filter(|digits| digits.len() == 6)?;
    let [_, r, g, b] = u32::from_str_radix(digits, 16).ok()?.to_be_bytes();
    Some(Color::Rgb(r, g, b))
}

/// The question after the nearest right word, if one is near.
fn meant<'a>(word: &str, right: impl Iterator<Item = &'a str>) -> Option<String> {
    nearest(word, right).map(|candidate| format!("did you mean {candidate:?}?"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_theme_says_what_differs_from_the_usual_one() {
        let text = "# mine\n[dark]\ngood = \"#00ff80\"\nbad = \"Bright-Magenta\"\nselected = 237\nmuted = \"default\"\n";
        let scheme = parse("mine", text).unwrap();
        let (_, dark, light) = Scheme::DEFAULT;
        assert_eq!(scheme.light, light);
        let wanted = Palette {
            good: Color::Rgb(0, 255, 128),
            bad: Color::LightMagenta,
            selected: Some(Color::Indexed(237)),
            muted: Some(Color::Reset),
            ..dark
        };
        assert_eq!((scheme.name.as_str(), scheme.dark), ("mine", wanted));
        assert_eq!(parse("mine", "[light]\nselected = \"default\"\n").unwrap().light.selected, None);
    }

    #[test]
    fn each_mistake_has_its_line_and_the_mend() {
        let text = "[drak]\n[dark]\ngodo = 3\nwarn = \"yelow\"\nbad = \"#12\"\naccent = 256\nmuted = true\n[light]\nzzz = 1\n";
        let wrong = parse("mine", text).unwrap_err();
        let told: Vec<String> = wrong.iter().map(|(line, why)| format!("{line}: {why}")).collect();
        for (n, says) in [
            "1: unknown section \"drak\"; did you mean [dark]?",
            "3: [dark] godo: unknown key; did you mean \"good\"?",
            "4: [dark] warn: \"yelow\" is no colour; did you mean \"yellow\"?",
            "5: [dark] bad: \"#12\" is no colour; expected \"#rrggbb\"",
            "6: [dark] accent: expected",
            "7: [dark] muted: expected",
            "9: [light] zzz: unknown key; there are good, warn",
        ]
        .iter()
        .enumerate()
        {
            assert!(told[n].starts_with(says), "{told:?}");
        }
        assert_eq!(parse("mine", "[dark\n").unwrap_err()[0].0, 1);
    }
}
