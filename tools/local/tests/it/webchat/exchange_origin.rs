//! What browsers need of the exchange, and what people's contexts and sessions become.

use crate::support::{Answer, Fault, FaultInjector, LEGACY, PAGE_ORIGIN, TestEnvironment, TestTenant};
use futures_util::future::join_all;
use http::Request;
use serde_json::{Value, json};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

const NONCE: &str = "nonce-of-the-test-0";

/// What the links of a user have told.
async fn context(env: &TestEnvironment, of: &TestTenant, user: &str) -> Value {
    let user_hash = env.app.store.data_key().user_hash(&of.tenant.id, &user.parse().unwrap());
    let context = env.app.store.context_get(&of.tenant.id, &user_hash).await.unwrap();
    context.iter().map(|(name, value, _)| (name.to_owned(), value.clone())).collect()
}

#[tokio::test]
async fn a_preflight_is_answered_for_any_origin_and_without_credentials() {
    let env = TestEnvironment::new().await;
    for path in ["/webchat/exchange", "/incoming/webchat", "/webchat/preload.js"] {
        for origin in [PAGE_ORIGIN, "https://anything.example", "null"] {
            let request = Request::options(path)
                .header("origin", origin)
                .header("access-control-request-method", "POST")
                .header("access-control-request-headers", "authorization,content-type");
            let answer = env.send(request.body(axum::body::Body::empty()).unwrap()).await;
            assert!(answer.status.is_success(), "{path}: {}", answer.status);
            assert_eq!(answer.header("access-control-allow-origin"), "*");
            assert_eq!(answer.header("access-control-allow-credentials"), "");
            assert!(answer.header("access-control-allow-methods").contains("POST"));
            let headers = answer.header("access-control-allow-headers").to_lowercase();
            assert!(headers.contains("content-type") && headers.contains("authorization"), "{headers}");
        }
    }
}

#[tokio::test]
async fn errors_can_be_read_by_the_page_as_well() {
    let env = TestEnvironment::new().await;
    let acme = env.tenancy("acme").await;
    let link = env.link(&acme, "ann", json!({})).await;
    let handoff = env.handoff(&link).await;
    let post = async |origin, kind, body: String| {
        env.post_raw("/webchat/exchange", &[("origin", origin), ("content-type", kind)], body).await
    };
    let body = |handoff: &str, nonce: &str| json!({"handoff": handoff, "nonce": nonce}).to_string();
    let json = "application/json";
    let answers = [
        (403, post("https://evil.example", json, body(&handoff, NONCE)).await),
        (200, post(PAGE_ORIGIN, json, body(&handoff, NONCE)).await),
        (409, post(PAGE_ORIGIN, json, body(&handoff, "nonce-of-the-test-1")).await),
        (401, post(PAGE_ORIGIN, json, body("x", NONCE)).await),
        (422, post(PAGE_ORIGIN, json, body("x", "short")).await),
        (400, post(PAGE_ORIGIN, json, "{".into()).await),
        (413, post(PAGE_ORIGIN, json, " ".repeat(5_000_000)).await),
        (415, post(PAGE_ORIGIN, "text/plain", "x".into()).await),
        (405, env.visit("/webchat/exchange", &[("origin", PAGE_ORIGIN)]).await),
        (401, env.post_raw("/incoming/webchat", &[("origin", PAGE_ORIGIN), ("content-type", json)], "{}").await),
        (200, env.visit("/webchat/preload.js", &[("origin", PAGE_ORIGIN)]).await),
    ];
    for (status, answer) in answers {
        assert_eq!((answer.status.as_u16(), answer.header("access-control-allow-origin")), (status, "*"));
        assert_eq!(answer.header("access-control-allow-credentials"), "");
        assert!(answer.header("access-control-expose-headers").contains("x-request-id"));
    }
    let other: Answer = env.visit("/api/token", &[("origin", PAGE_ORIGIN)]).await;
    assert_eq!(other.header("access-control-allow-origin"), "", "no other route is for browsers of other origins");
}

