//! `[[views]]`: built-in views that are changed, and new ones.

use super::{
    Origin, VIEWS,
    file::{Entry, Problem, Raw, nearest, quoted},
    key,
    resolve::Resolver,
};
use crate::domain::{
    attention::{Order, Sort},
    filter::Filter,
    text::clean,
    view::{Column, Grouping, View},
};

const KEYS: [&str; 7] = ["name", "filter", "sort", "group", "columns", "key", "hidden"];

/// A view, with the line that speaks of it.
struct Listed {
    view: View,
    /// `None` for a built-in one that nothing speaks of.
    line: Option<usize>,
    /// The line of its key.
    key_line: usize,
    is_hidden: bool,
}

impl Listed {
    fn new(view: View) -> Self {
        Self { view, line: None, key_line: 0, is_hidden: false }
    }
}

/// One `[[views]]`, and what is wrong with it.
#[derive(Default)]
struct PartialView {
    name: Option<String>,
    filter: Option<(String, Filter)>,
    sort: Option<Order>,
    grouping: Option<Grouping>,
    columns: Option<Vec<Column>>,
    key: Option<u8>,
    is_hidden: bool,
    /// A value is wrong, or a key: what seems to be missing may be that.
    is_broken: bool,
    line: usize,
    /// The line of its key.
    key_line: usize,
}

impl Resolver<'_> {
    /// The views in the order of their tabs; new ones are in this order if they name none.
    pub(super) fn views(&mut self, sort: Order) -> Vec<(View, Origin)> {
        let mut all: Vec<Listed> = View::built_in(sort).into_iter().map(Listed::new).collect();
        for table in self.take_tables(VIEWS) {
            let wanted = self.wanted(table);
            if let Err(problem) = take(&mut all, wanted, sort) {
                self.wrong(problem);
            }
        }
        for problem in number(&mut all) {
            self.wrong(problem);
        }
        let mut views: Vec<(View, Origin)> = all
            .into_iter()
            .filter(|one| !one.is_hidden)
            .map(|one| (one.view, one.line.map_or(Origin::Default, |line| self.place(line))))
            .collect();
        views.sort_by_key(|(view, _)| view.key.unwrap_or(u8::MAX));
        views
    }

    /// The name of the first view; a former version had `quick` for it.
    pub(super) fn first_view(&mut self, views: &[(View, Origin)], warnings: &mut Vec<String>) -> String {
        let views: Vec<&View> = views.iter().map(|(view, _)| view).collect();
        let old = self.take("dashboard", "quick");
        let (mut name, origin) = self.get(&key::VIEW, None);
        if let Some((raw, place)) = old {
            let given = raw.text().unwrap_or_default();
            let new = views.iter().find(|view| view.is_called(View::renamed(given)));
            let mend = match new {
                Some(new) => format!("is now view = {}", quoted(&new.name)),
                None => "is no more: the views are under [[views]], and view = \"NAME\" says which is first"
                    .to_owned(),
            };
            warnings.push(format!("{place}: [dashboard] quick = {} {mend}", raw.shown()));
            if let (Some(new), Origin::Default) = (new, &origin) {
                name.clone_from(&new.name);
            }
        }
        match views.iter().find(|view| view.is_called(&name)) {
            Some(view) => view.name.clone(),
            // The built-in one may have another name, or be hidden.
            None if origin == Origin::Default => {
                views.first().map(|view| view.name.clone()).unwrap_or_default()
            }
            None => {
                let names: Vec<String> = views.iter().map(|view| quoted(&view.name)).collect();
                let names = names.join(", ");
                let message = format!(
                    "[dashboard] view = {}: there is no such view; expected one of {names}",
                    quoted(&name)
                );
                self.reject(&origin, message);
                name
            }
        }
    }

    /// What a table wants. Wrong values are told, and left out.
    fn wanted(&mut self, table: Vec<Entry>) -> PartialView {
        let mut wanted =
            PartialView { line: table.first().map_or(0, |entry| entry.line), ..PartialView::default() };
        for Entry { key, raw, line, .. } in table {
            if key == "key" {
                wanted.key_line = line;
            }
            if let Err(expected) = wanted.set(&key, &raw) {
                let message = if KEYS.contains(&key.as_str()) {
                    format!("[[{VIEWS}]] {key} = {}: {expected}", raw.shown())
                } else {
                    expected
                };
                self.wrong(Problem { line, column: None, message });
                wanted.is_broken = true;
            }
        }
        wanted
    }
}

impl PartialView {
    /// Takes a value.
    ///
    /// # Errors
    /// What is accepted instead.
    fn set(&mut self, key: &str, raw: &Raw) -> Result<(), String> {
        let text = || raw.text().map(clean).map(|text| text.trim().to_owned());
        match key {
            "name" => {
                // What is wrong with a value is told once.
                self.name = Some(String::new());
                let name = text().filter(|name| is_name(name));
                self.name = Some(
                    name.ok_or_else(|| format!("expected a name of 1 to {} cells", View::LONGEST_NAME))?,
                );
            }
            "filter" => {
                self.filter = Some(Default::default());
                let text = text().ok_or("expected a filter such as \"is:open author:@me\"")?;
                let filter = Filter::parse(&text)?;
                self.filter = Some((text, filter));
            }
            "sort" => self.sort = Some(order(raw)?),
            "group" => self.grouping = Some(named(raw, Grouping::parse, &Grouping::ALL.map(Grouping::name))?),
            "columns" => self.columns = Some(columns(raw)?),
            "key" => match raw {
                Raw::Integer(number @ 1..=9) => self.key = u8::try_from(*number).ok(),
                _ => return Err("expected a number from 1 to 9".to_owned()),
            },
            "hidden" => match raw {
                Raw::Boolean(hidden) => self.is_hidden = *hidden,
                _ => return Err("expected true or false".to_owned()),
            },
            _ => {
                let hint = nearest(key, KEYS).map(|right| format!("; did you mean {}?", quoted(right)));
                return Err(format!(
                    "unknown key {} in [[{VIEWS}]]{}",
                    quoted(key),
                    hint.unwrap_or_default()
                ));
            }
        }
        Ok(())
    }
}

