//! Changes of links and campaigns after they were made.

use crate::support::{FaultInjector, TestEnvironment, TestResponse, TestTenant, paths};
use rstest::rstest;
use serde_json::{Value, json};

const GENERATE_PATH: &str = "/public/api/generate-webchat-deep-link";
const END: &str = "2099-01-31T00:00:00.000000Z";

/// A link of the user `ann` in the campaign `spring`: its path and the path of its record in the API.
async fn link(env: &TestEnvironment, tenant: &TestTenant, more: Value) -> (String, String) {
    let mut body = json!({"scenario_id": "0x420", "campaign": "spring", "dataset":
        [{"user_id": "ann", "attributes": {"first_name": "Ann", "city": "Vienna"}}]});
    body.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
    let made = env.post(GENERATE_PATH, &tenant.token, &body).await;
    let id = made.json()[0]["link_id"].as_str().expect("an id").to_owned();
    (paths(&made).remove(0), format!("/public/api/links/{id}"))
}

/// A tenant whose links are kept for a century, so that their ends can be moved.
async fn environment() -> (TestEnvironment, TestTenant) {
    let env = TestEnvironment::new().await;
    let acme = env.create_tenant("acme").await;
    env.keep_links(&acme, 36_500).await;
    (env, acme)
}

async fn changed(env: &TestEnvironment, tenant: &TestTenant, path: &str, change: &Value) -> Value {
    let response = env.patch(path, &tenant.token, change).await;
    assert_eq!(response.status, 200, "{}", response.text());
    response.json()
}

async fn status(env: &TestEnvironment, path: &str) -> u16 {
    env.forget_shared_values().await;
    env.visit(path, &[]).await.status.as_u16()
}

#[tokio::test]
async fn an_expired_link_works_again_with_a_later_end() {
    let (env, acme) = environment().await;
    let (path, api) = link(&env, &acme, json!({"expires_in": 60})).await;
    env.advance_clock(60);
    assert_eq!(status(&env, &path).await, 410);
    let link = changed(&env, &acme, &api, &json!({"expires_at": "2099-01-31"})).await;
    assert_eq!((&link["expires_at"], &link["state"]), (&json!(END), &json!("live")));
    assert_eq!(status(&env, &path).await, 302);
    assert_eq!(env.get(&api, &acme.token).await.json()["expires_at"], END);
}

#[tokio::test]
async fn an_earlier_end_ends_a_link_then() {
    let (env, acme) = environment().await;
    let (path, api) = link(&env, &acme, json!({})).await;
    let soon = shared::model::time::format(env.app.clock.now() + chrono::TimeDelta::seconds(60));
    changed(&env, &acme, &api, &json!({"expires_at": soon})).await;
    assert_eq!(status(&env, &path).await, 302);
    env.advance_clock(60);
    assert_eq!(status(&env, &path).await, 410);
}

#[tokio::test]
async fn a_link_that_is_used_up_works_again_with_more_uses() {
    let (env, acme) = environment().await;
    let (path, api) = link(&env, &acme, json!({"max_uses": 1})).await;
    let _ = env.open_session(&path).await;
    assert_eq!(status(&env, &path).await, 410);
    let link = changed(&env, &acme, &api, &json!({"max_uses": 2})).await;
    assert_eq!((&link["max_uses"], &link["uses"], &link["state"]), (&json!(2), &json!(1), &json!("live")));
    let _ = env.open_session(&path).await;
    assert_eq!(status(&env, &path).await, 410);
}

#[tokio::test]
async fn new_attributes_replace_all_of_the_link() {
    let (env, acme) = environment().await;
    let (path, api) = link(&env, &acme, json!({})).await;
    changed(&env, &acme, &api, &json!({"attributes": {"first_name": "Anna", "vip": true}})).await;
    let handoff = env.follow_link(&path).await;
    let exchanged = env.exchange(&handoff, "nonce-of-the-test-0").await.json();
    assert_eq!(exchanged["attributes"], json!({"first_name": "Anna", "vip": true}));
}

#[tokio::test]
async fn a_change_without_members_changes_nothing() {
    let (env, acme) = environment().await;
    let (_, api) = link(&env, &acme, json!({"max_uses": 3, "expires_at": "2098-01-01"})).await;
    let before = env.get(&api, &acme.token).await.json();
    assert_eq!(changed(&env, &acme, &api, &json!({})).await, before);
    assert_eq!(changed(&env, &acme, &api, &json!({"max_uses": null, "attributes": null})).await, before);
}

#[tokio::test]
async fn a_revoked_link_stays_revoked() {
    let (env, acme) = environment().await;
    let (path, api) = link(&env, &acme, json!({})).await;
    assert_eq!(env.delete(&api, &acme.token).await.status, 204);
    let link = changed(&env, &acme, &api, &json!({"expires_at": "2099-01-31"})).await;
    assert_eq!(link["state"], "revoked");
    assert_eq!(status(&env, &path).await, 410);
}

