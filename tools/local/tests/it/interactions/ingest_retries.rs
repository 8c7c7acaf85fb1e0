//! Writing interactions again: what is acknowledged is durable, and a retry is never stored twice.

use crate::interactions::ingest::{PATH, event, verdicts};
use crate::support::{Fault, FaultInjector, PUBLIC, TableRequest, TestEnvironment, TestTenant, texts};
use futures_util::future::join_all;
use serde_json::json;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::time::Duration;
use tokio::time::Instant;

const RANGE: [(&str, &str); 2] = [("from", "2022-09-01"), ("to", "2022-10-01")];
const BUSY: &str = "The service is busy. Please try again.";

async fn said(env: &TestEnvironment, of: &TestTenant) -> BTreeMap<String, Vec<String>> {
    texts(&env.get_interactions(of, PUBLIC, &RANGE).await)
}

#[tokio::test]
async fn two_honest_yes_in_a_second_stay_two_in_their_order_however_often_they_are_sent() {
    let env = TestEnvironment::new().await;
    let acme = env.create_tenant("acme").await;
    let conversation = ["yes", "no", "yes", "b", "a"].map(|text| event("ann", "08:00:00", text));
    let lines: String = conversation.iter().map(|event| event.to_string() + "\n").collect();
    assert_eq!(verdicts(&env.post(PATH, &acme.token, &json!(conversation)).await), ["created"; 5]);
    assert_eq!(verdicts(&env.post(PATH, &acme.token, &json!(conversation)).await), ["duplicate"; 5]);
    assert_eq!(verdicts(&env.post_lines(&acme, lines).await), ["duplicate"; 5]);
    assert_eq!(said(&env, &acme).await["ann"], ["yes", "no", "yes", "b", "a"]);
}

#[tokio::test]
async fn a_request_whose_bad_row_is_mended_stores_only_that_row() {
    let env = TestEnvironment::new().await;
    let acme = env.create_tenant("acme").await;
    let mut events = ["one", "two", "three"].map(|text| event("ann", "08:00:00", text));
    events[1]["type"] = json!("");
    assert_eq!(verdicts(&env.post(PATH, &acme.token, &json!(events)).await), ["created", "invalid", "created"]);
    events[1]["type"] = json!("text");
    assert_eq!(verdicts(&env.post(PATH, &acme.token, &json!(events)).await), ["duplicate", "created", "duplicate"]);
    assert_eq!(said(&env, &acme).await["ann"], ["one", "two", "three"]);
}

#[tokio::test]
async fn a_request_costs_a_write_an_event_two_a_user_and_day_and_one_for_itself() {
    let faults = FaultInjector::new();
    let env = TestEnvironment::with(&[], |client| faults.install(client)).await;
    let acme = env.create_tenant("acme").await;
    let of = |user: &str, day: usize, number: usize| {
        let mut event = event(user, "08:00:00", &number.to_string());
        event["date"] = json!(format!("2022-09-{day:02}T08:00:00Z"));
        event
    };
    let events: Vec<_> = (0..120).map(|number| of(["ann", "ben", "eve"][number % 3], 1 + number % 4, number)).collect();
    // The tenant learns of a month once; tokens are checked by an update.
    assert_eq!(verdicts(&env.post(PATH, &acme.token, &json!([of("zoe", 1, 0)])).await), ["created"]);
    for verdict in ["created", "duplicate"] {
        faults.reset();
        assert_eq!(verdicts(&env.post(PATH, &acme.token, &json!(events)).await), [verdict; 120]);
        assert_eq!(faults.calls("PutItem"), 120 + 2 * 12 + 1);
        assert_eq!(
            (faults.calls("UpdateItem"), faults.calls("BatchWriteItem"), faults.calls("TransactWriteItems")),
            (1, 0, 0)
        );
    }
}

#[tokio::test]
async fn of_the_same_request_sent_eight_times_at_once_every_event_is_created_by_one() {
    let env = TestEnvironment::new().await;
    let acme = env.create_tenant("acme").await;
    let events = json!((0..20).map(|number| event("ann", "08:00:00", &number.to_string())).collect::<Vec<_>>());
    let responses = join_all((0..8).map(|_| env.post(PATH, &acme.token, &events))).await;
    for number in 0..20 {
        let mut of_event: Vec<_> = responses.iter().map(|response| verdicts(response)[number].clone()).collect();
        of_event.sort();
        assert_eq!(of_event, [&["created"][..], &["duplicate"; 7]].concat());
    }
    let other = |number: usize| json!([{"id": "one", "user_id": "ben", "type": "text", "date": "2022-09-21", "text": number.to_string()}]);
    let others: Vec<_> = (0..8).map(other).collect();
    let responses = join_all(others.iter().map(|body| env.post(PATH, &acme.token, body))).await;
    let created = responses.iter().filter(|response| verdicts(response) == ["created"]).count();
    let conflicts = responses.iter().filter(|response| verdicts(response) == ["conflict"]).count();
    assert_eq!((created, conflicts), (1, 7));
}

/// A number that a seed and a place decide (splitmix64).
fn chance(seed: u64, place: usize) -> u64 {
    let mut mixed = seed.wrapping_add((place as u64 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15));
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    (mixed ^ (mixed >> 31)) % 100
}

