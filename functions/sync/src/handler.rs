//! The event of the schedule.

use crate::report::Report;
use crate::run::Sync;
use lambda_runtime::LambdaEvent;
use serde_json::Value;
use shared::model::TenantId;
use std::time::Duration;
use tokio::time::Instant;

/// What a run leaves of the function's time, to store how far it came.
const MARGIN: Duration = Duration::from_secs(20);

/// A run that failed for some sources. The schedule shows it as an error of the function.
#[derive(Debug, thiserror::Error)]
#[error("sync failed for {}; `odx sync list` says why", .0.iter().map(|tenant| tenant.as_str()).collect::<Vec<_>>().join(", "))]
pub struct RunFailed(Vec<TenantId>);

/// Runs a sync. The event is not read: one of a schedule has nothing that a run needs.
///
/// # Errors
/// Returns [`RunFailed`] if a source failed, and [`StoreError`](shared::store::StoreError) if the table does not answer.
pub async fn handle(sync: &Sync, event: LambdaEvent<Value>) -> Result<Report, lambda_runtime::Error> {
    let now = sync.app.clock.now().timestamp_millis();
    let left = event.context.deadline.saturating_sub(u64::try_from(now)?);
    let deadline = Instant::now() + Duration::from_millis(left).saturating_sub(MARGIN);
    let report = sync.run(None, deadline).await?;
    let failed: Vec<_> = report.failed().cloned().collect();
    if failed.is_empty() { Ok(report) } else { Err(RunFailed(failed).into()) }
}
