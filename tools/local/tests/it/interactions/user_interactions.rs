//! What users said, read back: the response's shape on both paths, field by field.

use crate::support::{LEGACY, PUBLIC, TestEnvironment, texts, users};
use chrono::TimeDelta;
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
async fn the_legacy_answer_has_exactly_the_fields_of_opendialog() {
    let env = TestEnvironment::new().await;
    let acme = env.create_tenant("acme").await;
    env.ingest(&acme, ann()).await;
    let response = env.get_interactions(&acme, LEGACY, &DAY).await;
    assert_eq!((response.status.as_u16(), response.header("content-type")), (200, "application/json"));
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
async fn the_public_answer_adds_user_scenario_browser_id_and_name() {
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
async fn what_is_not_known_of_a_user_is_empty_or_null() {
    let env = TestEnvironment::new().await;
    let acme = env.create_tenant("acme").await;
    env.ingest(&acme, json!([{"user_id": "ann", "type": "text", "date": "2022-09-21 08:19:33", "text": ""}])).await;
    let user = env.get_interactions(&acme, PUBLIC, &DAY).await.json()["data"][0]["ann"].clone();
    let expected = json!({"first_name": "", "last_name": "", "email": "", "external_id": "", "ip_address": "",
        "country": "",
        "browser_language": "", "os": "", "browser": "", "timezone": "", "custom": {"selected_scenario": ""},
            "id": "ann", "name": ""});
    assert_eq!(user["chatbot_user_data"], expected);
    assert_eq!((&user["selected_scenario"], &user["browser"]), (&Value::Null, &Value::Null));
}

#[tokio::test]
async fn nobody_active_is_an_empty_list_and_not_an_error() {
    let env = TestEnvironment::new().await;
    let (acme, never) = (env.create_tenant("acme").await, env.create_tenant("never").await);
    env.ingest(&acme, ann()).await;
    for path in [LEGACY, PUBLIC] {
        for (of, from) in [(&never, "2022-09-21"), (&acme, "2022-09-22")] {
            let response = env.get_interactions(of, path, &[("from", from), ("to", "2022-09-22")]).await;
            assert_eq!((response.status.as_u16(), response.text()), (200, r#"{"data":[]}"#));
        }
    }
}

#[tokio::test]
async fn data_is_the_stored_object_with_the_callback_merged_in_or_null() {
    let env = TestEnvironment::new().await;
    let acme = env.create_tenant("acme").await;
    let said = |second: u8, data: Value, callback: Value| {
        json!({"user_id": "ann", "type": "button_response", "date": format!("2022-09-21 08:00:0{second}"), "text": "",
            "data": data, "callback_id": callback})
    };
    let cases = [
        (Value::Null, Value::Null, Value::Null),
        (json!({}), Value::Null, json!({})),
        (Value::Null, json!("c"), json!({"callback_id": "c"})),
        (json!({"callback_id": "own", "a": [1]}), Value::Null, json!({"callback_id": "own", "a": [1]})),
        (json!({"callback_id": "own"}), json!(""), json!({"callback_id": ""})),
        (
            json!({"big": 12_345_678_901_234_567_890_u64, "é": {"deep": null}}),
            json!("c"),
            json!({"big": 12_345_678_901_234_567_890_u64, "é": {"deep": null}, "callback_id": "c"}),
        ),
    ];
    let events =
        cases.iter().zip(0..).map(|((data, callback, _), second)| said(second, data.clone(), callback.clone()));
    env.ingest(&acme, events.collect()).await;
    let response = env.get_interactions(&acme, LEGACY, &DAY).await.json();
    for ((_, _, shown), said) in cases.iter().zip(response["data"][0]["ann"]["interactions"].as_array().unwrap()) {
        assert_eq!(said["data"], *shown);
    }
}

#[tokio::test]
async fn every_type_is_returned_as_given_and_the_chatbots_turns_are_not() {
    let env = TestEnvironment::new().await;
    let acme = env.create_tenant("acme").await;
    let types = ["text", "button_response", "form_response", "longtext_response", "chat_open", "trigger", "Ünheard of"];
    let said = |(kind, second): (&&str, u8)| {
        let date = format!("2022-09-21 08:00:0{second}");
        json!({"user_id": "ann", "type": kind, "date": date, "text": kind})
    };
    env.ingest(&acme, types.iter().zip(0..).map(said).collect()).await;
    let chatbot = |user| {
        let date = "2022-09-21 08:00:01";
        json!({"user_id": user, "author": "them", "type": "text", "date": date, "text": "the chatbot"})
    };
    env.ingest(&acme, json!([chatbot("ann"), chatbot("bob")])).await;
    for path in [LEGACY, PUBLIC] {
        let response = env.get_interactions(&acme, path, &DAY).await;
        let [user] = users(&response).try_into().expect("one user");
        let kinds: Vec<_> = user["ann"]["interactions"].as_array().unwrap().iter().map(|said| &said["type"]).collect();
        assert_eq!(kinds, types);
    }
}

#[tokio::test]
async fn interactions_come_in_time_order_however_they_were_stored() {
    let env = TestEnvironment::new().await;
    let acme = env.create_tenant("acme").await;
    for date in
        ["2022-09-22 07:00:00", "2022-09-21 09:00:00.000002", "2022-09-21 09:00:00.000001", "2022-09-21 10:00:00"]
    {
        env.ingest(&acme, json!([{"user_id": "ann", "type": "text", "date": date, "text": date}])).await;
    }
    let said = env.texts(&acme, &DAY).await;
    assert!(said["ann"].len() == 4 && said["ann"].is_sorted(), "{said:?}");
}

#[tokio::test]
async fn the_snapshot_is_that_of_the_first_interaction_of_the_first_day_in_range() {
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
    for (from, country) in [
        ("2022-09-21 00:00:00", "first of the first day"),
        ("2022-09-21 08:30:00", "first of the first day"),
        ("2022-09-21 09:30:00", "first of the second day"),
        ("2022-09-22 08:30:00", "first of the second day"),
    ] {
        let response = env.get_interactions(&acme, LEGACY, &[("from", from), ("to", "2022-09-23")]).await;
        assert_eq!(response.json()["data"][0]["ann"]["chatbot_user_data"]["country"], country, "{from}");
    }
}

#[tokio::test]
async fn users_come_in_a_stable_order_that_is_not_alphabetical() {
    let env = TestEnvironment::new().await;
    let acme = env.create_tenant("acme").await;
    let ids: Vec<_> = (10..40).map(|number| format!("user-{number}")).collect();
    let said = |(id, second): (&String, i32)| {
        json!({"user_id": id, "type": "text",
        "date": format!("2022-09-2{} 08:00:{second}", 1 + second % 2), "text": ""})
    };
    env.ingest(&acme, ids.iter().zip(10..).map(said).collect()).await;
    let order = |response| users(&response).iter().flat_map(|user| user.keys().cloned()).collect::<Vec<_>>();
    let first = order(env.get_interactions(&acme, LEGACY, &DAY).await);
    assert_eq!(order(env.get_interactions(&acme, PUBLIC, &DAY).await), first);
    let mut sorted = first.clone();
    sorted.sort();
    assert!(sorted == ids && first != ids);
}

#[tokio::test]
async fn what_is_older_than_the_tenants_retention_is_not_returned() {
    let env = TestEnvironment::new().await;
    let mut acme = env.create_tenant("acme").await;
    let now = env.app.clock.now();
    let ago = |hours| time::format(now - TimeDelta::hours(hours));
    let said = |hours: i64| json!({"user_id": "ann", "type": "text", "date": ago(hours), "text": hours.to_string()});
    env.ingest(&acme, json!([said(49), said(47), said(1)])).await;
    let range = [("from", ago(1000)), ("to", ago(0))];
    let range = range.each_ref().map(|(name, date)| (*name, date.as_str()));
    assert_eq!(env.texts(&acme, &range).await["ann"], ["49", "47", "1"]);
    acme.tenant.retention_days = Some(2);
    env.app.store.tenant_update(&acme.tenant).await.unwrap();
    assert_eq!(env.texts(&acme, &range).await["ann"], ["47", "1"]);
    assert_eq!(
        texts(&env.get_interactions(&acme, PUBLIC, &[range[0], range[1], ("user_id", "ann")]).await)["ann"],
        ["47", "1"]
    );
}