/// Spoils one write in six, as the seed decides.
fn spoil(faults: &FaultInjector, seed: u64) {
    faults.inject(move |asked: &TableRequest, number| {
        if asked.operation != "PutItem" {
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

#[tokio::test]
async fn faults_lose_nothing_double_nothing_and_what_was_acknowledged_is_there() {
    for seed in [1, 20, 300, 4_000] {
        let faults = FaultInjector::new();
        let env = TestEnvironment::with(&[], |client| faults.install(client)).await;
        let acme = env.create_tenant("acme").await;
        let user = |number: usize| ["ann", "ben", "eve"][number % 3];
        let events: Vec<_> = (0..60).map(|number| event(user(number), "08:00:00", &number.to_string())).collect();
        let (mut acknowledged, mut tries) = (HashSet::new(), 0);
        spoil(&faults, seed);
        // Parts of it, then all of it, each until it is answered.
        for part in [&events[..10], &events[..40], &events[..]] {
            loop {
                tries += 1;
                assert!(tries < 60, "seed {seed}: the tries do not end");
                let response = env.post(PATH, &acme.token, &json!(part)).await;
                if response.status == 503 {
                    assert_eq!(response.header("retry-after"), "1");
                    continue;
                }
                for (number, verdict) in verdicts(&response).iter().enumerate() {
                    let known = acknowledged.insert(number);
                    assert!(
                        verdict == "duplicate" || (verdict == "created" && known),
                        "seed {seed}: {number} {verdict}"
                    );
                }
                break;
            }
        }
        faults.clear();
        let said = said(&env, &acme).await;
        for (number, who) in ["ann", "ben", "eve"].into_iter().enumerate() {
            let expected: Vec<_> = (0..20).map(|place| (3 * place + number).to_string()).collect();
            assert_eq!(said[who], expected, "seed {seed}");
        }
    }
}

#[tokio::test]
async fn while_the_table_refuses_nothing_is_acknowledged_and_every_write_is_tried_four_times_at_most() {
    let faults = FaultInjector::new();
    let env = TestEnvironment::with(&[], |client| faults.install(client)).await;
    let acme = env.create_tenant("acme").await;
    let events: Vec<_> = (0..10).map(|number| event("ann", "08:00:00", &number.to_string())).collect();
    for fault in [|| Fault::Throttle, || Fault::Fail500, || Fault::DropBefore, || Fault::DropAfter] {
        faults.reset();
        faults.inject(move |asked, _| if asked.operation == "PutItem" { fault() } else { Fault::Pass });
        let refused = env.post(PATH, &acme.token, &json!(events)).await;
        refused.assert_problem(503, BUSY);
        assert_eq!(refused.header("retry-after"), "1");
        let mut tries: HashMap<String, usize> = HashMap::new();
        faults
            .requests()
            .into_iter()
            .filter(|asked| asked.operation == "PutItem")
            .for_each(|asked| *tries.entry(asked.body).or_default() += 1);
        assert!(tries.values().all(|tries| *tries <= 4), "{tries:?}");
    }
    faults.clear();
    assert_eq!(verdicts(&env.post(PATH, &acme.token, &json!(events)).await), ["created"; 10]);
}

#[tokio::test]
async fn events_over_a_table_that_is_slow_end_in_time_with_an_honest_answer() {
    let faults = FaultInjector::new();
    let env = TestEnvironment::with(&[], |client| faults.install(client)).await;
    let acme = env.create_tenant("acme").await;
    let events: Vec<_> = (0..1000).map(|number| event("ann", "08:00:00", &number.to_string())).collect();
    faults.inject(|asked, number| {
        if asked.operation != "PutItem" {
            return Fault::Pass;
        }
        if number == 1 {
            tokio::time::pause(); // nothing is answered by the engine from here on, so waiting takes no time
        }
        Fault::Late(Duration::from_secs(2))
    });
    let begun = Instant::now();
    let response = env.post(PATH, &acme.token, &json!(events)).await;
    response.assert_problem(503, BUSY);
    assert!(!response.header("retry-after").is_empty());
    assert!((20..25).contains(&begun.elapsed().as_secs()), "{:?}", begun.elapsed());
}

#[tokio::test]
async fn what_stands_twice_in_a_request_is_told_once_by_the_changes() {
    let env = TestEnvironment::new().await;
    let acme = env.create_tenant("acme").await;
    let event = |number: u32| json!({"user_id": "ann", "type": "text", "date": "2022-09-21", "text": "yes", "id": format!("m{number}")});
    let events: Vec<_> = (0..150).chain([149, 0]).map(event).collect();
    let response = env.post(PATH, &acme.token, &json!(events)).await.json();
    assert_eq!((&response["created"], &response["duplicate"]), (&json!(150), &json!(2)), "{response}");
    env.advance_clock(61);
    let changes = env.get("/public/api/interactions/changes", &acme.token).await;
    assert_eq!(changes.status, 200, "{}", changes.text());
    assert_eq!(changes.json()["data"].as_array().map(Vec::len), Some(150));
}
