//! Conversations as a file: what the page shows.

use crate::page_error::PageError;
use crate::pages::conversations::lines::{Format, lines};
use crate::pages::conversations::search::Search;
use crate::session::SignedIn;
use axum::body::Body;
use axum::extract::{Query, State};
use axum::response::{IntoResponse as _, Response};
use http::{HeaderValue, header};
use shared::app::App;

/// `GET /console/conversations/file`: both sides of the conversations, or with filters the messages of users.
pub(crate) async fn show(
    State(app): State<App>,
    person: SignedIn,
    Query(search): Query<Search>,
) -> Result<Response, PageError> {
    let search = search.or_last_days(app.clock.now());
    let format = match search.format.as_str() {
        "csv" => Format::Csv,
        "ndjson" => Format::Ndjson,
        _ => return Err(PageError::NotFound),
    };
    let file = lines(&person.api, &search, format).await?;
    let kind = HeaderValue::from_static(format.media_type());
    let (from, to, ending) = (&search.from, &search.to, &search.format);
    let name = HeaderValue::from_str(&format!("attachment; filename=\"conversations-{from}-{to}.{ending}\""));
    let name = name.map_err(PageError::unexpected)?;
    Ok(([(header::CONTENT_TYPE, kind), (header::CONTENT_DISPOSITION, name)], Body::from(file)).into_response())
}
