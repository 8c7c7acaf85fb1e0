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
    /// Merges the attributes of a link that was created at `made_at`. An older value never overwrites a newer one,
    /// whatever the order of the calls.
    pub fn merge(&mut self, attributes: &Attributes, made_at: DateTime<Utc>) {
        let made_at = made_at.timestamp_micros();
        for (name, value) in attributes.iter() {
            let newest = self.0.get(name).is_none_or(|known| known.made_at <= made_at);
            if newest {
                self.0.insert(name.to_owned(), ContextValue { value: value.clone(), made_at });
            }
        }
    }

    /// Removes the values of links created at or before `until`.
    pub fn forget(&mut self, until: DateTime<Utc>) {
        self.0.retain(|_, known| known.made_at > until.timestamp_micros());
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
