//! The schedule of `sync` on this machine.

use std::time::Duration;
use sync::Sync;
use tokio::time::{Instant, MissedTickBehavior};

/// The time between two runs, as in the schedule of `template.yaml`.
const INTERVAL: Duration = Duration::from_mins(5);

/// Copies conversations at once and then every five minutes, until it is dropped. Each run logs its result.
pub(crate) async fn run(sync: Sync) {
    let mut timer = tokio::time::interval(INTERVAL);
    timer.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        timer.tick().await;
        if let Err(error) = sync.run(None, Instant::now() + INTERVAL).await {
            tracing::error!(%error, "the sources of sync cannot be read");
        }
    }
}
