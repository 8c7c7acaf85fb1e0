//! Who am I: what a token stands for now, and how an account's role bounds it.

use crate::support::TestEnvironment;
use serde_json::json;
use shared::model::{Limits, Role, Scope, Tenant, time};

const ALL: [&str; 6] =
    ["interactions:read", "interactions:write", "links:read", "links:write", "users:erase", "tokens:manage"];

#[tokio::test]
async fn a_token_says_whose_it_is_what_it_may_do_until_when_and_how_much() {
    let env = TestEnvironment::new().await;
    let acme = env.tenancy("acme").await;
    let limits = Limits { requests_per_minute: 60, users_per_request: 100 };
    env.app.store.tenant_update(&Tenant { limits, ..acme.tenant.clone() }).await.expect("limits");
    let account = env.account(&acme.tenant, "crm", Role::Integration, &[Scope::LinksWrite, Scope::LinksRead]).await;
    let (token, record) = env.token(&acme.tenant, &account, &[Scope::LinksWrite]).await;
    let answer = env.get("/api/token", &token).await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.header("content-type"), "application/json");
    assert_eq!(answer.header("cache-control"), "private, no-store");
    let whoami = json!({
        "tenant": "acme", "account": "crm", "role": "integration",
        "token": {"id": record.id.as_str(), "name": "test"},
        "scopes": ["links:write"], "expires_at": time::format(record.expires_at),
        "limits": {"requests_per_minute": 60, "users_per_request": 100},
    });
    assert_eq!(answer.json(), whoami);
}

#[tokio::test]
async fn the_limits_of_a_tenant_that_was_set_nothing_are_600_requests_and_10_000_users() {
    let env = TestEnvironment::new().await;
    let acme = env.tenancy("acme").await;
    let limits = &env.get("/api/token", &acme.token).await.json()["limits"];
    assert_eq!(*limits, json!({"requests_per_minute": 600, "users_per_request": 10_000}));
}

#[tokio::test]
async fn a_role_bounds_the_scopes_of_its_tokens() {
    let env = TestEnvironment::new().await;
    let acme = env.tenancy("acme").await;
    for (role, own, scopes) in [
        (Role::Admin, &[][..], &ALL[..]),
        (Role::Editor, &[], &["interactions:read", "links:read", "links:write"]),
        (Role::Analyst, &[], &["interactions:read", "links:read"]),
        (Role::Integration, &[Scope::UsersErase], &["users:erase"]),
        (Role::Integration, &[], &[]),
    ] {
        let account = env.account(&acme.tenant, "x", role, own).await;
        let (token, _) = env.token(&acme.tenant, &account, &Scope::ALL).await;
        assert_eq!(env.get("/api/token", &token).await.json()["scopes"], json!(scopes), "{role:?}");
    }
}

#[tokio::test]
async fn a_role_made_smaller_shrinks_its_tokens_at_once_and_a_larger_one_gives_no_more_than_they_had() {
    let env = TestEnvironment::new().await;
    let acme = env.tenancy("acme").await;
    let account = env.account(&acme.tenant, "crm", Role::Editor, &[]).await;
    let (token, _) = env.token(&acme.tenant, &account, &[Scope::LinksWrite, Scope::InteractionsRead]).await;
    let path = "/public/api/generate-webchat-deep-link";
    let body = json!({"scenario_id": "0x420", "dataset": [{"attributes": {}}]});
    assert_eq!(env.post(path, &token, &body).await.status, 200);

    env.account(&acme.tenant, "crm", Role::Analyst, &[]).await;
    assert_eq!(env.post(path, &token, &body).await.status, 403);
    assert_eq!(env.get("/api/token", &token).await.json()["scopes"], json!(["interactions:read"]));

    env.account(&acme.tenant, "crm", Role::Admin, &[]).await;
    let whoami = env.get("/api/token", &token).await.json();
    assert_eq!(whoami["scopes"], json!(["interactions:read", "links:write"]));
    assert_eq!(whoami["role"], "admin");
}
