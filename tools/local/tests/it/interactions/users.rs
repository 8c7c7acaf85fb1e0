//! Users by their id, byte by byte; and whole responses, compared with a plain filter over the same events.

use crate::support::{Failures, LEGACY, PUBLIC, TestEnvironment, users};
use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::TestRunner;
use rstest::rstest;
use serde_json::{Value, json};
use shared::model::time;
use std::collections::BTreeMap;

const DAY: [(&str, &str); 2] = [("from", "2022-09-21"), ("to", "2022-09-21 23:59:59")];

fn difficult_ids() -> Vec<String> {
    let ids = [
        "bob",
        "Bob",
        "bob#1",
        "bob ",
        " bob",
        "bob/1",
        "bo",
        "#",
        "/",
        "a&b=c%20+;?",
        "\"quoted\\\"",
        "null",
        "true",
        "0",
        "__proto__",
        "caf\u{e9}",
        "cafe\u{301}",
        "\u{5d0}\u{5d1}\u{202e}x",
        "\u{10ffff}",
        "\u{ffff}",
        "\u{1f469}\u{200d}\u{1f680}",
        "\u{7f}\t\n",
        "\u{feff}",
        "U#0#1",
        "$",
        "é\u{0}",
    ];
    let long = ["x".repeat(384), "x".repeat(383), "\u{10ffff}".repeat(384)];
    ids.map(str::to_owned).into_iter().chain(long).collect()
}

#[tokio::test]
async fn a_user_is_found_by_exactly_its_id() {
    let env = TestEnvironment::new().await;
    let acme = env.create_tenant("acme").await;
    let ids = difficult_ids();
    let event = |id: &String| json!({"user_id": id, "type": "text", "date": "2022-09-21 08:00:00", "text": id});
    env.ingest(&acme, ids.iter().map(event).collect()).await;
    let all = env.texts(&acme, &DAY).await;
    assert_eq!(all, ids.iter().map(|id| (id.clone(), vec![id.clone()])).collect());
    let mut failures = Failures::default();
    for id in &ids {
        let found = env.texts(&acme, &[DAY[0], DAY[1], ("user_id", id)]).await;
        failures.check(format!("{id:?}"), || assert_eq!(found, BTreeMap::from([(id.clone(), vec![id.clone()])])));
    }
    for unknown in ["b", "BOB", "bob#", "bob#2", "bob  ", "CAF\u{c9}", &"x".repeat(382), "*", "%"] {
        let found = env.texts(&acme, &[DAY[0], DAY[1], ("user_id", unknown)]).await;
        failures.check(format!("unknown {unknown:?}"), || assert_eq!(found, BTreeMap::new()));
    }
}

#[rstest]
#[tokio::test]
async fn a_user_id_that_is_too_long_is_refused(#[values(LEGACY, PUBLIC)] path: &str) {
    let env = TestEnvironment::new().await;
    let acme = env.create_tenant("acme").await;
    let response = env.get_interactions(&acme, path, &[DAY[0], DAY[1], ("user_id", &"é".repeat(385))]).await;
    response.assert_invalid("user_id", "User id must be 1 to 384 characters.");
}

#[rstest]
#[tokio::test]
async fn an_empty_user_id_requests_all_users(#[values(LEGACY, PUBLIC)] path: &str) {
    let env = TestEnvironment::new().await;
    let acme = env.create_tenant("acme").await;
    env.ingest(&acme, json!([{"user_id": "ann", "type": "text", "date": "2022-09-21 08:00:00", "text": ""}])).await;
    assert_eq!(users(&env.get_interactions(&acme, path, &[DAY[0], DAY[1], ("user_id", "")]).await).len(), 1);
}

/// An instant around a few seconds and midnights, so that many events and bounds are equal.
fn instant() -> impl Strategy<Value = i64> {
    let second = prop_oneof![Just(0_i64), Just(1), Just(43_200), Just(86_398), Just(86_399)];
    let micros = prop_oneof![Just(0_i64), Just(1), Just(500_000), Just(999_999), 0..1_000_000_i64];
    (0..3_i64, second, micros).prop_map(|(day, second, micros)| {
        let start = 1_663_718_400 + day * 86_400; // 2022-09-21
        (start + second) * 1_000_000 + micros
    })
}

#[derive(Clone, Debug)]
struct StoredInteraction {
    user: &'static str,
    at: i64,
    by_the_user: bool,
}

fn stored_interaction() -> impl Strategy<Value = StoredInteraction> {
    (prop::sample::select(vec!["ann", "bob", "bob#1", "Bob"]), instant(), prop::bool::weighted(0.8))
        .prop_map(|(user, at, by_the_user)| StoredInteraction { user, at, by_the_user })
}

/// The text of a bound: to the microsecond, or to the second.
fn bound(at: i64, exact: bool) -> String {
    let text = time::format(time::from_micros(at));
    if exact { text } else { text[..19].replace('T', " ") }
}

fn draw<T>(runner: &mut TestRunner, of: &impl Strategy<Value = T>) -> T {
    of.new_tree(runner).expect("a value").current()
}

#[tokio::test]
async fn a_response_equals_a_plain_filter_over_the_events() {
    let env = TestEnvironment::new().await;
    let acme = env.create_tenant("acme").await;
    let mut runner = TestRunner::default();
    let events = draw(&mut runner, &prop::collection::vec(stored_interaction(), 80..120));
    let json = |(event, id): (&StoredInteraction, i32)| {
        let author = if event.by_the_user { "us" } else { "them" };
        json!({"user_id": event.user, "type": "text", "date": bound(event.at, true), "id": format!("{id:04}"),
            "text": id.to_string(), "author": author})
    };
    env.ingest(&acme, events.iter().zip(0..).map(json).collect::<Value>()).await;
    let expected = |from: i64, to: i64| {
        let mut found: BTreeMap<String, Vec<(i64, usize)>> = BTreeMap::new();
        for (id, event) in
            events.iter().enumerate().filter(|(_, event)| event.by_the_user && (from..=to).contains(&event.at))
        {
            found.entry(event.user.to_owned()).or_default().push((event.at, id));
        }
        let texts = |mut interactions: Vec<(i64, usize)>| {
            interactions.sort_unstable();
            interactions.into_iter().map(|(_, id)| id.to_string()).collect()
        };
        found
            .into_iter()
            .map(|(user, interactions)| (user, texts(interactions)))
            .collect::<BTreeMap<String, Vec<String>>>()
    };
    for _ in 0..40 {
        let (from, to, exact) = draw(&mut runner, &(instant(), instant(), any::<bool>()));
        let whole = |at: i64| at - at.rem_euclid(1_000_000);
        let (first, last) = if exact { (from, to) } else { (whole(from), whole(to) + 999_999) };
        let found = env.texts(&acme, &[("from", &bound(from, exact)), ("to", &bound(to, exact))]).await;
        assert_eq!(found, expected(first, last), "{} to {} of {events:?}", bound(from, exact), bound(to, exact));
    }
    for _ in 0..15 {
        let mut bounds = draw(&mut runner, &[instant(), instant(), instant()]);
        bounds.sort_unstable();
        let [a, b, c] = bounds;
        let ask = async |from, to| env.texts(&acme, &[("from", &bound(from, true)), ("to", &bound(to, true))]).await;
        let (mut union, whole) = (ask(a, b).await, ask(a, c).await);
        for (user, texts) in ask(b + 1, c).await {
            union.entry(user).or_default().extend(texts);
        }
        assert_eq!(union, whole, "{bounds:?} of {events:?}");
    }
}
