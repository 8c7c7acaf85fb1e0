//! The messages of users as a file.

use crate::page_error::PageError;
use crate::pages::conversations::search::Search;
use crate::query::with_query;
use crate::session::SignedIn;
use axum::extract::{Query, State};
use axum::response::Response;
use http::{HeaderValue, header};
use shared::app::App;

const INTERACTIONS: &str = "/public/api/user-interactions";

/// `GET /console/conversations/file`: what the page shows, as a file. A response that would be too large is refused by the
/// API, which says what to do.
pub(crate) async fn show(
    State(app): State<App>,
    person: SignedIn,
    Query(search): Query<Search>,
) -> Result<Response, PageError> {
    let search = search.or_last_days(app.clock.now());
    let (from, to) = search.period();
    let (accept, extension) = match search.format.as_str() {
        "csv" => ("text/csv", "csv"),
        "ndjson" => ("application/x-ndjson", "ndjson"),
        _ => return Err(PageError::NotFound),
    };
    let path = with_query(INTERACTIONS, &[("from", &from), ("to", &to), ("user_id", &search.user_id)]);
    let mut response = person.api.file(&path, accept).await?;
    let name = format!("attachment; filename=\"interactions-{}-{}.{extension}\"", search.from, search.to);
    let name = HeaderValue::from_str(&name).map_err(PageError::unexpected)?;
    response.headers_mut().insert(header::CONTENT_DISPOSITION, name);
    Ok(response)
}
