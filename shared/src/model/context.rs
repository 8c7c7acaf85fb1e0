//! A user's context: the attributes that links have told, of each the newest.

use super::{Attributes, time};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Attributes by name, each with when it was told.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Context(BTreeMap<String, ContextValue>);

/// The newest value of an attribute.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ContextValue {
    /// The value.
    #[serde(rename = "v")]
    pub value: serde_json::Value,
    /// When the link that told it was made, in microseconds.
    #[serde(rename = "at")]
    made_at: i64,
}

impl Context {
    /// Takes attributes told at an instant. A value told later is never overwritten by one told earlier, whatever the
    /// order in which they come.
    pub fn merge(&mut self, attributes: &Attributes, told_at: DateTime<Utc>) {
        let made_at = told_at.timestamp_micros();
        for (name, value) in attributes.iter() {
            let newest = self.0.get(name).is_none_or(|known| known.made_at <= made_at);
            if newest {
                self.0.insert(name.to_owned(), ContextValue { value: value.clone(), made_at });
            }
        }
    }

    /// Forgets what was told up to an instant.
    pub fn forget(&mut self, until: DateTime<Utc>) {
        self.0.retain(|_, known| known.made_at > until.timestamp_micros());
    }

    /// Whether nothing is known.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Each attribute with its value and when it was told.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &serde_json::Value, DateTime<Utc>)> {
        self.0.iter().map(|(name, known)| (name.as_str(), &known.value, time::from_micros(known.made_at)))
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Scalar, Value};
    use super::*;
    use proptest::prelude::*;

    fn told(name: &str, value: i64) -> Attributes {
        Attributes::of([(name.to_owned(), Value::One(Scalar::try_from(serde_json::Value::from(value)).unwrap()))])
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
                    context.merge(&told(name, *value), time::from_micros(**at));
                }
                context
            };
            prop_assert_eq!(merged(&shuffled), merged(&links.iter().collect::<Vec<_>>()));
        }
    }
}
