//! Webchat messages: counted for the limits of their user, and dated once, so that a repeat is the same interaction.

use crate::crypto::{base64url, sha256};
use crate::model::{Event, Tenant, TenantId, UserHash, time};
use crate::store::client::Store;
use crate::store::dynamo::item::{Item, Update, held_or_old, number};
use crate::store::dynamo::query;
use crate::store::error::StoreError;
use crate::store::interactions::write::{Request, WriteOutcome};
use crate::store::keys::{self, Key};
use crate::store::tenancy::counters::integer;
use aws_sdk_dynamodb::operation::update_item::builders::UpdateItemFluentBuilder;
use aws_sdk_dynamodb::types::{ReturnValue, ReturnValuesOnConditionCheckFailure};
use chrono::{DateTime, NaiveDate, Utc};
use std::collections::BTreeMap;

/// The attribute with the number of messages of the day. Each minute with a message has an attribute of its own, so that one
/// update counts both.
const DAY: &str = "day";
/// Seconds that the item of a day is kept after its last message.
const KEPT_SECONDS: i64 = 2 * 86_400;
/// Characters of the hash of a message id: 66 bits for at most some thousand messages of a user and day.
const HASH_LENGTH: usize = 11;

/// The condition that neither the day nor the minute has more than is left for the messages of a request.
const ROOM_IS_LEFT: &str = "(attribute_not_exists(#day) OR #day <= :room_of_day) AND \
    (attribute_not_exists(#minute) OR #minute <= :room_of_minute)";

/// Messages of a user that a request brings.
#[derive(Clone, Debug)]
pub struct NewMessages<'a> {
    /// The UTC day on which the session began. A session's repeat finds the item of its first attempt also after midnight.
    pub session_day: NaiveDate,
    /// The times of the messages that will be stored, by message id.
    pub times: BTreeMap<&'a str, DateTime<Utc>>,
    /// The number of messages to count, those that will not be stored included.
    pub number: i64,
    /// The most messages of a minute and of a day.
    pub most: MessageCounts,
}

/// Numbers of messages of a user.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MessageCounts {
    /// In a minute.
    pub minute: i64,
    /// In a UTC day.
    pub day: i64,
}

/// The result of counting messages.
#[derive(Debug)]
pub enum CountedMessages {
    /// Counted.
    Accepted {
        /// The counts with these messages.
        counts: MessageCounts,
        /// The times to store, by message id: of a repeat, the time of the first attempt.
        times: BTreeMap<String, DateTime<Utc>>,
    },
    /// Not counted, because a limit would be exceeded. These would be the counts.
    Refused(MessageCounts),
}

impl Store {
    /// The days of which the messages of a user are counted, each with their number.
    ///
    /// # Errors
    /// Returns [`StoreError`] if DynamoDB rejects a request, retries are exhausted or an item cannot be read.
    pub async fn message_days(&self, tenant: &TenantId, user: &UserHash) -> Result<Vec<(NaiveDate, i64)>, StoreError> {
        let op = "message_days";
        let request = self.query_prefix(keys::user_pk(tenant, user), keys::MESSAGES_PREFIX).consistent_read(true);
        let day = |item: &Item| {
            let date = keys::text(item, keys::SK).strip_prefix(keys::MESSAGES_PREFIX)?.parse().ok()?;
            Some((date, integer(item, DAY)?))
        };
        let found = query::all(op, request).await?;
        found.iter().map(|item| day(item).ok_or_else(|| StoreError::key(op))).collect()
    }

    /// Counts messages of a user in their minute and day, and dates them, in one write. The first attempt of a message
    /// determines its time. A session that began on an earlier day needs a second write.
    ///
    /// Refused messages change nothing, so a user's item has at most one attribute for each counted message.
    ///
    /// # Errors
    /// Returns [`StoreError`] if DynamoDB rejects a request or retries are exhausted.
    pub async fn messages_count(
        &self,
        tenant: &TenantId,
        user: &UserHash,
        messages: &NewMessages<'_>,
        now: DateTime<Utc>,
    ) -> Result<CountedMessages, StoreError> {
        let (op, today) = ("messages_count", now.date_naive());
        let minute = format!("minute_{}", now.format("%H%M"));
        let (none, is_todays) = (BTreeMap::new(), messages.session_day == today);
        let dated = if is_todays { &messages.times } else { &none };
        let room = |most: i64| number(most - messages.number);
        let key = keys::user_messages(tenant, user, today);
        let request = dating(self, key, dated, now, " ADD #day :number, #minute :number")
            .condition_expression(ROOM_IS_LEFT)
            .expression_attribute_names("#day", DAY)
            .expression_attribute_names("#minute", &minute)
            .expression_attribute_values(":number", number(messages.number))
            .expression_attribute_values(":room_of_day", room(messages.most.day))
            .expression_attribute_values(":room_of_minute", room(messages.most.minute))
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
        let counted = match held_or_old(op, request.send().await)? {
            Update::Done(counted) => counted,
            Update::Refused(old) => {
                // The item that refuses may not have the minute yet.
                let with_these = |name: &str| integer(&old, name).unwrap_or(0) + messages.number;
                let counts = MessageCounts { minute: with_these(&minute), day: with_these(DAY) };
                return Ok(CountedMessages::Refused(counts));
            }
        };
        let counts = MessageCounts { minute: required(op, &counted, &minute)?, day: required(op, &counted, DAY)? };
        let dated = if is_todays || messages.times.is_empty() {
            counted
        } else {
            let key = keys::user_messages(tenant, user, messages.session_day);
            let updated = dating(self, key, &messages.times, now, "").send().await.map_err(StoreError::of(op))?;
            updated.attributes.ok_or_else(|| StoreError::invalid(op, "an update returned no item"))?
        };
        let time = |id: &&str| Ok(((*id).to_owned(), time::from_micros(required(op, &dated, &attribute(id))?)));
        let times = messages.times.keys().map(time).collect::<Result<_, StoreError>>()?;
        Ok(CountedMessages::Accepted { counts, times })
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

/// An update that dates the messages that have no date yet, and does what `add` says.
fn dating(
    store: &Store,
    key: Key,
    times: &BTreeMap<&str, DateTime<Utc>>,
    now: DateTime<Utc>,
    add: &str,
) -> UpdateItemFluentBuilder {
    let dates = (0..times.len()).map(|index| format!(", #at{index} = if_not_exists(#at{index}, :at{index})"));
    let expression = format!("SET #ttl = :expires{}{add}", dates.collect::<String>());
    let request = store
        .update(key, &expression)
        .expression_attribute_names("#ttl", keys::TTL)
        .expression_attribute_values(":expires", number(now.timestamp() + KEPT_SECONDS))
        .return_values(ReturnValue::AllNew);
    times.iter().enumerate().fold(request, |request, (index, (id, at))| {
        request
            .expression_attribute_names(format!("#at{index}"), attribute(id))
            .expression_attribute_values(format!(":at{index}"), number(at.timestamp_micros()))
    })
}

/// The whole number of an attribute that the item must have.
fn required(op: &'static str, item: &Item, name: &str) -> Result<i64, StoreError> {
    integer(item, name).ok_or_else(|| StoreError::invalid(op, "the item of a user's messages lacks a number"))
}

/// The attribute with the time of a message.
fn attribute(id: &str) -> String {
    format!("at_{}", &base64url(&sha256(id.as_bytes()))[..HASH_LENGTH])
}
