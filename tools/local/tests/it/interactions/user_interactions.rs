//! The response of both paths to a query for interactions, field by field.

use crate::support::{LEGACY, PUBLIC, TestEnvironment, texts, users};
use chrono::TimeDelta;
use rstest::rstest;
use serde_json::{Value, json};
use shared::model::time;

const DAY: [(&str, &str); 2] = [("from", "2022-09-21 00:00:00"), ("to", "2022-09-22 23:59:59")];

fn ann() -> Value {
    json!([{"user_id": "ann", "type": "text", "date": "2022-09-21 08:19:33", "text": "hello",
        "data": {"value": "v", "n": 1.50}, "callback_id": "greet", "scenario_id": "0x420",
        "user": {"first_name": "Ann", "last_name": "Lee", "email": "ann@example.com", "external_id": 7,
            "ipAddress": "192.0.2.1",
            "country": "Austria", "browserLanguage": "de", "os": "Linux", "browser": "Firefox 118",
                "timezone": "Europe/Vienna",
            "platform": "webchat", "custom": {"selected_scenario": "0x420", "vip": true}}}])
}

#[tokio::test]
async fn the_legacy_response_has_exactly_the_fields_of_opendialog() {
    let env = TestEnvironment::new().await;
    let acme = env.create_tenant("acme").await;
    env.ingest(&acme, ann()).await;
    let response = env.get_interactions(&acme, LEGACY, &DAY).await;
    assert_eq!(response.status, 200);
    assert_eq!(response.header("content-type"), "application/json");
    let expected = json!({"data": [{"ann": {
        "chatbot_user_data": {"first_name": "Ann", "last_name": "Lee", "email": "ann@example.com", "external_id": "7",
            "ip_address": "192.0.2.1", "country": "Austria", "browser_language": "de", "os": "Linux",
            "browser": "Firefox 118", "timezone": "Europe/Vienna", "custom": {"selected_scenario": "0x420",
                "vip": true}},
        "from": "2022-09-21T00:00:00.000000Z", "to": "2022-09-22T23:59:59.000000Z",
        "interactions": [{"type": "text", "date": "2022-09-21T08:19:33.000000Z", "text": "hello",
            "data": {"value": "v", "n": 1.5, "callback_id": "greet"}}]}}]});
    assert_eq!(response.json(), expected);
}

#[tokio::test]
async fn the_public_response_adds_user_scenario_browser_id_and_name() {
    let env = TestEnvironment::new().await;
    let acme = env.create_tenant("acme").await;
    env.ingest(&acme, ann()).await;
    let mut expected = env.get_interactions(&acme, LEGACY, &DAY).await.json();
    let user = &mut expected["data"][0]["ann"];
    (user["user_id"], user["selected_scenario"], user["browser"]) =
        ("ann".into(), "0x420".into(), "Firefox 118".into());
    (user["chatbot_user_data"]["id"], user["chatbot_user_data"]["name"]) = ("ann".into(), "Ann Lee".into());
    assert_eq!(env.get_interactions(&acme, PUBLIC, &DAY).await.json(), expected);
}

#[tokio::test]
async fn unknown_attributes_of_a_user_are_empty_or_null() {
    let env = TestEnvironment::new().await;
    let acme = env.create_tenant("acme").await;
    env.ingest(&acme, json!([{"user_id": "ann", "type": "text", "date": "2022-09-21 08:19:33", "text": ""}])).await;
    let user = env.get_interactions(&acme, PUBLIC, &DAY).await.json()["data"][0]["ann"].clone();
    let expected = json!({"first_name": "", "last_name": "", "email": "", "external_id": "", "ip_address": "",
        "country": "",
        "browser_language": "", "os": "", "browser": "", "timezone": "", "custom": {"selected_scenario": ""},
            "id": "ann", "name": ""});
    assert_eq!(user["chatbot_user_data"], expected);
    assert_eq!(user["selected_scenario"], Value::Null);
    assert_eq!(user["browser"], Value::Null);
}

