//! The parameter of a path, parsed.

use crate::http::error::ApiError;
use axum::extract::{FromRequestParts, Path};
use http::request::Parts;
use std::str::FromStr;

/// The one parameter of a route. A text that `T` does not parse names no resource: 404.
///
/// ```
/// use shared::http::PathParam;
/// use shared::model::TokenId;
///
/// async fn revoke(PathParam(id): PathParam<TokenId>) -> String {
///     format!("{id} is revoked")
/// }
/// ```
#[derive(Clone, Debug)]
pub struct PathParam<T>(pub T);

impl<T: FromStr, S: Send + Sync> FromRequestParts<S> for PathParam<T> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let text = Path::<String>::from_request_parts(parts, state).await;
        text.ok().and_then(|Path(text)| text.parse().ok()).map(Self).ok_or(ApiError::NotFound)
    }
}
