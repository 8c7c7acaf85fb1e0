//! API tokens: credentials, validation, tenancy.

pub(crate) mod account;
pub(crate) mod create;
pub(crate) mod credentials;
pub(crate) mod credentials_refused;
pub(crate) mod key_validation;
pub(crate) mod list;
pub(crate) mod log_lines;
pub(crate) mod rate_limits;
pub(crate) mod rate_limits_abuse;
pub(crate) mod tenancy;
pub(crate) mod validation;
