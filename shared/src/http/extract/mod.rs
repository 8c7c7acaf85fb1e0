//! Extractors: how handlers receive the parts of a request.

pub(super) mod body;
pub(super) mod caller;
pub(super) mod checked;
pub(super) mod cursor;
pub(super) mod field_names;
pub(super) mod items;
pub(super) mod members;
pub(super) mod numbers;
pub(super) mod origin;
pub(super) mod page_body;
pub(super) mod page_query;
pub(super) mod path;
pub(super) mod query;
pub(super) mod refused_tokens;
pub(super) mod strict_json;
pub(super) mod turn_limits;
