//! A handoff is exchanged once, from the scenario's page, for what the link tells.

use crate::support::{Answer, Fault, FaultInjector, PAGE_ORIGIN, TestEnvironment};
use futures_util::future::join_all;
use serde_json::{Value, json};
use shared::model::time;

const NONCE: &str = "nonce-of-the-test-0";
const TAKEN: &str = "This handoff was exchanged already. Open the link again.";
const OVER: &str = "This link is no longer valid.";

async fn exchange_from(env: &TestEnvironment, origin: Option<&str>, handoff: &str) -> Answer {
    let body = json!({"handoff": handoff, "nonce": NONCE}).to_string();
    let origin = origin.map(|origin| ("origin", origin));
    let headers: Vec<_> = [("content-type", "application/json")].into_iter().chain(origin).collect();
    env.post_raw("/webchat/exchange", &headers, body).await
}

#[tokio::test]
async fn the_answer_is_what_the_link_tells_and_a_session_of_two_hours() {
    let env = TestEnvironment::new().await;
    let acme = env.tenancy("acme").await;
    let attributes = json!({"first_name": "Ann", "tags": ["x", 1], "none": null, "rate": 1.5});
    let link = env.link(&acme, "ann#1 é", attributes.clone()).await;
    let (handoff, before) = (env.handoff(&link).await, env.app.clock.now().timestamp());
    let answer = env.exchange(&handoff, NONCE).await;
    let said = answer.json();
    let members: Vec<_> = said.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(members, ["user_id", "scenario_id", "attributes", "session", "expires_at"]);
    assert_eq!(
        (&said["user_id"], &said["scenario_id"], &said["attributes"]),
        (&json!("ann#1 é"), &json!("0x420"), &attributes)
    );
    let after = env.app.clock.now().timestamp();
    let two_hours = (before..=after).map(|opened| time::format(time::from_seconds(opened + 7200)));
    assert!(two_hours.into_iter().any(|end| said["expires_at"] == end), "{said}");
    assert_eq!((answer.status.as_u16(), answer.header("cache-control")), (200, "private, no-store"));
    let state = env.state(&link).await;
    assert!(state.uses == 1 && state.first_opened_at.is_some() && state.conversed_at.is_none(), "{state:?}");
}

#[tokio::test]
async fn the_same_nonce_gets_the_same_answer_and_another_one_nothing() {
    let env = TestEnvironment::new().await;
    let acme = env.tenancy("acme").await;
    let link = env.link(&acme, "ann", json!({"a": 1})).await;
    let handoff = env.handoff(&link).await;
    let first = env.exchange(&handoff, NONCE).await;
    for _ in 0..3 {
        env.wait(30);
        assert_eq!(env.exchange(&handoff, NONCE).await.text(), first.text());
        env.exchange(&handoff, "nonce-of-the-test-1").await.assert_problem(409, TAKEN);
    }
    assert_eq!(env.state(&link).await.uses, 1);
    env.wait(31);
    env.exchange(&handoff, NONCE).await.assert_problem(401, "Unauthenticated.");
    let again = env.handoff(&link).await;
    assert_eq!(
        env.exchange(&again, "nonce-of-the-test-1").await.status,
        200,
        "a reload of the link is another handoff"
    );
    assert_eq!(env.state(&link).await.uses, 2);
}

#[tokio::test]
async fn a_handoff_that_is_over_or_altered_is_401() {
    let env = TestEnvironment::new().await;
    let acme = env.tenancy("acme").await;
    let link = env.link(&acme, "ann", json!({})).await;
    let handoff = env.handoff(&link).await;
    let middle = |at: usize| {
        let other = if handoff.as_bytes()[at] == b'A' { 'B' } else { 'A' };
        format!("{}{other}{}", &handoff[..at], &handoff[at + 1..])
    };
    let places: Vec<_> = handoff.match_indices('.').map(|(at, _)| at).collect();
    let altered = [
        middle(3),
        middle(places[0] + 20),
        middle(places[1] + 5),
        format!("{handoff}A"),
        handoff[1..].to_owned(),
        "x".into(),
        "a.b.c".into(),
    ];
    for altered in altered {
        let answer = exchange_from(&env, Some(PAGE_ORIGIN), &altered).await;
        answer.assert_problem(401, "Unauthenticated.");
        assert!(answer.header("www-authenticate").contains("invalid_token"));
    }
    env.wait(120);
    env.exchange(&handoff, NONCE).await.assert_problem(401, "Unauthenticated.");
    assert_eq!(env.state(&link).await.uses, 0);
}

