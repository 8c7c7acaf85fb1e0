//! One user: erasure.

pub(crate) mod erasure;
pub(crate) mod erasure_links;
