//! Entries of the changes feed, and a reader's position among them.

use crate::model::{UserId, time};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// An entry of the changes feed.
#[derive(Debug)]
pub struct FeedEntry {
    /// When its request began, in microseconds.
    pub(in crate::store) at: i64,
    /// Its name.
    pub(in crate::store) name: String,
    /// Sort keys of interactions.
    pub(in crate::store) events: Vec<String>,
    /// The user whose erasure began then.
    pub erased: Option<UserId>,
}

/// A reader's position in the changes feed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FeedCursor {
    /// When the last entry's request began, in microseconds.
    #[serde(rename = "a")]
    pub(in crate::store) at: i64,
    /// Its name.
    #[serde(rename = "e")]
    pub(in crate::store) entry: String,
    /// Events of the entry that the reader has; `None` if it has all.
    #[serde(rename = "n")]
    pub(in crate::store) done: Option<usize>,
}

impl FeedCursor {
    /// The position before everything that was announced from a time on.
    #[must_use]
    pub fn from(at: DateTime<Utc>) -> Self {
        Self { at: at.timestamp_micros(), entry: String::new(), done: None }
    }

    /// The time of the last entry.
    #[must_use]
    pub fn at(&self) -> DateTime<Utc> {
        time::from_micros(self.at)
    }
}

impl FeedEntry {
    /// When its request began.
    #[must_use]
    pub fn at(&self) -> DateTime<Utc> {
        time::from_micros(self.at)
    }

    /// The number of its events before a position.
    #[must_use]
    pub fn done(&self, cursor: &FeedCursor) -> usize {
        let here = cursor.at == self.at && cursor.entry == self.name;
        if here { cursor.done.unwrap_or(self.events.len()) } else { 0 }
    }

    /// The number of its events.
    #[must_use]
    pub fn len(&self) -> usize {
        self.events.len()
    }

    /// Whether it has no events.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.events.is_empty()
    }

    /// The position after `done` of its events.
    #[must_use]
    pub fn place(&self, done: usize) -> FeedCursor {
        FeedCursor { at: self.at, entry: self.name.clone(), done: (done < self.events.len()).then_some(done) }
    }
}
