//! A user erased: a bit of it with every call, until nothing is left.

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use chrono::{DateTime, TimeDelta, Utc};
use http::{StatusCode, header};
use serde::{Deserialize, Serialize};
use shared::app::App;
use shared::http::{ApiError, AuthErrors, Caller, Fields, Problem, QueryPairs, ScopeErrors, TableErrors, UsersErase};
use shared::model::{UserId, time};
use shared::store::Erasure;
use std::time::Duration;
use tokio::time::Instant;
use utoipa::{IntoParams, ToSchema};

/// One call sweeps for no longer.
const PATIENCE: Duration = Duration::from_secs(10);
/// The table can be brought back to any second of so many days, the erased user with it.
const BACKUPS: TimeDelta = TimeDelta::days(35);

/// The query as OpenAPI describes it.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "describes what `read` takes from the pairs")]
pub(crate) struct Whom {
    /// The user, byte by byte as written.
    user_id: String,
}

/// How far an erasure has come.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({"user_id": "ann", "interactions": 5000, "links": 3,
    "begun_at": "2026-01-01T08:00:00.000000Z"}))]
pub(crate) struct Progress {
    user_id: String,
    /// Interactions that were removed so far, the chatbot's turns among them.
    interactions: u64,
    /// Links that were removed so far.
    links: u64,
    begun_at: String,
}

/// What was erased.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({"user_id": "ann", "interactions": 5120, "links": 3,
    "completed_at": "2026-01-01T08:01:02.000000Z", "backups_until": "2026-02-05T08:01:02.000000Z"}))]
pub(crate) struct Receipt {
    user_id: String,
    /// Interactions that were removed, the chatbot's turns among them.
    interactions: u64,
    /// Links that were removed.
    links: u64,
    completed_at: String,
    /// Until then the table's backups still hold the user.
    backups_until: String,
}

/// Erase a user
///
/// Removes the user's interactions, profile, context and links, and ends their sessions and links at once. Answers 202
/// with the progress while it runs: send it again after `Retry-After`, until 200 brings the receipt; that takes a little
/// more than a minute at least, since a request that began before may still write. Sent again later, it brings the same
/// receipt, unless there is something of the user again. What happened before does not come back by an import.
#[utoipa::path(
    delete, path = "/public/api/users", tag = "Users", operation_id = "eraseUser", params(Whom),
    responses((status = 200, body = Receipt, description = "Nothing of the user is left"),
        (status = 202, body = Progress, description = "Not done yet: send it again",
            headers(("Retry-After" = String, description = "Seconds after which to send it again"))),
        (status = 422, body = Problem, content_type = "application/problem+json",
            description = "There is not exactly one user_id"),
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
    if let Some(completed_at) = erasure.completed_at {
        return Ok(receipt(&user, &erasure, completed_at));
    }
    // What a request that began before still wrote is there now.
    let last = now > erasure.refused_until;
    let clean = store.erasure_sweep(tenant, &user_hash, &erasure, last, Instant::now() + PATIENCE).await?;
    if clean && last {
        store.erasure_complete(&tenant.id, &user_hash, &erasure, app.clock.now()).await?;
    }
    let erasure = store.erasure_get(&tenant.id, &user_hash).await?.unwrap_or(erasure);
    Ok(match erasure.completed_at {
        Some(completed_at) => receipt(&user, &erasure, completed_at),
        None if clean => progress(&user, &erasure, erasure.refused_until - app.clock.now()),
        None => progress(&user, &erasure, TimeDelta::zero()),
    })
}

/// Reads whom to erase. A user named twice is refused: this cannot be taken back.
fn read(query: QueryPairs) -> Result<UserId, ApiError> {
    let once = query.0.len() == 1;
    let mut fields = Fields::of_query(query);
    let user = fields.query_string("user_id");
    let read = user.as_deref().map(str::parse::<UserId>);
    match &read {
        None => fields.wrong("user_id", "The user_id field is required."),
        Some(Err(invalid)) => fields.wrong("user_id", format!("{invalid}.")),
        Some(Ok(_)) => {}
    }
    fields.refuse_unknown();
    fields.finish()?;
    let user = read.and_then(Result::ok).filter(|_| once);
    user.ok_or_else(|| ApiError::field("user_id", "The user_id must be given once."))
}

fn progress(user: &UserId, erasure: &Erasure, wait: TimeDelta) -> Response {
    let progress = Progress {
        user_id: user.as_str().to_owned(),
        interactions: erasure.interactions,
        links: erasure.links,
        begun_at: time::format(erasure.erased_at),
    };
    let seconds = wait.num_seconds().max(0) + 1;
    (StatusCode::ACCEPTED, [(header::RETRY_AFTER, seconds.to_string())], Json(progress)).into_response()
}

fn receipt(user: &UserId, erasure: &Erasure, completed_at: DateTime<Utc>) -> Response {
    let receipt = Receipt {
        user_id: user.as_str().to_owned(),
        interactions: erasure.interactions,
        links: erasure.links,
        completed_at: time::format(completed_at),
        backups_until: time::format(completed_at + BACKUPS),
    };
    Json(receipt).into_response()
}
