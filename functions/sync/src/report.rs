//! The result of a run, for `odx sync once` and for operators who invoke the function by hand.

use chrono::{DateTime, Utc};
use serde::Serialize;
use shared::model::{TenantId, time};

/// The result of a run.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Report {
    /// One for each source, in the order of the tenants' names.
    pub sources: Vec<SourceReport>,
}

/// The result of a run for one source.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SourceReport {
    /// The tenant.
    pub tenant: TenantId,
    /// Interactions that this run stored.
    pub created: usize,
    /// Interactions that were stored before.
    pub duplicate: usize,
    /// Interactions from before the erasure of their user, which are left out.
    pub erased: usize,
    /// Interactions and attributes that break a rule of ours.
    pub refused: usize,
    /// Users whose attributes were merged.
    pub attributes: usize,
    /// Links that now count as conversed.
    pub conversed: usize,
    /// Everything that was said before is copied.
    #[serde(serialize_with = "as_date")]
    pub synced_until: DateTime<Utc>,
    /// Seconds between `synced_until` and the end of the run.
    pub lag_seconds: i64,
    /// Why the run failed for this source.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

fn as_date<S: serde::Serializer>(at: &DateTime<Utc>, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&time::format(*at))
}

impl Report {
    /// The tenants whose source failed.
    pub fn failed(&self) -> impl Iterator<Item = &TenantId> {
        self.sources.iter().filter(|source| source.error.is_some()).map(|source| &source.tenant)
    }

    /// The longest lag of a source; 0 if there is none.
    #[must_use]
    pub fn lag_seconds(&self) -> i64 {
        self.sources.iter().map(|source| source.lag_seconds).max().unwrap_or_default()
    }
}
