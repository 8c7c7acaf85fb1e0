//! The counters of requests: of a token and of a tenant.

use crate::model::{TenantId, Token, Window};
use crate::store::client::Store;
use crate::store::dynamo::item::value;
use crate::store::error::StoreError;
use crate::store::keys;
use crate::store::tenancy::counters::{Counter, CounterRole};
use chrono::{DateTime, Utc};

impl Store {
    /// Counts a request of the token whose secret has this hash, sets its time of last use, and returns the token with the
    /// number of its requests in the window. Returns `None` if it does not exist or is revoked.
    ///
    /// # Errors
    /// Returns [`StoreError`] if DynamoDB rejects a request or retries are exhausted.
    pub async fn token_use(
        &self,
        record: &str,
        window: Window,
        now: DateTime<Utc>,
    ) -> Result<Option<(Token, u64)>, StoreError> {
        let op = "token_use";
        let counter = Counter { op, key: keys::token(record), role: CounterRole::Token };
        let used = self.counter_next(&counter, window, now).await?;
        used.map(|(requests, item)| Ok((value(op, item)?, requests))).transpose()
    }

    /// Counts a request of a tenant, unless it is the first of its window: `None` leaves that to
    /// [`tenant_requests_begin`](Self::tenant_requests_begin), so that a request without a valid token creates nothing.
    ///
    /// # Errors
    /// Returns [`StoreError`] if DynamoDB rejects the request or retries are exhausted.
    pub async fn tenant_requests_add(
        &self,
        tenant: &TenantId,
        window: Window,
        now: DateTime<Utc>,
    ) -> Result<Option<u64>, StoreError> {
        self.counter_add(&of_tenant(tenant), window, now).await
    }

    /// Counts a request of a tenant, and creates the counter or begins its window. Returns the number of requests in the
    /// window.
    ///
    /// # Errors
    /// Returns [`StoreError`] if DynamoDB rejects a request or retries are exhausted.
    pub async fn tenant_requests_begin(
        &self,
        tenant: &TenantId,
        window: Window,
        now: DateTime<Utc>,
    ) -> Result<u64, StoreError> {
        self.count(&of_tenant(tenant), window, now).await
    }

    async fn count(&self, counter: &Counter, window: Window, now: DateTime<Utc>) -> Result<u64, StoreError> {
        let used = self.counter_next(counter, window, now).await?;
        used.map(|(requests, _)| requests).ok_or_else(|| StoreError::invalid(counter.op, "only a token may be missing"))
    }
}

fn of_tenant(tenant: &TenantId) -> Counter {
    Counter { op: "tenant_requests", key: keys::tenant_requests(tenant), role: CounterRole::Own }
}
