//! `GET /api/token`: the account, scopes and limits of a token.

use crate::support::TestEnvironment;
use rstest::rstest;
use serde_json::json;
use shared::model::{Limits, Role, Scope, Tenant, time};

const ALL: [&str; 7] = [
    "interactions:read",
    "interactions:write",
    "links:read",
    "links:write",
    "users:read",
    "users:erase",
    "tokens:manage",
];

#[tokio::test]
async fn the_response_has_tenant_account_scopes_expiry_date_and_limits() {
    let env = TestEnvironment::new().await;
    let acme = env.create_tenant("acme").await;
    let limits = Limits { requests_per_minute: 60, tenant_requests_per_minute: 90, users_per_request: 100 };
    env.app.store.tenant_update(&Tenant { limits, ..acme.tenant.clone() }).await.expect("limits");
    let account =
        env.create_account(&acme.tenant, "crm", Role::Integration, &[Scope::LinksWrite, Scope::LinksRead]).await;
    let (token, record) = env.issue_token(&acme.tenant, &account, &[Scope::LinksWrite]).await;
    let response = env.get("/api/token", &token).await;
    assert_eq!(response.status, 200);
    assert_eq!(response.header("content-type"), "application/json");
    assert_eq!(response.header("cache-control"), "private, no-store");
    let whoami = json!({
        "tenant": "acme", "account": "crm", "role": "integration",
        "token": {"id": record.id.as_str(), "name": "test"},
        "scopes": ["links:write"], "expires_at": time::format(record.expires_at),
        "limits": {"requests_per_minute": 60, "tenant_requests_per_minute": 90, "users_per_request": 100},
    });
    assert_eq!(response.json(), whoami);
}

#[tokio::test]
async fn the_default_limits_are_600_requests_of_a_token_6_000_of_a_tenant_and_10_000_users() {
    let env = TestEnvironment::new().await;
    let acme = env.create_tenant("acme").await;
    let limits = &env.get("/api/token", &acme.token).await.json()["limits"];
    assert_eq!(
        *limits,
        json!({"requests_per_minute": 600, "tenant_requests_per_minute": 6_000, "users_per_request": 10_000})
    );
}

#[rstest]
#[case::admin(Role::Admin, &[], &ALL)]
#[case::editor(Role::Editor, &[], &["interactions:read", "links:read", "links:write"])]
#[case::analyst(Role::Analyst, &[], &["interactions:read", "links:read"])]
#[case::integration_with_a_scope(Role::Integration, &[Scope::UsersErase], &["users:erase"])]
#[case::integration_without_scopes(Role::Integration, &[], &[])]
#[tokio::test]
async fn a_token_has_at_most_the_scopes_of_the_role(
    #[case] role: Role,
    #[case] own: &[Scope],
    #[case] scopes: &[&str],
) {
    let env = TestEnvironment::new().await;
    let acme = env.create_tenant("acme").await;
    let account = env.create_account(&acme.tenant, "x", role, own).await;
    let (token, _) = env.issue_token(&acme.tenant, &account, &Scope::ALL).await;
    assert_eq!(env.get("/api/token", &token).await.json()["scopes"], json!(scopes));
}

#[tokio::test]
async fn a_smaller_role_takes_scopes_from_existing_tokens_and_a_larger_role_adds_none() {
    let env = TestEnvironment::new().await;
    let acme = env.create_tenant("acme").await;
    let account = env.create_account(&acme.tenant, "crm", Role::Editor, &[]).await;
    let (token, _) = env.issue_token(&acme.tenant, &account, &[Scope::LinksWrite, Scope::InteractionsRead]).await;
    let path = "/public/api/generate-webchat-deep-link";
    let body = json!({"scenario_id": "0x420", "dataset": [{"attributes": {}}]});
    assert_eq!(env.post(path, &token, &body).await.status, 200);

    env.create_account(&acme.tenant, "crm", Role::Analyst, &[]).await;
    assert_eq!(env.post(path, &token, &body).await.status, 403);
    assert_eq!(env.get("/api/token", &token).await.json()["scopes"], json!(["interactions:read"]));

    env.create_account(&acme.tenant, "crm", Role::Admin, &[]).await;
    let whoami = env.get("/api/token", &token).await.json();
    assert_eq!(whoami["scopes"], json!(["interactions:read", "links:write"]));
    assert_eq!(whoami["role"], "admin");
}
