//! Ingestion repeated and with faults: an acknowledged event is stored, and no event is stored twice.

use crate::interactions::ingest::{PATH, event, verdicts};
use crate::support::{Fault, FaultInjector, PUBLIC, TableRequest, TestEnvironment, TestTenant, texts};
use futures_util::future::join_all;
use rstest::rstest;
use serde_json::json;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::time::Duration;
use tokio::time::Instant;

const RANGE: [(&str, &str); 2] = [("from", "2022-09-01"), ("to", "2022-10-01")];
const BUSY: &str = "The service is busy. Please try again.";

async fn stored_texts(env: &TestEnvironment, tenant: &TestTenant) -> BTreeMap<String, Vec<String>> {
    texts(&env.get_interactions(tenant, PUBLIC, &RANGE).await)
}

#[tokio::test]
async fn equal_events_of_one_second_are_stored_once_each_in_their_order_if_a_request_is_repeated() {
    let env = TestEnvironment::new().await;
    let acme = env.create_tenant("acme").await;
    let conversation = ["yes", "no", "yes", "b", "a"].map(|text| event("ann", "08:00:00", text));
    let lines: String = conversation.iter().map(|event| event.to_string() + "\n").collect();
    assert_eq!(verdicts(&env.post(PATH, &acme.token, &json!(conversation)).await), ["created"; 5]);
    assert_eq!(verdicts(&env.post(PATH, &acme.token, &json!(conversation)).await), ["duplicate"; 5]);
    assert_eq!(verdicts(&env.post_lines(&acme, lines).await), ["duplicate"; 5]);
    assert_eq!(stored_texts(&env, &acme).await["ann"], ["yes", "no", "yes", "b", "a"]);
}

#[tokio::test]
async fn a_corrected_request_stores_only_the_corrected_event() {
    let env = TestEnvironment::new().await;
    let acme = env.create_tenant("acme").await;
    let mut events = ["one", "two", "three"].map(|text| event("ann", "08:00:00", text));
    events[1]["type"] = json!("");
    assert_eq!(verdicts(&env.post(PATH, &acme.token, &json!(events)).await), ["created", "invalid", "created"]);
    events[1]["type"] = json!("text");
    assert_eq!(verdicts(&env.post(PATH, &acme.token, &json!(events)).await), ["duplicate", "created", "duplicate"]);
    assert_eq!(stored_texts(&env, &acme).await["ann"], ["one", "two", "three"]);
}

#[tokio::test]
async fn a_request_makes_one_write_an_event_two_a_user_and_day_and_one_for_the_feed() {
    let faults = FaultInjector::new();
    let env = TestEnvironment::with(&[], |client| faults.install(client)).await;
    let acme = env.create_tenant("acme").await;
    let of = |user: &str, day: usize, number: usize| {
        let mut event = event(user, "08:00:00", &number.to_string());
        event["date"] = json!(format!("2022-09-{day:02}T08:00:00Z"));
        event
    };
    let events: Vec<_> = (0..120).map(|number| of(["ann", "ben", "eve"][number % 3], 1 + number % 4, number)).collect();
    // The first events of a day update the tenant's active days. The only UpdateItems of the other requests count the
    // token's use and the tenant's requests.
    env.begin_minute(&acme).await;
    let first: Vec<_> = (1..=4).map(|day| of("zoe", day, 0)).collect();
    assert_eq!(verdicts(&env.post(PATH, &acme.token, &json!(first)).await), ["created"; 4]);
    for verdict in ["created", "duplicate"] {
        faults.reset();
        assert_eq!(verdicts(&env.post(PATH, &acme.token, &json!(events)).await), [verdict; 120]);
        assert_eq!(faults.calls("PutItem"), 120 + 2 * 12 + 1);
        assert_eq!(faults.calls("UpdateItem"), 2);
        assert_eq!(faults.calls("BatchWriteItem"), 0);
        assert_eq!(faults.calls("TransactWriteItems"), 0);
    }
}

#[tokio::test]
async fn if_a_request_is_sent_eight_times_at_once_each_event_is_created_once() {
    let env = TestEnvironment::new().await;
    let acme = env.create_tenant("acme").await;
    let events = json!((0..20).map(|number| event("ann", "08:00:00", &number.to_string())).collect::<Vec<_>>());
    let responses = join_all((0..8).map(|_| env.post(PATH, &acme.token, &events))).await;
    for number in 0..20 {
        let mut of_event: Vec<_> = responses.iter().map(|response| verdicts(response)[number].clone()).collect();
        of_event.sort();
        assert_eq!(of_event, [&["created"][..], &["duplicate"; 7]].concat());
    }
}

#[tokio::test]
async fn of_eight_different_events_with_one_id_sent_at_once_one_is_created_and_the_others_conflict() {
    let env = TestEnvironment::new().await;
    let acme = env.create_tenant("acme").await;
    let other = |number: usize| json!([{"id": "one", "user_id": "ben", "type": "text", "date": "2022-09-21", "text": number.to_string()}]);
    let others: Vec<_> = (0..8).map(other).collect();
    let responses = join_all(others.iter().map(|body| env.post(PATH, &acme.token, body))).await;
    let mut all: Vec<_> = responses.iter().flat_map(verdicts).collect();
    all.sort();
    assert_eq!(all, [&["conflict"; 7][..], &["created"]].concat());
}

/// A pseudo-random number below 100 that depends only on the seed and the number (splitmix64).
fn chance(seed: u64, number: usize) -> u64 {
    let mut mixed = seed.wrapping_add((number as u64 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15));
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    (mixed ^ (mixed >> 31)) % 100
}

