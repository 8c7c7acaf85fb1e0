//! Tenants, their accounts, scenarios, API tokens and sync sources.

pub(super) mod accounts;
pub(super) mod counters;
pub(super) mod rates;
pub(super) mod scenarios;
pub(super) mod sync_sources;
pub(super) mod tenants;
pub(super) mod tokens;
