//! `GET /api/user-interactions` and `GET /public/api/user-interactions`.

mod by_record;
mod by_user;
mod format;
mod query;
mod respond;

use crate::user_interactions::format::Format;
use crate::user_interactions::query::{Dialect, QueryParams};
use crate::user_interactions::respond::Request;
use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::get;
use http::HeaderMap;
use shared::app::App;
use shared::http::{ApiError, AuthErrors, Caller, InteractionsRead, Problem, QueryPairs, ScopeErrors, TableErrors};
use std::collections::BTreeMap;
use utoipa::openapi::content::ContentBuilder;
use utoipa::openapi::{Content, Ref, RefOr, ResponseBuilder, response};
use utoipa::{IntoResponses, PartialSchema as _, ToSchema as _};

pub(crate) use crate::user_interactions::by_user::UserInteractionsBody;

const PATH: &str = "/public/api/user-interactions";
const LEGACY_PATH: &str = "/api/user-interactions";
/// A page as NDJSON, for the description. It is text there, because OpenAPI 3.1 has no schema for lines.
const LINES: &str = concat!(
    r#"{"user_id":"ann","id":"00000-9f86d081884c7d65","type":"text","date":"2022-09-21T08:19:33.000000Z","text":"hello","#,
    r#""data":null,"scenario_id":"0x420"}"#,
    "\n",
    r#"{"_meta":{"interactions":1,"sha256":"9f86d0…","complete_until":"2026-01-01T08:00:00.000000Z","next_cursor":null}}"#,
    "\n",
);
/// The same as CSV.
const CSV: &str = "user_id,id,type,date,text,data,scenario_id\r\n\
    ann,00000-9f86d081884c7d65,text,2022-09-21T08:19:33.000000Z,hello,,0x420\r\n";

/// The routes of this endpoint.
pub(crate) fn routes() -> Router<App> {
    Router::new()
        .route("/api/user-interactions", get(user_interactions_legacy))
        .route("/public/api/user-interactions", get(user_interactions))
}

/// The responses of both routes, besides the errors that every operation has.
struct UserInteractionsResponses;

impl IntoResponses for UserInteractionsResponses {
    fn responses() -> BTreeMap<String, RefOr<response::Response>> {
        let reference = |name: &str| Content::new(Some(Ref::from_schema_name(name)));
        let text =
            |example: &str| ContentBuilder::new().schema(Some(String::schema())).example(Some(example.into())).build();
        let ok = ResponseBuilder::new()
            .description("The users and their interactions")
            .content("application/json", reference(&UserInteractionsBody::name()))
            .content("application/x-ndjson", text(LINES))
            .content("text/csv", text(CSV));
        let invalid = ResponseBuilder::new()
            .description("A date or a filter is invalid, or the response would be larger than 3.5 MB")
            .content("application/problem+json", reference(&Problem::name()));
        [("200", ok), ("422", invalid)].map(|(status, response)| (status.to_owned(), RefOr::T(response.build()))).into()
    }
}

/// List user interactions
///
/// All interactions that the users of your tenant sent in a period, by user, in time order. Both ends of the period are
/// inclusive; a `to` without fractional seconds includes that whole second. Dates are `YYYY-MM-DD`,
/// `YYYY-MM-DD HH:MM:SS` or RFC 3339, in UTC unless they have an offset. Filters are case-insensitive "contains",
/// compared with what was known of the user on each day; a user's day must pass all of them. Users come in a stable
/// order that is not alphabetical. A response that would be larger than 3.5 MB is refused: it is never cut off silently.
///
/// With `limit` or `cursor` the response is a page, with `meta` and a `Link` to the next page. A user who is too large
/// for a page continues in the next, marked with `continued`. `Accept: application/x-ndjson` or `text/csv` returns one
/// interaction per line, by day, user and time, always in pages: the last line of NDJSON is `{"_meta":{"interactions",
/// "sha256","complete_until","next_cursor"}}`, where `sha256` is the hash of all bytes before that line, and CSV has the
/// same values in the headers `X-Interactions`, `X-Sha256`, `X-Complete-Until` and `X-Next-Cursor`. In CSV every
/// cell is in quotes, and an apostrophe precedes what a spreadsheet could execute as a formula, at the beginning of a cell
/// and after each semicolon, tab and line end in it: remove one apostrophe at each of these places to restore the text.
#[utoipa::path(
    get, path = PATH, tag = "Interactions", operation_id = "userInteractions",
    params(QueryParams),
    responses(UserInteractionsResponses, AuthErrors, ScopeErrors, TableErrors),
    security(("token" = ["interactions:read"]))
)]
pub(crate) async fn user_interactions(
    State(app): State<App>,
    caller: Caller<InteractionsRead>,
    headers: HeaderMap,
    pairs: QueryPairs,
) -> Result<Response, ApiError> {
    let (path, dialect) = (PATH, Dialect::Public);
    let query = query::parse(&pairs, dialect)?;
    Request { app: &app, caller: &caller, path, pairs: &pairs, query, dialect }.respond(Format::of(&headers)).await
}

/// List user interactions (legacy)
///
/// As `/public/api/user-interactions`, for clients of OpenDialog's legacy API: unknown query names are ignored, and
/// users have fewer fields.
#[utoipa::path(
    get, path = LEGACY_PATH, tag = "Interactions", operation_id = "userInteractionsLegacy",
    params(QueryParams),
    responses(UserInteractionsResponses, AuthErrors, ScopeErrors, TableErrors),
    security(("token" = ["interactions:read"]))
)]
pub(crate) async fn user_interactions_legacy(
    State(app): State<App>,
    caller: Caller<InteractionsRead>,
    headers: HeaderMap,
    pairs: QueryPairs,
) -> Result<Response, ApiError> {
    let (path, dialect) = (LEGACY_PATH, Dialect::Legacy);
    let query = query::parse(&pairs, dialect)?;
    Request { app: &app, caller: &caller, path, pairs: &pairs, query, dialect }.respond(Format::of(&headers)).await
}