/// Injects a fault into about one write in six.
fn inject_faults(faults: &FaultInjector, seed: u64) {
    faults.inject(move |request: &TableRequest, number| {
        if request.operation != "PutItem" {
            return Fault::Pass;
        }
        match chance(seed, number) {
            0..4 => Fault::Throttle,
            4..8 => Fault::DropAfter,
            8..12 => Fault::DropBefore,
            12..16 => Fault::Fail500,
            _ => Fault::Pass,
        }
    });
}

#[rstest]
#[tokio::test]
async fn if_writes_fail_at_random_every_event_is_stored_once_and_created_once(#[values(1, 20, 300, 4_000)] seed: u64) {
    let faults = FaultInjector::new();
    let env = TestEnvironment::with(&[], |client| faults.install(client)).await;
    let acme = env.create_tenant("acme").await;
    let user = |number: usize| ["ann", "ben", "eve"][number % 3];
    let events: Vec<_> = (0..60).map(|number| event(user(number), "08:00:00", &number.to_string())).collect();
    let (mut acknowledged, mut tries) = (HashSet::new(), 0);
    inject_faults(&faults, seed);
    for part in [&events[..10], &events[..40], &events[..]] {
        let response = loop {
            tries += 1;
            assert!(tries < 60, "every try is refused");
            let response = env.post(PATH, &acme.token, &json!(part)).await;
            if response.status != 503 {
                break response;
            }
            assert_eq!(response.header("retry-after"), "1");
        };
        for (number, verdict) in verdicts(&response).iter().enumerate() {
            // A request that was refused may have stored an event, which is a duplicate then.
            let first = acknowledged.insert(number);
            let expected: &[_] = if first { &["created", "duplicate"] } else { &["duplicate"] };
            assert!(expected.contains(&verdict.as_str()), "{number}: {verdict}, and not one of {expected:?}");
        }
    }
    faults.clear();
    let stored = stored_texts(&env, &acme).await;
    for (number, user) in ["ann", "ben", "eve"].into_iter().enumerate() {
        let expected: Vec<_> = (0..20).map(|index| (3 * index + number).to_string()).collect();
        assert_eq!(stored[user], expected);
    }
}

#[rstest]
#[case::throttles(|| Fault::Throttle)]
#[case::fails(|| Fault::Fail500)]
#[case::cannot_be_reached(|| Fault::DropBefore)]
#[case::loses_its_response(|| Fault::DropAfter)]
#[tokio::test]
async fn if_every_write_fails_no_event_is_acknowledged_after_four_tries(#[case] fault: fn() -> Fault) {
    let faults = FaultInjector::new();
    let env = TestEnvironment::with(&[], |client| faults.install(client)).await;
    let acme = env.create_tenant("acme").await;
    let events: Vec<_> = (0..10).map(|number| event("ann", "08:00:00", &number.to_string())).collect();
    faults.reset();
    faults.inject(move |request, _| if request.operation == "PutItem" { fault() } else { Fault::Pass });
    let refused = env.post(PATH, &acme.token, &json!(events)).await;
    refused.assert_problem(503, BUSY);
    assert_eq!(refused.header("retry-after"), "1");
    let mut tries: HashMap<String, usize> = HashMap::new();
    for request in faults.requests().into_iter().filter(|request| request.operation == "PutItem") {
        *tries.entry(request.body).or_default() += 1;
    }
    // The first write that gives up ends the request; others may have had fewer tries.
    assert_eq!(tries.values().max(), Some(&4), "{tries:?}");
    faults.clear();
    assert_eq!(verdicts(&env.post(PATH, &acme.token, &json!(events)).await), ["created"; 10]);
}

#[tokio::test]
async fn a_request_over_a_slow_table_is_503_before_the_deadline_of_the_gateway() {
    let faults = FaultInjector::new();
    let env = TestEnvironment::with(&[], |client| faults.install(client)).await;
    let acme = env.create_tenant("acme").await;
    let events: Vec<_> = (0..1000).map(|number| event("ann", "08:00:00", &number.to_string())).collect();
    faults.inject(|request, number| {
        if request.operation != "PutItem" {
            return Fault::Pass;
        }
        if number == 1 {
            tokio::time::pause(); // The engine gets no more requests, so the paused clock can advance by itself.
        }
        Fault::Late(Duration::from_secs(2))
    });
    let start = Instant::now();
    let response = env.post(PATH, &acme.token, &json!(events)).await;
    response.assert_problem(503, BUSY);
    assert_eq!(response.header("retry-after"), "1");
    // The time between tries is random.
    assert!((20..25).contains(&start.elapsed().as_secs()), "{:?}", start.elapsed());
}

#[tokio::test]
async fn an_event_that_a_request_has_twice_is_in_the_changes_once() {
    let env = TestEnvironment::new().await;
    let acme = env.create_tenant("acme").await;
    let event = |number: u32| json!({"user_id": "ann", "type": "text", "date": "2022-09-21", "text": "yes", "id": format!("m{number}")});
    let events: Vec<_> = (0..150).chain([149, 0]).map(event).collect();
    let response = env.post(PATH, &acme.token, &json!(events)).await.json();
    assert_eq!(response["created"], 150, "{response}");
    assert_eq!(response["duplicate"], 2, "{response}");
    env.advance_clock(61);
    let changes = env.get("/public/api/interactions/changes", &acme.token).await;
    assert_eq!(changes.status, 200, "{}", changes.text());
    assert_eq!(changes.json()["data"].as_array().map(Vec::len), Some(150));
}