#[rstest]
#[tokio::test]
async fn a_period_without_interactions_is_an_empty_list(#[values(LEGACY, PUBLIC)] path: &str) {
    let env = TestEnvironment::new().await;
    let (acme, never) = (env.create_tenant("acme").await, env.create_tenant("never").await);
    env.ingest(&acme, ann()).await;
    for (tenant, from) in [(&never, "2022-09-21"), (&acme, "2022-09-22")] {
        let response = env.get_interactions(tenant, path, &[("from", from), ("to", "2022-09-22")]).await;
        assert_eq!(response.status, 200, "{}", tenant.tenant.id);
        assert_eq!(response.text(), r#"{"data":[]}"#, "{}", tenant.tenant.id);
    }
}

#[rstest]
#[case::neither(Value::Null, Value::Null, Value::Null)]
#[case::an_empty_object(json!({}), Value::Null, json!({}))]
#[case::only_a_callback(Value::Null, json!("c"), json!({"callback_id": "c"}))]
#[case::only_a_callback_in_data(
    json!({"callback_id": "own", "a": [1]}),
    Value::Null,
    json!({"callback_id": "own", "a": [1]})
)]
#[case::an_empty_callback_replaces_the_one_in_data(
    json!({"callback_id": "own"}),
    json!(""),
    json!({"callback_id": ""})
)]
#[case::a_large_number_and_nesting(
    json!({"big": 12_345_678_901_234_567_890_u64, "é": {"deep": null}}),
    json!("c"),
    json!({"big": 12_345_678_901_234_567_890_u64, "é": {"deep": null}, "callback_id": "c"})
)]
#[tokio::test]
async fn data_is_the_stored_object_with_the_callback_id_merged_in(
    #[case] data: Value,
    #[case] callback: Value,
    #[case] expected: Value,
) {
    let env = TestEnvironment::new().await;
    let acme = env.create_tenant("acme").await;
    let event = json!({"user_id": "ann", "type": "button_response", "date": "2022-09-21 08:00:00", "text": "",
        "data": data, "callback_id": callback});
    env.ingest(&acme, json!([event])).await;
    let response = env.get_interactions(&acme, LEGACY, &DAY).await.json();
    let interactions = &response["data"][0]["ann"]["interactions"];
    assert_eq!(interactions.as_array().map(Vec::len), Some(1));
    assert_eq!(interactions[0]["data"], expected);
}

#[rstest]
#[tokio::test]
async fn every_type_of_the_user_is_returned_and_no_interaction_of_the_bot(#[values(LEGACY, PUBLIC)] path: &str) {
    let env = TestEnvironment::new().await;
    let acme = env.create_tenant("acme").await;
    let types = ["text", "button_response", "form_response", "longtext_response", "chat_open", "trigger", "Ünheard of"];
    let event = |(kind, second): (&&str, u8)| {
        let date = format!("2022-09-21 08:00:0{second}");
        json!({"user_id": "ann", "type": kind, "date": date, "text": kind})
    };
    env.ingest(&acme, types.iter().zip(0..).map(event).collect()).await;
    let bot = |user| {
        let date = "2022-09-21 08:00:01";
        json!({"user_id": user, "author": "them", "type": "text", "date": date, "text": "the chatbot"})
    };
    env.ingest(&acme, json!([bot("ann"), bot("bob")])).await;
    let response = env.get_interactions(&acme, path, &DAY).await;
    let [user] = users(&response).try_into().expect("one user");
    let interactions = user["ann"]["interactions"].as_array().unwrap();
    assert_eq!(interactions.iter().map(|interaction| &interaction["type"]).collect::<Vec<_>>(), types);
}

