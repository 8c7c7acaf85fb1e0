//! Filters: both spellings and all combinations, compared with the snapshot of the user of each day.

use crate::support::{Failures, LEGACY, PUBLIC, TestEnvironment, TestTenant, users};
use rstest::rstest;
use serde_json::{Value, json};
use shared::model::Filters;

const FROM: (&str, &str) = ("from", "2022-09-21");
const TO: (&str, &str) = ("to", "2022-09-23");

async fn filtered(env: &TestEnvironment, tenant: &TestTenant, filters: &[(&str, &str)]) -> Vec<String> {
    let found = env.texts(tenant, &[&[FROM, TO], filters].concat()).await;
    found.into_iter().flat_map(|(user, texts)| texts.into_iter().map(move |text| format!("{user}: {text}"))).collect()
}

#[tokio::test]
async fn every_filter_is_a_case_insensitive_contains_in_both_spellings() {
    let env = TestEnvironment::new().await;
    let acme = env.create_tenant("acme").await;
    let event = |(user, value): (&str, &str)| {
        let mut known: Value = Filters::NAMES
            .map(|name| (name.to_owned(), Value::from(format!("{name} is {value}"))))
            .into_iter()
            .collect();
        known["custom"] = json!({"selected_scenario": known["selected_scenario"]});
        json!({"user_id": user, "type": "text", "date": "2022-09-21 08:00:00", "text": "hi", "user": known})
    };
    env.ingest(&acme, [("ann", "Ärger 50% A_b"), ("bob", "Other")].map(event).into_iter().collect()).await;
    let mut failures = Failures::default();
    for name in Filters::NAMES {
        for spelling in [name.to_owned(), format!("filters[{name}]")] {
            for value in [&format!("{name} is ärg"), "ÄRGER", "50% a_", "%"] {
                let found = filtered(&env, &acme, &[(&spelling, value)]).await;
                failures.check(format!("{spelling}={value}"), || assert_eq!(found, ["ann: hi"]));
            }
        }
        let unmatched = filtered(&env, &acme, &[(name, "nowhere")]).await;
        failures.check(format!("{name}=nowhere"), || assert_eq!(unmatched, [""; 0]));
        let mut all = filtered(&env, &acme, &[(name, "")]).await;
        all.sort();
        failures.check(format!("{name}="), || assert_eq!(all, ["ann: hi", "bob: hi"]));
    }
}

#[rstest]
#[case::two_filters(&[("country", "aus"), ("browser", "fire")], &["ann: hi"])]
#[case::two_spellings(&[("country", "aus"), ("filters[browser]", "chrome")], &["bob: hi"])]
#[case::an_unknown_value(&[("country", "aus"), ("browser", "fire"), ("os", "x")], &[])]
#[case::a_matching_user(&[("browser", "fire"), ("user_id", "eve")], &["eve: hi"])]
#[case::a_user_that_does_not_match(&[("browser", "chrome"), ("user_id", "eve")], &[])]
#[case::a_repeated_name_where_the_last_value_counts(&[("country", "aus"), ("country", "fra")], &["eve: hi"])]
#[tokio::test]
async fn all_filters_and_the_user_id_must_match(#[case] filters: &[(&str, &str)], #[case] expected: &[&str]) {
    let env = TestEnvironment::new().await;
    let acme = env.create_tenant("acme").await;
    let event = |(user, country, browser): (&str, &str, &str)| {
        json!({"user_id": user, "type": "text", "date": "2022-09-21 08:00:00", "text": "hi",
            "user": {"country": country, "browser": browser}})
    };
    let people = [("ann", "Austria", "Firefox"), ("bob", "Austria", "Chrome"), ("eve", "France", "Firefox")];
    env.ingest(&acme, people.map(event).into_iter().collect()).await;
    assert_eq!(filtered(&env, &acme, filters).await, expected);
}

