//! Primary keys as the SDK takes them.

use aws_sdk_dynamodb::types::AttributeValue;
use chrono::{DateTime, Utc};
use std::collections::HashMap;

pub(in crate::store) const PK: &str = "PK";
pub(in crate::store) const SK: &str = "SK";
pub(in crate::store) const TTL: &str = "ttl";

/// The primary key of an item, as attributes.
pub(in crate::store) type Key = HashMap<String, AttributeValue>;

pub(in crate::store) fn key(pk: String, sk: impl Into<String>) -> Key {
    HashMap::from([(PK.to_owned(), AttributeValue::S(pk)), (SK.to_owned(), AttributeValue::S(sk.into()))])
}

/// A key with the second after which DynamoDB deletes the item (TTL).
pub(in crate::store) fn expiring(key: Key, kept_until: DateTime<Utc>) -> Key {
    let ttl = AttributeValue::N(kept_until.timestamp().to_string());
    key.into_iter().chain([(TTL.to_owned(), ttl)]).collect()
}

/// The key of an item.
pub(in crate::store) fn of(item: &HashMap<String, AttributeValue>) -> Key {
    key(text(item, PK).to_owned(), text(item, SK))
}

/// The text of an attribute of an item; empty if there is none.
pub(in crate::store) fn text<'a>(item: &'a HashMap<String, AttributeValue>, name: &str) -> &'a str {
    item.get(name).and_then(|value| value.as_s().ok()).map_or("", String::as_str)
}
