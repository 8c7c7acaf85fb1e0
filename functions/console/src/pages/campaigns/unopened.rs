//! The people who have not opened their link, as a file.

use crate::page_error::PageError;
use crate::query::{segment, with_query};
use crate::session::SignedIn;
use axum::body::Body;
use axum::extract::Path;
use axum::response::{IntoResponse as _, Response};
use http::{HeaderValue, header};
use interactions::csv_line;
use serde::Deserialize;
use shared::http::{ApiError, ListMeta};

/// Links of a request.
const LIMIT: &str = "1000";
/// The largest file: Lambda answers with at most 6 MB.
const MAX_FILE: usize = 5_000_000;

#[derive(Deserialize)]
struct LinkList {
    data: Vec<Link>,
    meta: ListMeta,
}

#[derive(Deserialize)]
struct Link {
    #[serde(rename = "link_id")]
    id: String,
    user_id: String,
    created_at: String,
    state: String,
}

/// `GET /console/campaigns/{campaign}/unopened`: the people who have not opened their link, as CSV.
pub(crate) async fn file(person: SignedIn, Path(name): Path<String>) -> Result<Response, PageError> {
    let name = segment(&name).ok_or(PageError::NotFound)?;
    let mut file = csv_line::column_names(["user_id", "link_id", "created_at", "state"].into_iter())
        .map_err(|error| unwritten(&error))?;
    let mut cursor = String::new();
    loop {
        let query = [("campaign", name), ("opened", "false"), ("limit", LIMIT), ("cursor", &cursor)];
        let links: LinkList = person.api.get(&with_query("/public/api/links", &query)).await?;
        for link in &links.data {
            let cells = [&link.user_id, &link.id, &link.created_at, &link.state];
            file.extend(csv_line::record(cells.map(String::as_str)).map_err(|error| unwritten(&error))?);
        }
        if file.len() > MAX_FILE {
            return Err(PageError::TooLarge);
        }
        match links.meta.next_cursor {
            Some(next) => cursor = next,
            None => break,
        }
    }
    let name = format!("attachment; filename=\"{name}-unopened.csv\"");
    let name = HeaderValue::from_str(&name).map_err(PageError::unexpected)?;
    let kind = HeaderValue::from_static("text/csv; charset=utf-8");
    Ok(([(header::CONTENT_TYPE, kind), (header::CONTENT_DISPOSITION, name)], Body::from(file)).into_response())
}

fn unwritten(error: &ApiError) -> PageError {
    PageError::unexpected(format!("a line of CSV cannot be written: {error:?}"))
}
