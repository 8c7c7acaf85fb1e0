//! The CORS headers of the webchat paths, and the context and session that an exchange creates.

use crate::support::{Fault, FaultInjector, LEGACY, PAGE_ORIGIN, TestEnvironment, TestResponse, TestTenant};
use futures_util::future::join_all;
use http::Request;
use rstest::rstest;
use serde_json::{Value, json};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

const NONCE: &str = "nonce-of-the-test-0";

/// The attributes that the links of a user have stored.
async fn context(env: &TestEnvironment, tenant: &TestTenant, user: &str) -> Value {
    let user_hash = env.app.store.data_key().user_hash(&tenant.tenant.id, &user.parse().unwrap());
    let context = env.app.store.context_get(&tenant.tenant.id, &user_hash).await.unwrap();
    context.iter().map(|(name, value, _)| (name.to_owned(), value.clone())).collect()
}

#[rstest]
#[tokio::test]
async fn a_preflight_is_answered_for_any_origin_and_without_credentials(
    #[values("/webchat/exchange", "/webchat/turns", "/incoming/webchat", "/webchat/preload.js")] path: &str,
    #[values(PAGE_ORIGIN, "https://anything.example", "null")] origin: &str,
) {
    let env = TestEnvironment::new().await;
    let request = Request::options(path)
        .header("origin", origin)
        .header("access-control-request-method", "POST")
        .header("access-control-request-headers", "authorization,content-type");
    let response = env.send(request.body(axum::body::Body::empty()).unwrap()).await;
    assert!(response.status.is_success(), "{}", response.status);
    assert_eq!(response.header("access-control-allow-origin"), "*");
    assert_eq!(response.header("access-control-allow-credentials"), "");
    assert!(response.header("access-control-allow-methods").contains("POST"), "{:?}", response.headers);
    let headers = response.header("access-control-allow-headers").to_lowercase();
    assert!(headers.contains("content-type"), "{headers}");
    assert!(headers.contains("authorization"), "{headers}");
}

#[tokio::test]
async fn a_page_of_another_origin_can_read_every_status() {
    let env = TestEnvironment::new().await;
    let acme = env.create_tenant("acme").await;
    let link = env.create_link(&acme, "ann", json!({})).await;
    let handoff = env.follow_link(&link).await;
    let post = async |origin, kind, body: String| {
        env.post_raw("/webchat/exchange", &[("origin", origin), ("content-type", kind)], body).await
    };
    let body = |handoff: &str, nonce: &str| json!({"handoff": handoff, "nonce": nonce}).to_string();
    let json = "application/json";
    let responses = [
        (403, post("https://evil.example", json, body(&handoff, NONCE)).await),
        (200, post(PAGE_ORIGIN, json, body(&handoff, NONCE)).await),
        (409, post(PAGE_ORIGIN, json, body(&handoff, "nonce-of-the-test-1")).await),
        (401, post(PAGE_ORIGIN, json, body("x", NONCE)).await),
        (422, post(PAGE_ORIGIN, json, body("x", "short")).await),
        (400, post(PAGE_ORIGIN, json, "{".into()).await),
        (413, post(PAGE_ORIGIN, json, " ".repeat(5_000_000)).await),
        (415, post(PAGE_ORIGIN, "text/html", "x".into()).await),
        (405, env.visit("/webchat/exchange", &[("origin", PAGE_ORIGIN)]).await),
        (401, env.post_raw("/incoming/webchat", &[("origin", PAGE_ORIGIN), ("content-type", json)], "{}").await),
        (200, env.visit("/webchat/preload.js", &[("origin", PAGE_ORIGIN)]).await),
    ];
    for (status, response) in responses {
        assert_eq!((response.status.as_u16(), response.header("access-control-allow-origin")), (status, "*"));
        assert_eq!(response.header("access-control-allow-credentials"), "");
        assert!(response.header("access-control-expose-headers").contains("x-request-id"), "{:?}", response.headers);
    }
    let other: TestResponse = env.visit("/api/token", &[("origin", PAGE_ORIGIN)]).await;
    assert_eq!(other.header("access-control-allow-origin"), "", "no other route is for browsers of other origins");
}

