//! A user's context: the newest value of each attribute that links and imports have brought.

use crate::model::attributes::Attributes;

use crate::model::time;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The newest value of each attribute, by name.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Context(BTreeMap<String, ContextValue>);

/// The newest value of an attribute.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ContextValue {
    /// The value.
    #[serde(rename = "v")]
    pub value: serde_json::Value,
    /// When the link that brought the value was created, in microseconds since 1970.
    #[serde(rename = "at")]
    made_at: i64,
}

impl Context {
    /// The size of a context as JSON, in bytes, beyond which its oldest attributes leave. An item has at most 400 KB
    /// (DynamoDB limit), and each write costs a unit for each KB.
    pub const MAX_BYTES: usize = 64 * 1024;

    /// Merges the attributes of a link that was created at `made_at`. An older value never overwrites a newer one,
    /// whatever the order of the calls. If the context is larger than [`MAX_BYTES`](Self::MAX_BYTES) then, its oldest
    /// attributes are removed. Returns whether it changed.
    pub fn merge(&mut self, attributes: &Attributes, made_at: DateTime<Utc>) -> bool {
        let made_at = made_at.timestamp_micros();
        let before = self.clone();
        for (name, value) in attributes.iter() {
            let newest = self.0.get(name).is_none_or(|known| known.made_at <= made_at);
            if newest {
                self.0.insert(name.to_owned(), ContextValue { value: value.clone(), made_at });
            }
        }
        self.shrink();
        *self != before
    }

    /// Removes the oldest attributes until the context has at most [`MAX_BYTES`](Self::MAX_BYTES).
    fn shrink(&mut self) {
        let size = |name: &String, known: &ContextValue| {
            let pair = serde_json::to_string(&(name, known)).expect("a context is a map of JSON values");
            // A pair has two brackets and a comma; a member has a colon and the comma behind it.
            pair.len() - 1
        };
        let mut left: usize = self.0.iter().map(|(name, known)| size(name, known)).sum();
        while left > Self::MAX_BYTES {
            let oldest = self.0.iter().min_by_key(|(name, known)| (known.made_at, *name)).map(|(name, _)| name.clone());
            let Some((name, known)) = oldest.and_then(|name| self.0.remove_entry(&name)) else { return };
            left -= size(&name, &known);
        }
    }

    /// Removes the values of links created at or before `until`, and returns whether there were any.
    pub fn forget(&mut self, until: DateTime<Utc>) -> bool {
        let before = self.0.len();
        self.0.retain(|_, known| known.made_at > until.timestamp_micros());
        self.0.len() < before
    }

    /// Whether there are no values.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Iterates over names, values and the times at which the values' links were created.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &serde_json::Value, DateTime<Utc>)> {
        self.0.iter().map(|(name, known)| (name.as_str(), &known.value, time::from_micros(known.made_at)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::attributes::{AttributeValue, Scalar};
    use proptest::prelude::*;

    fn attributes(name: &str, value: i64) -> Attributes {
        Attributes::of([(
            name.to_owned(),
            AttributeValue::One(Scalar::try_from(serde_json::Value::from(value)).unwrap()),
        )])
    }

    #[test]
    fn a_context_beyond_64_kb_loses_its_oldest_attributes() {
        let mut context = Context::default();
        for number in 0..5_000 {
            assert!(context.merge(&attributes(&format!("name-{number:04}"), number), time::from_micros(number)));
        }
        let json = serde_json::to_string(&context).unwrap();
        assert!(json.len() <= Context::MAX_BYTES, "{}", json.len());
        assert!(json.len() > Context::MAX_BYTES - 100, "{}", json.len());
        let names: Vec<_> = context.iter().map(|(name, ..)| name.to_owned()).collect();
        let first_kept = 5_000 - names.len();
        assert_eq!(names.first(), Some(&format!("name-{first_kept:04}")));
        assert_eq!(names.last(), Some(&"name-4999".to_owned()));
    }

    #[test]
    fn a_merge_says_whether_it_changed_the_context() {
        let mut context = Context::default();
        assert!(context.merge(&attributes("a", 1), time::from_micros(5)));
        assert!(!context.merge(&attributes("a", 1), time::from_micros(5)));
        assert!(!context.merge(&attributes("a", 2), time::from_micros(4)));
        assert!(context.merge(&attributes("a", 1), time::from_micros(6)));
    }

    proptest! {
        #[test]
        fn the_newest_link_wins_whatever_the_order(
            links in prop::collection::btree_map(0_i64..1000, ("[ab]", 0_i64..9), 1..12),
            seed in any::<u64>(),
        ) {
            let mut shuffled: Vec<_> = links.iter().collect();
            shuffled.sort_by_key(|(at, _)| at.cast_unsigned().wrapping_mul(seed | 1));
            let merged = |order: &[(&i64, &(String, i64))]| {
                let mut context = Context::default();
                for (at, (name, value)) in order {
                    context.merge(&attributes(name, *value), time::from_micros(**at));
                }
                context
            };
            prop_assert_eq!(merged(&shuffled), merged(&links.iter().collect::<Vec<_>>()));
        }
    }
}
