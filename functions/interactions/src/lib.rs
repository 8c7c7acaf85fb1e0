//! Interactions, read: what a chatbot's users said, over a period, split by user.

mod body;
mod changes;
mod reader;
mod record;
mod user_data_export;
mod user_interactions;

use axum::extract::State;
use axum::response::Response;
use axum::routing::get;
use axum::{Extension, Router};
use http::HeaderMap;
use record::Line;
use shared::app::App;
use shared::http::{ApiError, AuthErrors, Caller, InteractionsRead, Problem, QueryPairs, ScopeErrors, TableErrors};
use user_data_export::user_count::Census;
use user_interactions::by_user::Answer;
use user_interactions::query::{Dialect, Question};
use user_interactions::respond::Asked;
use utoipa::OpenApi;

/// The routes of this function.
pub fn routes() -> Router<App> {
    Router::new()
        .route("/api/user-interactions", get(user_interactions_legacy))
        .route("/public/api/user-interactions", get(user_interactions))
        .route("/public/api/interactions/changes", get(changes::changes))
        .route("/public/api/user-data-export", get(user_data_export::user_data_export))
        .layer(Extension(Census::default()))
}

/// The operations of this function, described.
#[derive(Debug, OpenApi)]
#[openapi(paths(user_interactions, user_interactions_legacy, changes::changes, user_data_export::user_data_export))]
pub struct Api;

/// What users said
///
/// Everything that the users of your tenant sent in a period, split by user, in time order. Both ends are inclusive; a
/// `to` given to the second means that whole second. Dates are `YYYY-MM-DD`, `YYYY-MM-DD HH:MM:SS` or RFC 3339, in UTC
/// unless they have an offset. Filters are case-insensitive "contains", held against what was known of the user on each
/// day, and all of them must hold. Users come in a stable order that is not alphabetical. An answer that would be larger
/// than 3.5 MB is refused: nothing is ever cut off silently.
///
/// Who asks for pages with `limit` or `cursor` gets pages, with `meta` and a `Link` to the next; a user too large for a
/// page goes on in the next with `continued`. `Accept: application/x-ndjson` or `text/csv` gives one interaction a line,
/// by day, user and time, always in pages: the last line of NDJSON is `{"_meta":{"interactions","sha256",
/// "complete_until","next_cursor"}}`, where `sha256` is of every byte before it, and CSV has the same in the headers
/// `X-Interactions`, `X-Sha256`, `X-Complete-Until` and `X-Next-Cursor`. In CSV an apostrophe stands before a cell that
/// begins with one of `=+-@'`, tab or line end: no spreadsheet takes it for a formula.
#[utoipa::path(
    get, path = "/public/api/user-interactions", tag = "Interactions", operation_id = "userInteractions",
    params(Question),
    responses((status = 200, description = "The users and what they said",
            content((Answer = "application/json"), (Line = "application/x-ndjson"), (String = "text/csv"))),
        (status = 422, body = Problem, content_type = "application/problem+json",
            description = "A date or a filter is wrong, or the answer would have more than 3.5 MB"),
        AuthErrors, ScopeErrors, TableErrors),
    security(("token" = ["interactions:read"]))
)]
async fn user_interactions(
    State(app): State<App>,
    caller: Caller<InteractionsRead>,
    headers: HeaderMap,
    query: QueryPairs,
) -> Result<Response, ApiError> {
    respond(&app, &caller, &headers, &query, Dialect::Public).await
}

/// What users said (legacy)
///
/// As `/public/api/user-interactions`, for clients of OpenDialog's legacy API: unknown query names are ignored, and
/// users have fewer fields.
#[utoipa::path(
    get, path = "/api/user-interactions", tag = "Interactions", operation_id = "userInteractionsLegacy",
    params(Question),
    responses((status = 200, description = "The users and what they said",
            content((Answer = "application/json"), (Line = "application/x-ndjson"), (String = "text/csv"))),
        (status = 422, body = Problem, content_type = "application/problem+json",
            description = "A date or a filter is wrong, or the answer would have more than 3.5 MB"),
        AuthErrors, ScopeErrors, TableErrors),
    security(("token" = ["interactions:read"]))
)]
async fn user_interactions_legacy(
    State(app): State<App>,
    caller: Caller<InteractionsRead>,
    headers: HeaderMap,
    query: QueryPairs,
) -> Result<Response, ApiError> {
    respond(&app, &caller, &headers, &query, Dialect::Legacy).await
}

async fn respond(
    app: &App,
    caller: &Caller<InteractionsRead>,
    headers: &HeaderMap,
    query: &QueryPairs,
    dialect: Dialect,
) -> Result<Response, ApiError> {
    let path = match dialect {
        Dialect::Legacy => "/api/user-interactions",
        Dialect::Public => "/public/api/user-interactions",
    };
    let wanted = user_interactions::query::read(query, dialect)?;
    Asked { app, caller, path, query, wanted, dialect }.answer(headers).await
}
