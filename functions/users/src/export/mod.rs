//! `GET /public/api/users/export`: everything that is kept about one user, as NDJSON.

mod reader;
mod record;

use crate::export::reader::{ExportCursor, ExportPage, ExportReader};
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use http::header;
use serde::Deserialize;
use serde_json::json;
use shared::app::App;
use shared::http::{
    All as _, ApiError, AuthErrors, Caller, Checked, CursorCodec, Field, Members, Problem, QueryPairs, ScopeErrors,
    TableErrors, UsersRead, field_error,
};
use shared::model::{UserId, time};
use shared::store::feed;
use std::collections::BTreeMap;
use utoipa::openapi::content::ContentBuilder;
use utoipa::openapi::{Content, Ref, RefOr, ResponseBuilder, response};
use utoipa::{IntoParams, IntoResponses, PartialSchema as _, ToSchema as _};

pub(crate) const PATH: &str = "/public/api/users/export";
/// A page, for the description. It is text there, because OpenAPI 3.1 has no schema for lines.
const LINES: &str = concat!(
    r#"{"record":"attribute","name":"first_name","value":"Ann","set_at":"2026-01-01T08:00:00.000000Z"}"#,
    "\n",
    r#"{"record":"interaction","id":"00000-9f86d081884c7d65","author":"us","type":"text","#,
    r#""date":"2026-01-01T08:19:33.000000Z","text":"hello","data":null,"scenario_id":"0x420"}"#,
    "\n",
    r#"{"_meta":{"user_id":"ann","records":2,"sha256":"9f86d0…","complete_until":"2026-01-02T08:00:00.000000Z","#,
    r#""next_cursor":null}}"#,
    "\n",
);

/// The query.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct ExportQuery {
    /// The user, compared byte by byte.
    #[param(value_type = String, min_length = 1, max_length = 384)]
    user_id: Field,
    /// `next_cursor` of the previous page.
    #[param(value_type = Option<String>, nullable = false, pattern = "^[A-Za-z0-9._-]*$")]
    cursor: Field,
}

/// The responses of this operation, besides the errors that every operation has.
struct ExportResponses;

impl IntoResponses for ExportResponses {
    fn responses() -> BTreeMap<String, RefOr<response::Response>> {
        let lines = ContentBuilder::new().schema(Some(String::schema())).example(Some(LINES.into())).build();
        let ok = ResponseBuilder::new()
            .description("A page of records, one a line, and a trailer; an unknown user has no records")
            .content("application/x-ndjson", lines);
        let invalid = ResponseBuilder::new()
            .description("The query does not have exactly one user_id, or the cursor is invalid")
            .content("application/problem+json", Content::new(Some(Ref::from_schema_name(Problem::name()))));
        [("200", ok), ("422", invalid)].map(|(status, response)| (status.to_owned(), RefOr::T(response.build()))).into()
    }
}

/// Export a user
///
/// Everything that is kept about one user, for a request of access: one record a line, each with its kind in `record`.
/// `attribute` is the newest value of an attribute that links or imports brought; `erasure` the receipt of an erasure;
/// `messages` the number of webchat messages that a day's limit counts; `link` a link with its attributes and counters;
/// `day` what was known of the user on a day; `interaction` an interaction of the user (`us`) or the chatbot (`them`).
/// Users who never spoke are found by their links. Sessions and handoffs are not stored by user.
///
/// The last line is `{"_meta":{"user_id","records","sha256","complete_until","next_cursor"}}`, where `sha256` is the hash of
/// all bytes before it. If `next_cursor` is not null, request the next page with it.
#[utoipa::path(
    get, path = PATH, tag = "Users", operation_id = "exportUser", params(ExportQuery),
    responses(ExportResponses, AuthErrors, ScopeErrors, TableErrors),
    security(("token" = ["users:read"]))
)]
pub(crate) async fn export(
    State(app): State<App>,
    caller: Caller<UsersRead>,
    pairs: QueryPairs,
) -> Result<Response, ApiError> {
    let (user, cursor) = read(&pairs)?;
    let codec = CursorCodec::new(&app, &caller.tenant.id, PATH, &pairs);
    let from: Option<ExportCursor> = codec.decode(cursor.as_deref())?;
    let reader = ExportReader::new(&app, &caller.tenant, &user);
    let ExportPage { body, records, next } = reader.read(from).await?;
    let body = body.into_bytes();
    let trailer = json!({"_meta": {"user_id": user, "records": records,
        "sha256": hex::encode(shared::crypto::sha256(&body)),
        "complete_until": time::format(app.clock.now() - feed::SETTLE_TIME),
        "next_cursor": next.map(|position| codec.encode(&position))}});
    let body = [body.as_slice(), trailer.to_string().as_bytes(), b"\n"].concat();
    Ok(([(header::CONTENT_TYPE, "application/x-ndjson")], body).into_response())
}

/// Reads the user and the cursor. A query with two users is refused.
fn read(pairs: &QueryPairs) -> Checked<(UserId, Option<String>)> {
    let is_once = pairs.0.iter().filter(|(name, _)| name == "user_id").count() == 1;
    let Members { known, unknown } = Members::<ExportQuery>::of_query(pairs.clone());
    let user = known.user_id.required_string("user_id");
    let user = user.and_then(|id| id.parse().map_err(|invalid| field_error("user_id", format!("{invalid}."))));
    let (user, cursor, ()) = (user, known.cursor.cursor(), unknown.refuse()).all()?;
    if is_once { Ok((user, cursor)) } else { Err(field_error("user_id", "The user_id must be given once.")) }
}
