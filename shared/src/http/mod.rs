//! The edge: what every route has around it, and how handlers are given what a request holds.

mod api;
mod body;
mod caller;
mod cursor;
mod error;
mod fields;
mod items;
mod lambda;
mod limits;
mod origin;
mod query;
mod service;

pub use api::{AuthErrors, BodyErrors, Problem, ScopeErrors, TableErrors};
pub use body::JsonBody;
pub use caller::{
    AnyScope, Caller, InteractionsRead, InteractionsWrite, LinksRead, LinksWrite, Requires, UsersErase, bearer,
};
pub use cursor::Paging;
pub use error::{ApiError, FieldErrors};
pub use fields::Fields;
pub use items::JsonItems;
pub use lambda::{LambdaError, request, run};
pub use limits::{MAX_ESCAPED_BYTES, can_be_passed_on, escaped_len};
pub use origin::RequestOrigin;
pub use query::QueryPairs;
pub use service::service;
