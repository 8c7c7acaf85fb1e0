//! Exports and changes during writes that are late, slow or at the same microsecond.

use crate::support::exported::{ExportedInteraction, JSON, NDJSON, exported_interactions, of_line, trailer};
use crate::support::{Fault, FaultInjector, PUBLIC, TestEnvironment, TestResponse, TestTenant, with_query};
use chrono::{DateTime, Utc};
use rstest::rstest;
use serde_json::{Value, json};
use shared::model::{Event, EventIds, EventShape};
use shared::store::ErasedUserPolicy;
use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

pub(super) const CHANGES: &str = "/public/api/interactions/changes";
pub(super) const PERIOD: [(&str, &str); 2] = [("from", "2022-09-20"), ("to", "2022-09-23 23:59:59")];

pub(super) fn event(user: usize, number: usize, text: &str) -> Value {
    let date = format!("2022-09-{}T08:{:02}:{:02}.{:06}Z", 20 + number % 4, number / 60 % 60, number % 60, number % 7);
    json!({"user_id": format!("user-{user}"), "type": "text", "date": date, "text": text})
}

fn events(shapes: &[Value], now: DateTime<Utc>) -> Vec<Event> {
    let mut ids = EventIds::new(shared::crypto::sha256);
    let shapes = shapes.iter().map(|shape| serde_json::from_value::<EventShape>(shape.clone()).unwrap());
    shapes.map(|shape| shape.check(now, &mut ids).unwrap()).collect()
}

/// The number of interactions of each text.
fn counts<'a>(interactions: impl IntoIterator<Item = &'a ExportedInteraction>) -> HashMap<String, usize> {
    let mut counts = HashMap::new();
    for interaction in interactions {
        *counts.entry(interaction.text.clone()).or_default() += 1;
    }
    counts
}

/// The texts that occur more than once.
fn duplicates(counts: &HashMap<String, usize>) -> Vec<&String> {
    counts.iter().filter(|(_, count)| **count > 1).map(|(text, _)| text).collect()
}

/// All changes since a cursor, page by page, and the cursor for the next request.
pub(super) async fn changes(
    env: &TestEnvironment,
    tenant: &TestTenant,
    cursor: Option<&str>,
    limit: &str,
) -> (Vec<Value>, String) {
    let (mut all, mut cursor) = (Vec::new(), cursor.map(str::to_owned));
    loop {
        let more = cursor.as_deref().map(|cursor| ("cursor", cursor));
        let query: Vec<_> = [("limit", limit)].into_iter().chain(more).collect();
        let page = env.get(&with_query(CHANGES, &query), &tenant.token).await;
        assert_eq!(page.status, 200, "{}", page.text());
        let page = page.json();
        let data = page["data"].as_array().unwrap();
        assert!(data.len() <= limit.parse().unwrap(), "{} changes in a page of {limit}", data.len());
        all.extend(data.iter().cloned());
        let next = page["meta"]["next_cursor"].as_str().unwrap().to_owned();
        if page["meta"]["caught_up"] == true {
            return (all, next);
        }
        cursor = Some(next);
    }
}

/// The interactions of changes.
fn changed_interactions(changes: &[Value]) -> Vec<ExportedInteraction> {
    changes.iter().filter(|change| change.get("erased").is_none()).map(of_line).collect()
}

#[rstest]
#[case::lines(NDJSON, "13")]
#[case::by_user(JSON, "2")]
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn an_export_during_writes_has_all_earlier_interactions_once_and_the_changes_have_the_others(
    #[case] format: &'static str,
    #[case] limit: &str,
) {
    let env = Arc::new(TestEnvironment::new().await);
    let acme = Arc::new(env.create_tenant("acme").await);
    let before: Vec<_> = (0..400).map(|number| event(number % 23, number, &format!("before {number}"))).collect();
    env.ingest(&acme, before.into()).await;
    env.advance_clock(120);
    let stop = Arc::new(AtomicBool::new(false));
    let writers = (0..8).map(|writer| {
        let (env, acme, stop) = (env.clone(), acme.clone(), stop.clone());
        tokio::spawn(async move {
            let mut written = 0;
            while !stop.load(Ordering::Relaxed) {
                let late = event((writer + written) % 31, written * 37 + writer, &format!("late {writer} {written}"));
                env.ingest(&acme, json!([late])).await;
                written += 1;
            }
            written
        })
    });
    let writers: Vec<_> = writers.collect();
    let pages = env.export_pages(&acme, PUBLIC, &[PERIOD[0], PERIOD[1], ("limit", limit)], format).await;
    stop.store(true, Ordering::Relaxed);
    let mut written = 0;
    for writer in writers {
        written += writer.await.unwrap();
    }
    let found: Vec<_> = pages.iter().flat_map(|page| exported_interactions(page, format)).collect();
    let found = counts(&found);
    assert_eq!(duplicates(&found), [""; 0]);
    let before = (0..400).map(|number| format!("before {number}"));
    assert_eq!(before.filter(|text| !found.contains_key(text)).collect::<Vec<_>>(), [""; 0], "missing");
    // Both numbers depend on the scheduler.
    assert!(pages.len() > 10, "{} pages", pages.len());
    assert!(written > 20, "{written} written");
    let until = |page: &TestResponse| match format {
        JSON => page.json()["meta"]["complete_until"].clone(),
        _ => trailer(page)["complete_until"].clone(),
    };
    for page in &pages {
        assert_eq!(until(page), until(&pages[0]), "every page has the instant of the first");
    }

    env.advance_clock(120);
    let (all, _) = changes(&env, &acme, None, "100").await;
    let all = counts(&changed_interactions(&all));
    assert_eq!(duplicates(&all), [""; 0]);
    let missing: Vec<_> = found.keys().filter(|text| !all.contains_key(*text)).collect();
    assert_eq!(missing, [""; 0]);
    assert_eq!(all.keys().filter(|text| text.starts_with("late")).count(), written);
}

