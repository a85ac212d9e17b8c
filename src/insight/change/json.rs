//! How the JSON is walked: what may be large is taken in where it stands, and never held as a whole.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::Value;

use super::{Found, Input};
use crate::insight::digest::{
    file::{FileDigest, Status, TypedPath, digest, lines},
    patch::PatchDigest,
    path::Kind,
};

/// A seed is its own visitor.
macro_rules! visits_itself {
    () => {
        fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
            deserializer.deserialize_any(self)
        }
    };
}

/// Values of these kinds are nothing that is sought: the value stays what it is by default.
macro_rules! ignores {
    ($($kind:ident)*) => { $(ignores!(@ $kind);)* };
    (@ text) => {
        fn visit_str<E: Error>(self, _: &str) -> Result<Self::Value, E> { Ok(Self::Value::default()) }
    };
    (@ list) => {
        fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
            while list.next_element::<IgnoredAny>()?.is_some() {}
            Ok(Self::Value::default())
        }
    };
    (@ object) => {
        fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
            while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
            Ok(Self::Value::default())
        }
    };
    (@ scalars) => {
        fn visit_unit<E: Error>(self) -> Result<Self::Value, E> { Ok(Self::Value::default()) }
        fn visit_bool<E: Error>(self, _: bool) -> Result<Self::Value, E> { Ok(Self::Value::default()) }
        fn visit_i64<E: Error>(self, _: i64) -> Result<Self::Value, E> { Ok(Self::Value::default()) }
        fn visit_u64<E: Error>(self, _: u64) -> Result<Self::Value, E> { Ok(Self::Value::default()) }
        fn visit_f64<E: Error>(self, _: f64) -> Result<Self::Value, E> { Ok(Self::Value::default()) }
    };
}

/// Reads a whole document.
pub(super) struct Top<'a>(pub &'a mut Input);

impl<'de> DeserializeSeed<'de> for Top<'_> {
    type Value = ();
    visits_itself!();
}

impl<'de> Visitor<'de> for Top<'_> {
    type Value = ();
    ignores!(text scalars);

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a pull request or the array of its files")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, list: A) -> Result<(), A::Error> {
        let mut found = Found::default();
        List(&mut found).visit_seq(list)?;
        self.0.refused = self.0.refused.take().or(found.refused.take());
        // An array of numbers, say, is no list of files.
        if !found.is_foreign() {
            self.0.add(found);
        }
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let mut object = serde_json::Map::new();
        while let Some(key) = map.next_key::<String>()? {
            match key.as_str() {
                "files" | "files_changed" => {
                    let mut found = Found::default();
                    map.next_value_seed(List(&mut found))?;
                    if found.is_list {
                        self.0.add(found);
                    }
                }
                _ => drop(object.insert(key, map.next_value()?)),
            }
        }
        // One file a line is what `gh api --jq '.[]'` prints.
        if is_file(&object) {
            let mut found = Found { is_list: true, ..Found::default() };
            // An object is read from an object without fail.
            drop(Entry(&mut found).deserialize(Value::Object(object)));
            self.0.add(found);
        } else {
            self.0.objects.push(object);
        }
        Ok(())
    }
}

/// Whether an object is one file, and no pull request.
pub fn is_file(object: &serde_json::Map<String, Value>) -> bool {
    !object.contains_key("title")
        && (object.contains_key("filename")
            || (object.contains_key("path") && object.contains_key("additions")))
}

/// Reads a list of files, one at a time, or one of pages of them (`gh api --slurp`); anything else is no list.
pub(super) struct List<'a>(pub &'a mut Found);

impl<'de> DeserializeSeed<'de> for List<'_> {
    type Value = ();
    visits_itself!();
}

impl<'de> Visitor<'de> for List<'_> {
    type Value = ();
    ignores!(object scalars);

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an array of files")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        self.0.is_list = true;
        while let Some(is_file) = list.next_element_seed(Entry(self.0))? {
            self.0.foreign |= !is_file;
        }
        Ok(())
    }

    /// Some services store the list as a string of JSON.
    fn visit_str<E: Error>(self, text: &str) -> Result<(), E> {
        if let Ok(Value::Array(list)) = serde_json::from_str(text) {
            // A list is read from a list without fail.
            drop(List(self.0).deserialize(Value::Array(list)));
        }
        Ok(())
    }
}