fn is_name(name: &str) -> bool {
    (1..=View::LONGEST_NAME).contains(&crate::domain::text::width(name))
}

/// A value that is one of these names.
fn named<T>(raw: &Raw, parse: fn(&str) -> Option<T>, names: &[&str]) -> Result<T, String> {
    let expected = || {
        format!("expected one of {}", names.iter().map(|name| quoted(name)).collect::<Vec<_>>().join(", "))
    };
    raw.text().and_then(parse).ok_or_else(expected)
}

fn order(raw: &Raw) -> Result<Order, String> {
    named(raw, Order::parse, &Sort::ALL.map(Sort::name))
        .map_err(|expected| format!("{expected}, or -age for the other end first"))
}

fn columns(raw: &Raw) -> Result<Vec<Column>, String> {
    let names = Column::ALL.map(Column::name);
    let expected = || format!("expected a list of {}", names.map(quoted).join(", "));
    let Raw::List(given) = raw else { return Err(expected()) };
    let mut columns = Vec::new();
    for name in given {
        let Some(column) = Column::parse(name) else {
            let hint = nearest(name, names).map(|right| format!("did you mean {}?", quoted(right)));
            return Err(format!("{} is no column; {}", quoted(name), hint.unwrap_or_else(expected)));
        };
        if columns.contains(&column) {
            return Err(format!("{} is there twice", quoted(name)));
        }
        columns.push(column);
    }
    Ok(columns)
}

/// Changes the view of this name, else the built-in one of this key; else adds one.
fn take(all: &mut Vec<Listed>, wanted: PartialView, sort: Order) -> Result<(), Problem> {
    let PartialView {
        name,
        filter,
        sort: own_sort,
        grouping,
        columns,
        key,
        is_hidden,
        is_broken,
        line,
        key_line,
    } = wanted;
    if name.as_deref() == Some("") {
        return Ok(());
    }
    let problem = |message: String| Problem { line, column: None, message };
    let of_name = name.as_deref().and_then(|name| all.iter().position(|one| one.view.is_called(name)));
    let of_key = || all.iter().position(|one| one.line.is_none() && key.is_some() && one.view.key == key);
    let at = match (of_name.or_else(of_key), &name) {
        (Some(at), _) => at,
        (None, None) if is_broken => return Ok(()),
        (None, None) => {
            return Err(problem(format!("[[{VIEWS}]] wants a name, or the key of a built-in view")));
        }
        (None, Some(_)) if filter.is_none() && !is_broken => {
            return Err(problem(format!(
                "[[{VIEWS}]] wants a filter: {} is a new view; write filter = \"\" for everything",
                quoted(name.as_deref().unwrap_or_default())
            )));
        }
        (None, Some(_)) => {
            all.push(Listed::new(View { sort, ..View::default() }));
            all.len() - 1
        }
    };
    let listed = &mut all[at];
    let view = &mut listed.view;
    if let Some(before) = listed.line {
        return Err(problem(format!(
            "[[{VIEWS}]] {} is there already, in line {before}",
            quoted(&view.name)
        )));
    }
    (listed.line, listed.key_line, listed.is_hidden) = (Some(line), key_line, is_hidden);
    view.name = name.unwrap_or_else(|| view.name.clone());
    if let Some((text, filter)) = filter {
        (view.text, view.filter) = (text, filter);
    }
    view.sort = own_sort.unwrap_or(view.sort);
    view.grouping = grouping.unwrap_or(view.grouping);
    view.columns = columns.unwrap_or_else(|| std::mem::take(&mut view.columns));
    view.key = key.or(view.key);
    Ok(())
}

/// Gives free keys to those that have none; and tells which keys are taken twice, and whether there are too many.
fn number(all: &mut [Listed]) -> Vec<Problem> {
    let mut problems = Vec::new();
    let shown: Vec<usize> = (0..all.len()).filter(|at| !all[*at].is_hidden).collect();
    for at in &shown {
        let (Some(line), Some(key)) = (all[*at].line, all[*at].view.key) else { continue };
        // Of two that the file names, the second one is wrong.
        let is_taken = |other: &&usize| {
            let one = &all[**other];
            *other != at && one.view.key == Some(key) && one.line.is_none_or(|before| before < line)
        };
        if let Some(other) = shown.iter().find(is_taken) {
            let message = format!(
                "[[{VIEWS}]] key = {key}: it is the key of {}; give that another one, or hidden = true",
                quoted(&all[*other].view.name)
            );
            let line = if all[*at].key_line > 0 { all[*at].key_line } else { line };
            problems.push(Problem { line, column: None, message });
        }
    }
    for at in &shown {
        if all[*at].view.key.is_none() {
            all[*at].view.key =
                View::free_key(&shown.iter().filter_map(|at| all[*at].view.key).collect::<Vec<_>>());
        }
    }
    let line = all.iter().filter_map(|one| one.line).max().unwrap_or_default();
    if shown.is_empty() {
        problems.push(Problem {
            line,
            column: None,
            message: format!("[[{VIEWS}]] hides all views: one must be left"),
        });
    }
    // One more is that of a filter in the command line.
    if shown.len() >= View::MOST {
        let message = format!("[[{VIEWS}]]: {} views are too many; {} fit", shown.len(), View::MOST - 1);
        problems.push(Problem { line, column: None, message });
    }
    problems
}
