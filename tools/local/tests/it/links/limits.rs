//! Links with an end, a number of uses, a campaign, and links to try things out.

use crate::support::{Answer, PAGE_ORIGIN, TestEnvironment, TestTenant};
use futures_util::future::join_all;
use serde_json::{Value, json};

const GENERATE: &str = "/public/api/generate-webchat-deep-link";

/// Makes links with members of the request besides `scenario_id` and `dataset`.
async fn generate(env: &TestEnvironment, of: &TestTenant, dataset: Value, more: Value) -> Answer {
    let mut body = json!({"scenario_id": "0x420", "dataset": dataset});
    body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    env.post(GENERATE, &of.token, &body).await
}

/// Makes one link for Ann and returns its path and its id.
async fn link(env: &TestEnvironment, of: &TestTenant, more: Value) -> (String, String) {
    let made = generate(env, of, json!([{"user_id": "ann", "attributes": {"first_name": "Ann"}}]), more).await;
    assert_eq!(made.status, 200, "{}", made.text());
    let made = made.json()[0].clone();
    let url: url::Url = made["url"].as_str().unwrap().parse().unwrap();
    (url.path().to_owned(), made["link_id"].as_str().unwrap().to_owned())
}

async fn state(env: &TestEnvironment, of: &TestTenant, id: &str) -> Value {
    env.get(&format!("/public/api/links/{id}"), &of.token).await.json()
}

#[tokio::test]
async fn a_link_works_until_it_expires_and_a_handoff_from_before_no_longer_after() {
    let env = TestEnvironment::new().await;
    let acme = env.tenancy("acme").await;
    let (path, id) = link(&env, &acme, json!({"expires_in": 60})).await;
    let handoff = env.handoff(&path).await;
    env.wait(60);
    env.visit(&path, &[]).await.assert_problem(410, "This link is no longer valid.");
    env.exchange(&handoff, "nonce-of-the-test-0").await.assert_problem(410, "This link is no longer valid.");
    assert_eq!(state(&env, &acme, &id).await["state"], "expired");
}

#[tokio::test]
async fn a_row_may_have_an_end_and_a_number_of_uses_of_its_own() {
    let env = TestEnvironment::new().await;
    let acme = env.tenancy("acme").await;
    let rows = json!([{"attributes": {}}, {"attributes": {}, "expires_at": "2099-01-01 00:00:00", "max_uses": 7}]);
    let made = generate(&env, &acme, rows, json!({"expires_at": "2098-01-01", "max_uses": 1})).await.json();
    let first = state(&env, &acme, made[0]["link_id"].as_str().unwrap()).await;
    let second = state(&env, &acme, made[1]["link_id"].as_str().unwrap()).await;
    assert_eq!((&first["expires_at"], &first["max_uses"]), (&json!("2098-01-01T00:00:00.000000Z"), &json!(1)));
    assert_eq!((&second["expires_at"], &second["max_uses"]), (&json!("2099-01-01T00:00:00.000000Z"), &json!(7)));
}

#[tokio::test]
async fn sixty_four_exchanges_at_once_of_a_link_with_one_use_open_it_once() {
    let env = TestEnvironment::new().await;
    let acme = env.tenancy("acme").await;
    let (path, id) = link(&env, &acme, json!({"max_uses": 1})).await;
    let handoffs = join_all((0..64).map(|_| env.handoff(&path))).await;
    let exchanges = handoffs.iter().map(|handoff| env.exchange(handoff, "nonce-of-the-test-0"));
    let answers = join_all(exchanges).await;
    let of_status = |status: u16| answers.iter().filter(|answer| answer.status.as_u16() == status).count();
    assert_eq!((of_status(200), of_status(410)), (1, 63));
    let state = state(&env, &acme, &id).await;
    assert_eq!((&state["uses"], &state["state"]), (&json!(1), &json!("used_up")));
    env.visit(&path, &[]).await.assert_problem(410, "This link is no longer valid.");
}

#[tokio::test]
async fn the_last_use_may_be_repeated_with_its_nonce_and_a_get_uses_nothing_up() {
    let env = TestEnvironment::new().await;
    let acme = env.tenancy("acme").await;
    let (path, id) = link(&env, &acme, json!({"max_uses": 1})).await;
    let handoff = env.handoff(&path).await;
    env.handoff(&path).await;
    let first = env.exchange(&handoff, "nonce-of-the-test-0").await;
    let again = env.exchange(&handoff, "nonce-of-the-test-0").await;
    assert_eq!((first.status.as_u16(), first.json()), (200, again.json()));
    let state = state(&env, &acme, &id).await;
    assert_eq!((&state["uses"], &state["clicks"]), (&json!(1), &json!(2)));
}

