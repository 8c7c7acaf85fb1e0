//! Entries of the changes feed as they are read, and how far a reader has come.

use crate::model::{UserId, time};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// An entry that was read.
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

/// How far a reader has come.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FeedCursor {
    /// When the last entry's request began, in microseconds.
    #[serde(rename = "a")]
    pub(in crate::store) at: i64,
    /// Its name.
    #[serde(rename = "e")]
    pub(in crate::store) entry: String,
    /// How many of its pointers are done with; none when all are.
    #[serde(rename = "n")]
    pub(in crate::store) done: Option<usize>,
}

impl FeedCursor {
    /// Before everything that was announced from an instant on.
    #[must_use]
    pub fn from(at: DateTime<Utc>) -> Self {
        Self { at: at.timestamp_micros(), entry: String::new(), done: None }
    }

    /// The instant it has come to.
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

    /// How many of its pointers lie before a place.
    #[must_use]
    pub fn done(&self, place: &FeedCursor) -> usize {
        if place.at == self.at && place.entry == self.name { place.done.unwrap_or(self.events.len()) } else { 0 }
    }

    /// How many events it points to.
    #[must_use]
    pub fn len(&self) -> usize {
        self.events.len()
    }

    /// Whether it points to none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.events.is_empty()
    }

    /// The place after so many of its pointers.
    #[must_use]
    pub fn place(&self, done: usize) -> FeedCursor {
        FeedCursor { at: self.at, entry: self.name.clone(), done: (done < self.events.len()).then_some(done) }
    }
}
