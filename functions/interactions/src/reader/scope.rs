//! The days that a query has to read, and how fresh each read must be.

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use shared::app::App;
use shared::model::{MAX_CLOCK_SKEW, Period, Tenant, UserHash, UserId, time};
use shared::store::{Freshness, StoreError, feed};

/// The part of a tenant's data that a query covers.
#[derive(Clone, Debug)]
pub(crate) struct QueryScope {
    /// The part of the period that the tenant's retention keeps, up to [`MAX_CLOCK_SKEW`] from now: no event that is
    /// dated later is accepted.
    pub(crate) period: Period,
    /// The tenant's active days, or those of the user. A query over a century costs what its active days cost.
    pub(crate) days: Vec<NaiveDate>,
    /// The user, if the query names one.
    pub(crate) user: Option<UserHash>,
    now: DateTime<Utc>,
}

impl QueryScope {
    /// Finds the days of a query.
    ///
    /// # Errors
    /// Returns [`StoreError`] if DynamoDB rejects a request or retries are exhausted.
    pub(crate) async fn of(
        app: &App,
        tenant: &Tenant,
        period: Period,
        user_id: Option<&UserId>,
    ) -> Result<Self, StoreError> {
        let now = app.clock.now();
        let period = Period {
            from: period.from.max(tenant.kept_from(now)),
            last: period.last.min(now + MAX_CLOCK_SKEW),
            ..period
        };
        let user = user_id.map(|id| app.store.data_key().user_hash(&tenant.id, id));
        let (first, last) = (period.from.date_naive(), period.last.date_naive());
        let days = match &user {
            _ if first > last => Vec::new(),
            None => app.store.active_days(&tenant.id, first, last).await?,
            Some(user) => app.store.user_active_days(&tenant.id, user, first, last).await?,
        };
        Ok(Self { period, days, user, now })
    }

    /// The consistency that reads of a day need. A day that ended before [`feed::SETTLE_TIME`] is read eventually
    /// consistent, at half the price: such a read may miss writes of the last second, and responses promise only what
    /// was written before [`Self::complete_until`].
    pub(crate) fn freshness(&self, day: NaiveDate) -> Freshness {
        let is_over = day.succ_opt().is_some_and(|next| time::start_of(next) < self.now - feed::SETTLE_TIME);
        if is_over { Freshness::Eventual } else { Freshness::Consistent }
    }

    /// Whether the period covers only a part of a day. Then a user's header for the day does not prove that the user has
    /// an interaction in the period.
    pub(crate) fn is_cut(&self, day: NaiveDate) -> bool {
        let latest = self.now + MAX_CLOCK_SKEW;
        let end = day.succ_opt().map_or(DateTime::<Utc>::MAX_UTC, time::start_of) - TimeDelta::microseconds(1);
        self.period.from > time::start_of(day) || self.period.last < end.min(latest)
    }

    /// A response that begins now contains everything that was written before this instant.
    pub(crate) fn complete_until(&self) -> DateTime<Utc> {
        self.now - feed::SETTLE_TIME
    }
}
