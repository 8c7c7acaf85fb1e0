//! Exports have every interaction once, in every split of a period, page size and format.

use crate::support::exported::{CSV, ExportedInteraction, JSON, NDJSON, exported_interactions, of_line, sorted};
use crate::support::{PUBLIC, TestEnvironment, TestTenant};
use chrono::{DateTime, TimeDelta, Utc};
use proptest::prelude::*;
use proptest::test_runner::Config;
use rstest::rstest;
use serde_json::{Value, json};
use shared::model::time;
use std::collections::BTreeSet;

const FROM: &str = "2022-09-20T00:00:00.000000Z";
const TO: &str = "2022-09-24T23:59:59.999999Z";

/// User ids that are hard to tell apart, or that keys, paths and spreadsheets treat in a special way.
fn user_ids() -> Vec<String> {
    let ids = [
        "ann",
        "a#b",
        "a/b",
        "a#",
        "caf\u{e9}",
        "cafe\u{301}",
        "שלום עולם",
        "\u{10ffff}",
        "=1+1",
        "'quoted",
        "a\n\"b\",c",
        "Bob",
        "bob",
        "bob#1",
    ];
    ids.into_iter().map(str::to_owned).chain(["é".repeat(384)]).collect()
}

/// An event of one of these users within five days. Many events have the same microsecond.
fn event() -> impl Strategy<Value = Value> {
    let (users, days) = (prop::sample::select(user_ids()), 0_i64..5);
    let micros = prop_oneof![0_i64..3, 43_200_000_000_i64..43_200_000_003, 86_399_999_997_i64..86_400_000_000];
    let text =
        prop_oneof!["[a-z]{0,12}", "\\PC{0,20}", Just("=HYPERLINK(\"x\")".to_owned()), Just("\u{1f44d}".to_owned())];
    let data = prop_oneof![Just(Value::Null), Just(json!({"value": "1.50", "callback_id": "c"}))];
    (users, days, micros, text, data, "[ab]").prop_map(|(user, day, micros, text, data, browser)| {
        json!({"user_id": user, "type": "text", "date": time::format(at(day, micros)), "text": text, "data": data, "user": {"browser": browser}})
    })
}

fn at(day: i64, micros: i64) -> DateTime<Utc> {
    time::from_seconds(1_663_632_000) + TimeDelta::days(day) + TimeDelta::microseconds(micros)
}

/// Exports these events in every way and compares the results.
async fn check(env: &TestEnvironment, tenant: &TestTenant, events: &[Value], cut: DateTime<Utc>, limit: usize) {
    let all = [("from", FROM), ("to", TO)];
    let limit = limit.to_string();
    let paged = [all[0], all[1], ("limit", &limit)];
    let interaction = |event: &Value| ExportedInteraction {
        user: event["user_id"].as_str().unwrap().into(),
        date: event["date"].as_str().unwrap().into(),
        kind: "text".into(),
        text: event["text"].as_str().unwrap().into(),
        data: event["data"].to_string(),
    };
    let expected = sorted(events.iter().map(interaction).collect());

    let whole = env.export_all(tenant, PUBLIC, &all, JSON).await;
    assert_eq!(sorted(whole.clone()), expected, "JSON, whole");
    assert_eq!(env.export_all(tenant, PUBLIC, &paged, JSON).await, whole, "JSON in pages of {limit}");
    for format in [NDJSON, CSV] {
        let lines = env.export_all(tenant, PUBLIC, &all, format).await;
        assert_eq!(sorted(lines.clone()), expected, "{format}");
        assert_eq!(env.export_all(tenant, PUBLIC, &paged, format).await, lines, "{format} in pages of {limit}");
    }
    let (last, first) = (time::format(cut), time::format(cut + TimeDelta::microseconds(1)));
    for format in [JSON, NDJSON] {
        let mut parts = env.export_all(tenant, PUBLIC, &[all[0], ("to", &last)], format).await;
        parts.extend(env.export_all(tenant, PUBLIC, &[("from", &first), all[1], paged[2]], format).await);
        assert_eq!(sorted(parts), expected, "{format}, cut at {last}");
    }
    let filtered = [all[0], all[1], ("browser", "a"), paged[2]];
    let some = env.export_all(tenant, PUBLIC, &filtered[..3], JSON).await;
    let unknown: Vec<_> = some.iter().filter(|interaction| !expected.contains(interaction)).collect();
    assert_eq!(unknown, Vec::<&ExportedInteraction>::new());
    assert_eq!(env.export_all(tenant, PUBLIC, &filtered, JSON).await, some, "JSON, filtered, in pages of {limit}");
    for format in [NDJSON, CSV] {
        assert_eq!(
            sorted(env.export_all(tenant, PUBLIC, &filtered, format).await),
            sorted(some.clone()),
            "{format}, filtered"
        );
    }
    let others = env.export_all(tenant, PUBLIC, &[all[0], all[1], ("browser", "b")], JSON).await;
    // The snapshot of a user of a day has one of two browsers, so the two filters split the days.
    assert_eq!(sorted([some, others].concat()), expected, "both filters together");
    let users: BTreeSet<_> = expected.iter().map(|interaction| interaction.user.clone()).collect();
    for user in users.iter().take(3) {
        let own: Vec<_> = whole.iter().filter(|interaction| interaction.user == *user).cloned().collect();
        for format in [JSON, NDJSON] {
            assert_eq!(
                env.export_all(tenant, PUBLIC, &[all[0], all[1], ("user_id", user)], format).await,
                own,
                "{user}"
            );
        }
    }
}

