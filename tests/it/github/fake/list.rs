//! Lists in pages, with cursors that hold though the list moves.

use serde_json::{Map, Value, json};

use super::{
    resolve::{Object, Resolved, find_run, find_status, unreadable, value},
    world::World,
};

/// A page of a list.
#[derive(Clone)]
pub(crate) struct List {
    pub(crate) type_name: &'static str,
    page: Vec<Object>,
    all: Vec<Object>,
    info: Map<String, Value>,
}

impl List {
    /// In the order of its items, each with the place at which a cursor holds.
    pub(crate) fn page(
        type_name: &'static str,
        items: Vec<(String, Object)>,
        arguments: &Map<String, Value>,
    ) -> Resolved {
        let cursor = |name: &str| {
            let cursor = arguments.get(name)?.as_str()?.strip_prefix("cursor:")?.to_owned();
            Some(cursor)
        };
        let is_rising = items.first().zip(items.last()).is_none_or(|(first, last)| first.0 <= last.0);
        let is_past = |key: &str, cursor: &str| if is_rising { key > cursor } else { key < cursor };
        let given = |name: &str| cursor(name).filter(|cursor| !cursor.is_empty());
        let start = given("after")
            .map_or(0, |after| items.iter().take_while(|(key, _)| !is_past(key, &after)).count());
        let end = given("before")
            .map_or(items.len(), |before| items.iter().take_while(|(key, _)| is_past(&before, key)).count());
        let size = |name: &str| {
            arguments.get(name).and_then(Value::as_u64).map(|size| usize::try_from(size).expect("a size"))
        };
        let is_list = size("first").or(size("last")) > Some(1);
        let is_blank =
            is_list && arguments.contains_key("blank") && cursor("after").or(cursor("before")).is_none();
        let (start, end) = match (size("first"), size("last")) {
            (Some(_), _) if is_blank => (0, 0),
            (None, Some(_)) if is_blank => (items.len(), items.len()),
            (Some(first), _) => (start, end.min(start + first)),
            (None, Some(last)) => (start.max(end.saturating_sub(last)), end),
            (None, None) => (start, start),
        };
        let of = |at: usize| items.get(at).map(|(key, _)| format!("cursor:{key}"));
        let nowhere = is_blank.then(|| "cursor:".to_owned());
        let info = json!({
            "hasNextPage": end < items.len(), "endCursor": if end > start { of(end - 1) } else { nowhere.clone() },
            "hasPreviousPage": start > 0, "startCursor": if end > start { of(start) } else { nowhere },
        });
        let Value::Object(info) = info else { panic!("an object") };
        let page = items[start..end].iter().map(|(_, object)| object.clone()).collect();
        let all = items.into_iter().map(|(_, object)| object).collect();
        Resolved::Object(Object::List(Self { type_name, page, all, info }))
    }

    /// The same by their numbers.
    pub(crate) fn plain(
        type_name: &'static str,
        items: Vec<Object>,
        arguments: &Map<String, Value>,
    ) -> Resolved {
        let items = items.into_iter().enumerate().map(|(at, item)| (format!("{at:06}"), item)).collect();
        Self::page(type_name, items, arguments)
    }

    pub(crate) fn resolve(&self, world: &World, field: &str) -> Resolved {
        match field {
            "totalCount" => value(self.all.len()),
            "pageInfo" => Resolved::Object(Object::PageInfo(self.info.clone())),
            "nodes" => Resolved::List(self.page.iter().map(|item| readable(world, item)).collect()),
            "checkRunCountsByState" => self.counts(world, "CheckRunStateCount"),
            "statusContextCountsByState" => self.counts(world, "StatusContextStateCount"),
            _ => Resolved::Unknown,
        }
    }

    fn counts(&self, world: &World, type_name: &'static str) -> Resolved {
        let states = self.all.iter().filter_map(|item| match item {
            Object::Run(at, sha, id) if type_name == "CheckRunStateCount" => {
                let (_, run) = find_run(world, *at, sha, *id);
                Some(run.conclusion.unwrap_or(run.status).to_owned())
            }
            Object::Status(at, sha, id) if type_name == "StatusContextStateCount" => {
                Some(find_status(world, *at, sha, *id).state.to_owned())
            }
            _ => None,
        });
        let mut counts: Vec<(String, usize)> = Vec::new();
        for state in states {
            match counts.iter_mut().find(|(known, _)| *known == state) {
                Some((_, count)) => *count += 1,
                None => counts.push((state, 1)),
            }
        }
        let objects = counts.into_iter().map(|(state, count)| Object::Count(type_name, state, count));
        Resolved::List(objects.map(Resolved::Object).collect())
    }
}

fn readable(world: &World, item: &Object) -> Resolved {
    match item {
        Object::Run(..) if !world.token.checks => unreadable(),
        item => Resolved::Object(item.clone()),
    }
}
