//! QR codes of new links, in a zip file.

use crate::form::Upload;
use crate::page_error::PageError;
use crate::query::segment;
use axum::body::Body;
use axum::response::{IntoResponse as _, Response};
use http::{HeaderValue, header};
use recipients::QrFormat;
use std::io::{Cursor, Write as _};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

/// Codes of one file. A code has some 600 bytes, and Lambda answers with at most 6 MB, in which they take a third more.
pub(super) const CODES: usize = 5_000;
/// The format of the images: programs that merge letters read it.
pub(super) const FORMAT: QrFormat = QrFormat::Png;

/// `POST /console/new-campaign/qr`: the codes of some of the links of the page that sends the form.
pub(crate) async fn file(Upload(form): Upload) -> Result<Response, PageError> {
    let campaign = segment(form.field("campaign")).ok_or(PageError::NotFound)?;
    let part: usize = form.field("part").parse().map_err(|_| PageError::NotFound)?;
    // Not trimmed: the first row may be blank.
    let urls: Vec<_> = form.exact("urls").split(' ').collect();
    let some = urls.iter().enumerate().skip(part.saturating_mul(CODES)).take(CODES);
    let zip = zip(some.map(|(row, url)| (FORMAT.name(row + 1, urls.len()), *url)))?;
    let name = format!("attachment; filename=\"{campaign}-qr-{}.zip\"", part.saturating_add(1));
    let name = HeaderValue::from_str(&name).map_err(PageError::unexpected)?;
    let kind = HeaderValue::from_static("application/zip");
    let headers =
        [(header::CONTENT_TYPE, kind), (header::CONTENT_DISPOSITION, name), (header::CACHE_CONTROL, NO_STORE)];
    Ok((headers, Body::from(zip)).into_response())
}

const NO_STORE: HeaderValue = HeaderValue::from_static("no-store");

/// A zip file with an image of each URL that is not empty.
fn zip<'a>(urls: impl Iterator<Item = (String, &'a str)>) -> Result<Vec<u8>, PageError> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    let stored = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
    for (name, url) in urls.filter(|(_, url)| !url.is_empty()) {
        zip.start_file(name, stored).map_err(PageError::unexpected)?;
        zip.write_all(&FORMAT.image(url).map_err(PageError::unexpected)?).map_err(PageError::unexpected)?;
    }
    Ok(zip.finish().map_err(PageError::unexpected)?.into_inner())
}
