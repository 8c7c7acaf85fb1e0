//! Ingestion: the limits of a request and of an event, and the members of an event.

use crate::interactions::ingest::{PATH, event, verdicts};
use crate::support::{FaultInjector, TestEnvironment, TestTenant};
use chrono::TimeDelta;
use rstest::rstest;
use serde_json::{Value, json};
use shared::http::can_be_passed_on;
use shared::model::{Tenant, time};

/// The errors of the only event of a request.
async fn errors(env: &TestEnvironment, tenant: &TestTenant, event: Value) -> Value {
    env.post(PATH, &tenant.token, &json!([event])).await.json()["results"][0]["errors"].clone()
}

/// A valid event with more or other members.
fn with(more: Value) -> Value {
    let mut event = event("ann", "08:00:00", "hello");
    let Value::Object(more) = more else { panic!("not members: {more}") };
    event.as_object_mut().expect("an object").extend(more);
    event
}

/// An event dated relative to the clock.
fn ahead(env: &TestEnvironment, seconds: i64) -> Value {
    with(json!({"date": time::format(env.app.clock.now() + TimeDelta::seconds(seconds))}))
}

#[rstest]
#[case::an_id_of_128_bytes(json!({"id": "é".repeat(64)}))]
#[case::a_user_id_of_384_characters(json!({"user_id": "\u{10ffff}".repeat(384)}))]
#[tokio::test]
async fn an_event_at_a_limit_is_stored(#[case] members: Value) {
    let env = TestEnvironment::new().await;
    let acme = env.create_tenant("acme").await;
    assert_eq!(verdicts(&env.post(PATH, &acme.token, &json!([with(members)])).await), ["created"]);
}

#[tokio::test]
async fn a_date_may_be_five_minutes_ahead() {
    let env = TestEnvironment::new().await;
    let acme = env.create_tenant("acme").await;
    assert_eq!(verdicts(&env.post(PATH, &acme.token, &json!([ahead(&env, 295)])).await), ["created"]);
    let sentence = "The date must be at most five minutes ahead.";
    assert_eq!(errors(&env, &acme, ahead(&env, 310)).await, json!({"date": [sentence]}));
}

#[rstest]
#[case::an_id_of_130_bytes(json!({"id": "é".repeat(65)}), "id", "The id must be a string of 1 to 128 bytes.")]
#[case::a_user_id_of_385_characters(
    json!({"user_id": "a".repeat(385)}),
    "user_id",
    "User id must be a string of 1 to 384 characters."
)]
#[case::text_that_is_a_number(json!({"text": 7}), "text", "The text must be a string.")]
#[case::an_unknown_author(json!({"author": "ann"}), "author", "The author must be us or them.")]
#[case::a_user_that_is_a_string(json!({"user": "ann"}), "user", "The user must be an object.")]
#[case::custom_that_is_an_array(
    json!({"user": {"custom": [1]}}),
    "user.custom",
    "The user.custom must be an object."
)]
#[case::an_unknown_member(json!({"mood": "good"}), "mood", "The mood field is not known.")]
#[case::an_unknown_member_of_the_user(
    json!({"user": {"firstName": "Ann"}}),
    "user.firstName",
    "The user.firstName field is not known."
)]
#[tokio::test]
async fn an_invalid_event_has_the_error_of_its_member(
    #[case] members: Value,
    #[case] field: &str,
    #[case] sentence: &str,
) {
    let env = TestEnvironment::new().await;
    let acme = env.create_tenant("acme").await;
    assert_eq!(errors(&env, &acme, with(members)).await, json!({field: [sentence]}));
}

#[rstest]
#[case::text(json!({"text": "x".repeat(350 * 1024 - 200), "user_id": "large"}))]
#[case::attributes_of_the_user(json!({"user": {"custom": {"notes": "x".repeat(350 * 1024 - 400)}}}))]
#[tokio::test]
async fn an_event_of_350_kb_is_stored(#[case] members: Value) {
    let env = TestEnvironment::new().await;
    let acme = env.create_tenant("acme").await;
    assert_eq!(verdicts(&env.post(PATH, &acme.token, &json!([with(members)])).await), ["created"]);
}