#[tokio::test]
async fn another_origin_is_403_before_anything_is_spent() {
    let env = TestEnvironment::new().await;
    let (acme, mut other) = (env.tenancy("acme").await, env.tenancy("other").await);
    other.scenario.page = Some("https://other.example.com/".parse().unwrap());
    env.app.store.scenario_put(&other.tenant.id, &other.scenario).await.unwrap();
    let link = env.link(&acme, "ann", json!({"a": 1})).await;
    let handoff = env.handoff(&link).await;
    let origins = [
        "null",
        "",
        "https://evil.example",
        "http://chat.example.com",
        "https://chat.example.com:8443",
        "https://chat.example.com.evil.example",
        "https://chat.example.com/",
        "chat.example.com",
        "https://other.example.com",
    ];
    for origin in [None].into_iter().chain(origins.map(Some)) {
        let answer = exchange_from(&env, origin, &handoff).await;
        let problem = answer.assert_problem(403, "This action is unauthorized.");
        assert_eq!(problem["detail"], "The webchat of this scenario does not live on this origin.");
    }
    assert_eq!(env.state(&link).await.uses, 0);
    assert_eq!(env.exchange(&handoff, NONCE).await.status, 200, "the right origin still works");
}

#[tokio::test]
async fn a_link_that_was_revoked_meanwhile_is_410_and_its_session_ends() {
    let env = TestEnvironment::new().await;
    let acme = env.tenancy("acme").await;
    let (link, other) = (env.link(&acme, "ann", json!({})).await, env.link(&acme, "ann", json!({})).await);
    let (session, handoff) = (env.session(&link).await, env.handoff(&link).await);
    let others_session = env.session(&other).await;
    assert_eq!(env.say(&session, "ann", "m1", "hello").await.status, 200);
    env.revoke(&link).await;
    env.exchange(&handoff, NONCE).await.assert_problem(410, OVER);
    env.say(&session, "ann", "m2", "still there?").await.assert_problem(401, "Unauthenticated.");
    assert_eq!(env.say(&others_session, "ann", "m3", "yes").await.status, 200);
    assert_eq!(env.state(&link).await.uses, 1);
}

#[tokio::test]
async fn of_many_nonces_at_once_exactly_one_wins() {
    let env = TestEnvironment::new().await;
    let acme = env.tenancy("acme").await;
    let link = env.link(&acme, "ann", json!({"a": 1})).await;
    let handoff = env.handoff(&link).await;
    let nonces: Vec<_> = (10..26).map(|number| format!("nonce-of-the-test-{number}")).collect();
    let answers = join_all(nonces.iter().map(|nonce| env.exchange(&handoff, nonce))).await;
    let statuses = |status| answers.iter().filter(|answer| answer.status == status).count();
    assert_eq!((statuses(200_u16), statuses(409)), (1, 15));
    assert_eq!(env.state(&link).await.uses, 1);
}

#[tokio::test]
async fn a_lost_answer_burns_nothing() {
    let wire = FaultInjector::new();
    let env = TestEnvironment::with(&[], |client| wire.plug(client)).await;
    let acme = env.tenancy("acme").await;
    for lost in [1, usize::MAX] {
        let link = env.link(&acme, "ann", json!({"a": 1})).await;
        let handoff = env.handoff(&link).await;
        wire.forget();
        wire.spoil(move |asked, number| match asked.operation.as_str() {
            "TransactWriteItems" if number <= lost => Fault::DropAfter,
            _ => Fault::Pass,
        });
        let first = env.exchange(&handoff, NONCE).await;
        assert!(if lost == 1 { first.status == 200 } else { first.status == 503 }, "{}", first.text());
        wire.heal();
        env.wait(20);
        let again = env.exchange(&handoff, NONCE).await;
        assert_eq!((again.status.as_u16(), &again.json()["attributes"]), (200, &json!({"a": 1})));
        assert!(lost > 1 || again.text() == first.text());
        assert_eq!(env.state(&link).await.uses, 1);
        env.exchange(&handoff, "nonce-of-the-test-1").await.assert_problem(409, TAKEN);
    }
}

#[tokio::test]
async fn every_mistake_of_the_body_is_named() {
    let env = TestEnvironment::new().await;
    let required = |name: &str| json!([format!("The {name} field is required.")]);
    let form = json!(["The nonce must be 16 to 64 characters of base64url."]);
    for (body, errors) in [
        (json!({}), json!({"handoff": required("handoff"), "nonce": required("nonce")})),
        (json!({"handoff": "", "nonce": null}), json!({"handoff": required("handoff"), "nonce": required("nonce")})),
        (
            json!({"handoff": 1, "nonce": []}),
            json!({"handoff": ["The handoff must be a string."], "nonce": ["The nonce must be a string."]}),
        ),
        (json!({"handoff": "x", "nonce": "short"}), json!({"nonce": form})),
        (json!({"handoff": "x", "nonce": "x".repeat(65)}), json!({"nonce": form})),
        (json!({"handoff": "x", "nonce": "nonce of the test"}), json!({"nonce": form})),
        (
            json!({"handoff": "x", "nonce": NONCE, "user_id": "eve"}),
            json!({"user_id": ["The user_id field is not known."]}),
        ),
        (json!(["x"]), json!({"body": ["The body must be a JSON object."]})),
    ] {
        let headers = [("origin", PAGE_ORIGIN), ("content-type", "application/json")];
        let answer = env.post_raw("/webchat/exchange", &headers, body.to_string()).await;
        let problem: Value = answer.assert_problem(422, "The given data was invalid.");
        assert_eq!(problem["errors"], errors, "{body}");
    }
}
