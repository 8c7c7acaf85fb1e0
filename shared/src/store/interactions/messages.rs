//! Webchat messages: a repeated message gets the time of its first, so that it is the same interaction.

use crate::model::{Event, Tenant, TenantId, UserHash, time};
use crate::store::client::Store;
use crate::store::dynamo::item::{Condition, Put, item, value};
use crate::store::error::StoreError;
use crate::store::interactions::write::{Request, WriteOutcome};
use crate::store::keys;
use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

/// The time of a message as stored, for a day.
#[derive(Serialize, Deserialize)]
struct MessageTimestamp {
    micros: i64,
    ttl: i64,
}

impl Store {
    /// The time of a webchat message: `now` for a new one, the time of the first for a repeat within a day.
    ///
    /// # Errors
    /// Returns [`StoreError`] if DynamoDB rejects the request or retries are exhausted.
    pub async fn message_timestamp(
        &self,
        tenant: &TenantId,
        user: &UserHash,
        message_id: &str,
        now: DateTime<Utc>,
    ) -> Result<DateTime<Utc>, StoreError> {
        let op = "message_timestamp";
        let new = MessageTimestamp { micros: now.timestamp_micros(), ttl: (now + TimeDelta::days(1)).timestamp() };
        let new = item(op, keys::message(tenant, user, message_id), &new)?;
        match self.put_if(op, new, Condition::absent()).await? {
            Put::Stored => Ok(time::whole_micros(now)),
            Put::Refused(first) => Ok(time::from_micros(value::<MessageTimestamp>(op, first)?.micros)),
        }
    }

    /// Stores one message of a webchat session, by a clock. `marked_day` is a day whose marker
    /// and header are stored: a message of that day does not store them again.
    ///
    /// # Errors
    /// Returns [`StoreError`] if DynamoDB rejects a request or retries are exhausted. The message may be stored then; writing
    /// it again returns [`WriteOutcome::Duplicate`].
    pub async fn message_write(
        &self,
        tenant: &Tenant,
        event: &Event,
        marked_day: Option<NaiveDate>,
        clock: &(dyn Fn() -> DateTime<Utc> + Sync),
    ) -> Result<WriteOutcome, StoreError> {
        let request = Request::new(tenant, clock);
        let user_hash = self.data_key.user_hash(&tenant.id, &event.user_id);
        let erased = self.erasure_deadlines(&tenant.id, std::iter::once(&user_hash)).await?;
        if erased.get(&user_hash).is_some_and(|until| event.interaction.date <= *until) {
            return Ok(WriteOutcome::Erased);
        }
        let named = (user_hash.clone(), event);
        self.announce(&request, std::iter::once(&named)).await?;
        let day = event.interaction.date.date_naive();
        if marked_day != Some(day) {
            self.user_day_write(tenant, day, &user_hash, event).await?;
        }
        self.event_write(&request, &user_hash, event).await
    }
}
