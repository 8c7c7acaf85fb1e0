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
    fields: Vec<(String, String)>,
    files: Vec<(String, Bytes)>,
}

/// A form that may have a file.
#[derive(Debug)]
pub(crate) struct Upload(pub(crate) Form);

impl Form {
    /// The text of a field, byte by byte, as user ids are compared; empty if there is none.
    pub(crate) fn exact(&self, name: &str) -> &str {
        self.fields.iter().find(|(other, _)| other == name).map_or("", |(_, value)| value)
    }

    /// The text of a field, without blanks around it; empty if there is none.
    pub(crate) fn field(&self, name: &str) -> &str {
        self.exact(name).trim()
    }

    /// The texts of a field that can be given several times.
    pub(crate) fn fields<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.fields.iter().filter(move |(other, _)| other == name).map(|(_, value)| value.as_str())
    }

    /// The content of a file, empty if there is none.
    pub(crate) fn file(&self, name: &str) -> &[u8] {
        self.files.iter().find(|(other, _)| other == name).map_or(&[], |(_, content)| content)
    }

    async fn read(request: Request, app: &App, limit: usize) -> Result<Self, PageError> {
        let (mut parts, body) = request.into_parts();
        let person = SignedIn::from_request_parts(&mut parts, app).await?;
        if !is_same_origin(&mut parts, app).await {
            return Err(PageError::Forged);
        }
        let body = to_bytes(body, limit).await.map_err(|_| PageError::FormTooLarge)?;
        let (fields, files) = match boundary(&parts.headers) {
            Some(boundary) => parts_of(body, boundary).await?,
            None => (form_urlencoded::parse(&body).into_owned().collect(), Vec::new()),
        };
        let form = Self { person, fields, files };
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

/// The boundary of a body that is `multipart/form-data` (RFC 7578).
fn boundary(headers: &HeaderMap) -> Option<String> {
    multer::parse_boundary(headers.get(header::CONTENT_TYPE)?.to_str().ok()?).ok()
}

/// The fields and the files of a form.
type Contents = (Vec<(String, String)>, Vec<(String, Bytes)>);

/// The fields and the files of a body that is `multipart/form-data`.
async fn parts_of(body: Bytes, boundary: String) -> Result<Contents, PageError> {
    let mut parts = Multipart::new(stream::once(async { Ok::<_, Infallible>(body) }), boundary);
    let (mut fields, mut files) = (Vec::new(), Vec::new());
    while let Some(part) = parts.next_field().await.map_err(|_| PageError::Forged)? {
        // Each part has a name (RFC 7578 section 4.2).
        let (name, is_file) = (part.name().ok_or(PageError::Forged)?.to_owned(), part.file_name().is_some());
        let content = part.bytes().await.map_err(|_| PageError::Forged)?;
        if is_file {
            files.push((name, content));
        } else {
            fields.push((name, String::from_utf8(content.to_vec()).map_err(|_| PageError::Forged)?));
        }
    }
    Ok((fields, files))
}

/// Whether the request has one `Origin`, that of the page it is sent to.
async fn is_same_origin(parts: &mut Parts, app: &App) -> bool {
    let mut origins = parts.headers.get_all(header::ORIGIN).iter().cloned().collect::<Vec<_>>();
    let Ok(RequestOrigin(ours)) = RequestOrigin::from_request_parts(parts, app).await else { return false };
    origins.len() == 1 && origins.pop().is_some_and(|origin| origin == ours.origin().ascii_serialization())
}
