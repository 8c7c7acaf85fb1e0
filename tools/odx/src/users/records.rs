//! Everything that the API keeps about a user, page by page, each checked against its count and checksum.

use crate::api::{Api, ApiResponse};
use anyhow::{Context as _, Result, ensure};
use reqwest::Method;
use serde::Deserialize;
use shared::crypto::sha256;
use shared::model::UserId;

/// Everything that is kept about a user.
pub(super) struct Records {
    /// The records, one JSON object a line.
    pub(super) lines: Vec<u8>,
    pub(super) count: usize,
    /// Everything that was written before is among the records.
    pub(super) complete_until: String,
}

#[derive(Deserialize)]
struct Trailer {
    #[serde(rename = "_meta")]
    meta: Meta,
}

#[derive(Deserialize)]
struct Meta {
    records: usize,
    sha256: String,
    complete_until: String,
    next_cursor: Option<String>,
}

impl Records {
    /// Reads all records of a user.
    ///
    /// # Errors
    /// Returns an error if the API refuses a request, or a page is incomplete or altered.
    pub(super) async fn read(api: &Api, user: &UserId) -> Result<Self> {
        let (mut lines, mut count, mut cursor) = (Vec::new(), 0, None);
        // Of the first page: the later ones may have less.
        let mut complete_until = None;
        loop {
            let user = ("user_id", user.as_str().to_owned());
            let query: Vec<_> = [user].into_iter().chain(cursor.map(|cursor| ("cursor", cursor))).collect();
            let response = api.send(api.request(Method::GET, "/public/api/users/export", &query)).await?.success()?;
            let (page, meta) = page(&response)?;
            lines.extend_from_slice(page);
            count += meta.records;
            let complete_until = complete_until.get_or_insert(meta.complete_until);
            cursor = meta.next_cursor;
            if cursor.is_none() {
                return Ok(Self { lines, count, complete_until: complete_until.clone() });
            }
        }
    }
}

/// The records of a page and its trailer.
///
/// # Errors
/// Returns an error if the page has no trailer, or its count or its checksum is wrong.
fn page(response: &ApiResponse) -> Result<(&[u8], Meta)> {
    let incomplete = "a page is incomplete: it has no trailer";
    let whole = response.body.strip_suffix(b"\n").context(incomplete)?;
    let end = whole.iter().rposition(|byte| *byte == b'\n').map_or(0, |end| end + 1);
    let (records, trailer) = whole.split_at(end);
    // Serde's own error may quote what is kept about the user.
    let Trailer { meta } = serde_json::from_slice(trailer).ok().context(incomplete)?;
    let found = records.split_inclusive(|byte| *byte == b'\n').count();
    ensure!(found == meta.records, "a page has {found} records, but its `_meta` says {}", meta.records);
    let is_whole = hex::encode(sha256(records)) == meta.sha256;
    ensure!(is_whole, "a page was altered in transit: its checksum differs from that of the API");
    Ok((records, meta))
}
