//! Every operation that requires credentials, with well-formed ones that are invalid or lack the operation's scope.

use crate::support::{Failures, TestEnvironment, TestTenant, operations_requiring};
use crate::tokens::credentials::{REALM, assert_invalid_token, assert_refused};
use chrono::TimeDelta;
use serde_json::json;
use shared::crypto::{TokenIssuer, issue_token};
use shared::model::{Account, Role, Scope, Tenant, Token};

#[tokio::test]
async fn an_invalid_expired_or_revoked_token_is_401() {
    let env = TestEnvironment::new().await;
    let acme = env.create_tenant("acme").await;
    let bad = bad_tokens(&env, &acme).await;
    let mut failures = Failures::default();
    for operation in operations_requiring("token") {
        for (what, token) in &bad {
            let response = operation.send(&env, &[&format!("Bearer {token}")]).await;
            failures.check(operation.name(), || assert_invalid_token(&response, &operation, what));
        }
    }
}

/// Tokens that must not be accepted, each with its fault.
async fn bad_tokens(env: &TestEnvironment, acme: &TestTenant) -> Vec<(&'static str, String)> {
    let (tenant, account) = (&acme.tenant, &acme.account);
    let now = env.app.clock.now();
    let issue = |issuer: &TokenIssuer, tenant: &Tenant, account: &Account, expires_in| {
        let expires_at = now + TimeDelta::seconds(expires_in);
        issue_token(issuer, &tenant.id, &account.id, "bad", account.allowed(), now, expires_at)
    };
    let store = async |record: &str, token: &Token| {
        env.app.store.token_create(record, token).await.expect("a record");
    };
    let (revoked, record) = env.issue_token(tenant, account, &Scope::ALL).await;
    assert!(env.app.store.token_revoke(&tenant.id, &account.id, &record.id, now).await.expect("a record"));
    let (shortened, record) = env.issue_token(tenant, account, &Scope::ALL).await;
    assert!(env.app.store.token_expire(&tenant.id, &account.id, &record.id, now).await.expect("a record"));

    let (record, expired) = issue(&env.issuer, tenant, account, -60);
    store(&expired.record, &record).await;
    let stranger = TokenIssuer::read(&TokenIssuer::generate()).expect("a key");
    let (record, foreign) = issue(&stranger, tenant, account, 60);
    store(&foreign.record, &record).await;
    let (_, without_record) = issue(&env.issuer, tenant, account, 60);

    let other = env.create_tenant("globex").await;
    let (record, other_tenant) = issue(&env.issuer, tenant, account, 60);
    store(&other_tenant.record, &Token { tenant: other.tenant.id.clone(), ..record }).await;
    let second = env.create_account(tenant, "second", Role::Admin, &[]).await;
    let (record, other_account) = issue(&env.issuer, tenant, account, 60);
    store(&other_account.record, &Token { account: second.id, ..record }).await;
    let gone = env.create_account(tenant, "gone", Role::Admin, &[]).await;
    let (no_account, _) = env.issue_token(tenant, &gone, &Scope::ALL).await;
    let removed = env.app.store.account_remove(&tenant.id, &gone.id, env.app.clock.now()).await;
    assert!(removed.expect("an account"));
    vec![
        ("garbage", "garbage".into()),
        ("a prefix", "odx_".into()),
        ("a cut signature", acme.token[..acme.token.len() - 2].into()),
        ("an expired token", expired.secret),
        ("a revoked token", revoked),
        ("a foreign signature", foreign.secret),
        ("a token without a record", without_record.secret),
        ("a record that ends before the token does", shortened),
        ("a record of another tenant", other_tenant.secret),
        ("a record of another account", other_account.secret),
        ("an account that was removed", no_account),
    ]
}

#[tokio::test]
async fn an_invalid_expired_or_revoked_session_is_401() {
    let env = TestEnvironment::new().await;
    let acme = env.create_tenant("acme").await;
    let path = env.create_link(&acme, "ann", json!({})).await;
    let handoff = env.follow_link(&path).await;
    let session = env.open_session(&path).await;
    let revoked = env.create_link(&acme, "ben", json!({})).await;
    let of_revoked = env.open_session(&revoked).await;
    env.revoke_link(&revoked).await;
    let bad = [
        ("garbage", "garbage".to_owned()),
        ("an API token", acme.token.clone()),
        ("a handoff", handoff),
        ("a cut signature", session[..session.len() - 2].to_owned()),
        ("a session of another env", foreign_session().await),
        ("a session of a revoked link", of_revoked),
    ];
    let mut failures = Failures::default();
    for operation in operations_requiring("session") {
        for (what, token) in &bad {
            let response = operation.send(&env, &[&format!("Bearer {token}")]).await;
            failures.check(operation.name(), || assert_invalid_token(&response, &operation, what));
        }
        env.advance_clock(2 * 3600);
        let response = operation.send(&env, &[&format!("Bearer {session}")]).await;
        failures.check(operation.name(), || assert_invalid_token(&response, &operation, "a session after two hours"));
    }
}

async fn foreign_session() -> String {
    let env = TestEnvironment::new().await;
    let acme = env.create_tenant("acme").await;
    env.open_session(&env.create_link(&acme, "ann", json!({})).await).await
}

#[tokio::test]
async fn a_missing_scope_is_403_and_is_named() {
    let env = TestEnvironment::new().await;
    let acme = env.create_tenant("acme").await;
    let mut failures = Failures::default();
    for operation in operations_requiring("token") {
        for scope in &operation.scopes {
            let others: Vec<_> = Scope::ALL.into_iter().filter(|other| other.as_str() != scope).collect();
            let (token, _) = env.issue_token(&acme.tenant, &acme.account, &others).await;
            let response = operation.send(&env, &[&format!("Bearer {token}")]).await;
            let challenge = format!(r#"{REALM}, error="insufficient_scope", scope="{scope}""#);
            failures.check(operation.name(), || {
                assert_refused(&response, &operation, scope, 403, "This action is unauthorized.", &challenge);
                assert_eq!(response.json()["detail"], format!("The token lacks the scope {scope}."));
            });
        }
    }
}

#[tokio::test]
async fn an_operation_requires_only_the_scope_in_its_description() {
    let env = TestEnvironment::new().await;
    let acme = env.create_tenant("acme").await;
    let mut failures = Failures::default();
    for operation in operations_requiring("token") {
        let scopes: Vec<Scope> = operation.scopes.iter().map(|scope| scope.parse().expect("a scope")).collect();
        let (token, _) = env.issue_token(&acme.tenant, &acme.account, &scopes).await;
        let response = operation.send(&env, &[&format!("Bearer {token}")]).await;
        failures.check(operation.name(), || {
            assert!(![401, 403].contains(&response.status.as_u16()), "{}", response.text());
        });
    }
}
