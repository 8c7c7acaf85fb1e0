//! The erasure of a user.

pub(crate) mod erasure;
pub(crate) mod erasure_links;
