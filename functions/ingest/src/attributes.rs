//! Attributes of a user among the events of a request: merged into the user's context, the newest value of each wins.

use chrono::{DateTime, Utc};
use serde::Deserialize;
use serde_json::{Map, Value};
use shared::app::App;
use shared::http::{All as _, ApiError, Checked, ErrorCollector, Field, Members, field_error};
use shared::model::{Attributes, MAX_CLOCK_SKEW, Tenant, UserId, parse_date};
use shared::store::{ContextUpdate, ErasedUserPolicy};
use std::time::Duration;

/// The type of such an event.
const TYPE: &str = "attributes";
/// 20 s, as for events: API Gateway waits 30 s for a response.
const MERGE_TIMEOUT: Duration = Duration::from_secs(20);

#[derive(Deserialize)]
struct AttributesBody {
    user_id: Field,
    #[serde(rename = "type")]
    _kind: Field,
    attributes: Field,
    at: Field,
}

/// Whether an item of a body brings attributes rather than an interaction.
pub(crate) fn is_attributes(item: &Value) -> bool {
    item.get("type").and_then(Value::as_str) == Some(TYPE)
}

/// Reads the attributes of a user of a tenant.
///
/// # Errors
/// Returns [`FieldErrors`](shared::http::FieldErrors) with every field that is wrong.
pub(crate) fn read(item: Value, app: &App, tenant: &Tenant, now: DateTime<Utc>) -> Checked<ContextUpdate> {
    let Value::Object(object) = item else { return Err(field_error("event", "The event must be a JSON object.")) };
    let Members { known, unknown } = Members::<AttributesBody>::of_object(object);
    let fields = (user(known.user_id), attributes(known.attributes, tenant), at(known.at, now), unknown.refuse());
    let (user, attributes, at, ()) = fields.all()?;
    Ok(ContextUpdate { user: app.store.data_key().user_hash(&tenant.id, &user), attributes, at })
}

fn user(given: Field) -> Checked<UserId> {
    let user = given.into_value().and_then(|id| id.as_str()?.parse().ok());
    user.ok_or_else(|| field_error("user_id", "User id must be a string of 1 to 384 characters."))
}

fn attributes(given: Field, tenant: &Tenant) -> Checked<Attributes> {
    let given: Map<String, Value> = match given.into_value() {
        Some(Value::Object(given)) => given,
        None => return Err(field_error("attributes", "The attributes field is required.")),
        Some(_) => return Err(field_error("attributes", "The attributes must be an object.")),
    };
    Attributes::check(given, &tenant.collections).map_err(|wrong| {
        let path = |name: String| if name.is_empty() { TYPE.into() } else { format!("attributes.{name}") };
        let sentences = wrong.into_iter().map(|(name, invalid)| (path(name), format!("{invalid}.")));
        sentences.collect::<ErrorCollector>().into_errors()
    })
}

/// When the attributes were valid; now if the client does not say.
fn at(given: Field, now: DateTime<Utc>) -> Checked<DateTime<Utc>> {
    let Some(given) = given.into_value() else { return Ok(now) };
    let at = given.as_str().and_then(|text| parse_date(text).ok()).map(|(at, _)| at);
    match at {
        None => Err(field_error("at", "The at is not a valid date.")),
        Some(at) if at.timestamp() < 0 => Err(field_error("at", "The at must not be before 1970.")),
        Some(at) if at > now + MAX_CLOCK_SKEW => Err(field_error("at", "The at must be at most five minutes ahead.")),
        // By a clock that is ahead. Otherwise an erasure that begins meanwhile would take them for newer than itself.
        Some(at) => Ok(at.min(now)),
    }
}

/// Merges attributes into the contexts of their users, and returns whether each was merged: those from before the erasure
/// of their user are not.
///
/// # Errors
/// Returns [`ApiError::Timeout`] after 20 s, and the error of the store. Some may be merged then; merging them again
/// changes nothing.
pub(crate) async fn merge(app: &App, tenant: &Tenant, given: &[ContextUpdate]) -> Result<Vec<bool>, ApiError> {
    let all = app.store.contexts_merge(&tenant.id, given, ErasedUserPolicy::Refuse);
    Ok(tokio::time::timeout(MERGE_TIMEOUT, all).await.map_err(|_| ApiError::Timeout("attributes_merge"))??)
}
