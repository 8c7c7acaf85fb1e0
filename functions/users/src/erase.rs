//! Erasing a user: each call removes a part, until nothing is left.

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use chrono::{DateTime, TimeDelta, Utc};
use http::{StatusCode, header};
use serde::{Deserialize, Serialize};
use shared::app::App;
use shared::http::{
    All as _, ApiError, AuthErrors, Caller, Field, Members, Problem, QueryPairs, ScopeErrors, TableErrors, UsersErase,
    field_error,
};
use shared::model::{UserId, time};
use shared::store::Erasure;
use std::time::Duration;
use tokio::time::Instant;
use utoipa::{IntoParams, ToSchema};

/// How long one call removes data: API Gateway waits 30 s for a response.
const SWEEP_TIMEOUT: Duration = Duration::from_secs(10);
/// Point-in-time recovery of DynamoDB restores any second of the last 35 days, with the erased user.
const BACKUPS: TimeDelta = TimeDelta::days(35);

/// The query.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct EraseQuery {
    /// The user, compared byte by byte.
    #[param(value_type = String, min_length = 1, max_length = 384)]
    user_id: Field,
}

/// An erasure: its progress, and its receipt once `completed_at` is set. One schema for 200 and 202, because clients
/// that are generated from the description read every response of a success by one type.
#[derive(Serialize, ToSchema)]
#[schema(as = Erasure, example = json!({"user_id": "ann", "interactions": 5120, "links": 3,
    "begun_at": "2026-01-01T08:00:00.000000Z", "completed_at": "2026-01-01T08:01:02.000000Z",
    "backups_until": "2026-02-05T08:01:02.000000Z"}))]
pub(crate) struct ErasureShape {
    user_id: String,
    /// Interactions removed so far, including the chatbot's.
    interactions: u64,
    /// Links removed so far.
    links: u64,
    #[schema(format = DateTime)]
    begun_at: String,
    /// Null while the erasure runs.
    #[serde(with = "time::iso_option")]
    #[schema(value_type = Option<String>, format = DateTime, required = true)]
    completed_at: Option<DateTime<Utc>>,
    /// Until then the table's backups still contain the user. Null while the erasure runs.
    #[serde(with = "time::iso_option")]
    #[schema(value_type = Option<String>, format = DateTime, required = true)]
    backups_until: Option<DateTime<Utc>>,
}

impl ErasureShape {
    /// The erasure of a user.
    pub(crate) fn of(user: &UserId, erasure: &Erasure) -> Self {
        Self {
            user_id: user.as_str().to_owned(),
            interactions: erasure.interactions,
            links: erasure.links,
            begun_at: time::format(erasure.erased_at),
            completed_at: erasure.completed_at,
            backups_until: erasure.completed_at.map(|at| at + BACKUPS),
        }
    }
}

/// Erase a user
///
/// Removes the user's interactions, profile, context and links. Their sessions and links end at once. Returns 202 with
/// the progress while it runs: repeat the request after `Retry-After` until it returns 200 with the receipt. That takes
/// at least a minute, because a request that began before the erasure may still write. A later repeat returns the same
/// receipt, unless new data of the user was stored. Interactions from before the erasure cannot be stored again.
#[utoipa::path(
    delete, path = "/public/api/users", tag = "Users", operation_id = "eraseUser", params(EraseQuery),
    responses((status = 200, body = ErasureShape, description = "The user is erased: the receipt"),
        (status = 202, body = ErasureShape, description = "The erasure is not complete: repeat the request",
            headers(("Retry-After" = String, description = "Seconds after which to repeat the request"))),
        (status = 422, body = Problem, content_type = "application/problem+json",
            description = "The query does not have exactly one user_id"),
        AuthErrors, ScopeErrors, TableErrors),
    security(("token" = ["users:erase"]))
)]
pub(crate) async fn erase(
    State(app): State<App>,
    caller: Caller<UsersErase>,
    query: QueryPairs,
) -> Result<Response, ApiError> {
    let (now, tenant, store) = (app.clock.now(), &caller.tenant, &app.store);
    let user = read(query)?;
    let user_hash = store.data_key().user_hash(&tenant.id, &user);
    let erasure = store.erasure_begin(&tenant.id, &user, now).await?;
    if erasure.completed_at.is_some() {
        return Ok(receipt(&user, &erasure));
    }
    // After this instant no request that began before the erasure can still write.
    let last = now > erasure.refused_until;
    let clean = store.erasure_sweep(tenant, &user_hash, &erasure, last, Instant::now() + SWEEP_TIMEOUT).await?;
    if clean && last {
        store.erasure_complete(&tenant.id, &user_hash, &erasure, app.clock.now()).await?;
    }
    let erasure = store.erasure_get(&tenant.id, &user_hash).await?.unwrap_or(erasure);
    Ok(match erasure.completed_at {
        Some(_) => receipt(&user, &erasure),
        None if clean => progress(&user, &erasure, erasure.refused_until - app.clock.now()),
        None => progress(&user, &erasure, TimeDelta::zero()),
    })
}

/// Reads the user to erase. A query with two users is refused: an erasure cannot be undone.
fn read(query: QueryPairs) -> Result<UserId, ApiError> {
    let once = query.0.len() == 1;
    let Members { known, unknown } = Members::<EraseQuery>::of_query(query);
    let user = known.user_id.required_string("user_id");
    let user = user.and_then(|id| id.parse().map_err(|invalid| field_error("user_id", format!("{invalid}."))));
    let (user, ()) = (user, unknown.refuse()).all()?;
    if once { Ok(user) } else { Err(ApiError::field("user_id", "The user_id must be given once.")) }
}

fn progress(user: &UserId, erasure: &Erasure, wait: TimeDelta) -> Response {
    let seconds = wait.num_seconds().max(0) + 1;
    let body = Json(ErasureShape::of(user, erasure));
    (StatusCode::ACCEPTED, [(header::RETRY_AFTER, seconds.to_string())], body).into_response()
}

fn receipt(user: &UserId, erasure: &Erasure) -> Response {
    Json(ErasureShape::of(user, erasure)).into_response()
}
