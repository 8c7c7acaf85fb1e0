//! Counters of requests in fixed windows of time, each in one item that is counted by one `UpdateItem`.

use crate::model::Window;
use crate::store::client::Store;
use crate::store::dynamo::item::{Item, Update, held_or_old, number};
use crate::store::dynamo::retry::Retry;
use crate::store::error::StoreError;
use crate::store::keys::{Key, TTL};
use aws_sdk_dynamodb::types::{AttributeValue, ReturnValue, ReturnValuesOnConditionCheckFailure};
use chrono::{DateTime, Utc};

/// The number of the window that `requests` belongs to.
const WINDOW: &str = "window_number";
/// Number of requests in that window.
const REQUESTS: &str = "window_requests";
/// Attempts to count a request while others begin the same window.
const ATTEMPTS: u32 = 5;
/// A window that is further ahead than another process's clock can be is an error of a clock that has been corrected.
const MOST_AHEAD: i64 = 2;
/// Seconds that an item of its own is kept after its window.
const KEPT_SECONDS: i64 = 3_600;

/// An item that counts requests.
pub(in crate::store) struct Counter {
    pub(in crate::store) op: &'static str,
    pub(in crate::store) key: Key,
    pub(in crate::store) role: CounterRole,
}

/// What the counted item is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(in crate::store) enum CounterRole {
    /// The record of a token: counted only if it exists and is not revoked, and its time of last use is set.
    Token,
    /// An item of its own, created by the first request and deleted by DynamoDB's TTL.
    Own,
}

impl Store {
    /// Counts a request if the item counts this window already, in one request. Otherwise returns `None`.
    ///
    /// # Errors
    /// Returns [`StoreError`] if DynamoDB rejects the request or retries are exhausted.
    pub(in crate::store) async fn counter_add(
        &self,
        counter: &Counter,
        window: Window,
        now: DateTime<Utc>,
    ) -> Result<Option<u64>, StoreError> {
        match self.counter_try(counter, window.number(), None, now).await? {
            Update::Done(item) => count_of(counter.op, &item).map(Some),
            Update::Refused(_) => Ok(None),
        }
    }

    /// Counts a request, and begins the window if the item counts an earlier one: one request within a window, two for its
    /// first. Returns the number of requests in the window and the item, or `None` if a token does not exist or is revoked.
    ///
    /// # Errors
    /// Returns [`StoreError`] if DynamoDB rejects a request or retries are exhausted.
    pub(in crate::store) async fn counter_next(
        &self,
        counter: &Counter,
        window: Window,
        now: DateTime<Utc>,
    ) -> Result<Option<(u64, Item)>, StoreError> {
        let (mut retry, mut number) = (Retry::new(counter.op, ATTEMPTS), window.number());
        loop {
            let old = match self.counter_try(counter, number, None, now).await? {
                Update::Done(item) => return Ok(Some((count_of(counter.op, &item)?, item))),
                Update::Refused(old) => old,
            };
            if counter.role == CounterRole::Token && (old.is_empty() || old.contains_key("revoked_at")) {
                return Ok(None);
            }
            let earlier = integer(&old, WINDOW);
            if let Some(ahead) = earlier.filter(|earlier| (number + 1..=number + MOST_AHEAD).contains(earlier)) {
                number = ahead; // another process, whose clock is ahead, has begun the next window
                continue;
            }
            let expires = window.ends_at().timestamp() + KEPT_SECONDS;
            if let Update::Done(item) = self.counter_try(counter, number, Some((earlier, expires)), now).await? {
                return Ok(Some((1, item)));
            }
            retry.again().await?;
        }
    }

    /// One attempt: to add a request to a window, or to begin it in place of the window that was read.
    async fn counter_try(
        &self,
        counter: &Counter,
        window: i64,
        begin: Option<(Option<i64>, i64)>,
        now: DateTime<Utc>,
    ) -> Result<Update, StoreError> {
        let of_token = counter.role == CounterRole::Token;
        let (mut sets, mut conditions) = (Vec::new(), Vec::new());
        if of_token {
            sets.push("last_used_at = :now".to_owned());
            conditions.push("attribute_exists(PK) AND attribute_not_exists(revoked_at)".to_owned());
        }
        let add = if let Some((counted, _)) = begin {
            sets.push(format!("{WINDOW} = :window, {REQUESTS} = :one"));
            if !of_token {
                sets.push(format!("#{TTL} = :expires"));
            }
            let absent = || format!("attribute_not_exists({WINDOW})");
            conditions.push(counted.map_or_else(absent, |_| format!("{WINDOW} = :counted")));
            String::new()
        } else {
            conditions.push(format!("{WINDOW} = :window"));
            format!(" ADD {REQUESTS} :one")
        };
        let set = if sets.is_empty() { String::new() } else { format!("SET {}", sets.join(", ")) };
        let mut request = self
            .update(counter.key.clone(), format!("{set}{add}").trim())
            .condition_expression(conditions.join(" AND "))
            .expression_attribute_values(":window", number(window))
            .expression_attribute_values(":one", number(1))
            .return_values(ReturnValue::AllNew)
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
        if of_token {
            request = request.expression_attribute_values(":now", number(now.timestamp_micros()));
        }
        if let Some((counted, expires)) = begin {
            if let Some(counted) = counted {
                request = request.expression_attribute_values(":counted", number(counted));
            }
            if !of_token {
                request = request
                    .expression_attribute_names(format!("#{TTL}"), TTL)
                    .expression_attribute_values(":expires", number(expires));
            }
        }
        held_or_old(counter.op, request.send().await)
    }
}

/// The whole number of an attribute; `None` if the item does not have it.
pub(in crate::store) fn integer(item: &Item, name: &str) -> Option<i64> {
    item.get(name).and_then(|value: &AttributeValue| value.as_n().ok()).and_then(|text| text.parse().ok())
}

fn count_of(op: &'static str, item: &Item) -> Result<u64, StoreError> {
    let count = integer(item, REQUESTS).and_then(|count| u64::try_from(count).ok());
    count.ok_or_else(|| StoreError::invalid(op, "a counter has no number"))
}
