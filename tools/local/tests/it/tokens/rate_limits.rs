//! The limits of requests of a token and of a tenant: exact, announced by headers, and counted in one round trip.

use crate::support::{Failures, FaultInjector, TestEnvironment, TestResponse, TestTenant, operations_requiring};
use futures_util::future::join_all;
use serde_json::json;
use shared::model::{Limits, Tenant};
use std::collections::BTreeSet;

const WHOAMI: &str = "/api/token";

/// Puts the clock to the first second of the next minute, so that a test sees one window.
pub(crate) fn begin_minute(env: &TestEnvironment) {
    env.advance_clock(60 - env.app.clock.now().timestamp() % 60);
}

/// Sets the limits of a token and of the tenant in all.
pub(crate) async fn set_limits(env: &TestEnvironment, acme: &TestTenant, token: u32, tenant: u32) {
    let limits = Limits { requests_per_minute: token, tenant_requests_per_minute: tenant, ..acme.tenant.limits };
    env.app.store.tenant_update(&Tenant { limits, ..acme.tenant.clone() }).await.expect("limits");
}

pub(crate) async fn limited(token: u32, tenant: u32) -> (TestEnvironment, TestTenant, FaultInjector) {
    let faults = FaultInjector::new();
    let env = TestEnvironment::with(&[], |client| faults.install(client)).await;
    let acme = env.create_tenant("acme").await;
    set_limits(&env, &acme, token, tenant).await;
    begin_minute(&env);
    faults.reset();
    (env, acme, faults)
}

async fn at_once(env: &TestEnvironment, tokens: &[&str], requests: usize) -> Vec<TestResponse> {
    join_all((0..requests).map(|number| env.get(WHOAMI, tokens[number % tokens.len()]))).await
}

fn accepted(responses: &[TestResponse]) -> Vec<&TestResponse> {
    responses.iter().filter(|response| response.status == 200).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn exactly_the_limit_of_a_token_is_accepted_in_a_window_of_64_concurrent_requests() {
    let (env, acme, _) = limited(40, 6_000).await;
    let responses = at_once(&env, &[&acme.token], 64).await;
    let accepted = accepted(&responses);
    assert_eq!(accepted.len(), 40);
    assert_eq!(responses.iter().filter(|response| response.status == 429).count(), 24);
    let remaining: BTreeSet<u32> =
        accepted.iter().map(|response| response.header("x-ratelimit-remaining").parse().expect("a number")).collect();
    assert_eq!(remaining, (0..40).collect(), "each accepted request is told its own count");
}

#[tokio::test(flavor = "multi_thread")]
async fn exactly_the_limit_of_a_tenant_is_accepted_in_a_window_whatever_the_number_of_tokens() {
    let (env, acme, _) = limited(30, 50).await;
    let (second, _) = env.issue_token(&acme.tenant, &acme.account, &[]).await;
    let (third, _) = env.issue_token(&acme.tenant, &acme.account, &[]).await;
    let responses = at_once(&env, &[&acme.token, &second, &third], 72).await;
    assert_eq!(accepted(&responses).len(), 50);
    assert_eq!(responses.iter().filter(|response| response.status == 429).count(), 22);
}

#[tokio::test]
async fn the_next_minute_has_the_whole_limit_again() {
    let (env, acme, _) = limited(2, 6_000).await;
    for status in [200, 200, 429, 429] {
        assert_eq!(env.get(WHOAMI, &acme.token).await.status, status);
    }
    env.advance_clock(60);
    let response = env.get(WHOAMI, &acme.token).await;
    assert_eq!((response.status.as_u16(), response.header("x-ratelimit-remaining")), (200, "1"));
}

#[tokio::test]
async fn a_refused_request_says_in_both_families_of_headers_when_to_come_back() {
    let (env, acme, _) = limited(1, 6_000).await;
    assert_eq!(env.get(WHOAMI, &acme.token).await.status, 200);
    let refused = env.get(WHOAMI, &acme.token).await;
    let problem = refused.assert_problem(429, "Too Many Attempts.");
    assert_eq!(problem["code"], "rate_limited");
    let wait: u64 = refused.header("retry-after").parse().expect("whole seconds");
    assert!((1..=60).contains(&wait), "{wait}");
    assert_eq!(refused.header("ratelimit-policy"), r#""token";q=1;w=60, "tenant";q=6000;w=60"#);
    assert_eq!(refused.header("ratelimit"), format!(r#""token";r=0;t={wait}, "tenant";r=5998;t={wait}"#));
    assert_eq!((refused.header("x-ratelimit-limit"), refused.header("x-ratelimit-remaining")), ("1", "0"));
    let reset: i64 = refused.header("x-ratelimit-reset").parse().expect("seconds since 1970");
    assert_eq!(reset % 60, 0);
}

#[tokio::test]
async fn the_announced_number_is_the_enforced_one() {
    let (env, acme, _) = limited(3, 6_000).await;
    let first = env.get(WHOAMI, &acme.token).await;
    let announced = first.json()["limits"]["requests_per_minute"].as_u64().expect("a number");
    assert_eq!(first.header("x-ratelimit-limit"), announced.to_string());
    let mut accepted = 1;
    while env.get(WHOAMI, &acme.token).await.status == 200 {
        accepted += 1;
    }
    assert_eq!(accepted, announced);
}

#[tokio::test]
async fn every_operation_with_a_token_has_the_headers_whatever_it_answers() {
    let env = TestEnvironment::new().await;
    let acme = env.create_tenant("acme").await;
    let (powerless, _) = env.issue_token(&acme.tenant, &acme.account, &[]).await;
    let mut failures = Failures::default();
    for operation in operations_requiring("token") {
        for token in [&acme.token, &powerless] {
            let response = operation.send(&env, &[&format!("Bearer {token}")]).await;
            failures.check(format!("{} {}", operation.name(), response.status), || {
                for name in ["ratelimit", "ratelimit-policy", "x-ratelimit-limit", "x-ratelimit-reset"] {
                    assert_ne!(response.header(name), "", "{name}");
                }
            });
        }
        let response = operation.send(&env, &[]).await;
        failures.check(format!("{} without a token", operation.name()), || {
            assert_eq!(response.header("ratelimit"), "", "a stranger has no limit to be told");
        });
    }
}

#[tokio::test]
async fn within_a_window_the_check_of_a_token_takes_three_requests_in_one_round_trip() {
    let (env, acme, faults) = limited(600, 6_000).await;
    env.get(WHOAMI, &acme.token).await;
    faults.reset();
    assert_eq!(env.get(WHOAMI, &acme.token).await.status, 200);
    let mut sent: Vec<_> = faults.requests().into_iter().map(|request| request.operation).collect();
    sent.sort();
    assert_eq!(sent, ["BatchGetItem", "UpdateItem", "UpdateItem"]);
}

#[tokio::test]
async fn the_limit_of_a_new_setting_applies_to_the_next_request() {
    let (env, acme, _) = limited(1, 6_000).await;
    assert_eq!(env.get(WHOAMI, &acme.token).await.status, 200);
    set_limits(&env, &acme, 5, 6_000).await;
    let response = env.patch("/api/tokens", &acme.token, &json!({})).await;
    assert_eq!(response.status, 405, "no operation, so no caller and no count");
    let response = env.get(WHOAMI, &acme.token).await;
    assert_eq!((response.status.as_u16(), response.header("x-ratelimit-remaining")), (200, "3"));
}