#[tokio::test]
async fn the_value_of_a_newer_link_is_never_overwritten_by_an_older_link() {
    let env = TestEnvironment::new().await;
    let acme = env.create_tenant("acme").await;
    for (user, order) in [("ann", [0, 1]), ("bob", [1, 0])] {
        let attributes = [json!({"a": "old", "b": "old"}), json!({"a": "new", "c": ["new"]})];
        let links = [
            env.create_link(&acme, user, attributes[0].clone()).await,
            env.create_link(&acme, user, attributes[1].clone()).await,
        ];
        for number in order {
            let handoff = env.follow_link(&links[number]).await;
            let response = env.exchange(&handoff, NONCE).await.json();
            assert_eq!(response["attributes"], attributes[number], "the response has this link's attributes alone");
        }
        assert_eq!(context(&env, &acme, user).await, json!({"a": "new", "b": "old", "c": ["new"]}));
    }
    let again = env.create_link(&acme, "ann", json!({"a": null})).await;
    env.open_session(&again).await;
    assert_eq!(context(&env, &acme, "ann").await, json!({"a": null, "b": "old", "c": ["new"]}));
}

#[tokio::test]
async fn eight_concurrent_exchanges_of_one_user_all_succeed_and_store_every_attribute() {
    let env = TestEnvironment::new().await;
    let acme = env.create_tenant("acme").await;
    let links =
        join_all((0..8).map(|number| env.create_link(&acme, "ann", json!({format!("a{number}"): number})))).await;
    let handoffs = join_all(links.iter().map(|link| env.follow_link(link))).await;
    let responses = join_all(handoffs.iter().map(|handoff| env.exchange(handoff, NONCE))).await;
    assert!(responses.iter().all(|response| response.status == 200), "{responses:?}");
    let expected: Value = (0..8).map(|number| (format!("a{number}"), json!(number))).collect();
    assert_eq!(context(&env, &acme, "ann").await, expected);
    for link in &links {
        assert_eq!(env.link_activity(link).await.uses, 1);
    }
}

#[tokio::test]
async fn a_revocation_between_reading_a_link_and_counting_its_use_is_seen() {
    let (faults, revoked) = (FaultInjector::new(), Arc::new(AtomicBool::new(false)));
    let env = TestEnvironment::with(&[], |client| faults.install(client)).await;
    let acme = env.create_tenant("acme").await;
    let link = env.create_link(&acme, "ann", json!({"a": 1})).await;
    let handoff = env.follow_link(&link).await;
    let seen = revoked.clone();
    faults.inject(move |asked, _| match asked.operation.as_str() {
        "TransactWriteItems" if !seen.load(Ordering::SeqCst) => Fault::DropBefore,
        _ => Fault::Pass,
    });
    // Waits for the first try of the transaction, which the injected fault breaks.
    let revocation = async {
        while faults.calls("TransactWriteItems") == 0 {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        env.revoke_link(&link).await;
        revoked.store(true, Ordering::SeqCst);
    };
    let (response, ()) = tokio::join!(env.exchange(&handoff, NONCE), revocation);
    response.assert_problem(410, "This link is no longer valid.");
    assert_eq!((env.link_activity(&link).await.uses, context(&env, &acme, "ann").await), (0, json!({})));
}

#[tokio::test]
async fn a_session_writes_messages_of_its_own_user_for_two_hours() {
    let env = TestEnvironment::new().await;
    let acme = env.create_tenant("acme").await;
    let link = env.create_link(&acme, "bob", json!({})).await;
    let session = env.open_session(&link).await;
    for other in ["ann", "bob#1", "Bob", "bob "] {
        let problem =
            env.send_message(&session, other, "m1", "hello").await.assert_problem(403, "This action is unauthorized.");
        assert_eq!(problem["detail"], "A session may only write the interactions of its own user.");
    }
    assert_eq!(env.send_message(&session, "bob", "m1", "hello").await.status, 200);
    env.advance_clock(7_190);
    assert_eq!(env.send_message(&session, "bob", "m2", "still here").await.status, 200);
    env.advance_clock(10);
    env.send_message(&session, "bob", "m3", "too late").await.assert_problem(401, "Unauthenticated.");
}

#[tokio::test]
async fn a_session_writes_only_in_its_own_tenant() {
    let env = TestEnvironment::new().await;
    let (acme, other) = (env.create_tenant("acme").await, env.create_tenant("other").await);
    let link = env.create_link(&acme, "ann", json!({"a": 1})).await;
    env.create_link(&other, "ann", json!({"b": 1})).await;
    let session = env.open_session(&link).await;
    assert_eq!(env.send_message(&session, "ann", "m1", "hello").await.status, 200);
    let today = env.app.clock.now().format("%Y-%m-%d").to_string();
    let range = [("from", today.as_str()), ("to", "9999-12-31")];
    assert_eq!(env.texts(&acme, &range).await["ann"], ["hello"]);
    assert!(env.texts(&other, &range).await.is_empty());
    assert_eq!(context(&env, &other, "ann").await, json!({}));
    assert_eq!(env.get_interactions(&acme, LEGACY, &range).await.status, 200);
    assert_eq!(env.get(LEGACY, &session).await.status, 401, "and it reads nothing");
}
