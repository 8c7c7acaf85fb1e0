//! The query of a request, as pairs in their order.

use axum::extract::FromRequestParts;
use http::request::Parts;
use std::convert::Infallible;

/// The pairs of a query, decoded; later ones of a name stand after earlier ones.
#[derive(Clone, Debug, Default)]
pub struct QueryPairs(pub Vec<(String, String)>);

impl<S: Send + Sync> FromRequestParts<S> for QueryPairs {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        let query = parts.uri.query().unwrap_or_default();
        Ok(Self(form_urlencoded::parse(query.as_bytes()).into_owned().collect()))
    }
}
