//! Values in whatever form a server of any age sends them: numbers as texts, times as seconds, nulls everywhere. A form
//! that is not known is no value, and costs no other.

use std::{fmt, marker::PhantomData, ops::Deref};

use chrono::{DateTime, NaiveDateTime, SubsecRound as _, Utc};
use serde::{
    Deserialize, Deserializer,
    de::{self, IgnoredAny, MapAccess, SeqAccess, Visitor},
};

/// A value, if it is there in a form that is known. To be read as the option that it is.
#[derive(Debug)]
pub(super) struct Maybe<T>(Option<T>);

impl<T> Default for Maybe<T> {
    fn default() -> Self {
        Self(None)
    }
}

impl<T> Deref for Maybe<T> {
    type Target = Option<T>;

    fn deref(&self) -> &Option<T> {
        &self.0
    }
}

impl<T> Maybe<T> {
    pub(super) fn into_option(self) -> Option<T> {
        self.0
    }
}

/// A text, a whole number or a flag.
pub(super) enum Scalar {
    Text(String),
    Number(i64),
    Flag(bool),
}

/// The forms in which a type may come.
pub(super) trait Form: Sized {
    fn scalar(_: Scalar) -> Option<Self> {
        None
    }

    fn list<'de, A: SeqAccess<'de>>(mut list: A) -> Result<Option<Self>, A::Error> {
        while list.next_element::<IgnoredAny>()?.is_some() {}
        Ok(None)
    }

    fn object<'de, A: MapAccess<'de>>(mut object: A) -> Result<Option<Self>, A::Error> {
        while object.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(None)
    }
}

impl Form for String {
    fn scalar(scalar: Scalar) -> Option<Self> {
        match scalar {
            Scalar::Text(text) => Some(text),
            Scalar::Number(number) => Some(number.to_string()),
            Scalar::Flag(_) => None,
        }
    }
}

impl Form for i64 {
    fn scalar(scalar: Scalar) -> Option<Self> {
        match scalar {
            Scalar::Text(text) => text.trim().parse().ok(),
            Scalar::Number(number) => Some(number),
            Scalar::Flag(_) => None,
        }
    }
}

impl Form for i32 {
    fn scalar(scalar: Scalar) -> Option<Self> {
        i64::scalar(scalar)?.try_into().ok()
    }
}

impl Form for bool {
    fn scalar(scalar: Scalar) -> Option<Self> {
        match scalar {
            Scalar::Text(text) => text.trim().parse().ok(),
            Scalar::Number(_) => None,
            Scalar::Flag(flag) => Some(flag),
        }
    }
}

/// Seconds since 1970 in the year 10000, which databases can hold and no clock tells.
const END: i64 = 253_402_300_800;

impl Form for DateTime<Utc> {
    fn scalar(scalar: Scalar) -> Option<Self> {
        let seconds = |seconds| DateTime::from_timestamp(seconds, 0);
        let time = match scalar {
            Scalar::Text(text) => {
                let text = text.trim();
                // GitHub's clock is UTC, where it does not say so, too.
                let bare = || text.parse::<NaiveDateTime>().map(|time| time.and_utc()).ok();
                text.parse().ok().or_else(bare).or_else(|| seconds(text.parse().ok()?))
            }
            Scalar::Number(number) => seconds(number),
            Scalar::Flag(_) => None,
        };
        time.filter(|time| (0..END).contains(&time.timestamp())).map(|time| time.trunc_subsecs(0))
    }
}

impl<T: Form> Form for Vec<T> {
    /// Those that can be read.
    fn list<'de, A: SeqAccess<'de>>(mut list: A) -> Result<Option<Self>, A::Error> {
        let mut all = Self::new();
        while let Some(Maybe(one)) = list.next_element()? {
            all.extend(one);
        }
        Ok(Some(all))
    }
}

/// Types that are objects with fields.
macro_rules! objects {
    ($($type:ty),+ $(,)?) => {$(
        impl $crate::github::webhook::form::Form for $type {
            fn object<'de, A: serde::de::MapAccess<'de>>(object: A) -> Result<Option<Self>, A::Error> {
                let fields = serde::de::value::MapAccessDeserializer::new(object);
                <Self as serde::Deserialize>::deserialize(fields).map(Some)
            }
        }
    )+};
}
pub(super) use objects;

