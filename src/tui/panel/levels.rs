//! The levels of a pull request's insights, oldest first: `· abc1234 2d → ▲ def5678 4m`.

use chrono::{DateTime, Utc};

use super::piece::{Ink, PanelLine, Piece};
use crate::domain::{insight::PastInsight, text::width, time::age};

const ARROW: &str = " → ";
/// Stands for the older levels that do not fit.
const OLDER: &str = "…";

/// As many levels as fit, the newest with commit and age; `None` where there is only one.
pub(super) fn levels(past: &[PastInsight], minute: DateTime<Utc>, cells: usize) -> Option<PanelLine> {
    if past.len() < 2 {
        return None;
    }
    let labels: Vec<String> = past.iter().map(|insight| label(insight, minute)).collect();
    // Newest first: a shape and an arrow for each, then words for as many as there is room for.
    let shape = 1 + width(ARROW);
    let shown = past.len().min((cells + width(ARROW)) / shape);
    let shown = if shown < past.len() { shown.saturating_sub(1) } else { shown };
    let older = if shown < past.len() { shape } else { 0 };
    let mut room = cells.saturating_sub((shown * shape).saturating_sub(width(ARROW)) + older);
    let told = labels.iter().take(shown).take_while(|label| {
        let fits = width(label) <= room;
        room = room.saturating_sub(width(label));
        fits
    });
    let told = told.count();
    let mut pieces = Vec::new();
    if shown < past.len() {
        pieces.push(Piece::Text(Ink::Dim, format!("{OLDER}{ARROW}")));
    }
    for (n, insight) in past.iter().enumerate().take(shown).rev() {
        pieces.push(match &insight.risk {
            Some(risk) => Piece::Level(risk.clone()),
            None => Piece::Text(Ink::Dim, "-".to_owned()),
        });
        if let Some(label) = labels.get(n).filter(|_| n < told) {
            pieces.push(Piece::Text(Ink::Dim, label.clone()));
        }
        if n > 0 {
            pieces.push(Piece::Text(Ink::Dim, ARROW.to_owned()));
        }
    }
    Some(PanelLine { pieces, spot: None })
}

/// ` abc1234 4m`
fn label(insight: &PastInsight, minute: DateTime<Utc>) -> String {
    let sha = insight.sha.as_ref().map(|sha| format!(" {}", sha.short())).unwrap_or_default();
    let when = insight.created_at.map(|at| format!(" {}", age(minute, at))).unwrap_or_default();
    format!("{sha}{when}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{
        ids::{InsightId, Sha},
        insight::Risk,
    };

    fn told(line: &PanelLine) -> String {
        let piece = |piece: &Piece| match piece {
            Piece::Text(_, text) => text.clone(),
            Piece::Level(risk) => risk.word().chars().take(1).collect(),
            Piece::Bar(..) | Piece::To(_) | Piece::AskKey => String::new(),
        };
        line.pieces.iter().map(piece).collect()
    }

    #[test]
    fn the_newest_ones_have_words_and_the_oldest_give_way() {
        let now = DateTime::UNIX_EPOCH;
        let past = |word: &str, sha: &str, minutes| PastInsight {
            id: InsightId::new(uuid::Uuid::nil()),
            sha: Sha::parse(sha),
            risk: Risk::parse(word),
            score: None,
            created_at: Some(now - chrono::TimeDelta::minutes(minutes)),
            details: None,
        };
        let list = [
            past("high", "cccc", 4),
            past("medium", "bbbb", 120),
            past("", "aaaa", 600),
            past("low", "", 900),
        ];
        for (cells, text) in [
            (90, "l 15h → - aaaa 10h → m bbbb 2h → h cccc 4m"),
            (40, "l → - aaaa 10h → m bbbb 2h → h cccc 4m"),
            (30, "l → - → m bbbb 2h → h cccc 4m"),
            (13, "l → - → m → h"),
            (12, "… → m → h"),
            (5, "… → h"),
        ] {
            let line = levels(&list, now, cells).map(|line| told(&line)).unwrap_or_default();
            assert_eq!(line, text, "{cells}");
            assert!(width(&line) <= cells);
        }
        assert_eq!(levels(&list[..1], now, 90), None);
    }
}
