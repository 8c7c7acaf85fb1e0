//! Clients that go on regardless of their limit, tokens that are no longer valid, and floods of webchat messages.

use crate::support::token_forge::{TokenForge, with};
use crate::support::{FaultInjector, TestEnvironment};
use crate::tokens::rate_limits::{begin_minute, limited};
use aws_sdk_dynamodb::types::AttributeValue;
use chrono::TimeDelta;
use serde_json::json;
use shared::http::TURNS_PER_MINUTE;
use shared::store::{Client, client_config};

const WHOAMI: &str = "/api/token";

fn writes(faults: &FaultInjector) -> usize {
    faults.calls("UpdateItem") + faults.calls("PutItem")
}

#[tokio::test]
async fn a_token_over_its_limit_is_refused_without_a_request_to_the_table() {
    let (env, acme, faults) = limited(1, 6_000).await;
    for _ in 0..2 {
        env.get(WHOAMI, &acme.token).await;
    }
    faults.reset();
    for _ in 0..20 {
        assert_eq!(env.get(WHOAMI, &acme.token).await.status, 429);
    }
    assert_eq!(faults.requests().len(), 0);
}

#[tokio::test]
async fn a_token_over_its_limit_leaves_the_limit_of_its_tenant_to_others() {
    let (env, acme, _) = limited(2, 10).await;
    for _ in 0..20 {
        env.get(WHOAMI, &acme.token).await;
    }
    let (other, _) = env.issue_token(&acme.tenant, &acme.account, &[]).await;
    assert_eq!(env.get(WHOAMI, &other).await.status, 200);
}

#[tokio::test]
async fn a_revoked_token_leaves_the_limit_of_its_tenant_to_others() {
    let (env, acme, faults) = limited(600, 10).await;
    let (revoked, record) = env.issue_token(&acme.tenant, &acme.account, &[]).await;
    assert_eq!(env.get(WHOAMI, &acme.token).await.status, 200);
    let now = env.app.clock.now();
    assert!(env.app.store.token_revoke(&acme.tenant.id, &acme.account.id, &record.id, now).await.expect("revoked"));
    faults.reset();
    for _ in 0..20 {
        assert_eq!(env.get(WHOAMI, &revoked).await.status, 401);
    }
    assert_eq!(writes(&faults), 2, "the first one was counted, and then it was known");
    assert_eq!(env.get(WHOAMI, &acme.token).await.status, 200);
}

#[tokio::test]
async fn an_unknown_token_creates_nothing() {
    let forge = TokenForge::new().await;
    let (header, claims) = forge.api_token().await;
    let unknown = forge.sign_token(&header, &with(&claims, json!({"jti": "never-stored"})));
    assert_eq!(forge.env.get(WHOAMI, &unknown).await.status, 401);
    let client = Client::from_conf(client_config(&forge.env.app.config.aws));
    let record = shared::crypto::base64url(&shared::crypto::sha256(b"never-stored"));
    for (pk, sk) in [("T#acme#RATE".to_owned(), "REQUESTS"), (format!("K#{record}"), "TOKEN")] {
        let get = client.get_item().table_name(&forge.env.app.config.table).key("PK", AttributeValue::S(pk.clone()));
        let found = get.key("SK", AttributeValue::S(sk.into())).send().await.expect("the table");
        assert!(found.item.is_none(), "{pk}");
    }
}

#[tokio::test]
async fn an_expired_token_has_a_code_of_its_own() {
    let forge = TokenForge::new().await;
    let (header, claims) = forge.api_token().await;
    let past = (forge.env.app.clock.now() - TimeDelta::hours(1)).timestamp();
    let expired = forge.sign_token(&header, &with(&claims, json!({"exp": past, "iat": past - 9, "nbf": past - 9})));
    let response = forge.env.get(WHOAMI, &expired).await;
    assert_eq!(response.assert_problem(401, "Unauthenticated.")["code"], "token_expired");
    assert_eq!(response.header("www-authenticate"), r#"Bearer realm="external-api", error="invalid_token""#);
}

#[tokio::test]
async fn a_session_sends_at_most_60_messages_a_minute_and_is_told_so() {
    let env = TestEnvironment::new().await;
    let acme = env.create_tenant("acme").await;
    let session = env.open_session(&env.create_link(&acme, "ann", json!({})).await).await;
    begin_minute(&env);
    for number in 0..TURNS_PER_MINUTE {
        let sent = env.send_message(&session, "ann", &format!("m{number}"), "hello").await;
        assert_eq!(sent.status, 200, "{}", sent.text());
        let left = format!(r#""minute";r={};"#, TURNS_PER_MINUTE - 1 - number);
        assert!(sent.header("ratelimit").starts_with(&left), "{}", sent.header("ratelimit"));
    }
    let refused = env.send_message(&session, "ann", "one-more", "hello").await;
    assert_eq!(refused.assert_problem(429, "Too Many Attempts.")["code"], "rate_limited");
    env.advance_clock(60);
    assert_eq!(env.send_message(&session, "ann", "one-more", "hello").await.status, 200);
}