#[rstest]
#[case::a_date_in_the_past(json!({"expires_at": "2020-01-01"}), "expires_at", "The expires_at must be in the future.")]
#[case::no_date(json!({"expires_at": "soon"}), "expires_at", "The expires_at is not a valid date.")]
#[case::no_uses(json!({"max_uses": 0}), "max_uses", "The max_uses must be a whole number from 1 to 1000000.")]
#[case::no_object(json!({"attributes": "Ann"}), "attributes", "The attributes must be an object.")]
#[case::an_unknown_member(json!({"uses": 0}), "uses", "The uses field is not known.")]
#[case::another_tenant(json!({"tenant": "blue"}), "tenant", "The tenant field is not known.")]
#[tokio::test]
async fn a_wrong_change_of_a_link_is_422_and_changes_nothing(
    #[case] wrong: Value,
    #[case] field: &str,
    #[case] sentence: &str,
) {
    let (env, acme) = environment().await;
    let (_, api) = link(&env, &acme, json!({"max_uses": 3})).await;
    let before = env.get(&api, &acme.token).await.json();
    let mut change = json!({"max_uses": 7});
    change.as_object_mut().expect("an object").extend(wrong.as_object().expect("an object").clone());
    env.patch(&api, &acme.token, &change).await.assert_invalid(field, sentence);
    assert_eq!(env.get(&api, &acme.token).await.json(), before);
}

#[tokio::test]
async fn a_link_of_another_tenant_is_404_without_a_read_of_it() {
    let faults = FaultInjector::new();
    let env = TestEnvironment::with(&[], |client| faults.install(client)).await;
    let (acme, blue) = (env.create_tenant("acme").await, env.create_tenant("blue").await);
    let (_, api) = link(&env, &acme, json!({})).await;
    env.begin_minute(&blue).await;
    faults.reset();
    let response: TestResponse = env.patch(&api, &blue.token, &json!({"max_uses": 1})).await;
    response.assert_problem(404, "Resource not found.");
    // The token's use, the tenant's requests, and tenant and account.
    assert_eq!(faults.requests().len(), 3);
}

#[tokio::test]
async fn the_end_of_a_campaign_is_that_of_its_links_and_writes_two_items() {
    let faults = FaultInjector::new();
    let env = TestEnvironment::with(&[], |client| faults.install(client)).await;
    let acme = env.create_tenant("acme").await;
    env.keep_links(&acme, 36_500).await;
    let (first, api) = link(&env, &acme, json!({"expires_in": 60})).await;
    let (second, _) = link(&env, &acme, json!({"expires_in": 120})).await;
    env.advance_clock(120);
    assert_eq!([status(&env, &first).await, status(&env, &second).await], [410, 410]);
    env.begin_minute(&acme).await;
    faults.reset();
    let campaign = changed(&env, &acme, "/public/api/campaigns/spring", &json!({"expires_at": "2099-01-31"})).await;
    // The other two count the request of the token and of the tenant.
    assert_eq!(faults.calls("UpdateItem"), 2 + 2);
    assert_eq!((&campaign["campaign"], &campaign["expires_at"]), (&json!("spring"), &json!(END)));
    assert_eq!([status(&env, &first).await, status(&env, &second).await], [302, 302]);
    assert_eq!(env.get(&api, &acme.token).await.json()["expires_at"], END);
    let listed = env.get("/public/api/links?campaign=spring", &acme.token).await.json();
    assert_eq!([&listed["data"][0]["state"], &listed["data"][1]["state"]], ["live", "live"]);
    let campaigns = env.get("/public/api/campaigns", &acme.token).await.json();
    assert_eq!(campaigns["data"][0]["expires_at"], END);
}

#[tokio::test]
async fn a_link_that_is_made_or_changed_after_its_campaign_has_its_own_end() {
    let (env, acme) = environment().await;
    let (_, before) = link(&env, &acme, json!({})).await;
    changed(&env, &acme, "/public/api/campaigns/spring", &json!({"expires_at": "2099-01-31"})).await;
    env.advance_clock(1);
    let (_, later) = link(&env, &acme, json!({"expires_at": "2098-01-01"})).await;
    let end = |api: String| async { env.get(&{ api }, &acme.token).await.json()["expires_at"].clone() };
    assert_eq!(end(later).await, "2098-01-01T00:00:00.000000Z");
    assert_eq!(end(before.clone()).await, END);
    changed(&env, &acme, &before, &json!({"expires_at": "2097-01-01"})).await;
    assert_eq!(end(before).await, "2097-01-01T00:00:00.000000Z");
}

#[tokio::test]
async fn a_campaign_that_has_a_new_end_and_is_revoked_stays_revoked() {
    let (env, acme) = environment().await;
    let (path, _) = link(&env, &acme, json!({})).await;
    let campaign = "/public/api/campaigns/spring";
    changed(&env, &acme, campaign, &json!({"expires_at": "2098-01-01"})).await;
    assert_eq!(env.delete(campaign, &acme.token).await.status, 204);
    changed(&env, &acme, campaign, &json!({"expires_at": "2099-01-31"})).await;
    assert_eq!(status(&env, &path).await, 410);
}

#[rstest]
#[case::missing(json!({}), "The expires_at field is required.")]
#[case::in_the_past(json!({"expires_at": "2020-01-01"}), "The expires_at must be in the future.")]
#[tokio::test]
async fn a_campaign_without_a_right_end_is_422(#[case] change: Value, #[case] sentence: &str) {
    let (env, acme) = environment().await;
    link(&env, &acme, json!({})).await;
    let response = env.patch("/public/api/campaigns/spring", &acme.token, &change).await;
    response.assert_invalid("expires_at", sentence);
}

#[tokio::test]
async fn an_unknown_campaign_is_404_and_is_not_made() {
    let (env, acme) = environment().await;
    let response = env.patch("/public/api/campaigns/spring", &acme.token, &json!({"expires_at": "2099-01-31"})).await;
    response.assert_problem(404, "Resource not found.");
    assert_eq!(env.get("/public/api/campaigns", &acme.token).await.json()["data"], json!([]));
}
