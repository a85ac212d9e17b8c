//! Which columns of the list of pull requests fit, and how wide they are.

/// Cells of the next action: `fix build 26h`.
const NEXT: usize = 13;

/// Which columns fit, and how wide they are; 0 leaves one out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Columns {
    pub(super) number: usize,
    pub(super) title: usize,
    pub(super) repository: usize,
    pub(super) author: usize,
    pub(super) stages: usize,
    pub(super) next: usize,
    pub(super) risk: usize,
    pub(super) age: usize,
}

impl Columns {
    /// Fits them into so many cells; `number` is the width of the largest number.
    pub(super) fn fit(room: usize, number: usize, all_repositories: bool, absolute: bool) -> Self {
        // One cell of air at the end.
        let room = room.saturating_sub(1);
        let age = if absolute { 12 } else { 4 };
        let mut columns =
            Self { number, title: 0, repository: 0, author: 0, stages: 7, next: 0, risk: 1, age };
        if room < 44 {
            columns = Self { stages: 4, age: 0, ..columns };
        }
        // Gutter and mark take two cells; each column but the last is followed by one.
        let fixed = 2
            + columns.number
            + 1
            + columns.stages
            + 1
            + columns.risk
            + 1
            + (columns.age + 1).min(columns.age * 2);
        let mut title = room.saturating_sub(fixed);
        let mut take = |wanted: usize, title_keeps: usize| {
            let fits = title >= wanted + title_keeps;
            if fits {
                title -= wanted;
            }
            fits
        };
        if all_repositories && take(11, 16) {
            columns.repository = 10;
        }
        if take(7, 28) {
            columns.risk = 8;
        }
        if take(NEXT + 1, 30) {
            columns.next = NEXT;
        }
        if take(11, 26) {
            columns.author = 10;
        }
        if columns.repository > 0 && take(4, 30) {
            columns.repository = 14;
        }
        if take(8, 34) {
            columns.stages = 15;
        }
        if columns.repository > 0 && take(6, 40) {
            columns.repository = 20;
        }
        if columns.author > 0 && take(3, 50) {
            columns.author = 13;
        }
        columns.title = title;
        columns
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_fill_the_line_at_every_width() {
        for room in 20..200 {
            for all in [false, true] {
                let c = Columns::fit(room, 5, all, room % 2 == 0);
                let gaps = [c.title, c.repository, c.author, c.stages, c.next, c.risk]
                    .iter()
                    .filter(|w| **w > 0)
                    .count()
                    + 1;
                let used = 2
                    + c.number
                    + c.title
                    + c.repository
                    + c.author
                    + c.stages
                    + c.next
                    + c.risk
                    + c.age
                    + gaps;
                assert!(used <= room + 1, "{room}: {c:?} uses {used}");
                assert!(c.title >= 4, "{room}: {c:?}");
            }
        }
    }
}