#[tokio::test]
async fn events_of_one_microsecond_are_in_the_changes_once_each_if_some_are_late() {
    let env = TestEnvironment::new().await;
    let acme = env.create_tenant("acme").await;
    let event = |number: usize| {
        let date = "2022-09-21T08:00:00.000007Z";
        json!({"user_id": format!("user-{}", number % 3), "type": "text", "date": date, "text": number.to_string(),
            "id": format!("{number:02}")})
    };
    env.ingest(&acme, (0..15).map(event).collect()).await;
    let (nothing, checkpoint) = changes(&env, &acme, None, "4").await;
    assert_eq!(nothing, Vec::<Value>::new(), "changes are returned after the settle time");
    env.advance_clock(61);
    let (first, checkpoint) = changes(&env, &acme, Some(&checkpoint), "4").await;
    let order: Vec<_> = changed_interactions(&first).into_iter().map(|exported| exported.text).collect();
    assert_eq!(order, (0..15).map(|number| number.to_string()).collect::<Vec<_>>(), "the order of the writes");
    env.ingest(&acme, (15..20).map(event).collect()).await;
    env.advance_clock(61);
    let (late, checkpoint) = changes(&env, &acme, Some(&checkpoint), "4").await;
    assert_eq!(
        changed_interactions(&late).iter().map(|exported| exported.text.as_str()).collect::<Vec<_>>(),
        ["15", "16", "17", "18", "19"]
    );
    assert_eq!(changes(&env, &acme, Some(&checkpoint), "4").await.0, Vec::<Value>::new());
}

#[tokio::test]
async fn changes_include_a_write_that_is_slow_after_it_reads_the_clock() {
    let env = TestEnvironment::new().await;
    let acme = env.create_tenant("acme").await;
    let write = async |text: &str, now| {
        let events = events(&[event(1, 1, text)], now);
        env.app.store.events_write(&acme.tenant, &events, &|| now, ErasedUserPolicy::Refuse).await.unwrap();
    };
    let early = env.app.clock.now();
    env.advance_clock(1);
    write("fast", env.app.clock.now()).await;
    let mut cursor = None;
    let mut all = Vec::new();
    for wait in [20, 9, 15, 14, 3, 60] {
        env.advance_clock(wait);
        if wait == 9 {
            write("slow", early).await; // half a minute after it read the clock
        }
        let (some, next) = changes(&env, &acme, cursor.as_deref(), "1").await;
        all.extend(changed_interactions(&some).into_iter().map(|exported| exported.text));
        cursor = Some(next);
    }
    assert_eq!(all, ["slow", "fast"]);
}

#[tokio::test]
async fn changes_have_the_events_of_an_interrupted_request_once_after_it_is_repeated() {
    let faults = FaultInjector::new();
    let env = TestEnvironment::with(&[], |client| faults.install(client)).await;
    let acme = env.create_tenant("acme").await;
    let all: Vec<_> = (0..10).map(|number| event(number % 3, number, &number.to_string())).collect();
    let write = async || {
        let now = env.app.clock.now();
        env.app.store.events_write(&acme.tenant, &events(&all, now), &|| now, ErasedUserPolicy::Refuse).await
    };
    faults.reset();
    faults.inject(|request, number| match request.operation.as_str() {
        // The feed entry is written first. Then some events are stored, some responses are lost, and then all writes fail.
        "PutItem" if request.body.contains("\"feed\"") && number % 3 == 0 => Fault::DropAfter,
        "PutItem" if request.body.contains("\"feed\"") && number > 22 => Fault::Throttle,
        _ => Fault::Pass,
    });
    let error = write().await.expect_err("the table fails");
    assert!(error.is_busy(), "{error}");
    faults.clear();
    env.advance_clock(5);
    assert_eq!(write().await.unwrap().len(), 10);
    env.advance_clock(61);
    let found = counts(&changed_interactions(&changes(&env, &acme, None, "3").await.0));
    assert_eq!(found, (0..10).map(|number| (number.to_string(), 1)).collect());
}
