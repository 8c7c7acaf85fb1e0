//! Filters: both spellings, all of them at once, held against what was known of the user on each day.

use crate::support::{LEGACY, PUBLIC, TestEnvironment, TestTenant, users};
use serde_json::{Value, json};
use shared::model::Filters;

const FROM: (&str, &str) = ("from", "2022-09-21");
const TO: (&str, &str) = ("to", "2022-09-23");

async fn filtered(env: &TestEnvironment, of: &TestTenant, filters: &[(&str, &str)]) -> Vec<String> {
    let said = env.texts(of, &[&[FROM, TO], filters].concat()).await;
    said.into_iter().flat_map(|(user, texts)| texts.into_iter().map(move |text| format!("{user}: {text}"))).collect()
}

#[tokio::test]
async fn every_filter_is_a_case_insensitive_contains_in_both_spellings() {
    let env = TestEnvironment::new().await;
    let acme = env.create_tenant("acme").await;
    let said = |(user, value): (&str, &str)| {
        let mut known: Value = Filters::NAMES
            .map(|name| (name.to_owned(), Value::from(format!("{name} is {value}"))))
            .into_iter()
            .collect();
        known["custom"] = json!({"selected_scenario": known["selected_scenario"]});
        json!({"user_id": user, "type": "text", "date": "2022-09-21 08:00:00", "text": "hi", "user": known})
    };
    env.ingest(&acme, [("ann", "Ärger 50% A_b"), ("bob", "Other")].map(said).into_iter().collect()).await;
    for name in Filters::NAMES {
        for value in [&format!("{name} is ärg"), "ÄRGER", "50% a_", "%"] {
            assert_eq!(filtered(&env, &acme, &[(name, value)]).await, ["ann: hi"], "{name}={value}");
            let bracketed = format!("filters[{name}]");
            assert_eq!(filtered(&env, &acme, &[(&bracketed, value)]).await, ["ann: hi"], "{bracketed}={value}");
        }
        assert_eq!(filtered(&env, &acme, &[(name, "nowhere")]).await, [""; 0]);
        assert_eq!(filtered(&env, &acme, &[(name, "")]).await.len(), 2);
    }
}

#[tokio::test]
async fn all_filters_must_hold_and_a_user_id_with_them() {
    let env = TestEnvironment::new().await;
    let acme = env.create_tenant("acme").await;
    let said = |(user, country, browser): (&str, &str, &str)| {
        json!({"user_id": user, "type": "text", "date": "2022-09-21 08:00:00", "text": "hi",
            "user": {"country": country, "browser": browser}})
    };
    let people = [("ann", "Austria", "Firefox"), ("bob", "Austria", "Chrome"), ("eve", "France", "Firefox")];
    env.ingest(&acme, people.map(said).into_iter().collect()).await;
    for (filters, found) in [
        (&[("country", "aus"), ("browser", "fire")][..], &["ann: hi"][..]),
        (&[("country", "aus"), ("filters[browser]", "chrome")], &["bob: hi"]),
        (&[("country", "aus"), ("browser", "fire"), ("os", "x")], &[]),
        (&[("browser", "fire"), ("user_id", "eve")], &["eve: hi"]),
        (&[("browser", "chrome"), ("user_id", "eve")], &[]),
        (&[("country", "aus"), ("country", "fra")], &["eve: hi"]),
    ] {
        assert_eq!(filtered(&env, &acme, filters).await, found, "{filters:?}");
    }
}

#[tokio::test]
async fn filters_are_held_against_the_snapshot_of_each_day() {
    let env = TestEnvironment::new().await;
    let acme = env.create_tenant("acme").await;
    let said = |(user, day, country): (&str, u8, &str)| {
        json!({"user_id": user, "type": "text", "date": format!("2022-09-2{day} 08:00:00"), "text": country,
            "user": {"country": country, "browser": format!("Firefox {day}")}})
    };
    let days = [("ann", 1, "Austria"), ("ann", 2, "Germany"), ("ann", 3, "Germany"), ("bob", 1, "Germany")];
    env.ingest(&acme, days.map(said).into_iter().collect()).await;
    let to = ("to", "2022-09-24");
    let ask = async |country| env.texts(&acme, &[FROM, to, ("country", country)]).await;
    assert_eq!(ask("austria").await, [("ann".to_owned(), vec!["Austria".to_owned()])].into());
    let germany = ask("germany").await;
    assert_eq!((germany["ann"].len(), germany["bob"].len()), (2, 1));
    let response =
        env.get_interactions(&acme, PUBLIC, &[FROM, to, ("country", "germany"), ("user_id", "ann")]).await.json();
    assert_eq!(response["data"][0]["ann"]["browser"], "Firefox 2", "the snapshot is of the first day that passed");
}

#[tokio::test]
async fn public_shows_the_applied_filter_else_the_users_own_value_else_null() {
    let env = TestEnvironment::new().await;
    let acme = env.create_tenant("acme").await;
    let events = json!([
        {"user_id": "ann", "type": "text", "date": "2022-09-21 08:00:00", "text": "", "scenario_id": "0x420",
            "user": {"browser": "Firefox 118"}},
        {"user_id": "bob", "type": "text", "date": "2022-09-21 08:00:00", "text": ""}]);
    env.ingest(&acme, events).await;
    for (filters, user, scenario, browser) in [
        (&[("user_id", "ann")][..], "ann", json!("0x420"), json!("Firefox 118")),
        (&[("user_id", "bob")], "bob", Value::Null, Value::Null),
        (&[("browser", "fireFOX")], "ann", json!("0x420"), json!("fireFOX")),
        (&[("filters[selected_scenario]", "0X4")], "ann", json!("0X4"), json!("Firefox 118")),
        (&[("user_id", "bob"), ("browser", "")], "bob", Value::Null, Value::Null),
    ] {
        let response = env.get_interactions(&acme, PUBLIC, &[&[FROM, TO], filters].concat()).await;
        let [found] = users(&response).try_into().expect("one user");
        assert_eq!((&found[user]["selected_scenario"], &found[user]["browser"]), (&scenario, &browser), "{filters:?}");
    }
}

#[tokio::test]
async fn an_unknown_name_is_ignored_on_the_legacy_path_and_refused_on_public() {
    let env = TestEnvironment::new().await;
    let acme = env.create_tenant("acme").await;
    let said = json!([{"user_id": "ann", "type": "text", "date": "2022-09-21 08:00:00", "text": "hi"}]);
    env.ingest(&acme, said).await;
    for (given, named) in [
        ("first_name", "first_name"),
        ("filters[x]", "x"),
        ("filters[user_id]", "user_id"),
        ("filters[]", ""),
        ("COUNTRY", "COUNTRY"),
        ("filters", "filters"),
        ("a'<b>", "a'<b>"),
    ] {
        let query = [FROM, TO, (given, "y")];
        assert_eq!(users(&env.get_interactions(&acme, LEGACY, &query).await).len(), 1, "{given}");
        let sentence = format!("The filter '{named}' is not allowed.");
        let problem = env.get_interactions(&acme, PUBLIC, &query).await.assert_problem(422, &sentence);
        let mut errors = json!({});
        errors[format!("filters.{named}")] = json!([sentence]);
        assert_eq!(problem["errors"], errors);
    }
}
