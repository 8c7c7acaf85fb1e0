//! Strict JSON: duplicate keys, lone surrogates, more than 32 levels of nesting and more than 300,000 values are errors.
//!
//! Parsed values of `[[[…]]]` or `{"a":{"a":…}}` take many times the memory of the text. The number of values bounds the
//! memory of a body, whatever its shape, before the values are built.

use crate::http::limits::{MAX_DEPTH, MAX_VALUES};
use serde::de::{DeserializeSeed, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};
use std::cell::Cell;
use std::fmt;

/// A text without the byte order mark before it.
pub(in crate::http) fn without_mark(bytes: &[u8]) -> &[u8] {
    bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes)
}

/// Parses strict JSON after a byte order mark, which programs of Windows write. The error has the line and the column.
pub(in crate::http) fn parse(bytes: &[u8], budget: &Budget) -> Result<Value, serde_json::Error> {
    let mut from = serde_json::Deserializer::from_slice(without_mark(bytes));
    Strict { depth: MAX_DEPTH, budget }.deserialize(&mut from).and_then(|value| from.end().map(|()| value))
}

/// The number of values that may still be read from one body.
pub(in crate::http) struct Budget(Cell<usize>);

impl Default for Budget {
    fn default() -> Self {
        Self(Cell::new(MAX_VALUES))
    }
}

impl Budget {
    /// Takes one value.
    fn take<E: serde::de::Error>(&self) -> Result<(), E> {
        let left = self.0.get().checked_sub(1);
        let left = left.ok_or_else(|| E::custom(format_args!("more than {MAX_VALUES} values")))?;
        self.0.set(left);
        Ok(())
    }
}

/// Parses a value.
#[derive(Clone, Copy)]
struct Strict<'a> {
    /// The levels of nesting that are left.
    depth: u8,
    budget: &'a Budget,
}

impl<'de> DeserializeSeed<'de> for Strict<'_> {
    type Value = Value;
    fn deserialize<D: serde::Deserializer<'de>>(self, from: D) -> Result<Value, D::Error> {
        self.budget.take()?; // before the value is built
        from.deserialize_any(self)
    }
}

impl Strict<'_> {
    fn inside<E: serde::de::Error>(self) -> Result<Self, E> {
        let depth = self.depth.checked_sub(1);
        let depth = depth.ok_or_else(|| E::custom(format_args!("nested more than {MAX_DEPTH} levels deep")))?;
        Ok(Self { depth, ..self })
    }
}

impl<'de> Visitor<'de> for Strict<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }
    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }
    fn visit_bool<E>(self, truth: bool) -> Result<Value, E> {
        Ok(truth.into())
    }
    fn visit_i64<E>(self, number: i64) -> Result<Value, E> {
        Ok(number.into())
    }
    fn visit_u64<E>(self, number: u64) -> Result<Value, E> {
        Ok(number.into())
    }
    fn visit_f64<E>(self, number: f64) -> Result<Value, E> {
        Ok(number.into())
    }
    fn visit_str<E>(self, text: &str) -> Result<Value, E> {
        Ok(text.into())
    }
    fn visit_string<E>(self, text: String) -> Result<Value, E> {
        Ok(text.into())
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let inside = self.inside()?;
        let mut array = Vec::new();
        while let Some(item) = items.next_element_seed(inside)? {
            array.push(item);
        }
        Ok(Value::Array(array))
    }
    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Value, A::Error> {
        let inside = self.inside()?;
        let mut object = Map::new();
        while let Some(name) = members.next_key::<String>()? {
            if object.contains_key(&name) {
                return Err(A::Error::custom("a key stands twice in one object"));
            }
            let value = members.next_value_seed(inside)?;
            object.insert(name, value);
        }
        Ok(Value::Object(object))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn refusal(body: &str) -> String {
        parse(body.as_bytes(), &Budget::default()).expect_err("no JSON").to_string()
    }

    #[test]
    fn what_is_not_strict_json_is_refused_with_the_place() {
        for (body, says) in [
            ("", "EOF"),
            ("{\"a\":1,}", "line 1 column 8"),
            ("{\"a\":1}x", "line 1 column 8"),
            ("{\"a\":1,\"a\":2}", "twice"),
            ("[{\"a\":{\"b\":1,\"b\":1}}]", "twice"),
            ("\"\\ud800\"", "hex escape"),
            (&"[".repeat(33), "32 levels"),
        ] {
            let sentence = refusal(body);
            assert!(sentence.contains(says), "{body}: {sentence}");
        }
        assert!(parse(format!("{}{}", "[".repeat(32), "]".repeat(32)).as_bytes(), &Budget::default()).is_ok());
    }

    proptest! {
        #[test]
        fn strict_json_reads_what_serde_json_reads(text in "\\PC{0,30}", number in any::<f64>(), whole in any::<i64>()) {
            let value = serde_json::json!({"a": [text, number, whole, null, true], "b": {"c": {}}});
            prop_assert_eq!(parse(value.to_string().as_bytes(), &Budget::default()).unwrap(), serde_json::from_str::<Value>(&value.to_string()).unwrap());
        }
    }
}
