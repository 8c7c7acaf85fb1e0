//! [`TtlCache`]: values that are read again after a fixed time.
//!
//! Not `quick_cache` or `moka`: the first has no expiry and the second starts threads, and every function would link them.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::time::Instant;

/// At most `capacity` values by key, each for at most `ttl`.
#[derive(Debug)]
pub(in crate::store) struct TtlCache<K, V> {
    capacity: usize,
    ttl: Duration,
    values: Mutex<HashMap<K, (Instant, V)>>,
}

impl<K: Eq + Hash, V: Clone> TtlCache<K, V> {
    /// An empty cache.
    pub(in crate::store) fn new(capacity: usize, ttl: Duration) -> Self {
        Self { capacity, ttl, values: Mutex::default() }
    }

    /// The value of a key, unless it has expired.
    pub(in crate::store) fn get(&self, key: &K) -> Option<V> {
        let values = self.values();
        let (read_at, value) = values.get(key)?;
        (read_at.elapsed() < self.ttl).then(|| value.clone())
    }

    /// Keeps a value that was read at `read_at`. A full cache is emptied first.
    pub(in crate::store) fn insert(&self, key: K, read_at: Instant, value: V) {
        let mut values = self.values();
        if values.len() >= self.capacity {
            values.clear();
        }
        values.insert(key, (read_at, value));
    }

    /// Removes the value of a key.
    pub(in crate::store) fn remove(&self, key: &K) {
        self.values().remove(key);
    }

    /// Removes all values.
    pub(in crate::store) fn clear(&self) {
        self.values().clear();
    }

    fn values(&self) -> MutexGuard<'_, HashMap<K, (Instant, V)>> {
        self.values.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TTL: Duration = Duration::from_secs(2);

    #[tokio::test(start_paused = true)]
    async fn a_value_expires_after_its_time_since_it_was_read() {
        let cache = TtlCache::new(2, TTL);
        let read_at = Instant::now();
        tokio::time::advance(Duration::from_millis(500)).await;
        cache.insert("a", read_at, 1);
        tokio::time::advance(Duration::from_millis(1_499)).await;
        assert_eq!(cache.get(&"a"), Some(1));
        tokio::time::advance(Duration::from_millis(1)).await;
        assert_eq!(cache.get(&"a"), None);
    }

    #[tokio::test(start_paused = true)]
    async fn a_full_cache_is_emptied_before_the_next_value() {
        let cache = TtlCache::new(2, TTL);
        for (key, value) in [("a", 1), ("b", 2), ("c", 3)] {
            cache.insert(key, Instant::now(), value);
        }
        assert_eq!(["a", "b", "c"].map(|key| cache.get(&key)), [None, None, Some(3)]);
    }

    #[tokio::test(start_paused = true)]
    async fn a_removed_value_is_gone_and_the_others_stay() {
        let cache = TtlCache::new(2, TTL);
        cache.insert("a", Instant::now(), 1);
        cache.insert("b", Instant::now(), 2);
        cache.remove(&"a");
        assert_eq!(["a", "b"].map(|key| cache.get(&key)), [None, Some(2)]);
        cache.clear();
        assert_eq!(cache.get(&"b"), None);
    }
}
