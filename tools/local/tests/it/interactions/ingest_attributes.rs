//! Attributes of users among events: merged into the context, the newest value of each wins.

use crate::interactions::ingest::{PATH, event, verdicts};
use crate::support::{TestEnvironment, TestResponse, TestTenant};
use rstest::rstest;
use serde_json::{Value, json};

fn attributes(user: &str, attributes: &Value, at: &str) -> Value {
    json!({"user_id": user, "type": "attributes", "attributes": attributes, "at": at})
}

async fn post(env: &TestEnvironment, tenant: &TestTenant, events: &[Value]) -> TestResponse {
    env.post(PATH, &tenant.token, &Value::from(events.to_vec())).await
}

/// The context of a user.
async fn context(env: &TestEnvironment, tenant: &TestTenant, user: &str) -> Value {
    let user = env.app.store.data_key().user_hash(&tenant.tenant.id, &user.parse().expect("a user"));
    let context = env.app.store.context_get(&tenant.tenant.id, &user).await.expect("a context");
    context.iter().map(|(name, value, _)| (name.to_owned(), value.clone())).collect()
}

#[tokio::test]
async fn the_newest_value_of_each_name_wins_whatever_the_order() {
    let env = TestEnvironment::new().await;
    let acme = env.create_tenant("acme").await;
    let newer = attributes("ann", &json!({"tier": "gold", "tags": ["a", 1]}), "2022-09-22");
    let older = attributes("ann", &json!({"tier": "tin", "city": "Graz"}), "2022-09-21");
    let response = post(&env, &acme, &[newer.clone(), older.clone(), newer]).await;
    assert_eq!(verdicts(&response), ["merged", "merged", "merged"]);
    assert_eq!(context(&env, &acme, "ann").await, json!({"tier": "gold", "tags": ["a", 1], "city": "Graz"}));
    post(&env, &acme, &[older]).await;
    assert_eq!(context(&env, &acme, "ann").await["tier"], "gold");
}

#[tokio::test]
async fn a_newer_link_is_not_overwritten() {
    let env = TestEnvironment::new().await;
    let acme = env.create_tenant("acme").await;
    let link = env.create_link(&acme, "ann", json!({"tier": "gold"})).await;
    env.open_session(&link).await;
    post(&env, &acme, &[attributes("ann", &json!({"tier": "tin", "city": "Graz"}), "2022-09-21")]).await;
    assert_eq!(context(&env, &acme, "ann").await, json!({"tier": "gold", "city": "Graz"}));
}

#[tokio::test]
async fn interactions_and_attributes_are_mixed_in_one_request() {
    let env = TestEnvironment::new().await;
    let acme = env.create_tenant("acme").await;
    let lines = [
        attributes("ann", &json!({"tier": "gold"}), "2022-09-21").to_string(),
        event("ann", "08:00:00", "hello").to_string(),
        attributes("ben", &json!({"tier": {"a": 1}}), "2022-09-21").to_string(),
    ];
    let response = env.post_lines(&acme, lines.join("\n")).await;
    assert_eq!(verdicts(&response), ["merged", "created", "invalid"]);
    assert_eq!(response.json()["results"][0], json!({"index": 0, "status": "merged"}));
    assert_eq!(context(&env, &acme, "ann").await, json!({"tier": "gold"}));
    assert_eq!(context(&env, &acme, "ben").await, json!({}));
}

#[tokio::test]
async fn the_user_data_export_has_them() {
    let env = TestEnvironment::new().await;
    let acme = env.create_tenant("acme").await;
    let events = [attributes("ann", &json!({"tier": "gold"}), "2022-09-21"), event("ann", "08:00:00", "hello")];
    post(&env, &acme, &events).await;
    let export = env.get("/public/api/user-data-export?exportType=json", &acme.token).await.json();
    let user_attributes = export["data"][0]["ann"]["user_attributes"].to_string();
    assert!(user_attributes.contains("gold"), "{user_attributes}");
}

#[rstest]
#[case::without_attributes(json!({"user_id": "ann", "type": "attributes"}), "attributes", "The attributes field is required.")]
#[case::that_are_no_object(
    json!({"user_id": "ann", "type": "attributes", "attributes": [1]}),
    "attributes",
    "The attributes must be an object."
)]
#[case::with_an_object_as_a_value(
    json!({"user_id": "ann", "type": "attributes", "attributes": {"a": {}}}),
    "attributes.a",
    "An attribute must be a scalar or an array of scalars."
)]
#[case::without_a_user(
    json!({"type": "attributes", "attributes": {}}),
    "user_id",
    "User id must be a string of 1 to 384 characters."
)]
#[case::with_a_date_that_is_none(attributes("ann", &json!({}), "soon"), "at", "The at is not a valid date.")]
#[case::with_a_date_far_ahead(attributes("ann", &json!({}), "2999-01-01"), "at", "The at must be at most five minutes ahead.")]
#[case::with_a_date_before_1970(attributes("ann", &json!({}), "1969-12-31"), "at", "The at must not be before 1970.")]
#[case::with_a_text(
    json!({"user_id": "ann", "type": "attributes", "attributes": {}, "text": "hi"}),
    "text",
    "The text field is not known."
)]
#[case::of_another_type(
    json!({"user_id": "ann", "type": "text", "date": "2022-09-21", "attributes": {}}),
    "attributes",
    "The attributes field is only for events of the type attributes."
)]
#[tokio::test]
async fn attributes_that_are_wrong_are_invalid(#[case] event: Value, #[case] field: &str, #[case] sentence: &str) {
    let env = TestEnvironment::new().await;
    let acme = env.create_tenant("acme").await;
    let response = post(&env, &acme, &[event]).await;
    assert_eq!(verdicts(&response), ["invalid"]);
    assert_eq!(response.json()["results"][0]["errors"], json!({field: [sentence]}));
}

#[tokio::test]
async fn attributes_from_before_the_erasure_of_their_user_are_refused() {
    let env = TestEnvironment::new().await;
    let acme = env.create_tenant("acme").await;
    post(&env, &acme, &[event("ann", "08:00:00", "hello")]).await;
    assert_eq!(env.delete("/public/api/users?user_id=ann", &acme.token).await.status, 202);
    env.advance_clock(120);
    assert_eq!(env.delete("/public/api/users?user_id=ann", &acme.token).await.status, 200);
    let response = post(&env, &acme, &[attributes("ann", &json!({"tier": "gold"}), "2022-09-21")]).await;
    assert_eq!(verdicts(&response), ["invalid"]);
    assert_eq!(response.json()["results"][0]["errors"]["user_id"], json!(["The user was erased after that."]));
    assert_eq!(context(&env, &acme, "ann").await, json!({}));
}