#[tokio::test]
async fn interactions_are_in_time_order_if_stored_in_another_order() {
    let env = TestEnvironment::new().await;
    let acme = env.create_tenant("acme").await;
    let mut dates =
        ["2022-09-22 07:00:00", "2022-09-21 09:00:00.000002", "2022-09-21 09:00:00.000001", "2022-09-21 10:00:00"];
    for date in dates {
        env.ingest(&acme, json!([{"user_id": "ann", "type": "text", "date": date, "text": date}])).await;
    }
    dates.sort_unstable();
    assert_eq!(env.texts(&acme, &DAY).await["ann"], dates);
}

#[rstest]
#[case::the_whole_first_day("2022-09-21 00:00:00", "first of the first day")]
#[case::a_part_of_the_first_day("2022-09-21 08:30:00", "first of the first day")]
#[case::the_whole_second_day("2022-09-21 09:30:00", "first of the second day")]
#[case::a_part_of_the_second_day("2022-09-22 08:30:00", "first of the second day")]
#[tokio::test]
async fn the_snapshot_is_of_the_first_interaction_of_the_first_day_of_the_period(
    #[case] from: &str,
    #[case] expected: &str,
) {
    let env = TestEnvironment::new().await;
    let acme = env.create_tenant("acme").await;
    for (date, country) in [
        ("2022-09-22 09:00:00", "second of the second day"),
        ("2022-09-22 08:00:00", "first of the second day"),
        ("2022-09-21 09:00:00", "second of the first day"),
        ("2022-09-21 08:00:00", "first of the first day"),
    ] {
        let event = json!([{"user_id": "ann", "type": "text", "date": date, "text": "", "user": {"country": country}}]);
        env.ingest(&acme, event).await;
    }
    let response = env.get_interactions(&acme, LEGACY, &[("from", from), ("to", "2022-09-23")]).await;
    assert_eq!(response.json()["data"][0]["ann"]["chatbot_user_data"]["country"], expected);
}

#[tokio::test]
async fn users_are_in_the_same_order_on_both_paths_and_not_in_alphabetical_order() {
    let env = TestEnvironment::new().await;
    let acme = env.create_tenant("acme").await;
    let ids: Vec<_> = (10..40).map(|number| format!("user-{number}")).collect();
    let event = |(id, second): (&String, i32)| {
        json!({"user_id": id, "type": "text",
        "date": format!("2022-09-2{} 08:00:{second}", 1 + second % 2), "text": ""})
    };
    env.ingest(&acme, ids.iter().zip(10..).map(event).collect()).await;
    let order = |response| users(&response).iter().flat_map(|user| user.keys().cloned()).collect::<Vec<_>>();
    let first = order(env.get_interactions(&acme, LEGACY, &DAY).await);
    assert_eq!(order(env.get_interactions(&acme, PUBLIC, &DAY).await), first);
    let mut sorted = first.clone();
    sorted.sort();
    assert_eq!(sorted, ids);
    assert_ne!(first, ids);
}

#[tokio::test]
async fn interactions_older_than_the_retention_of_the_tenant_are_not_returned() {
    let env = TestEnvironment::new().await;
    let mut acme = env.create_tenant("acme").await;
    let now = env.app.clock.now();
    let ago = |hours| time::format(now - TimeDelta::hours(hours));
    let event = |hours: i64| json!({"user_id": "ann", "type": "text", "date": ago(hours), "text": hours.to_string()});
    env.ingest(&acme, json!([event(49), event(47), event(1)])).await;
    let range = [("from", ago(1000)), ("to", ago(0))];
    let range = range.each_ref().map(|(name, date)| (*name, date.as_str()));
    assert_eq!(env.texts(&acme, &range).await["ann"], ["49", "47", "1"]);
    acme.tenant.retention_days = Some(2);
    env.app.store.tenant_update(&acme.tenant).await.unwrap();
    assert_eq!(env.texts(&acme, &range).await["ann"], ["47", "1"]);
    let one_user = env.get_interactions(&acme, PUBLIC, &[range[0], range[1], ("user_id", "ann")]).await;
    assert_eq!(texts(&one_user)["ann"], ["47", "1"]);
}