/// Reads one element of the list: an object as GitHub's, a bare path, or a page of these. Whether it was any of them.
pub(super) struct Entry<'a>(&'a mut Found);

impl<'de> DeserializeSeed<'de> for Entry<'_> {
    type Value = bool;
    visits_itself!();
}

impl<'de> Visitor<'de> for Entry<'_> {
    type Value = bool;
    ignores!(scalars);

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a file")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, list: A) -> Result<bool, A::Error> {
        List(self.0).visit_seq(list).map(|()| true)
    }

    fn visit_str<E: Error>(self, path: &str) -> Result<bool, E> {
        Ok(self.0.take(Parts { path: Some(path.to_owned()), ..Parts::default() }))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<bool, A::Error> {
        let mut parts = Parts::default();
        let mut message = None;
        while let Some(key) = map.next_key::<String>()? {
            match key.as_str() {
                "filename" => parts.path = text(&map.next_value()?).or(parts.path),
                "path" => parts.path = parts.path.or(text(&map.next_value()?)),
                "previous_filename" => parts.previous = text(&map.next_value()?),
                "status" | "changeType" => parts.status = text(&map.next_value()?).or(parts.status),
                "additions" => parts.additions = parts.count(&map.next_value()?),
                "deletions" => parts.deletions = parts.count(&map.next_value()?),
                "_fallback" => self.0.invented |= map.next_value::<Value>()? == true,
                "patch" => parts.patch = map.next_value_seed(Patch(parts.path.as_deref().map(Kind::of)))?,
                "message" => message = text(&map.next_value()?),
                _ => drop(map.next_value::<IgnoredAny>()?),
            }
        }
        let is_file = self.0.take(parts);
        if !is_file {
            self.0.refused = self.0.refused.take().or(message);
        }
        Ok(is_file)
    }
}

fn text(value: &Value) -> Option<String> {
    value.as_str().map(str::to_owned)
}

/// What an entry holds.
#[derive(Debug, Default)]
pub(super) struct Parts {
    path: Option<String>,
    previous: Option<String>,
    status: Option<String>,
    additions: u64,
    deletions: u64,
    is_odd: bool,
    patch: Option<Taken>,
}

impl Parts {
    /// A number of lines; whatever is none is noted.
    fn count(&mut self, value: &Value) -> u64 {
        let lines = lines(value);
        self.is_odd |= lines.is_none();
        lines.unwrap_or_default()
    }

    pub(super) fn file(self) -> Option<FileDigest> {
        let path = self.path.filter(|path| !path.is_empty())?;
        let kind = Kind::of(&path);
        let status = Status::parse(self.status.as_deref().unwrap_or_default());
        let left = self.previous.filter(|left| status == Status::Renamed && *left != path);
        Some(FileDigest {
            status,
            left: left.filter(|left| !left.is_empty()).map(TypedPath::of),
            additions: self.additions,
            deletions: self.deletions,
            is_odd: self.is_odd,
            has_patch: self.patch.is_some(),
            digest: match self.patch {
                // A path behind the patch may be another than the one before it.
                Some(Taken::Read(known, digest)) if known == kind => digest,
                Some(Taken::Text(text)) => digest(&text, kind),
                Some(Taken::Read(..)) | None => PatchDigest::default(),
            },
            path,
            kind,
        })
    }
}

/// A patch: counted where it stood, or kept where the path comes only behind it.
#[derive(Debug)]
enum Taken {
    Read(Kind, PatchDigest),
    Text(String),
}

struct Patch(Option<Kind>);

impl<'de> DeserializeSeed<'de> for Patch {
    type Value = Option<Taken>;
    visits_itself!();
}

impl<'de> Visitor<'de> for Patch {
    type Value = Option<Taken>;
    ignores!(list object scalars);

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a patch")
    }

    fn visit_str<E: Error>(self, patch: &str) -> Result<Option<Taken>, E> {
        Ok(Some(match self.0 {
            Some(kind) => Taken::Read(kind, digest(patch, kind)),
            None => Taken::Text(patch.to_owned()),
        }))
    }
}