impl<'de, T: Form> Deserialize<'de> for Maybe<T> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(Any(PhantomData)).map(Self)
    }
}

struct Any<T>(PhantomData<T>);

impl<'de, T: Form> Visitor<'de> for Any<T> {
    type Value = Option<T>;

    fn expecting(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        to.write_str("anything")
    }

    fn visit_bool<E: de::Error>(self, flag: bool) -> Result<Self::Value, E> {
        Ok(T::scalar(Scalar::Flag(flag)))
    }

    fn visit_i64<E: de::Error>(self, number: i64) -> Result<Self::Value, E> {
        Ok(T::scalar(Scalar::Number(number)))
    }

    fn visit_u64<E: de::Error>(self, number: u64) -> Result<Self::Value, E> {
        Ok(i64::try_from(number).ok().and_then(|number| T::scalar(Scalar::Number(number))))
    }

    /// Some writers of JSON have whole numbers as `1.0` or `1e9`.
    fn visit_f64<E: de::Error>(self, number: f64) -> Result<Self::Value, E> {
        let whole = format!("{number:.0}").parse().ok().filter(|_| number.fract() == 0.0);
        Ok(whole.and_then(|number| T::scalar(Scalar::Number(number))))
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Self::Value, E> {
        self.visit_string(text.to_owned())
    }

    fn visit_string<E: de::Error>(self, text: String) -> Result<Self::Value, E> {
        Ok(T::scalar(Scalar::Text(text)))
    }

    fn visit_unit<E: de::Error>(self) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, list: A) -> Result<Self::Value, A::Error> {
        T::list(list)
    }

    fn visit_map<A: MapAccess<'de>>(self, object: A) -> Result<Self::Value, A::Error> {
        T::object(object)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read<T: Form>(json: &str) -> Option<T> {
        serde_json::from_str::<Maybe<T>>(json).unwrap().0
    }

    #[test]
    fn numbers_are_read_in_each_form() {
        for (json, number) in [
            ("7", Some(7)),
            ("\" 7 \"", Some(7)),
            ("9223372036854775807", Some(i64::MAX)),
            ("\"9223372036854775807\"", Some(i64::MAX)),
            ("18446744073709551615", None),
            ("1e9", Some(1_000_000_000)),
            ("7.0", Some(7)),
            ("7.5", None),
            ("1e300", None),
            ("true", None),
            ("null", None),
            ("[7]", None),
            ("{\"a\": [7, {}]}", None),
        ] {
            assert_eq!(read::<i64>(json), number, "{json}");
        }
        assert_eq!(read::<i32>("2147483648"), None);
        assert_eq!(read::<String>("7").as_deref(), Some("7"));
        assert_eq!((read::<bool>("\"true\""), read::<bool>("1")), (Some(true), None));
    }

    #[test]
    fn times_are_read_in_each_form_to_the_second() {
        for (json, time) in [
            ("\"2019-05-15T15:20:33Z\"", Some("2019-05-15T15:20:33Z")),
            ("\"2019-05-15T15:20:33.789Z\"", Some("2019-05-15T15:20:33Z")),
            ("\"2021-04-28T22:32:50.000-04:00\"", Some("2021-04-29T02:32:50Z")),
            ("\"2021-04-28 22:32:50 -0400\"", Some("2021-04-29T02:32:50Z")),
            ("\"2019-05-15 15:20:33 UTC\"", Some("2019-05-15T15:20:33Z")),
            ("\"2019-05-15T15:20:33\"", Some("2019-05-15T15:20:33Z")),
            ("1557933565", Some("2019-05-15T15:19:25Z")),
            ("\"1557933565\"", Some("2019-05-15T15:19:25Z")),
            // Milliseconds are no seconds.
            ("1557933565000", None),
            ("-1", None),
            ("\"soon\"", None),
            ("\"2019-05-15\"", None),
            ("\"\"", None),
            ("null", None),
        ] {
            let expected = time.map(|time| time.parse::<DateTime<Utc>>().unwrap());
            assert_eq!(read::<DateTime<Utc>>(json), expected, "{json}");
        }
    }

    #[test]
    fn an_element_that_cannot_be_read_costs_no_other() {
        assert_eq!(read::<Vec<i64>>("[1, null, {\"a\": 1}, \"2\", [3]]"), Some(vec![1, 2]));
        assert_eq!(read::<Vec<i64>>("{\"a\": 1}"), None);
    }
}
