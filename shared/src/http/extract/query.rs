//! The query of a request, as pairs in their order.

use crate::http::error::ApiError;
use axum::extract::FromRequestParts;
use http::request::Parts;
use percent_encoding::{NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

/// The decoded pairs of a query, in their order. A query that is not UTF-8 is an error: user ids are compared byte by byte,
/// so no byte may be replaced.
#[derive(Clone, Debug, Default)]
pub struct QueryPairs(pub Vec<(String, String)>);

impl QueryPairs {
    /// The query, percent-encoded, with one pair in place of all pairs of its name.
    #[must_use]
    pub fn with(&self, name: &str, value: &str) -> String {
        let encoded = |text| utf8_percent_encode(text, NON_ALPHANUMERIC);
        let kept =
            self.0.iter().filter(|(other, _)| other != name).map(|(name, value)| (name.as_str(), value.as_str()));
        let pairs = kept.chain([(name, value)]).map(|(name, value)| format!("{}={}", encoded(name), encoded(value)));
        pairs.collect::<Vec<_>>().join("&")
    }
}

impl<S: Send + Sync> FromRequestParts<S> for QueryPairs {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        let query = parts.uri.query().unwrap_or_default();
        let pairs = query.split('&').filter(|pair| !pair.is_empty()).map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            Ok((decode(name)?, decode(value)?))
        });
        pairs.collect::<Result<_, _>>().map(Self)
    }
}

fn decode(text: &str) -> Result<String, ApiError> {
    let spaced = text.replace('+', " ");
    let decoded = percent_decode_str(&spaced).decode_utf8();
    decoded.map(Into::into).map_err(|_| ApiError::BadRequest("The query is not percent-encoded UTF-8."))
}
