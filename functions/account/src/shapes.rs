//! The response bodies: the caller, and tokens.

use chrono::{DateTime, Utc};
use serde::Serialize;
use shared::http::{Caller, ListMeta};
use shared::model::{Role, Scope, Token, TokenKind, time};
use utoipa::ToSchema;

/// The caller.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({"tenant": "demo", "account": "integrator", "role": "integration",
    "token": {"id": "tok_5vJ2mXq9TqLw", "name": "crm"}, "scopes": ["interactions:read", "links:write"],
    "expires_at": "2027-01-01T00:00:00.000000Z", "limits": {"requests_per_minute": 600, "tenant_requests_per_minute": 6000, "users_per_request": 10000}}))]
pub(crate) struct Whoami {
    tenant: String,
    account: String,
    role: Role,
    token: TokenName,
    /// The current scopes: those of the token that the account's role allows.
    scopes: Vec<Scope>,
    #[schema(format = DateTime)]
    expires_at: String,
    limits: LimitsShape,
}

#[derive(Serialize, ToSchema)]
struct TokenName {
    id: String,
    name: String,
}

#[derive(Serialize, ToSchema)]
#[schema(as = Limits)]
struct LimitsShape {
    /// Requests a minute, by token.
    requests_per_minute: u32,
    /// Requests a minute of all tokens of the tenant together.
    tenant_requests_per_minute: u32,
    /// Rows of one request for links.
    users_per_request: usize,
}

impl Whoami {
    pub(crate) fn of(caller: &Caller) -> Self {
        let Caller { tenant, account, token, scopes, .. } = caller;
        Self {
            tenant: tenant.id.as_str().to_owned(),
            account: account.id.as_str().to_owned(),
            role: account.role,
            token: TokenName { id: token.id.as_str().to_owned(), name: token.name.clone() },
            scopes: scopes.iter().copied().collect(),
            expires_at: time::format(token.expires_at),
            limits: LimitsShape {
                requests_per_minute: tenant.limits.requests_per_minute,
                tenant_requests_per_minute: tenant.limits.tenant_requests_per_minute,
                users_per_request: tenant.limits.users_per_request,
            },
        }
    }
}

/// Tokens, without their secrets.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({"data": [{"id": "tok_5vJ2mXq9TqLw", "account": "integrator", "name": "crm",
    "kind": "api", "scopes": ["interactions:read"], "created_at": "2026-01-01T00:00:00.000000Z",
    "expires_at": "2027-01-01T00:00:00.000000Z", "revoked_at": null, "last_used_at": "2026-01-02T08:00:00.000000Z"}],
    "meta": {"next_cursor": null}}))]
pub(crate) struct TokenList {
    pub(crate) data: Vec<TokenShape>,
    pub(crate) meta: ListMeta,
}

/// A token, without its secret.
#[derive(Serialize, ToSchema)]
#[schema(as = Token)]
pub(crate) struct TokenShape {
    id: String,
    account: String,
    name: String,
    /// `api` for the token of a program, `console` for the session of a person.
    kind: TokenKind,
    /// The scopes that the token was created with.
    scopes: Vec<Scope>,
    #[schema(format = DateTime)]
    created_at: String,
    #[schema(format = DateTime)]
    expires_at: String,
    #[serde(with = "time::iso_option")]
    #[schema(value_type = Option<String>, format = DateTime, required = true)]
    revoked_at: Option<DateTime<Utc>>,
    #[serde(with = "time::iso_option")]
    #[schema(value_type = Option<String>, format = DateTime, required = true)]
    last_used_at: Option<DateTime<Utc>>,
}

impl TokenShape {
    pub(crate) fn of(token: &Token) -> Self {
        Self {
            id: token.id.as_str().to_owned(),
            account: token.account.as_str().to_owned(),
            name: token.name.clone(),
            kind: token.kind,
            scopes: token.scopes.iter().copied().collect(),
            created_at: time::format(token.created_at),
            expires_at: time::format(token.expires_at),
            revoked_at: token.revoked_at,
            last_used_at: token.last_used_at,
        }
    }
}
