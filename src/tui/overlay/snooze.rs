//! How long pull requests are hidden: chosen, or typed as a duration.

use chrono::{DateTime, Days, Local, NaiveTime, TimeDelta, TimeZone, Utc};
use ratatui::{Frame, style::Style};

use super::{Backdrop, Layer, Reaction, prompt::prompt};
use crate::{
    domain::{duration, ids::PrKey},
    tui::{
        geometry::{Area, middle},
        keymap::{Hint, Keymap, fixed_hints},
        line::LineEditor,
        msg::{Edit, Turn},
        pen::boxed,
        theme::Theme,
    },
};

/// The hour at which a day begins.
const MORNING: u32 = 9;
/// Longer is no snooze.
const LONGEST: TimeDelta = TimeDelta::days(3650);

/// What is to be hidden, and the text typed.
#[derive(Clone, Debug)]
pub struct Snooze {
    keys: Vec<PrKey>,
    /// Named in the title.
    what: String,
    /// When it was opened.
    now: DateTime<Utc>,
    pub line: LineEditor,
    pub cursor: usize,
}

/// A line to choose.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Offer {
    name: String,
    /// `None`: until something changes.
    until: Option<DateTime<Utc>>,
}

impl Snooze {
    pub fn new(keys: Vec<PrKey>, what: String, now: DateTime<Utc>) -> Self {
        Self { keys, what, now, line: LineEditor::default(), cursor: 0 }
    }

    /// The usual ones that hold what is typed; or the duration that is typed.
    fn offers(&self) -> Vec<Offer> {
        let typed = self.line.text().trim().to_lowercase();
        let offer = |name: &str, until| Offer { name: name.to_owned(), until };
        let length = duration::parse(&typed).and_then(|length| TimeDelta::from_std(length).ok());
        if let Some(length) = length.filter(|length| *length > TimeDelta::zero() && *length <= LONGEST) {
            return vec![offer(&typed, Some(self.now + length))];
        }
        let mut offers = vec![
            offer("1 hour", Some(self.now + TimeDelta::hours(1))),
            offer("tomorrow", Some(tomorrow(self.now))),
            offer("1 week", Some(self.now + TimeDelta::days(7))),
            offer("until something changes", None),
        ];
        offers.retain(|offer| offer.name.contains(&typed));
        offers
    }

    fn choose(&mut self, at: usize) {
        self.cursor = at.min(self.offers().len().saturating_sub(1));
    }
}

/// The next day's morning on this machine's clock.
fn tomorrow(now: DateTime<Utc>) -> DateTime<Utc> {
    let day = now.with_timezone(&Local).date_naive().checked_add_days(Days::new(1));
    let morning = day.zip(NaiveTime::from_hms_opt(MORNING, 0, 0)).map(|(day, time)| day.and_time(time));
    let local = morning.and_then(|morning| Local.from_local_datetime(&morning).earliest());
    local.map_or(now + TimeDelta::days(1), |at| at.with_timezone(&Utc))
}

/// When it ends, for people: `Tue 03 Mar 09:00`.
pub fn end(until: DateTime<Utc>) -> String {
    until.with_timezone(&Local).format("%a %d %b %H:%M").to_string()
}

fn area(back: Backdrop<'_>) -> Area {
    middle(back.size, 56, 9)
}

impl Layer for Snooze {
    fn hints(&self, _: &Keymap) -> Vec<Hint> {
        fixed_hints([("Enter", "hides"), ("↑ ↓", "choose"), ("Esc", "closes")])
    }

    fn is_typing(&self) -> bool {
        true
    }

    fn edit(&mut self, edit: &Edit, _: Backdrop<'_>) -> Reaction {
        match edit {
            Edit::Accept => {
                let chosen = self.offers().into_iter().nth(self.cursor);
                return chosen
                    .map_or(Reaction::Stay, |offer| Reaction::Snooze(self.keys.clone(), offer.until));
            }
            Edit::Cancel => return Reaction::Close,
            Edit::Up | Edit::ListUp => self.choose(self.cursor.saturating_sub(1)),
            Edit::Down | Edit::ListDown | Edit::Tab => self.choose(self.cursor + 1),
            Edit::Line(edit) => {
                if self.line.edit(edit) {
                    self.cursor = 0;
                }
            }
        }
        Reaction::Stay
    }

    fn wheel(&mut self, (x, y): (u16, u16), turn: Turn, back: Backdrop<'_>) {
        if area(back).contains(x, y) {
            self.choose(turn.from(self.cursor, self.offers().len()));
        }
    }

    fn draw(&self, back: Backdrop<'_>, _: &Keymap, theme: Theme, frame: &mut Frame<'_>) {
        let offers = self.offers();
        let inside = boxed(frame, area(back), &format!(" Hide {} for … ", self.what), theme);
        let mut pen = prompt(frame, inside, theme, " > ", &self.line);
        if self.line.text().is_empty() {
            pen.put(" 90m, 4h, 3d …", theme.dim());
        }
        pen.newline();
        for (n, offer) in offers.iter().enumerate() {
            let style = if n == self.cursor { theme.strong() } else { Style::new() };
            pen.pointer(n == self.cursor);
            pen.put(&format!(" {}", offer.name), style);
            pen.put_right(&format!("{} ", offer.until.map(end).unwrap_or_default()), theme.dim());
            pen.newline();
        }
        if offers.is_empty() {
            pen.line("  Neither one of the offers nor a duration.", theme.bad());
        }
    }
}

#[cfg(test)]
mod tests {
    use chrono::Timelike as _;

    use super::*;

    #[test]
    fn a_duration_is_typed_and_an_offer_found_by_its_words() {
        let now = DateTime::from_timestamp(1_772_452_800, 0).unwrap();
        for (typed, want) in [
            ("", &["1 hour", "tomorrow", "1 week", "until something changes"][..]),
            (" 90M ", &["90m"]),
            ("3d", &["3d"]),
            ("tom", &["tomorrow"]),
            ("1 ", &["1 hour", "1 week"]),
            ("changes", &["until something changes"]),
            ("0s", &[]),
            ("99999d", &[]),
            ("soon", &[]),
        ] {
            let snooze = Snooze { line: typed.into(), ..Snooze::new(vec![], String::new(), now) };
            let offers = snooze.offers();
            assert_eq!(offers.iter().map(|offer| offer.name.as_str()).collect::<Vec<_>>(), want, "{typed}");
            assert!(offers.iter().all(|offer| offer.until.is_none_or(|until| until > now)));
        }
        let morning = tomorrow(now).with_timezone(&Local);
        assert_eq!((morning.hour(), morning.minute()), (MORNING, 0));
        assert!(tomorrow(now) - now <= TimeDelta::hours(48));
    }
}
