//! When `--watch` prints again.

use std::io;

use chrono::{DateTime, Utc};

use super::{Format, Report, Style};
use crate::domain::board::Poll;

/// Remembers what was printed last.
#[derive(Clone, Debug, Default)]
pub struct Watch {
    /// The clock that all renderings are compared at: time alone changes nothing.
    clock: Option<DateTime<Utc>>,
    last: Option<Vec<u8>>,
}

impl Watch {
    /// Whether the selected rows, as this format shows them, differ from those of the last call; true for the
    /// first. Growing ages, an order that shifts with them, and the time of the poll are no difference.
    ///
    /// # Errors
    /// None in practice: it renders into memory.
    pub fn changed(&mut self, report: &Report<'_>, format: Format, style: Style) -> io::Result<bool> {
        let server_now = *self.clock.get_or_insert(report.poll.server_now);
        let mut still = Report { poll: Poll { server_now, ..report.poll }, ..report.clone() };
        still.pulls.sort_by_key(|pr| (pr.key.repo, pr.key.number));
        let mut rows = Vec::new();
        // The document's head tells the time of the poll; its rows are those of the lines.
        let format = if format == Format::Json { Format::JsonLines } else { format };
        still.write(format, style, &mut rows)?;
        let changed = self.last.as_ref() != Some(&rows);
        self.last = Some(rows);
        Ok(changed)
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::{
        super::fixture::{ACME, FORMATS, WEB, board, key, now, poll, pull, row, selection, source},
        *,
    };

    #[test]
    fn a_watch_prints_changed_rows_only() {
        let (mut board, source, selection) = (board(), source(), selection("repo:api"));
        for format in FORMATS {
            let mut watch = Watch::default();
            let mut changed = |board: &_, minutes| {
                let poll = Poll { server_now: now() + TimeDelta::minutes(minutes), ..poll() };
                watch
                    .changed(&Report::new(board, &source, poll, &selection), format, Style::default())
                    .unwrap()
            };
            assert!(changed(&board, 0), "{format:?}: the first time");
            assert!(!changed(&board, 300), "{format:?}: only the clock has moved");
            board.apply_pulls(
                vec![pull(WEB, 99, Some(row("Elsewhere", "cy", "open", 1)), None, None)],
                &[],
                None,
            );
            assert!(!changed(&board, 301), "{format:?}: another repository's");
            board.apply_pulls(
                vec![pull(ACME, 99, Some(row("Here", "cy", "open", 1)), None, None)],
                &[],
                None,
            );
            assert!(changed(&board, 302), "{format:?}: one more");
            board.apply_pulls(vec![], &[key(ACME, 99)], None);
            assert!(changed(&board, 303), "{format:?}: one less");
            assert!(!changed(&board, 304), "{format:?}: nothing");
        }
    }
}
