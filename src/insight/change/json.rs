//! How the JSON is walked: what may be large is taken in where it stands, and never held as a whole.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::Value;

use super::{Found, Input};
use crate::insight::risk::{
    file::{FileDigest, Status, digest, lines},
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
        // An array of numbers, say, is no list of files.
        if !found.files.is_empty() || found.invented {
            self.0.found = Some(found);
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
                        self.0.found = Some(found);
                    }
                }
                _ => drop(object.insert(key, map.next_value()?)),
            }
        }
        self.0.objects.push(object);
        Ok(())
    }
}

/// Reads a list of files, one at a time; anything else is no list.
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
        while let Some(entry) = list.next_element_seed(Entry)? {
            self.0.invented |= entry.invented;
            self.0.files.extend(entry.file);
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

/// One element of the list.
#[derive(Debug, Default)]
pub(super) struct Read {
    pub file: Option<FileDigest>,
    /// A service made its name up.
    pub invented: bool,
}

/// Reads one element: an object as GitHub's, or a bare path.
pub(super) struct Entry;

impl<'de> DeserializeSeed<'de> for Entry {
    type Value = Read;
    visits_itself!();
}

impl<'de> Visitor<'de> for Entry {
    type Value = Read;
    ignores!(list scalars);

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a file")
    }

    fn visit_str<E: Error>(self, path: &str) -> Result<Read, E> {
        Ok(Read { file: Parts { path: Some(path.to_owned()), ..Parts::default() }.file(), invented: false })
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Read, A::Error> {
        let mut parts = Parts::default();
        let mut invented = false;
        while let Some(key) = map.next_key::<String>()? {
            match key.as_str() {
                "filename" => parts.path = text(&map.next_value()?).or(parts.path),
                "path" => parts.path = parts.path.or(text(&map.next_value()?)),
                "status" | "changeType" => parts.status = text(&map.next_value()?).or(parts.status),
                "additions" => parts.additions = parts.count(&map.next_value()?),
                "deletions" => parts.deletions = parts.count(&map.next_value()?),
                "_fallback" => invented |= map.next_value::<Value>()? == true,
                "patch" => parts.patch = map.next_value_seed(Patch(parts.path.as_deref().map(Kind::of)))?,
                _ => drop(map.next_value::<IgnoredAny>()?),
            }
        }
        Ok(Read { file: parts.file(), invented })
    }
}

fn text(value: &Value) -> Option<String> {
    value.as_str().map(str::to_owned)
}

/// What an entry was found to hold.
#[derive(Debug, Default)]
struct Parts {
    path: Option<String>,
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

    fn file(self) -> Option<FileDigest> {
        let path = self.path.filter(|path| !path.is_empty())?;
        let kind = Kind::of(&path);
        Some(FileDigest {
            status: Status::parse(self.status.as_deref().unwrap_or_default()),
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
