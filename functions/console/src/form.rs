//! Forms that change something: only from a page of the same session.

use crate::page_error::PageError;
use crate::session::SignedIn;
use axum::body::{Bytes, to_bytes};
use axum::extract::{FromRequest, FromRequestParts, Request};
use futures_util::stream;
use http::{HeaderMap, header, request::Parts};
use multer::Multipart;
use shared::app::App;
use shared::http::RequestOrigin;
use std::convert::Infallible;
use url::form_urlencoded;

/// The largest form, in bytes.
const MAX_FORM: usize = 64 * 1024;
/// The largest form with a file, in bytes. Lambda takes events of 6 MB, in which a file in base64 takes a third more.
const MAX_UPLOAD: usize = 4_400_000;

/// A form that a person sent from a page of their session.
#[derive(Debug)]
pub(crate) struct Form {
    /// Who sent it.
    pub(crate) person: SignedIn,
    fields: Vec<(String, Bytes)>,
}

/// A form that may have a file.
#[derive(Debug)]
pub(crate) struct Upload(pub(crate) Form);

impl Form {
    /// The bytes of a field, none if there is no such field.
    pub(crate) fn bytes(&self, name: &str) -> &[u8] {
        self.fields.iter().find(|(other, _)| other == name).map_or(&[], |(_, value)| value)
    }

    /// The text of a field, byte by byte, as user ids are compared; empty if there is none, or if it is no text.
    pub(crate) fn exact(&self, name: &str) -> &str {
        text(self.bytes(name))
    }

    /// The text of a field, without blanks around it; empty if there is none.
    pub(crate) fn field(&self, name: &str) -> &str {
        self.exact(name).trim()
    }

    /// The texts of a field that can be given several times.
    pub(crate) fn fields<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.fields.iter().filter(move |(other, _)| other == name).map(|(_, value)| text(value))
    }

    async fn read(request: Request, app: &App, limit: usize) -> Result<Self, PageError> {
        let (mut parts, body) = request.into_parts();
        let person = SignedIn::from_request_parts(&mut parts, app).await?;
        if !is_same_origin(&mut parts, app).await {
            return Err(PageError::Forged);
        }
        let body = to_bytes(body, limit).await.map_err(|_| PageError::FormTooLarge)?;
        let fields = match boundary(&parts.headers) {
            Some(boundary) => parts_of(body, boundary).await?,
            None => form_urlencoded::parse(&body).map(|(name, value)| (name.into_owned(), owned(&value))).collect(),
        };
        let form = Self { person, fields };
        if form.field("csrf") == form.person.csrf { Ok(form) } else { Err(PageError::Forged) }
    }
}

impl FromRequest<App> for Form {
    type Rejection = PageError;

    async fn from_request(request: Request, app: &App) -> Result<Self, PageError> {
        Self::read(request, app, MAX_FORM).await
    }
}

impl FromRequest<App> for Upload {
    type Rejection = PageError;

    async fn from_request(request: Request, app: &App) -> Result<Self, PageError> {
        Form::read(request, app, MAX_UPLOAD).await.map(Self)
    }
}

fn text(value: &[u8]) -> &str {
    std::str::from_utf8(value).unwrap_or_default()
}

fn owned(value: &str) -> Bytes {
    Bytes::copy_from_slice(value.as_bytes())
}

/// The boundary of a body that is `multipart/form-data` (RFC 7578).
fn boundary(headers: &HeaderMap) -> Option<String> {
    multer::parse_boundary(headers.get(header::CONTENT_TYPE)?.to_str().ok()?).ok()
}

/// The fields of a body that is `multipart/form-data`.
async fn parts_of(body: Bytes, boundary: String) -> Result<Vec<(String, Bytes)>, PageError> {
    let mut parts = Multipart::new(stream::once(async { Ok::<_, Infallible>(body) }), boundary);
    let mut fields = Vec::new();
    while let Some(part) = parts.next_field().await.map_err(|_| PageError::Forged)? {
        let name = part.name().unwrap_or_default().to_owned();
        fields.push((name, part.bytes().await.map_err(|_| PageError::Forged)?));
    }
    Ok(fields)
}

/// Whether the request has one `Origin`, that of the page it is sent to.
async fn is_same_origin(parts: &mut Parts, app: &App) -> bool {
    let mut origins = parts.headers.get_all(header::ORIGIN).iter().cloned().collect::<Vec<_>>();
    let Ok(RequestOrigin(ours)) = RequestOrigin::from_request_parts(parts, app).await else { return false };
    origins.len() == 1 && origins.pop().is_some_and(|origin| origin == ours.origin().ascii_serialization())
}
