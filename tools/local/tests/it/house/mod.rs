//! The rules of the source tree.

pub(crate) mod tidy;
