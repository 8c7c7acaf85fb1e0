//! Where to look: the days of a period that can have anything, and how fresh a read of each must be.

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use shared::app::App;
use shared::model::{MAX_CLOCK_SKEW, Period, Tenant, UserHash, UserId, time};
use shared::store::{Freshness, StoreError, feed};

/// The days of a question.
#[derive(Clone, Debug)]
pub(crate) struct Reach {
    /// The part of the period that is still kept, and not later than what a clock five minutes ahead may have written.
    pub(crate) period: Period,
    /// The days of the tenant's active months, or those on which the one user was active: a query over a century costs
    /// what its months cost.
    pub(crate) days: Vec<NaiveDate>,
    /// The one user who is asked for.
    pub(crate) user: Option<UserHash>,
    now: DateTime<Utc>,
}

impl Reach {
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
        let reach = Self { period, days: Vec::new(), user, now };
        let (first, last) = (period.from.date_naive(), period.last.date_naive());
        let days = match &reach.user {
            _ if first > last => Vec::new(),
            None => tenant.active_days(first, last).collect(),
            Some(user) => app.store.user_active_days(&tenant.id, user, first, last).await?,
        };
        Ok(Self { days, ..reach })
    }

    /// A day that was over before the safety lag is read at half the price: what was written in the last second may be
    /// missing, and is not promised.
    pub(crate) fn freshness(&self, day: NaiveDate) -> Freshness {
        let over = day.succ_opt().is_some_and(|next| time::start_of(next) < self.now - feed::SETTLE_TIME);
        if over { Freshness::Eventual } else { Freshness::Consistent }
    }

    /// Whether only a part of a day is asked for: then a header does not prove that anything of it is.
    pub(crate) fn is_cut(&self, day: NaiveDate) -> bool {
        let ahead = self.now + MAX_CLOCK_SKEW;
        let end = day.succ_opt().map_or(DateTime::<Utc>::MAX_UTC, time::start_of) - TimeDelta::microseconds(1);
        self.period.from > time::start_of(day) || self.period.last < end.min(ahead)
    }

    /// Up to when everything that was written is in an answer that begins now.
    pub(crate) fn complete_until(&self) -> DateTime<Utc> {
        self.now - feed::SETTLE_TIME
    }
}
