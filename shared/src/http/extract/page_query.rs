//! The query of a list: its filters, the size of a page, and a cursor.

use crate::http::error::ApiError;
use crate::http::extract::checked::{All as _, Checked};
use crate::http::extract::members::{Field, Members};
use crate::http::extract::query::QueryPairs;
use axum::extract::FromRequestParts;
use http::request::Parts;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use utoipa::IntoParams;
use utoipa::openapi::path::{Parameter, ParameterIn};

/// Items that a page may hold.
const MAX_LIMIT: usize = 1_000;

/// The query of a list, whose page has `DEFAULT` items if the client does not say. Unknown names are refused.
///
/// ```
/// use shared::http::{NoFilter, PageQuery};
///
/// async fn list(query: PageQuery<NoFilter, 100>) -> String {
///     format!("{} items after {:?}", query.limit, query.cursor)
/// }
/// ```
#[derive(Debug)]
pub struct PageQuery<F: QueryFilter, const DEFAULT: usize> {
    /// The filter that the query asks for.
    pub filter: F::Filter,
    /// Items a page, 1 to 1,000.
    pub limit: usize,
    /// `next_cursor` of the previous page, not verified yet.
    pub cursor: Option<String>,
    /// The whole query, to which a cursor is bound.
    pub pairs: QueryPairs,
}

/// The fields of a query that choose the items of a list.
pub trait QueryFilter: DeserializeOwned + IntoParams {
    /// What the fields ask for.
    type Filter: Send;

    /// Checks the fields.
    ///
    /// # Errors
    /// Returns [`FieldErrors`](crate::http::FieldErrors) for each field that is wrong.
    fn check(self) -> Checked<Self::Filter>;
}

/// A list without filters.
#[derive(Debug, Deserialize, IntoParams)]
pub struct NoFilter {}

impl QueryFilter for NoFilter {
    type Filter = ();

    fn check(self) -> Checked<()> {
        Ok(())
    }
}

#[derive(Deserialize, IntoParams)]
struct PageFields {
    /// `next_cursor` of the previous page.
    #[param(value_type = Option<String>, nullable = false, pattern = "^[A-Za-z0-9._-]*$")]
    cursor: Field,
    #[param(value_type = Option<u64>, nullable = false, minimum = 1, maximum = 1000)]
    limit: Field,
}

impl<F: QueryFilter, const DEFAULT: usize, S: Send + Sync> FromRequestParts<S> for PageQuery<F, DEFAULT> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let pairs = QueryPairs::from_request_parts(parts, state).await?;
        let Members { known: filter, unknown } = Members::<F>::of_query(pairs.clone());
        let Members { known: page, unknown } = Members::<PageFields>::of_object(unknown.into_object());
        let limit = page.limit.bounded_number("limit", 1..=MAX_LIMIT);
        let (limit, cursor, filter, ()) = (limit, page.cursor.cursor(), filter.check(), unknown.refuse()).all()?;
        Ok(Self { filter, limit: limit.unwrap_or(DEFAULT), cursor, pairs })
    }
}

impl<F: QueryFilter, const DEFAULT: usize> IntoParams for PageQuery<F, DEFAULT> {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        let within_query = || Some(ParameterIn::Query);
        let mut parameters = F::into_params(within_query);
        parameters.extend(PageFields::into_params(within_query));
        for parameter in parameters.iter_mut().filter(|parameter| parameter.name == "limit") {
            parameter.description = Some(format!("Items a page: 1 to 1,000; {DEFAULT} if not given."));
        }
        parameters
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::Request;

    async fn read(query: &str) -> Result<PageQuery<NoFilter, 100>, ApiError> {
        let request = Request::get(format!("/list?{query}")).body(()).expect("a request");
        PageQuery::from_request_parts(&mut request.into_parts().0, &()).await
    }

    fn errors(read: Result<PageQuery<NoFilter, 100>, ApiError>) -> Vec<String> {
        match read {
            Err(ApiError::Invalid(errors)) => errors.into_values().flatten().collect(),
            other => panic!("{other:?}"),
        }
    }

    #[tokio::test]
    async fn a_page_has_a_limit_within_bounds_and_a_cursor() {
        let page = read("").await.expect("a query");
        assert_eq!(page.limit, 100);
        assert_eq!(page.cursor, None);
        let page = read("limit=1000&cursor=abc").await.expect("a query");
        assert_eq!(page.limit, 1_000);
        assert_eq!(page.cursor.as_deref(), Some("abc"));
        assert_eq!(errors(read("cursor=&limit=1").await), ["The cursor must not be empty: the first page has none."]);
        for limit in ["0", "1001", "-1", "x", ""] {
            let sentences = errors(read(&format!("limit={limit}")).await);
            assert_eq!(sentences, ["The limit must be a whole number from 1 to 1000."], "{limit}");
        }
    }

    #[tokio::test]
    async fn everything_wrong_with_a_query_is_said_at_once() {
        let sentences = errors(read("limit=x&size=1&page=2").await);
        let expected = [
            "The limit must be a whole number from 1 to 1000.",
            "The page field is not known.",
            "The size field is not known.",
        ];
        assert_eq!(sentences, expected);
    }

    #[test]
    fn the_default_is_described() {
        let described = PageQuery::<NoFilter, 100>::into_params(|| None);
        let names: Vec<_> = described.iter().map(|parameter| parameter.name.as_str()).collect();
        assert_eq!(names, ["cursor", "limit"]);
        assert_eq!(described[1].description.as_deref(), Some("Items a page: 1 to 1,000; 100 if not given."));
    }
}
