//! The export and the erasure of a user.

pub(crate) mod erasure;
pub(crate) mod erasure_links;
pub(crate) mod erasure_requests;
pub(crate) mod export;