#[tokio::test]
async fn a_foreign_origin_spends_no_use() {
    let env = TestEnvironment::new().await;
    let acme = env.tenancy("acme").await;
    let (path, _) = link(&env, &acme, json!({"max_uses": 1})).await;
    let handoff = env.handoff(&path).await;
    let body = json!({"handoff": handoff, "nonce": "nonce-of-the-test-1"}).to_string();
    let headers = [("origin", "https://evil.example"), ("content-type", "application/json")];
    env.post_raw("/webchat/exchange", &headers, body.clone()).await.assert_problem(403, "This action is unauthorized.");
    let headers = [("origin", PAGE_ORIGIN), ("content-type", "application/json")];
    assert_eq!(env.post_raw("/webchat/exchange", &headers, body).await.status, 200);
}

#[tokio::test]
async fn a_test_link_is_not_counted_and_never_used_up() {
    let env = TestEnvironment::new().await;
    let acme = env.tenancy("acme").await;
    let (path, id) = link(&env, &acme, json!({"max_uses": 1, "test": true, "campaign": "trial"})).await;
    for _ in 0..3 {
        let session = env.session(&path).await;
        assert_eq!(env.say(&session, "ann", "m1", "hello").await.status, 200);
    }
    let state = state(&env, &acme, &id).await;
    assert_eq!((&state["uses"], &state["clicks"], &state["state"]), (&json!(0), &json!(0), &json!("live")));
    let funnel = env.get("/public/api/campaigns/trial/funnel", &acme.token).await.json();
    assert_eq!((&funnel["made"], &funnel["conversed"]), (&json!(0), &json!(0)));
}

#[tokio::test]
async fn wrong_terms_are_named_and_nothing_is_made() {
    let env = TestEnvironment::new().await;
    let acme = env.tenancy("acme").await;
    let one = json!([{"attributes": {}}]);
    for (more, field, sentence) in [
        (json!({"expires_at": "soon"}), "expires_at", "The expires_at is not a valid date."),
        (json!({"expires_at": "2020-01-01"}), "dataset.0.expires_at", "The expires_at must be in the future."),
        (json!({"expires_in": 0}), "expires_in", "The expires_in must be a whole number from 1 to 316224000."),
        (
            json!({"expires_at": "2099-01-01", "expires_in": 5}),
            "expires_in",
            "Give expires_at or expires_in, not both.",
        ),
        (json!({"max_uses": -1}), "max_uses", "The max_uses must be a whole number from 1 to 1000000."),
        (json!({"test": "yes"}), "test", "The test must be true or false."),
    ] {
        generate(&env, &acme, one.clone(), more).await.assert_invalid(field, sentence);
    }
    let rows = json!([{"attributes": {}, "max_uses": 0}]);
    let sentence = "The max_uses must be a whole number from 1 to 1000000.";
    generate(&env, &acme, rows, json!({})).await.assert_invalid("dataset.0.max_uses", sentence);
    assert_eq!(env.get("/public/api/links", &acme.token).await.json()["data"], json!([]));
}

#[tokio::test]
async fn a_revoked_campaign_ends_all_its_links_and_sessions_and_takes_no_more() {
    let env = TestEnvironment::new().await;
    let acme = env.tenancy("acme").await;
    let (path, id) = link(&env, &acme, json!({"campaign": "spring"})).await;
    let session = env.session(&path).await;
    let handoff = env.handoff(&path).await;
    assert_eq!(env.delete("/public/api/campaigns/spring", &acme.token).await.status, 204);
    env.visit(&path, &[]).await.assert_problem(410, "This link is no longer valid.");
    env.exchange(&handoff, "nonce-of-the-test-2").await.assert_problem(410, "This link is no longer valid.");
    env.say(&session, "ann", "m1", "hello").await.assert_problem(401, "Unauthenticated.");
    assert_eq!(state(&env, &acme, &id).await["state"], "revoked");
    let more = generate(&env, &acme, json!([{"attributes": {}}]), json!({"campaign": "spring"})).await;
    more.assert_invalid("campaign", "The campaign was revoked: its links would not work.");
    env.delete("/public/api/campaigns/autumn", &acme.token).await.assert_problem(404, "Resource not found.");
}
