//! A handoff is exchanged once, from the scenario's page, for the link's user and attributes.

use crate::support::{PAGE_ORIGIN, TestEnvironment, TestResponse};
use futures_util::future::join_all;
use rstest::rstest;
use serde_json::{Value, json};
use shared::model::time;

const NONCE: &str = "nonce-of-the-test-0";
const TAKEN: &str = "This handoff was exchanged already. Open the link again.";
const OVER: &str = "This link is no longer valid.";

async fn exchange_from(env: &TestEnvironment, origin: Option<&str>, handoff: &str) -> TestResponse {
    let body = json!({"handoff": handoff, "nonce": NONCE}).to_string();
    let origin = origin.map(|origin| ("origin", origin));
    let headers: Vec<_> = [("content-type", "application/json")].into_iter().chain(origin).collect();
    env.post_raw("/webchat/exchange", &headers, body).await
}

#[tokio::test]
async fn the_response_has_the_links_user_and_attributes_and_a_session_of_two_hours() {
    let env = TestEnvironment::new().await;
    let acme = env.create_tenant("acme").await;
    let attributes = json!({"first_name": "Ann", "tags": ["x", 1], "none": null, "rate": 1.5});
    let link = env.create_link(&acme, "ann#1 é", attributes.clone()).await;
    let (handoff, before) = (env.follow_link(&link).await, env.app.clock.now().timestamp());
    let response = env.exchange(&handoff, NONCE).await;
    let said = response.json();
    let members: Vec<_> = said.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(members, ["user_id", "scenario_id", "attributes", "session", "expires_at"]);
    assert_eq!(
        (&said["user_id"], &said["scenario_id"], &said["attributes"]),
        (&json!("ann#1 é"), &json!("0x420"), &attributes)
    );
    let after = env.app.clock.now().timestamp();
    let two_hours = (before..=after).map(|opened| time::format(time::from_seconds(opened + 7200)));
    assert!(two_hours.into_iter().any(|end| said["expires_at"] == end), "{said}");
    assert_eq!((response.status.as_u16(), response.header("cache-control")), (200, "private, no-store"));
    let state = env.link_activity(&link).await;
    assert_eq!(state.uses, 1, "{state:?}");
    assert!(state.first_opened_at.is_some(), "{state:?}");
    assert!(state.conversed_at.is_none(), "{state:?}");
}

#[tokio::test]
async fn the_same_nonce_gets_the_same_response_and_another_nonce_is_409() {
    let env = TestEnvironment::new().await;
    let acme = env.create_tenant("acme").await;
    let link = env.create_link(&acme, "ann", json!({"a": 1})).await;
    let handoff = env.follow_link(&link).await;
    let first = env.exchange(&handoff, NONCE).await;
    for _ in 0..3 {
        env.advance_clock(30);
        assert_eq!(env.exchange(&handoff, NONCE).await.text(), first.text());
        env.exchange(&handoff, "nonce-of-the-test-1").await.assert_problem(409, TAKEN);
    }
    assert_eq!(env.link_activity(&link).await.uses, 1);
    env.advance_clock(31);
    env.exchange(&handoff, NONCE).await.assert_problem(401, "Unauthenticated.");
    let again = env.follow_link(&link).await;
    assert_eq!(
        env.exchange(&again, "nonce-of-the-test-1").await.status,
        200,
        "a reload of the link is another handoff"
    );
    assert_eq!(env.link_activity(&link).await.uses, 2);
}

#[tokio::test]
async fn an_expired_or_altered_handoff_is_401() {
    let env = TestEnvironment::new().await;
    let acme = env.create_tenant("acme").await;
    let link = env.create_link(&acme, "ann", json!({})).await;
    let handoff = env.follow_link(&link).await;
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
        let response = exchange_from(&env, Some(PAGE_ORIGIN), &altered).await;
        response.assert_problem(401, "Unauthenticated.");
        assert!(response.header("www-authenticate").contains("invalid_token"), "{altered}");
    }
    env.advance_clock(120);
    env.exchange(&handoff, NONCE).await.assert_problem(401, "Unauthenticated.");
    assert_eq!(env.link_activity(&link).await.uses, 0);
}

