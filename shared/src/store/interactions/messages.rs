//! Webchat messages: a repeated message gets the time of its first, so that it is the same interaction.

use crate::model::{TenantId, UserHash, time};
use crate::store::client::Store;
use crate::store::dynamo::item::{Condition, Put, item, value};
use crate::store::error::StoreError;
use crate::store::keys;
use chrono::{DateTime, TimeDelta, Utc};
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
}
