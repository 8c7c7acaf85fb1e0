//! Waiting between tries: exponential with full jitter, so that those who were refused together do not come back together.

use std::time::Duration;

/// A random wait below 50 ms doubled with every attempt.
pub(in crate::store) async fn wait(attempt: u32) {
    let ceiling = 50_u64 << attempt.min(6);
    tokio::time::sleep(Duration::from_millis(u64::from_be_bytes(crate::crypto::random()) % ceiling)).await;
}
