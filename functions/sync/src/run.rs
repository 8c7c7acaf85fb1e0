//! A run: the sources one by one, each period by period.

use crate::export::{self, Export, Reading};
use crate::period::Period;
use crate::report::{Report, SourceReport};
use crate::sync_error::SyncError;
use crate::write::{self, Written};
use futures_util::{StreamExt as _, stream};
use reqwest::Client;
use shared::app::App;
use shared::model::{SyncSource, TenantId};
use shared::store::StoreError;
use shared::telemetry::metrics::{self, Metric};
use std::time::Duration;
use tokio::time::Instant;

/// Sources that are read at the same time: one that does not answer does not hold up the others.
const PARALLEL: usize = 4;
/// How long OpenDialog may take for a page.
const TIMEOUT: Duration = Duration::from_mins(1);
/// Pages of a period, 2,000 users: a longer period is halved.
const MAX_PAGES: u64 = 20;
/// How often a period is read whose pages change meanwhile.
const READINGS: u32 = 3;

/// A workspace does not answer as OpenDialog's do. The sentence says what is wrong and contains nothing of the answer.
#[derive(Debug, thiserror::Error)]
#[error("the workspace cannot be read: {0}")]
pub struct CheckFailed(String);

/// Copies conversations from OpenDialog.
#[derive(Clone, Debug)]
pub struct Sync {
    pub(crate) app: App,
    client: Client,
}

impl Sync {
    /// A sync into the table of an application. Sends nothing yet.
    ///
    /// # Errors
    /// Returns [`reqwest::Error`] if the machine's TLS cannot be used.
    pub fn new(app: App) -> Result<Self, reqwest::Error> {
        Self::with_timeout(app, TIMEOUT)
    }

    /// As [`new`](Self::new), with another time for a page.
    ///
    /// # Errors
    /// Returns [`reqwest::Error`] if the machine's TLS cannot be used.
    pub fn with_timeout(app: App, timeout: Duration) -> Result<Self, reqwest::Error> {
        Ok(Self { app, client: export::client(timeout)? })
    }

    /// Sends one request to the workspace of a source, to find out whether address and token are right.
    ///
    /// # Errors
    /// Returns [`CheckFailed`] with the reason if OpenDialog does not answer with a page of an export.
    pub async fn check(&self, source: &SyncSource) -> Result<(), CheckFailed> {
        self.request_page(source).await.map_err(|error| CheckFailed(error.to_string()))
    }

    async fn request_page(&self, source: &SyncSource) -> Result<(), SyncError> {
        let token = self.app.store.sync_token(source)?;
        let now = self.app.clock.now();
        let period = Period { from: now - SyncSource::MIN_STEP, to: now };
        let export = Export {
            client: &self.client,
            address: &source.address,
            token: &token,
            period,
            deadline: Instant::now() + TIMEOUT,
        };
        export.page(1).await.map(drop)
    }

    /// Copies the conversations of every source, or of one tenant's, and counts the lag.
    ///
    /// # Errors
    /// Returns [`StoreError`] if the sources cannot be read. What fails for one source is in its report.
    pub async fn run(&self, tenant: Option<&TenantId>, deadline: Instant) -> Result<Report, StoreError> {
        let mut sources = self.app.store.sync_source_list().await?;
        sources.retain(|source| tenant.is_none_or(|tenant| *tenant == source.tenant));
        let runs: Vec<_> = sources.into_iter().map(|source| self.run_source(source, deadline)).collect();
        let report = Report { sources: stream::iter(runs).buffered(PARALLEL).collect().await };
        metrics::record(&self.app, Metric::SyncLag, report.lag_seconds());
        Ok(report)
    }

    async fn run_source(&self, mut source: SyncSource, deadline: Instant) -> SourceReport {
        let mut written = Written::default();
        let error = self.copy(&mut source, &mut written, deadline).await.err().map(|error| error.to_string());
        let lag = self.app.clock.now() - source.synced_until;
        let report = SourceReport {
            tenant: source.tenant,
            created: written.created,
            duplicate: written.duplicate,
            erased: written.erased,
            refused: written.refused,
            attributes: written.attributes,
            conversed: written.conversed,
            synced_until: source.synced_until,
            lag_seconds: lag.num_seconds(),
            error,
        };
        match &report.error {
            None => {
                tracing::info!(tenant = %report.tenant, created = report.created, lag = report.lag_seconds, "synced");
            }
            Some(error) => tracing::error!(tenant = %report.tenant, %error, lag = report.lag_seconds, "sync failed"),
        }
        metrics::count(&self.app, Metric::InteractionsWritten, report.created);
        report
    }

    /// Copies period by period, until everything is copied or the run is over.
    async fn copy(&self, source: &mut SyncSource, all: &mut Written, deadline: Instant) -> Result<(), SyncError> {
        let App { store, clock, .. } = &self.app;
        let token = store.sync_token(source)?;
        let began = clock.now(); // what is said meanwhile is for the next run
        while let Some(period) = Period::next(source, began) {
            if Instant::now() >= deadline {
                break;
            }
            match self.copy_period(source, &token, period, all, deadline).await {
                Ok(()) => {
                    source.synced_until = period.to;
                    source.step_seconds = (source.step() * 2).num_seconds();
                    if !store.sync_source_advance(source, all.refused, clock.now()).await? {
                        return Ok(()); // removed or registered again: another run goes on
                    }
                }
                Err(error) => {
                    let can_halve = error.is_about_length() && source.step() > SyncSource::MIN_STEP;
                    if can_halve {
                        source.step_seconds = (source.step() / 2).num_seconds();
                    }
                    let is_over = matches!(error, SyncError::OutOfTime);
                    if can_halve && !is_over {
                        continue;
                    }
                    let failure = (!is_over).then(|| error.to_string());
                    store.sync_source_stop(source, failure.as_deref(), clock.now()).await?;
                    return if is_over { Ok(()) } else { Err(error) };
                }
            }
        }
        store.sync_source_stop(source, None, clock.now()).await?;
        Ok(())
    }

    async fn copy_period(
        &self,
        source: &SyncSource,
        token: &str,
        period: Period,
        all: &mut Written,
        deadline: Instant,
    ) -> Result<(), SyncError> {
        let export = Export { client: &self.client, address: &source.address, token, period, deadline };
        let tenant = self.app.store.tenant_get(&source.tenant).await?.ok_or(SyncError::NoTenant)?;
        for _ in 0..READINGS {
            let (mut reading, mut number) = (Reading::default(), 1);
            loop {
                let (users, pagination) = export.page(number).await?;
                if pagination.last_page > MAX_PAGES && source.step() > SyncSource::MIN_STEP {
                    return Err(SyncError::TooManyPages);
                }
                reading.add(&users, pagination);
                all.add(&write::page(&self.app, &tenant, users).await?);
                if number >= pagination.last_page {
                    break;
                }
                number += 1;
            }
            if reading.is_whole() {
                return Ok(());
            }
        }
        Err(SyncError::Changing)
    }
}
