//! Signing in and out.

pub(crate) mod account;
pub(crate) mod link;
mod opened;
pub(crate) mod page;
pub(crate) mod provider;
mod refused;
pub(crate) mod sign_out;
