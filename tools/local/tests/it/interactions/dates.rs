//! Periods: both ends inclusive, a whole second where a second was named, exact where a fraction was.

use crate::support::{LEGACY, PUBLIC, TestEnvironment, TestTenant, texts};
use serde_json::{Value, json};

/// A env in which ann said letters around a second and a midnight.
async fn around_a_second_and_a_midnight() -> (TestEnvironment, TestTenant) {
    let env = TestEnvironment::new().await;
    let acme = env.create_tenant("acme").await;
    let said = |(text, date): (&str, &str)| json!({"user_id": "ann", "type": "text", "date": date, "text": text});
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
    env.ingest(&acme, events.map(said).into_iter().collect::<Value>()).await;
    (env, acme)
}

#[tokio::test]
async fn both_ends_belong_to_the_period_and_a_to_without_a_fraction_is_its_whole_second() {
    let (env, acme) = around_a_second_and_a_midnight().await;
    for (from, to, said) in [
        ("2022-09-21 08:19:33", "2022-09-21 08:19:33", "bcd"),
        ("2022-09-21T08:19:33Z", "2022-09-21T08:19:33Z", "bcd"),
        ("2022-09-21 08:19:33.000000", "2022-09-21 08:19:33.000000", "b"),
        ("2022-09-21 08:19:33.000001", "2022-09-21 08:19:33.999998", "c"),
        ("2022-09-21 08:19:33.000001", "2022-09-21 08:19:33.999999", "cd"),
        ("2022-09-21 08:19:33.000002", "2022-09-21 08:19:34.0", "de"),
        ("2022-09-21 08:19:32.999999", "2022-09-21 08:19:32", "a"),
        ("2022-09-21 08:19", "2022-09-21 08:20", "abcde"),
        ("2022-09-21", "2022-09-21 23:59:59", "abcdey"),
        ("2022-09-21", "2022-09-21", ""),
        ("2022-09-21 23:59:59", "2022-09-22", "yz"),
        ("2022-09-22", "2022-09-22", "z"),
        ("2022-09-22", "2022-09-23", "z!"),
    ] {
        let response = env.texts(&acme, &[("from", from), ("to", to)]).await;
        assert_eq!(response.get("ann").map(|texts| texts.concat()).unwrap_or_default(), said, "{from} to {to}");
    }
}

#[tokio::test]
async fn offsets_count_and_a_plus_that_was_not_percent_encoded_is_understood() {
    let (env, acme) = around_a_second_and_a_midnight().await;
    for (bound, said) in [
        ("2022-09-21T10:19:33%2B02:00", "bcd"),
        ("2022-09-21T10:19:33+02:00", "bcd"),
        ("2022-09-21+10:19:33+0200", "bcd"),
        ("2022-09-21%2006:49:33-01:30", "bcd"),
        ("2022-09-21T08:19:33Z", "bcd"),
        ("2022-09-21+08:19:33", "bcd"),
        ("2022-09-22T00:00:00.999999%2B01:00", ""),
        ("2022-09-22T00:59:59.999999%2B01:00", "y"),
    ] {
        for path in [LEGACY, PUBLIC] {
            let response = env.get(&format!("{path}?from={bound}&to={bound}"), &acme.token).await;
            assert_eq!(texts(&response).get("ann").map(|texts| texts.concat()).unwrap_or_default(), said, "{bound}");
        }
    }
}

#[tokio::test]
async fn the_bounds_are_echoed_as_given_in_utc() {
    let (env, acme) = around_a_second_and_a_midnight().await;
    for (from, to, shown) in [
        ("1066-10-14", "2022-09-22", ["1066-10-14T00:00:00.000000Z", "2022-09-22T00:00:00.000000Z"]),
        (
            "2022-09-21 09:00:00+01:00",
            "9999-12-31 23:59:59",
            ["2022-09-21T08:00:00.000000Z", "9999-12-31T23:59:59.000000Z"],
        ),
        (
            "2022-09-21T08:19:33.5Z",
            "2022-09-21T08:19:34.25Z",
            ["2022-09-21T08:19:33.500000Z", "2022-09-21T08:19:34.250000Z"],
        ),
    ] {
        for path in [LEGACY, PUBLIC] {
            let response =
                env.get_interactions(&acme, path, &[("from", from), ("to", to), ("user_id", "ann")]).await.json();
            let user = &response["data"][0]["ann"];
            assert_eq!([&user["from"], &user["to"]], shown);
        }
    }
}

#[tokio::test]
async fn a_from_later_than_to_is_empty_and_no_error() {
    let (env, acme) = around_a_second_and_a_midnight().await;
    for (from, to) in [
        ("2022-09-22", "2022-09-21"),
        ("2022-09-21 08:19:34", "2022-09-21 08:19:33"),
        ("2022-09-21 08:19:33.000001", "2022-09-21 08:19:33.0"),
        ("9999-12-31", "0001-01-01"),
    ] {
        assert!(env.texts(&acme, &[("from", from), ("to", to)]).await.is_empty());
        assert!(env.texts(&acme, &[("from", from), ("to", to), ("user_id", "ann")]).await.is_empty());
    }
}

#[tokio::test]
async fn a_bound_that_is_missing_or_no_date_is_named_and_both_at_once() {
    let env = TestEnvironment::new().await;
    let acme = env.create_tenant("acme").await;
    let required = |name: &str| json!([format!("The {name} field is required.")]);
    let not_a_date = |name: &str| json!([format!("The {name} is not a valid date.")]);
    for path in [LEGACY, PUBLIC] {
        for (query, errors) in [
            ("", json!({"from": required("from"), "to": required("to")})),
            ("?from=&to=+", json!({"from": required("from"), "to": required("to")})),
            ("?to=2022-09-21", json!({"from": required("from")})),
            ("?from=2022-09-21", json!({"to": required("to")})),
            ("?from=soon&to=2022-09-21", json!({"from": not_a_date("from")})),
            ("?from=2022-09-21&to=2022-02-30", json!({"to": not_a_date("to")})),
            ("?from=2022&to=08:19:33", json!({"from": not_a_date("from"), "to": not_a_date("to")})),
            ("?from=now", json!({"from": not_a_date("from"), "to": required("to")})),
            ("?from=2022-09&to=yesterday", json!({"from": not_a_date("from"), "to": not_a_date("to")})),
        ] {
            let response = env.get(&format!("{path}{query}"), &acme.token).await;
            let problem = response.assert_problem(422, "The given data was invalid.");
            assert_eq!(problem["errors"], errors, "{path}{query}");
        }
        let response = env.get(&format!("{path}?from=%FF%FE&to=2022-09-21"), &acme.token).await;
        response.assert_problem(400, "The query is not percent-encoded UTF-8.");
    }
}
