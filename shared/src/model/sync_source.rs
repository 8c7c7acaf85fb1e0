//! Sync sources: OpenDialog workspaces whose conversations the function `sync` copies into a tenant.

use crate::model::invalid::Invalid;
use crate::model::name::TenantId;
use chrono::serde::{ts_microseconds, ts_microseconds_option};
use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use url::Url;

/// An OpenDialog workspace, and how far its conversations are copied.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SyncSource {
    /// The tenant that receives the conversations.
    pub tenant: TenantId,
    /// The address of the workspace ([`sync_address`]).
    pub address: Url,
    /// The API token of the workspace, sealed under the data key.
    pub sealed_token: String,
    /// When the token was registered. A run that began with an older registration changes nothing.
    #[serde(with = "ts_microseconds")]
    pub registered_at: DateTime<Utc>,
    /// Everything that was said before is copied.
    #[serde(with = "ts_microseconds")]
    pub synced_until: DateTime<Utc>,
    /// The period in seconds that the next request covers. A period that is too long for one run is halved.
    pub step_seconds: i64,
    /// When the last run ended; `None` if there was none.
    #[serde(default, with = "ts_microseconds_option", skip_serializing_if = "Option::is_none")]
    pub last_run_at: Option<DateTime<Utc>>,
    /// Why the last run failed; `None` if it did not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_error: Option<String>,
    /// Number of interactions and attributes that the last run left out, because they break a rule of ours.
    #[serde(default)]
    pub refused: u64,
}

impl SyncSource {
    /// The longest period of a request.
    pub const MAX_STEP: TimeDelta = TimeDelta::days(1);
    /// The shortest period of a request.
    pub const MIN_STEP: TimeDelta = TimeDelta::minutes(1);

    /// A source of which nothing before `since` is wanted.
    #[must_use]
    pub fn new(tenant: TenantId, address: Url, sealed_token: String, since: DateTime<Utc>, now: DateTime<Utc>) -> Self {
        Self {
            tenant,
            address,
            sealed_token,
            registered_at: now,
            synced_until: since,
            step_seconds: Self::MAX_STEP.num_seconds(),
            last_run_at: None,
            last_error: None,
            refused: 0,
        }
    }

    /// The period of the next request, between [`MIN_STEP`](Self::MIN_STEP) and [`MAX_STEP`](Self::MAX_STEP).
    #[must_use]
    pub fn step(&self) -> TimeDelta {
        TimeDelta::seconds(self.step_seconds).clamp(Self::MIN_STEP, Self::MAX_STEP)
    }
}

/// Reads the address of a workspace, for example `https://acme.cloud.opendialog.ai`. The path `/public/api` of OpenDialog's
/// documentation may follow.
///
/// ```
/// let address = shared::model::sync_address("https://acme.cloud.opendialog.ai/public/api").unwrap();
/// assert_eq!(address.as_str(), "https://acme.cloud.opendialog.ai/");
/// assert!(shared::model::sync_address("http://acme.cloud.opendialog.ai").is_err());
/// ```
///
/// # Errors
/// Returns [`Invalid`] if it is not an https origin. Plain http is accepted for this machine only, because the token is
/// sent there.
pub fn sync_address(text: &str) -> Result<Url, Invalid> {
    let rule = || Invalid::new("must be the https origin of a workspace, for example https://acme.cloud.opendialog.ai");
    let mut address: Url = text.parse().map_err(|_| rule())?;
    let is_local = address.host_str().is_some_and(|host| ["127.0.0.1", "[::1]", "localhost"].contains(&host));
    let is_secure = address.scheme() == "https" || (address.scheme() == "http" && is_local);
    let is_plain = address.query().is_none() && address.fragment().is_none();
    let is_anonymous = address.username().is_empty() && address.password().is_none();
    let is_origin = ["", "/public/api"].contains(&address.path().trim_end_matches('/'));
    if is_secure && is_plain && is_anonymous && is_origin {
        address.set_path("/");
        Ok(address)
    } else {
        Err(rule())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case::an_origin("https://acme.cloud.opendialog.ai", "https://acme.cloud.opendialog.ai/")]
    #[case::a_port("https://acme.example:8443/", "https://acme.example:8443/")]
    #[case::the_documented_path("https://acme.example/public/api/", "https://acme.example/")]
    #[case::this_machine("http://127.0.0.1:8080", "http://127.0.0.1:8080/")]
    fn a_workspace_has_an_origin(#[case] text: &str, #[case] address: &str) {
        assert_eq!(sync_address(text).unwrap().as_str(), address);
    }

    #[rstest]
    #[case::plain_http("http://acme.example")]
    #[case::another_scheme("ftp://acme.example")]
    #[case::another_path("https://acme.example/admin")]
    #[case::a_query("https://acme.example/?a=b")]
    #[case::a_password("https://ann:secret@acme.example")]
    #[case::no_url("acme")]
    fn anything_else_is_refused(#[case] text: &str) {
        assert!(sync_address(text).is_err());
    }
}
