//! Periods: both bounds are inclusive; a `to` without a fraction includes its whole second.

use crate::support::{LEGACY, PUBLIC, TestEnvironment, TestTenant, texts};
use rstest::rstest;
use serde_json::{Value, json};

/// An environment where Ann has interactions around a second and around midnight, each with one letter as its text.
async fn interactions_around_a_second_and_midnight() -> (TestEnvironment, TestTenant) {
    let env = TestEnvironment::new().await;
    let acme = env.create_tenant("acme").await;
    let event = |(text, date): (&str, &str)| json!({"user_id": "ann", "type": "text", "date": date, "text": text});
    let events = [
        ("a", "2022-09-21 08:19:32.999999"),
        ("b", "2022-09-21 08:19:33"),
        ("c", "2022-09-21 08:19:33.000001"),
        ("d", "2022-09-21 08:19:33.999999"),
        ("e", "2022-09-21 08:19:34"),
        ("y", "2022-09-21 23:59:59.999999"),
        ("z", "2022-09-22 00:00:00"),
        ("!", "2022-09-22 00:00:01"),
    ];
    env.ingest(&acme, events.map(event).into_iter().collect::<Value>()).await;
    (env, acme)
}

#[rstest]
#[case::the_same_second("2022-09-21 08:19:33", "2022-09-21 08:19:33", "bcd")]
#[case::the_same_second_in_rfc_3339("2022-09-21T08:19:33Z", "2022-09-21T08:19:33Z", "bcd")]
#[case::a_fraction_of_zero("2022-09-21 08:19:33.000000", "2022-09-21 08:19:33.000000", "b")]
#[case::to_excludes_the_next_microsecond("2022-09-21 08:19:33.000001", "2022-09-21 08:19:33.999998", "c")]
#[case::to_includes_its_microsecond("2022-09-21 08:19:33.000001", "2022-09-21 08:19:33.999999", "cd")]
#[case::a_fraction_of_one_digit("2022-09-21 08:19:33.000002", "2022-09-21 08:19:34.0", "de")]
#[case::from_within_the_second_of_to("2022-09-21 08:19:32.999999", "2022-09-21 08:19:32", "a")]
#[case::minutes("2022-09-21 08:19", "2022-09-21 08:20", "abcde")]
#[case::from_a_day("2022-09-21", "2022-09-21 23:59:59", "abcdey")]
#[case::one_day_is_its_first_second("2022-09-21", "2022-09-21", "")]
#[case::over_midnight("2022-09-21 23:59:59", "2022-09-22", "yz")]
#[case::midnight("2022-09-22", "2022-09-22", "z")]
#[case::to_the_next_day("2022-09-22", "2022-09-23", "z!")]
#[tokio::test]
async fn both_bounds_are_inclusive_and_a_to_without_a_fraction_includes_its_second(
    #[case] from: &str,
    #[case] to: &str,
    #[case] expected: &str,
) {
    let (env, acme) = interactions_around_a_second_and_midnight().await;
    let found = env.texts(&acme, &[("from", from), ("to", to)]).await;
    assert_eq!(found.get("ann").map(|texts| texts.concat()).unwrap_or_default(), expected);
}

#[rstest]
#[case::an_encoded_plus("2022-09-21T10:19:33%2B02:00", "bcd")]
#[case::a_plus("2022-09-21T10:19:33+02:00", "bcd")]
#[case::a_plus_as_space_too("2022-09-21+10:19:33+0200", "bcd")]
#[case::a_negative_offset("2022-09-21%2006:49:33-01:30", "bcd")]
#[case::utc("2022-09-21T08:19:33Z", "bcd")]
#[case::no_offset("2022-09-21+08:19:33", "bcd")]
#[case::the_day_before_in_utc("2022-09-22T00:00:00.999999%2B01:00", "")]
#[case::the_last_microsecond_of_the_day_before_in_utc("2022-09-22T00:59:59.999999%2B01:00", "y")]
#[tokio::test]
async fn a_bound_may_have_an_offset_whose_plus_is_not_percent_encoded(
    #[case] bound: &str,
    #[case] expected: &str,
    #[values(LEGACY, PUBLIC)] path: &str,
) {
    let (env, acme) = interactions_around_a_second_and_midnight().await;
    let response = env.get(&format!("{path}?from={bound}&to={bound}"), &acme.token).await;
    assert_eq!(texts(&response).get("ann").map(|texts| texts.concat()).unwrap_or_default(), expected);
}