proptest! {
    #![proptest_config(Config { cases: 12, max_shrink_iters: 40, ..Config::default() })]

    #[test]
    fn every_split_page_size_format_and_filter_has_the_same_interactions(
        events in prop::collection::vec(event(), 1..60),
        cut in (0_i64..5, 0_i64..86_400_000_000),
        on_an_event in any::<bool>(),
        limit in 1_usize..8,
    ) {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        runtime.block_on(async {
            let env = TestEnvironment::new().await;
            let acme = env.create_tenant("acme").await;
            env.ingest(&acme, events.clone().into()).await;
            let cut = if on_an_event { events[0]["date"].as_str().unwrap().parse().unwrap() } else { at(cut.0, cut.1) };
            check(&env, &acme, &events, cut, limit).await;
        });
    }
}

#[tokio::test]
async fn a_user_with_20000_interactions_continues_on_the_next_page() {
    let env = TestEnvironment::new().await;
    let acme = env.create_tenant("acme").await;
    let event = |user: &str, number: i64| {
        let date = time::format(at(number % 3, number * 1_000_000));
        json!({"user_id": user, "type": "text", "date": date, "text": format!("{number} {}", "x".repeat(300))})
    };
    for thousand in 0..20 {
        env.ingest(&acme, (thousand * 1000..thousand * 1000 + 1000).map(|number| event("ann", number)).collect()).await;
    }
    env.ingest(&acme, (0..10).map(|number| event("bob", number)).collect()).await;
    let all = [("from", FROM), ("to", TO)];
    let lines = env.export_all(&acme, PUBLIC, &all, NDJSON).await;
    assert_eq!(lines.len(), 20_010);
    let pages = env.export_pages(&acme, PUBLIC, &[all[0], all[1], ("limit", "1000")], JSON).await;
    let by_user: Vec<_> = pages.iter().flat_map(|page| exported_interactions(page, JSON)).collect();
    assert_eq!(sorted(by_user.clone()), sorted(lines));
    // Where a page ends depends on the hashes of both users.
    assert!(pages.len() >= 3, "{} pages", pages.len());
    let largest = pages.iter().map(|page| page.body.len()).max();
    assert!(largest <= Some(3_500_000), "{largest:?} bytes");
    let continued: Vec<_> = pages
        .iter()
        .filter_map(|page| {
            let page = page.json();
            let ann = page["data"].as_array()?.iter().find_map(|user| user.get("ann"))?.clone();
            Some(ann["continued"].as_bool().unwrap_or(false))
        })
        .collect();
    assert!(continued.len() >= 2, "{continued:?}");
    assert!(!continued[0], "{continued:?}");
    assert_eq!(continued.iter().filter(|continued| !**continued).count(), 1, "{continued:?}");
    let own: Vec<_> = by_user.iter().filter(|interaction| interaction.user == "ann").collect();
    assert!(own.is_sorted_by_key(|interaction| &interaction.date), "not in time order across pages");
}

#[rstest]
#[case::lines(NDJSON, &[])]
#[case::by_user(JSON, &[("limit", "1000")])]
#[tokio::test]
async fn interactions_of_300_kb_are_whole_and_their_pages_fit_in_a_response_of_lambda(
    #[case] format: &str,
    #[case] limit: &[(&str, &str)],
) {
    let env = TestEnvironment::new().await;
    let acme = env.create_tenant("acme").await;
    let event = |number: i64| {
        let date = time::format(at(number % 2, number));
        json!({"user_id": format!("user-{}", number % 5), "type": "longtext_response", "date": date,
            "text": format!("{number} {}{}", "é".repeat(146_000), "\"\\".repeat(2_000))})
    };
    for number in 0..30 {
        env.ingest(&acme, json!([event(number)])).await;
    }
    let pages = env.export_pages(&acme, PUBLIC, &[&[("from", FROM), ("to", TO)], limit].concat(), format).await;
    let exported: Vec<_> = pages.iter().flat_map(|page| exported_interactions(page, format)).collect();
    let expected = (0..30).map(event).map(|event| of_line(&event)).collect();
    assert_eq!(sorted(exported), sorted(expected));
    assert!(pages.len() > 2, "{} pages", pages.len());
    // Lambda returns the body as a JSON string in at most 6 MiB and 100 bytes.
    let largest = pages.iter().map(|page| serde_json::to_string(page.text()).unwrap().len()).max();
    assert!(largest < Some(6_291_556), "{largest:?} bytes");
}