#[rstest]
#[case::text(json!({"text": "x".repeat(350 * 1024)}))]
#[case::data(json!({"data": {"value": "é".repeat(180 * 1024)}}))]
#[tokio::test]
async fn an_event_of_more_than_350_kb_is_refused(#[case] members: Value) {
    let env = TestEnvironment::new().await;
    let acme = env.create_tenant("acme").await;
    let errors = errors(&env, &acme, with(members)).await;
    assert_eq!(errors, json!({"event": ["An event must not have more than 350 KB."]}));
}

#[tokio::test]
async fn a_request_has_at_most_1000_events_and_one_feed_entry() {
    let faults = FaultInjector::new();
    let env = TestEnvironment::with(&[], |client| faults.install(client)).await;
    let acme = env.create_tenant("acme").await;
    let events: Vec<_> = (0..1001).map(|number| with(json!({"id": format!("{number:0128}")}))).collect();
    faults.reset();
    let sentence = "The body must not hold more than 1000 items.";
    env.post(PATH, &acme.token, &json!(events)).await.assert_invalid("body", sentence);
    let line = |event: &Value| event.to_string() + "\n";
    env.post_lines(&acme, events.iter().map(line).collect::<String>()).await.assert_invalid("body", sentence);
    assert_eq!(faults.calls("PutItem"), 0, "no event is stored");
    let response = env.post(PATH, &acme.token, &json!(events[..1000])).await;
    assert_eq!(response.json()["created"], 1000);
    let entries: Vec<_> = faults.requests().into_iter().filter(|request| request.body.contains("#F#")).collect();
    assert_eq!(entries.len(), 1);
    assert!(entries[0].body.len() < 350 * 1024, "{}", entries[0].body.len());
}

/// Members that give an event the longest errors.
fn worst() -> Value {
    let names = (0..9).map(|number| (format!("{number}{}", "\u{1}".repeat(400)), json!(1)));
    let mut event: serde_json::Map<String, Value> = names.collect();
    event.insert("user".into(), Value::Object(event.clone()));
    event.into()
}

#[tokio::test]
async fn the_longest_errors_fit_in_a_response() {
    let env = TestEnvironment::new().await;
    let acme = env.create_tenant("acme").await;
    let worst = worst().to_string();
    let count = 4_000_000 / worst.len();
    assert!(count > 80, "{count} events of {} bytes", worst.len());
    let response = env.post_lines(&acme, vec![worst.as_str(); count].join("\n")).await;
    assert_eq!(verdicts(&response).len(), count);
    assert!(can_be_passed_on(&response.body), "{}", response.body.len());
}

#[rstest]
#[case::short_errors(
    vec![json!({"\u{1}\u{1}\u{1}": 1, "a": 1, "b": 1, "type": "", "id": "", "data": 1, "author": 1, "text": 1}); 1000]
)]
#[case::long_ids((0..1000).map(|number| with(json!({"id": format!("{number}{}", "\u{1}".repeat(120))}))).collect())]
#[tokio::test]
async fn the_verdicts_on_1000_events_fit_in_a_response(#[case] events: Vec<Value>) {
    let env = TestEnvironment::new().await;
    let acme = env.create_tenant("acme").await;
    let response = env.post(PATH, &acme.token, &json!(events)).await;
    assert_eq!(verdicts(&response).len(), 1000);
    assert!(can_be_passed_on(&response.body), "{}", response.body.len());
}

#[tokio::test]
async fn an_event_older_than_the_retention_of_the_tenant_is_refused() {
    let env = TestEnvironment::new().await;
    let acme = env.create_tenant("acme").await;
    let tenant = Tenant { retention_days: Some(30), ..acme.tenant.clone() };
    env.app.store.tenant_update(&tenant).await.expect("kept for 30 days");
    let days_ago = |days| with(json!({"date": time::format(env.app.clock.now() - TimeDelta::days(days))}));
    let response = env.post(PATH, &acme.token, &json!([days_ago(31), days_ago(29)])).await;
    assert_eq!(verdicts(&response), ["invalid", "created"]);
    assert_eq!(response.json()["results"][0]["errors"], json!({"date": ["The date is before what is kept."]}));
}
