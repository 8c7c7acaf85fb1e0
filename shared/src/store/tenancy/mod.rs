//! Tenants, their accounts, scenarios and API tokens.

pub(super) mod accounts;
pub(super) mod counters;
pub(super) mod rates;
pub(super) mod scenarios;
pub(super) mod tenants;
pub(super) mod tokens;
