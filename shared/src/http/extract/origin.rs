//! The origin that a request was sent to: the base of links if no other is configured.

use crate::http::error::ApiError;
use axum::extract::FromRequestParts;
use http::{header, request::Parts};
use url::Url;

/// The origin of the request's URL. A request from Lambda has a whole URL; one from a socket has the `Host` header.
#[derive(Clone, Debug)]
pub struct RequestOrigin(pub Url);

impl<S: Send + Sync> FromRequestParts<S> for RequestOrigin {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        let host = parts.headers.get(header::HOST).and_then(|host| host.to_str().ok());
        let host = parts.uri.authority().map(http::uri::Authority::as_str).or(host);
        let scheme = parts.uri.scheme_str().unwrap_or("http");
        let origin = host.and_then(|host| Url::parse(&format!("{scheme}://{host}/")).ok());
        let plain = |url: &Url| {
            url.path() == "/" && url.query().is_none() && url.username().is_empty() && url.password().is_none()
        };
        origin.filter(plain).map(Self).ok_or(ApiError::BadRequest("The Host header is missing or not a host."))
    }
}
