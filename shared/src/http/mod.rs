//! The HTTP edge: extractors, errors, limits and the service around every router.

mod error;
mod error_chain;
mod error_code;
mod error_text;
mod extract;
mod field_errors;
mod lambda;
mod limits;
mod list_meta;
mod openapi;
mod preferences;
mod problem;
mod rate_limit;
mod rate_limit_slot;
mod response_body;
mod schemas;
mod service;

pub use error::ApiError;
pub use extract::body::{BodyLimit, JsonBody, body_limit};
pub use extract::caller::{
    AnyScope, Caller, InteractionsRead, InteractionsWrite, LinksRead, LinksWrite, Requires, UsersErase, UsersRead,
    bearer,
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
pub use extract::turn_limits::{TURNS_PER_DAY, TURNS_PER_MINUTE, TurnLimits};
pub use field_errors::{FieldErrors, field_error};
pub use lambda::{LambdaError, request, run};
pub use limits::{BODY_TIMEOUT, MAX_BODY, MAX_DEPTH, MAX_ESCAPED_BYTES, MAX_VALUES, can_be_passed_on, escaped_len};
pub use list_meta::ListMeta;
pub use openapi::{AuthErrors, BodyErrors, ScopeErrors, TableErrors};
pub use preferences::preferences;
pub use problem::Problem;
pub use response_body::{MAX_RESPONSE_BYTES, ResponseBody, TextSize};
pub use service::service;
