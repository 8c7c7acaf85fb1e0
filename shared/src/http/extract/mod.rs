//! Extractors: how handlers receive the parts of a request.

pub(super) mod body;
pub(super) mod caller;
pub(super) mod cursor;
pub(super) mod fields;
pub(super) mod items;
pub(super) mod origin;
pub(super) mod query;