#[tokio::test]
async fn a_newer_links_value_is_never_overwritten_by_an_older_ones() {
    let env = TestEnvironment::new().await;
    let acme = env.tenancy("acme").await;
    for (user, order) in [("ann", [0, 1]), ("bob", [1, 0])] {
        let told = [json!({"a": "old", "b": "old"}), json!({"a": "new", "c": ["new"]})];
        let links = [env.link(&acme, user, told[0].clone()).await, env.link(&acme, user, told[1].clone()).await];
        for place in order {
            let handoff = env.handoff(&links[place]).await;
            let answer = env.exchange(&handoff, NONCE).await.json();
            assert_eq!(answer["attributes"], told[place], "the answer has this link's attributes alone");
        }
        assert_eq!(context(&env, &acme, user).await, json!({"a": "new", "b": "old", "c": ["new"]}));
    }
    let again = env.link(&acme, "ann", json!({"a": null})).await;
    env.session(&again).await;
    assert_eq!(context(&env, &acme, "ann").await, json!({"a": null, "b": "old", "c": ["new"]}));
}

#[tokio::test]
async fn many_links_of_one_person_opened_at_once_all_succeed_and_nothing_told_is_lost() {
    let env = TestEnvironment::new().await;
    let acme = env.tenancy("acme").await;
    let links = join_all((0..8).map(|number| env.link(&acme, "ann", json!({format!("a{number}"): number})))).await;
    let handoffs = join_all(links.iter().map(|link| env.handoff(link))).await;
    let answers = join_all(handoffs.iter().map(|handoff| env.exchange(handoff, NONCE))).await;
    assert!(answers.iter().all(|answer| answer.status == 200));
    let expected: Value = (0..8).map(|number| (format!("a{number}"), json!(number))).collect();
    assert_eq!(context(&env, &acme, "ann").await, expected);
    for link in &links {
        assert_eq!(env.state(link).await.uses, 1);
    }
}

#[tokio::test]
async fn a_revocation_between_the_look_at_a_link_and_its_use_is_not_missed() {
    let (wire, revoked) = (FaultInjector::new(), Arc::new(AtomicBool::new(false)));
    let env = TestEnvironment::with(&[], |client| wire.plug(client)).await;
    let acme = env.tenancy("acme").await;
    let link = env.link(&acme, "ann", json!({"a": 1})).await;
    let handoff = env.handoff(&link).await;
    let seen = revoked.clone();
    wire.spoil(move |asked, _| match asked.operation.as_str() {
        "TransactWriteItems" if !seen.load(Ordering::SeqCst) => Fault::DropBefore,
        _ => Fault::Pass,
    });
    let revocation = async {
        while wire.calls("TransactWriteItems") == 0 {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        env.revoke(&link).await;
        revoked.store(true, Ordering::SeqCst);
    };
    let (answer, ()) = tokio::join!(env.exchange(&handoff, NONCE), revocation);
    answer.assert_problem(410, "This link is no longer valid.");
    assert_eq!((env.state(&link).await.uses, context(&env, &acme, "ann").await), (0, json!({})));
}

#[tokio::test]
async fn a_session_writes_for_its_own_user_for_two_hours() {
    let env = TestEnvironment::new().await;
    let acme = env.tenancy("acme").await;
    let link = env.link(&acme, "bob", json!({})).await;
    let session = env.session(&link).await;
    for other in ["ann", "bob#1", "Bob", "bob "] {
        let problem = env.say(&session, other, "m1", "hello").await.assert_problem(403, "This action is unauthorized.");
        assert_eq!(problem["detail"], "A session may only write the interactions of its own user.");
    }
    assert_eq!(env.say(&session, "bob", "m1", "hello").await.status, 200);
    env.wait(7_190);
    assert_eq!(env.say(&session, "bob", "m2", "still here").await.status, 200);
    env.wait(10);
    env.say(&session, "bob", "m3", "too late").await.assert_problem(401, "Unauthenticated.");
}

#[tokio::test]
async fn a_session_is_of_no_use_in_another_tenant() {
    let env = TestEnvironment::new().await;
    let (acme, other) = (env.tenancy("acme").await, env.tenancy("other").await);
    let link = env.link(&acme, "ann", json!({"a": 1})).await;
    env.link(&other, "ann", json!({"b": 1})).await;
    let session = env.session(&link).await;
    assert_eq!(env.say(&session, "ann", "m1", "hello").await.status, 200);
    let today = env.app.clock.now().format("%Y-%m-%d").to_string();
    let range = [("from", today.as_str()), ("to", "9999-12-31")];
    assert_eq!(env.texts(&acme, &range).await["ann"], ["hello"]);
    assert!(env.texts(&other, &range).await.is_empty());
    assert_eq!(context(&env, &other, "ann").await, json!({}));
    assert_eq!(env.ask(&acme, LEGACY, &range).await.status, 200);
    assert_eq!(env.get(LEGACY, &session).await.status, 401, "and it reads nothing");
}
