//! What was read lately and is not read again for a moment.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// What is revoked elsewhere stops here within this time.
const KEPT: Duration = Duration::from_secs(2);

/// Values by key, each known for at most two seconds.
#[derive(Debug)]
pub(in crate::store) struct Kept<K, V> {
    most: usize,
    values: Mutex<HashMap<K, (Instant, V)>>,
}

impl<K: Eq + Hash, V: Clone> Kept<K, V> {
    /// Keeps so many at most; then all are forgotten.
    pub(in crate::store) fn new(most: usize) -> Self {
        Self { most, values: Mutex::default() }
    }

    /// What is known.
    pub(in crate::store) fn get(&self, key: &K) -> Option<V> {
        let values = self.values();
        let (asked_at, value) = values.get(key)?;
        (asked_at.elapsed() < KEPT).then(|| value.clone())
    }

    /// Keeps what the table said when it was asked at an instant.
    pub(in crate::store) fn keep(&self, key: K, asked_at: Instant, value: V) {
        let mut values = self.values();
        if values.len() >= self.most {
            values.clear();
        }
        values.insert(key, (asked_at, value));
    }

    /// Forgets what has changed.
    pub(in crate::store) fn forget(&self, key: &K) {
        self.values().remove(key);
    }

    /// Forgets all.
    pub(in crate::store) fn forget_all(&self) {
        self.values().clear();
    }

    fn values(&self) -> MutexGuard<'_, HashMap<K, (Instant, V)>> {
        self.values.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
