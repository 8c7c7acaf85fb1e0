//! The HTTP edge: extractors, errors, limits and the service around every router.

mod error;
mod extract;
mod field_errors;
mod lambda;
mod limits;
mod openapi;
mod preferences;
mod problem;
mod schemas;
mod service;

pub use error::ApiError;
pub use extract::body::JsonBody;
pub use extract::caller::{
    AnyScope, Caller, InteractionsRead, InteractionsWrite, LinksRead, LinksWrite, Requires, UsersErase, bearer,
};
pub use extract::checked::{All, Checked, ErrorCollector};
pub use extract::cursor::CursorCodec;
pub use extract::items::JsonItems;
pub use extract::members::{Field, Members, UnknownMembers};
pub use extract::origin::RequestOrigin;
pub use extract::page_body::PageBody;
pub use extract::page_query::{NoFilter, PageQuery, QueryFilter};
pub use extract::path::PathParam;
pub use extract::query::QueryPairs;
pub use field_errors::{FieldErrors, field_error};
pub use lambda::{LambdaError, request, run};
pub use limits::{MAX_ESCAPED_BYTES, can_be_passed_on, escaped_len};
pub use openapi::{AuthErrors, BodyErrors, ScopeErrors, TableErrors};
pub use preferences::preferences;
pub use problem::Problem;
pub use service::service;
