//! Signing in with an `OpenID` provider: authorization code with PKCE (`OpenID` Connect Core 1.0 section 3.1, RFC 7636).

pub(crate) mod accounts;
pub(crate) mod attempt;
pub(crate) mod client;
mod fetch;
mod id_token;
mod metadata;
pub(crate) mod provider;
pub(crate) mod refusal;
