//! Identity & Security: who I am, what my limits are, and the tokens: created, replaced and revoked.

pub(crate) mod account;
mod account_table;
pub(crate) mod accounts;
pub(crate) mod page;
mod token_table;
pub(crate) mod tokens;