#[rstest]
#[case::none(None)]
#[case::null(Some("null"))]
#[case::empty(Some(""))]
#[case::another_host(Some("https://evil.example"))]
#[case::another_scheme(Some("http://chat.example.com"))]
#[case::another_port(Some("https://chat.example.com:8443"))]
#[case::the_host_as_a_subdomain(Some("https://chat.example.com.evil.example"))]
#[case::with_a_slash(Some("https://chat.example.com/"))]
#[case::without_a_scheme(Some("chat.example.com"))]
#[case::another_tenants_page(Some("https://other.example.com"))]
#[tokio::test]
async fn an_exchange_from_another_origin_is_403_and_not_a_use(#[case] origin: Option<&str>) {
    let env = TestEnvironment::new().await;
    let (acme, mut other) = (env.create_tenant("acme").await, env.create_tenant("other").await);
    other.scenario.page = Some("https://other.example.com/".parse().unwrap());
    env.app.store.scenario_put(&other.tenant.id, &other.scenario).await.unwrap();
    let link = env.create_link(&acme, "ann", json!({"a": 1})).await;
    let handoff = env.follow_link(&link).await;
    let response = exchange_from(&env, origin, &handoff).await;
    let problem = response.assert_problem(403, "This action is unauthorized.");
    assert_eq!(problem["detail"], "The webchat of this scenario does not live on this origin.");
    assert_eq!(env.link_activity(&link).await.uses, 0);
    assert_eq!(env.exchange(&handoff, NONCE).await.status, 200, "the right origin still works");
}

#[tokio::test]
async fn revoking_a_link_ends_its_handoffs_and_sessions() {
    let env = TestEnvironment::new().await;
    let acme = env.create_tenant("acme").await;
    let (link, other) =
        (env.create_link(&acme, "ann", json!({})).await, env.create_link(&acme, "ann", json!({})).await);
    let (session, handoff) = (env.open_session(&link).await, env.follow_link(&link).await);
    let others_session = env.open_session(&other).await;
    assert_eq!(env.send_message(&session, "ann", "m1", "hello").await.status, 200);
    env.revoke_link(&link).await;
    env.exchange(&handoff, NONCE).await.assert_problem(410, OVER);
    env.send_message(&session, "ann", "m2", "still there?").await.assert_problem(401, "Unauthenticated.");
    assert_eq!(env.send_message(&others_session, "ann", "m3", "yes").await.status, 200);
    assert_eq!(env.link_activity(&link).await.uses, 1);
}

#[tokio::test]
async fn of_16_concurrent_exchanges_with_different_nonces_one_succeeds() {
    let env = TestEnvironment::new().await;
    let acme = env.create_tenant("acme").await;
    let link = env.create_link(&acme, "ann", json!({"a": 1})).await;
    let handoff = env.follow_link(&link).await;
    let nonces: Vec<_> = (10..26).map(|number| format!("nonce-of-the-test-{number}")).collect();
    let responses = join_all(nonces.iter().map(|nonce| env.exchange(&handoff, nonce))).await;
    let statuses = |status| responses.iter().filter(|response| response.status == status).count();
    assert_eq!((statuses(200_u16), statuses(409)), (1, 15));
    assert_eq!(env.link_activity(&link).await.uses, 1);
}

const WRONG_NONCE: &str = "The nonce must be 16 to 64 characters of base64url.";

fn both_required() -> Value {
    json!({"handoff": ["The handoff field is required."], "nonce": ["The nonce field is required."]})
}

#[rstest]
#[case::empty(json!({}), both_required())]
#[case::empty_members(json!({"handoff": "", "nonce": null}), both_required())]
#[case::members_of_another_type(
    json!({"handoff": 1, "nonce": []}),
    json!({"handoff": ["The handoff must be a string."], "nonce": ["The nonce must be a string."]})
)]
#[case::a_short_nonce(json!({"handoff": "x", "nonce": "short"}), json!({"nonce": [WRONG_NONCE]}))]
#[case::a_long_nonce(json!({"handoff": "x", "nonce": "x".repeat(65)}), json!({"nonce": [WRONG_NONCE]}))]
#[case::a_nonce_with_spaces(json!({"handoff": "x", "nonce": "nonce of the test"}), json!({"nonce": [WRONG_NONCE]}))]
#[case::an_unknown_member(
    json!({"handoff": "x", "nonce": NONCE, "user_id": "eve"}),
    json!({"user_id": ["The user_id field is not known."]})
)]
#[case::an_array(json!(["x"]), json!({"body": ["The body must be a JSON object."]}))]
#[tokio::test]
async fn every_error_of_the_body_is_named_by_its_field(#[case] body: Value, #[case] errors: Value) {
    let env = TestEnvironment::new().await;
    let headers = [("origin", PAGE_ORIGIN), ("content-type", "application/json")];
    let response = env.post_raw("/webchat/exchange", &headers, body.to_string()).await;
    let problem: Value = response.assert_problem(422, "The given data was invalid.");
    assert_eq!(problem["errors"], errors, "{body}");
}