#[rstest]
#[case::days("1066-10-14", "2022-09-22", ["1066-10-14T00:00:00.000000Z", "2022-09-22T00:00:00.000000Z"])]
#[case::an_offset_and_the_last_second(
    "2022-09-21 09:00:00+01:00",
    "9999-12-31 23:59:59",
    ["2022-09-21T08:00:00.000000Z", "9999-12-31T23:59:59.000000Z"]
)]
#[case::fractions(
    "2022-09-21T08:19:33.5Z",
    "2022-09-21T08:19:34.25Z",
    ["2022-09-21T08:19:33.500000Z", "2022-09-21T08:19:34.250000Z"]
)]
#[tokio::test]
async fn the_response_has_the_bounds_in_utc(
    #[case] from: &str,
    #[case] to: &str,
    #[case] expected: [&str; 2],
    #[values(LEGACY, PUBLIC)] path: &str,
) {
    let (env, acme) = interactions_around_a_second_and_midnight().await;
    let response = env.get_interactions(&acme, path, &[("from", from), ("to", to), ("user_id", "ann")]).await.json();
    let user = &response["data"][0]["ann"];
    assert_eq!([&user["from"], &user["to"]], expected);
}

#[rstest]
#[case::by_a_day("2022-09-22", "2022-09-21")]
#[case::by_a_second("2022-09-21 08:19:34", "2022-09-21 08:19:33")]
#[case::by_a_microsecond("2022-09-21 08:19:33.000001", "2022-09-21 08:19:33.0")]
#[case::by_millennia("9999-12-31", "0001-01-01")]
#[tokio::test]
async fn a_from_later_than_to_is_an_empty_period(#[case] from: &str, #[case] to: &str) {
    let (env, acme) = interactions_around_a_second_and_midnight().await;
    let found = env.texts(&acme, &[("from", from), ("to", to)]).await;
    assert_eq!(found, [].into());
    let found = env.texts(&acme, &[("from", from), ("to", to), ("user_id", "ann")]).await;
    assert_eq!(found, [].into());
}

/// The sentences about a missing bound, and about one that is not a date.
fn required(name: &str) -> Value {
    json!([format!("The {name} field is required.")])
}

fn not_a_date(name: &str) -> Value {
    json!([format!("The {name} is not a valid date.")])
}

#[rstest]
#[case::none("", json!({"from": required("from"), "to": required("to")}))]
#[case::empty("?from=&to=+", json!({"from": required("from"), "to": required("to")}))]
#[case::only_to("?to=2022-09-21", json!({"from": required("from")}))]
#[case::only_from("?from=2022-09-21", json!({"to": required("to")}))]
#[case::a_word_for_from("?from=soon&to=2022-09-21", json!({"from": not_a_date("from")}))]
#[case::a_day_that_does_not_exist("?from=2022-09-21&to=2022-02-30", json!({"to": not_a_date("to")}))]
#[case::a_year_and_a_time("?from=2022&to=08:19:33", json!({"from": not_a_date("from"), "to": not_a_date("to")}))]
#[case::the_year_minus_one_in_utc(
    "?from=0000-01-01T00:00:00%2B23:59&to=9999-12-31T23:59:59-23:59",
    json!({"from": not_a_date("from"), "to": not_a_date("to")})
)]
#[case::now_and_nothing("?from=now", json!({"from": not_a_date("from"), "to": required("to")}))]
#[case::a_month_and_a_word("?from=2022-09&to=yesterday", json!({"from": not_a_date("from"), "to": not_a_date("to")}))]
#[tokio::test]
async fn a_problem_names_every_bound_that_is_missing_or_not_a_date(
    #[case] query: &str,
    #[case] errors: Value,
    #[values(LEGACY, PUBLIC)] path: &str,
) {
    let env = TestEnvironment::new().await;
    let acme = env.create_tenant("acme").await;
    let response = env.get(&format!("{path}{query}"), &acme.token).await;
    assert_eq!(response.assert_problem(422, "The given data was invalid.")["errors"], errors);
}

#[rstest]
#[tokio::test]
async fn a_query_that_is_not_utf_8_is_400(#[values(LEGACY, PUBLIC)] path: &str) {
    let env = TestEnvironment::new().await;
    let acme = env.create_tenant("acme").await;
    let response = env.get(&format!("{path}?from=%FF%FE&to=2022-09-21"), &acme.token).await;
    response.assert_problem(400, "The query is not percent-encoded UTF-8.");
}
