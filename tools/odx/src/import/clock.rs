//! The clock of this machine, compared with the table's before an import writes.
//!
//! The changes feed has events in the order of the clocks that wrote them. A reader waits a minute for late writers; an import
//! by a clock that is further behind would write where readers have passed, and they would miss it.

use anyhow::{Result, ensure};
use chrono::{DateTime, TimeDelta, Utc};
use shared::app::App;

/// The largest difference: two clocks may both be off by as much.
const MAX_DIFFERENCE: TimeDelta = TimeDelta::seconds(5);

/// Checks that this machine's clock agrees with the endpoint's.
///
/// # Errors
/// Returns an error if they differ by more than five seconds, or the endpoint does not answer.
pub(super) async fn check(app: &App) -> Result<()> {
    let server = app.store.table_try_write().await?;
    // An endpoint without a clock is a local one, on this machine.
    server.map_or(Ok(()), |server| compare(app.clock.now(), server))
}

fn compare(now: DateTime<Utc>, server: DateTime<Utc>) -> Result<()> {
    // The header `date` has whole seconds: half a second is the expected rest.
    let ahead = now - server - TimeDelta::milliseconds(500);
    let direction = if ahead > TimeDelta::zero() { "ahead" } else { "behind" };
    ensure!(
        ahead.abs() <= MAX_DIFFERENCE,
        "the clock of this machine is {} s {direction} of the table's: set it, or readers of changes miss the import",
        ahead.num_seconds().abs()
    );
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case::equal(500, true)]
    #[case::almost_5_s_ahead(5_400, true)]
    #[case::more_than_5_s_ahead(5_600, false)]
    #[case::more_than_5_s_behind(-4_600, false)]
    #[case::hours_behind(-7_200_000, false)]
    fn an_import_needs_a_clock_within_5_s_of_the_tables(#[case] millis: i64, #[case] agrees: bool) {
        let server = DateTime::UNIX_EPOCH;
        assert_eq!(compare(server + TimeDelta::milliseconds(millis), server).is_ok(), agrees);
    }
}
