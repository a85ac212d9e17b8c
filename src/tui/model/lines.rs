//! The lines of the list: its rows, and above each group a line of the group's own. The cursor stands on rows alone.

use super::PullList;
use crate::domain::{
    group::{Group, Grouped},
    ids::PrKey,
};

/// What stands on a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ListLine {
    /// By index.
    Group(usize),
    /// By index.
    Row(usize),
}

/// Rows in an order, with their groups.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Lines {
    pub rows: Vec<PrKey>,
    pub groups: Vec<Group>,
    /// How deep each row is in its stack; empty without stacks.
    pub depths: Vec<u8>,
}

impl From<Grouped<'_>> for Lines {
    fn from(grouped: Grouped<'_>) -> Self {
        Self { rows: grouped.keys(), groups: grouped.groups, depths: grouped.depths }
    }
}

impl Lines {
    /// Whether the groups have the names and lengths of the list's.
    pub fn is_grouped_like(&self, list: &PullList) -> bool {
        let shape =
            |groups: &[Group]| groups.iter().map(|group| (group.name.clone(), group.len)).collect::<Vec<_>>();
        self.depths == list.depths && shape(&self.groups) == shape(&list.groups)
    }
}

impl PullList {
    pub fn line_count(&self) -> usize {
        self.rows.len() + self.groups.len()
    }

    /// The line of a row.
    pub fn line_of(&self, row: usize) -> usize {
        row + self.groups.partition_point(|group| group.first <= row)
    }

    pub fn line(&self, line: usize) -> Option<ListLine> {
        let groups = self.groups.partition_point(|group| group.line <= line);
        match groups.checked_sub(1) {
            Some(last) if self.groups[last].line == line => Some(ListLine::Group(last)),
            Some(_) | None => Some(ListLine::Row(line - groups)).filter(|_| line < self.line_count()),
        }
    }

    /// The row of a line; of a group's line the one below it, or, on the way up, the one above.
    pub fn row_at(&self, line: usize, up: bool) -> usize {
        match self.line(line) {
            Some(ListLine::Row(row)) => row,
            Some(ListLine::Group(at)) if up => self.groups[at].first.saturating_sub(1),
            Some(ListLine::Group(at)) => self.groups[at].first,
            None => self.rows.len().saturating_sub(1),
        }
    }

    /// How deep a row is in its stack.
    pub fn depth(&self, row: usize) -> u8 {
        self.depths.get(row).copied().unwrap_or_default()
    }

    pub fn arrange(&mut self, arranged: Lines) {
        (self.rows, self.groups, self.depths) = (arranged.rows, arranged.groups, arranged.depths);
    }

    /// Drops the other rows, and groups that are empty then.
    pub fn retain(&mut self, keep: impl Fn(PrKey) -> bool) {
        if self.rows.iter().all(|key| keep(*key)) {
            return;
        }
        let kept: Vec<bool> = self.rows.iter().map(|key| keep(*key)).collect();
        let mut first = 0;
        let mut groups = std::mem::take(&mut self.groups);
        for group in &mut groups {
            group.len = kept[group.first..][..group.len].iter().filter(|kept| **kept).count();
        }
        groups.retain(|group| group.len > 0);
        for (n, group) in groups.iter_mut().enumerate() {
            (group.first, group.line) = (first, first + n);
            first += group.len;
        }
        self.groups = groups;
        let mut row = kept.iter();
        self.rows.retain(|_| row.next() == Some(&true));
        let mut row = kept.iter();
        self.depths.retain(|_| row.next() == Some(&true));
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::domain::ids::{PrNumber, RepoId};

    fn list(lens: &[usize]) -> PullList {
        let mut list = PullList::default();
        for (n, len) in lens.iter().enumerate() {
            let first = list.rows.len();
            list.groups.push(Group { first, line: first + n, len: *len, ..Group::default() });
            let key =
                |row: usize| PrKey::new(RepoId::new(Uuid::nil()), PrNumber::new(row.try_into().unwrap()));
            list.rows.extend((first..first + len).map(key));
        }
        list
    }

    #[test]
    fn each_line_is_a_row_or_a_group() {
        let list = list(&[2, 1, 3]);
        let lines: String = (0..list.line_count())
            .map(|line| match list.line(line) {
                Some(ListLine::Group(at)) => char::from(b'A' + u8::try_from(at).unwrap()),
                Some(ListLine::Row(row)) => char::from(b'0' + u8::try_from(row).unwrap()),
                None => '?',
            })
            .collect();
        assert_eq!(lines, "A01B2C345");
        assert_eq!(list.line(9), None);
        for row in 0..6 {
            assert_eq!(list.line(list.line_of(row)), Some(ListLine::Row(row)));
        }
        assert_eq!([0, 3, 5, 8, 99].map(|line| list.row_at(line, false)), [0, 2, 3, 5, 5]);
        assert_eq!([0, 3, 5, 8].map(|line| list.row_at(line, true)), [0, 1, 2, 5]);
    }

    #[test]
    fn rows_that_go_take_their_empty_group_along() {
        let mut list = list(&[2, 1, 3]);
        list.retain(|key| ![0, 2, 4].contains(&key.number.get()));
        let groups: Vec<_> = list.groups.iter().map(|group| (group.first, group.line, group.len)).collect();
        assert_eq!(groups, [(0, 0, 1), (1, 2, 2)]);
        assert_eq!(list.rows.iter().map(|key| key.number.get()).collect::<Vec<_>>(), [1, 3, 5]);
    }
}