#[tokio::test]
async fn a_filter_is_compared_with_the_snapshot_of_each_day() {
    let env = TestEnvironment::new().await;
    let acme = env.create_tenant("acme").await;
    let event = |(user, day, country): (&str, u8, &str)| {
        json!({"user_id": user, "type": "text", "date": format!("2022-09-2{day} 08:00:00"), "text": country,
            "user": {"country": country, "browser": format!("Firefox {day}")}})
    };
    let days = [("ann", 1, "Austria"), ("ann", 2, "Germany"), ("ann", 3, "Germany"), ("bob", 1, "Germany")];
    env.ingest(&acme, days.map(event).into_iter().collect()).await;
    let to = ("to", "2022-09-24");
    let ask = async |country| env.texts(&acme, &[FROM, to, ("country", country)]).await;
    assert_eq!(ask("austria").await, [("ann".to_owned(), vec!["Austria".to_owned()])].into());
    let germany = ask("germany").await;
    assert_eq!(germany["ann"], ["Germany"; 2]);
    assert_eq!(germany["bob"], ["Germany"]);
    let query = [FROM, to, ("country", "germany"), ("user_id", "ann")];
    let response = env.get_interactions(&acme, PUBLIC, &query).await.json();
    assert_eq!(response["data"][0]["ann"]["browser"], "Firefox 2", "the snapshot of the first day that matched");
}

#[rstest]
#[case::own_values(&[("user_id", "ann")], "ann", json!("0x420"), json!("Firefox 118"))]
#[case::unknown_values(&[("user_id", "bob")], "bob", Value::Null, Value::Null)]
#[case::a_browser_filter(&[("browser", "fireFOX")], "ann", json!("0x420"), json!("fireFOX"))]
#[case::a_scenario_filter(&[("filters[selected_scenario]", "0X4")], "ann", json!("0X4"), json!("Firefox 118"))]
#[case::an_empty_filter(&[("user_id", "bob"), ("browser", "")], "bob", Value::Null, Value::Null)]
#[tokio::test]
async fn scenario_and_browser_are_the_applied_filter_or_the_users_value_or_null(
    #[case] filters: &[(&str, &str)],
    #[case] user: &str,
    #[case] scenario: Value,
    #[case] browser: Value,
) {
    let env = TestEnvironment::new().await;
    let acme = env.create_tenant("acme").await;
    let events = json!([
        {"user_id": "ann", "type": "text", "date": "2022-09-21 08:00:00", "text": "", "scenario_id": "0x420",
            "user": {"browser": "Firefox 118"}},
        {"user_id": "bob", "type": "text", "date": "2022-09-21 08:00:00", "text": ""}]);
    env.ingest(&acme, events).await;
    let response = env.get_interactions(&acme, PUBLIC, &[&[FROM, TO], filters].concat()).await;
    let [found] = users(&response).try_into().expect("one user");
    assert_eq!(found[user]["selected_scenario"], scenario);
    assert_eq!(found[user]["browser"], browser);
}

#[rstest]
#[case::a_member_of_the_user("first_name", "first_name")]
#[case::in_brackets("filters[x]", "x")]
#[case::the_user_id_in_brackets("filters[user_id]", "user_id")]
#[case::empty_brackets("filters[]", "")]
#[case::capital_letters("COUNTRY", "COUNTRY")]
#[case::no_brackets("filters", "filters")]
#[case::characters_of_markup("a'<b>", "a'<b>")]
#[tokio::test]
async fn an_unknown_filter_is_ignored_on_the_legacy_path_and_refused_on_the_public_path(
    #[case] given: &str,
    #[case] named: &str,
) {
    let env = TestEnvironment::new().await;
    let acme = env.create_tenant("acme").await;
    env.ingest(&acme, json!([{"user_id": "ann", "type": "text", "date": "2022-09-21 08:00:00", "text": "hi"}])).await;
    let query = [FROM, TO, (given, "y")];
    assert_eq!(users(&env.get_interactions(&acme, LEGACY, &query).await).len(), 1);
    let sentence = format!("The filter '{named}' is not allowed.");
    let problem = env.get_interactions(&acme, PUBLIC, &query).await.assert_problem(422, &sentence);
    let mut errors = json!({});
    errors[format!("filters.{named}")] = json!([sentence]);
    assert_eq!(problem["errors"], errors);
}
