//! Links with an expiry date, a maximum number of uses or a campaign, and test links.

use crate::support::{PAGE_ORIGIN, TestEnvironment, TestResponse, TestTenant};
use futures_util::future::join_all;
use rstest::rstest;
use serde_json::{Value, json};

const GENERATE_PATH: &str = "/public/api/generate-webchat-deep-link";

/// Creates links with further members of the request besides `scenario_id` and `dataset`.
async fn generate(env: &TestEnvironment, tenant: &TestTenant, dataset: Value, more: Value) -> TestResponse {
    let mut body = json!({"scenario_id": "0x420", "dataset": dataset});
    body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    env.post(GENERATE_PATH, &tenant.token, &body).await
}

/// Creates one link of the user `ann` and returns its path and its id.
async fn create_link(env: &TestEnvironment, tenant: &TestTenant, more: Value) -> (String, String) {
    let made = generate(env, tenant, json!([{"user_id": "ann", "attributes": {"first_name": "Ann"}}]), more).await;
    assert_eq!(made.status, 200, "{}", made.text());
    let made = made.json()[0].clone();
    let url: url::Url = made["url"].as_str().unwrap().parse().unwrap();
    (url.path().to_owned(), made["link_id"].as_str().unwrap().to_owned())
}

async fn show(env: &TestEnvironment, tenant: &TestTenant, id: &str) -> Value {
    env.get(&format!("/public/api/links/{id}"), &tenant.token).await.json()
}

#[tokio::test]
async fn an_expired_link_and_its_earlier_handoff_are_410() {
    let env = TestEnvironment::new().await;
    let acme = env.create_tenant("acme").await;
    let (path, id) = create_link(&env, &acme, json!({"expires_in": 60})).await;
    let handoff = env.follow_link(&path).await;
    env.advance_clock(60);
    env.visit(&path, &[]).await.assert_problem(410, "This link is no longer valid.");
    env.exchange(&handoff, "nonce-of-the-test-0").await.assert_problem(410, "This link is no longer valid.");
    assert_eq!(show(&env, &acme, &id).await["state"], "expired");
}

#[tokio::test]
async fn a_row_may_have_its_own_expiry_date_and_maximum_of_uses() {
    let env = TestEnvironment::new().await;
    let acme = env.create_tenant("acme").await;
    let rows = json!([{"attributes": {}}, {"attributes": {}, "expires_at": "2099-01-01 00:00:00", "max_uses": 7}]);
    let made = generate(&env, &acme, rows, json!({"expires_at": "2098-01-01", "max_uses": 1})).await.json();
    let first = show(&env, &acme, made[0]["link_id"].as_str().unwrap()).await;
    let second = show(&env, &acme, made[1]["link_id"].as_str().unwrap()).await;
    assert_eq!((&first["expires_at"], &first["max_uses"]), (&json!("2098-01-01T00:00:00.000000Z"), &json!(1)));
    assert_eq!((&second["expires_at"], &second["max_uses"]), (&json!("2099-01-01T00:00:00.000000Z"), &json!(7)));
}

#[tokio::test]
async fn of_64_concurrent_exchanges_of_a_link_with_one_use_one_succeeds() {
    let env = TestEnvironment::new().await;
    let acme = env.create_tenant("acme").await;
    let (path, id) = create_link(&env, &acme, json!({"max_uses": 1})).await;
    let handoffs = join_all((0..64).map(|_| env.follow_link(&path))).await;
    let exchanges = handoffs.iter().map(|handoff| env.exchange(handoff, "nonce-of-the-test-0"));
    let responses = join_all(exchanges).await;
    let of_status = |status: u16| responses.iter().filter(|response| response.status.as_u16() == status).count();
    assert_eq!((of_status(200), of_status(410)), (1, 63));
    let shown = show(&env, &acme, &id).await;
    assert_eq!((&shown["uses"], &shown["state"]), (&json!(1), &json!("used_up")));
    env.visit(&path, &[]).await.assert_problem(410, "This link is no longer valid.");
}

#[tokio::test]
async fn the_last_use_may_be_repeated_with_its_nonce_and_a_visit_is_not_a_use() {
    let env = TestEnvironment::new().await;
    let acme = env.create_tenant("acme").await;
    let (path, id) = create_link(&env, &acme, json!({"max_uses": 1})).await;
    let handoff = env.follow_link(&path).await;
    env.follow_link(&path).await;
    let first = env.exchange(&handoff, "nonce-of-the-test-0").await;
    let again = env.exchange(&handoff, "nonce-of-the-test-0").await;
    assert_eq!((first.status.as_u16(), first.json()), (200, again.json()));
    let shown = show(&env, &acme, &id).await;
    assert_eq!((&shown["uses"], &shown["clicks"]), (&json!(1), &json!(2)));
}

