//! Views that were saved from the screen, and the place in each view.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{Choice, SavedState};
use crate::domain::{
    attention::Order,
    filter::Filter,
    text::clean,
    view::{Column, Grouping, View},
};

/// The place in a view, and what was chosen there.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct SavedPlace {
    /// The view's name.
    pub view: String,
    /// The selected pull request: repository and number.
    pub selected: Option<(Uuid, i32)>,
    /// The filter that was typed.
    pub filter: String,
    pub sort_choice: Option<Choice<String>>,
    pub group_choice: Option<Choice<String>>,
    pub columns_choice: Option<Choice<Vec<String>>>,
}

impl SavedPlace {
    /// Nobody was there yet.
    pub fn is_fresh(&self) -> bool {
        *self == Self { view: self.view.clone(), ..Self::default() }
    }
}

/// A view that was saved from the screen, in the words of the config file.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct SavedView {
    pub name: String,
    pub filter: String,
    pub sort: String,
    pub group: String,
    pub columns: Vec<String>,
    pub key: Option<u8>,
}

impl SavedView {
    pub fn of(view: &View) -> Self {
        Self {
            name: view.name.clone(),
            filter: view.text.clone(),
            sort: view.sort.name().to_owned(),
            group: view.grouping.name().to_owned(),
            columns: view.columns.iter().map(|column| column.name().to_owned()).collect(),
            key: view.key,
        }
    }

    /// `None` where it is written in words of another version.
    pub fn view(&self) -> Option<View> {
        // It is shown, and a file may hold anything.
        let (name, text) = (clean(&self.name), clean(&self.filter));
        Some(View {
            filter: Filter::parse(&text).ok()?,
            name,
            text,
            sort: Order::parse(&self.sort)?,
            grouping: Grouping::parse(&self.group)?,
            columns: self.columns.iter().map(|name| Column::parse(name)).collect::<Option<_>>()?,
            key: self.key.filter(|key| (1..=9).contains(key)),
        })
    }
}

impl SavedState {
    /// The place in the view that was shown last.
    pub fn place(&self) -> SavedPlace {
        SavedPlace {
            view: String::new(),
            selected: self.selected,
            filter: self.filter.clone(),
            sort_choice: self.sort_choice.clone(),
            group_choice: self.group_choice.clone(),
            columns_choice: self.columns_choice.clone(),
        }
    }

    pub fn set_place(&mut self, place: SavedPlace) {
        let SavedPlace { view: _, selected, filter, sort_choice, group_choice, columns_choice } = place;
        (self.selected, self.filter) = (selected, filter);
        (self.sort_choice, self.group_choice, self.columns_choice) =
            (sort_choice, group_choice, columns_choice);
    }
}
