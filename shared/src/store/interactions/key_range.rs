//! [`KeyRange`]: a range of sort keys in one shard of a day.

use crate::model::{Period, UserHash};
use crate::store::interactions::items::StoredInteraction;
use crate::store::keys;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// A range of a day's shard. Its keys are ordered by user hash, then by time, then by interaction id.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeyRange {
    pub(in crate::store) first: String,
    pub(in crate::store) last: String,
}

impl KeyRange {
    /// The whole shard.
    #[must_use]
    pub fn all() -> Self {
        Self { first: String::new(), last: "~".to_owned() }
    }

    /// The users from `first` to `last`, both included.
    #[must_use]
    pub fn users(first: &UserHash, last: &UserHash) -> Self {
        // `$` follows `#`: every key of the last user sorts before it.
        Self { first: first.to_string(), last: format!("{last}$") }
    }

    /// One user's interactions in a period.
    #[must_use]
    pub fn during(user: &UserHash, period: &Period) -> Self {
        let micros = |at: DateTime<Utc>| at.timestamp_micros().max(0);
        let (from, last) = (micros(period.from), micros(period.last));
        Self { first: format!("{user}#{from:020}"), last: format!("{user}#{last:020}$") }
    }

    /// The part of this range that begins with an interaction.
    #[must_use]
    pub fn from(&self, first: &StoredInteraction) -> Self {
        let StoredInteraction { user_hash, interaction, .. } = first;
        let (micros, id) = (interaction.date.timestamp_micros(), &interaction.id);
        Self { first: format!("{user_hash}#{micros:020}#{id}"), last: self.last.clone() }
    }

    /// The part of this range after a key, whether an interaction with this key exists or not.
    #[must_use]
    pub fn after_place(self, user: &UserHash, micros: i64, id: &str) -> Self {
        Self { first: format!("{user}#{micros:020}#{id}\0"), ..self }
    }

    /// The intersection of two ranges, or `None` if it is empty.
    #[must_use]
    pub fn common(&self, other: &Self) -> Option<Self> {
        let common = Self {
            first: self.first.clone().max(other.first.clone()),
            last: self.last.clone().min(other.last.clone()),
        };
        (common.first <= common.last).then_some(common)
    }

    /// The hash of the first user who may be in the range, as a number.
    #[must_use]
    pub fn first_place(&self) -> u128 {
        self.first.get(..32).and_then(|hex| hex.parse::<UserHash>().ok()).map_or(0, |user| user.as_u128())
    }

    /// The part after the last key that was read. An empty page need not be the last (DynamoDB).
    pub(in crate::store) fn rest(&self, last_read: &keys::Key) -> Self {
        // Without the prefix of the author or the header, two characters.
        let key = keys::text(last_read, keys::SK).split_at_checked(2).map_or("", |(_, key)| key);
        Self { first: format!("{key}\0"), last: self.last.clone() }
    }
}