#[tokio::test]
async fn an_exchange_from_a_foreign_origin_is_not_a_use() {
    let env = TestEnvironment::new().await;
    let acme = env.create_tenant("acme").await;
    let (path, _) = create_link(&env, &acme, json!({"max_uses": 1})).await;
    let handoff = env.follow_link(&path).await;
    let body = json!({"handoff": handoff, "nonce": "nonce-of-the-test-1"}).to_string();
    let headers = [("origin", "https://evil.example"), ("content-type", "application/json")];
    env.post_raw("/webchat/exchange", &headers, body.clone()).await.assert_problem(403, "This action is unauthorized.");
    let headers = [("origin", PAGE_ORIGIN), ("content-type", "application/json")];
    assert_eq!(env.post_raw("/webchat/exchange", &headers, body).await.status, 200);
}

#[tokio::test]
async fn a_test_link_is_never_counted_or_used_up() {
    let env = TestEnvironment::new().await;
    let acme = env.create_tenant("acme").await;
    let (path, id) = create_link(&env, &acme, json!({"max_uses": 1, "test": true, "campaign": "trial"})).await;
    for _ in 0..3 {
        let session = env.open_session(&path).await;
        assert_eq!(env.send_message(&session, "ann", "m1", "hello").await.status, 200);
    }
    let shown = show(&env, &acme, &id).await;
    assert_eq!((&shown["uses"], &shown["clicks"], &shown["state"]), (&json!(0), &json!(0), &json!("live")));
    let funnel = env.get("/public/api/campaigns/trial/funnel", &acme.token).await.json();
    assert_eq!((&funnel["made"], &funnel["conversed"]), (&json!(0), &json!(0)));
}

const WRONG_MAX_USES: &str = "The max_uses must be a whole number from 1 to 1000000.";

#[rstest]
#[case::a_date_that_is_none(json!({"expires_at": "soon"}), "expires_at", "The expires_at is not a valid date.")]
#[case::a_past_date(
    json!({"expires_at": "2020-01-01"}),
    "dataset.0.expires_at",
    "The expires_at must be in the future."
)]
#[case::no_seconds(
    json!({"expires_in": 0}),
    "expires_in",
    "The expires_in must be a whole number from 1 to 316224000."
)]
#[case::date_and_seconds(
    json!({"expires_at": "2099-01-01", "expires_in": 5}),
    "expires_in",
    "Give expires_at or expires_in, not both."
)]
#[case::negative_uses(json!({"max_uses": -1}), "max_uses", WRONG_MAX_USES)]
#[case::a_text_as_test(json!({"test": "yes"}), "test", "The test must be true or false.")]
#[tokio::test]
async fn a_wrong_limit_is_named_and_no_link_is_created(
    #[case] more: Value,
    #[case] field: &str,
    #[case] sentence: &str,
) {
    let env = TestEnvironment::new().await;
    let acme = env.create_tenant("acme").await;
    generate(&env, &acme, json!([{"attributes": {}}]), more).await.assert_invalid(field, sentence);
    assert_eq!(env.get("/public/api/links", &acme.token).await.json()["data"], json!([]));
}

#[tokio::test]
async fn a_wrong_limit_of_a_row_is_named_and_no_link_is_created() {
    let env = TestEnvironment::new().await;
    let acme = env.create_tenant("acme").await;
    let rows = json!([{"attributes": {}, "max_uses": 0}]);
    generate(&env, &acme, rows, json!({})).await.assert_invalid("dataset.0.max_uses", WRONG_MAX_USES);
    assert_eq!(env.get("/public/api/links", &acme.token).await.json()["data"], json!([]));
}

#[tokio::test]
async fn revoking_a_campaign_ends_its_links_and_sessions_and_prevents_new_links() {
    let env = TestEnvironment::new().await;
    let acme = env.create_tenant("acme").await;
    let (path, id) = create_link(&env, &acme, json!({"campaign": "spring"})).await;
    let session = env.open_session(&path).await;
    let handoff = env.follow_link(&path).await;
    assert_eq!(env.delete("/public/api/campaigns/spring", &acme.token).await.status, 204);
    env.visit(&path, &[]).await.assert_problem(410, "This link is no longer valid.");
    env.exchange(&handoff, "nonce-of-the-test-2").await.assert_problem(410, "This link is no longer valid.");
    env.send_message(&session, "ann", "m1", "hello").await.assert_problem(401, "Unauthenticated.");
    assert_eq!(show(&env, &acme, &id).await["state"], "revoked");
    let more = generate(&env, &acme, json!([{"attributes": {}}]), json!({"campaign": "spring"})).await;
    more.assert_invalid("campaign", "The campaign was revoked: its links would not work.");
    env.delete("/public/api/campaigns/autumn", &acme.token).await.assert_problem(404, "Resource not found.");
}
