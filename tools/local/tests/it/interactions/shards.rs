//! Periods with days of different numbers of shards, and days before the retention of the tenant.

use crate::support::exported::{CSV, JSON, NDJSON, of_line, sorted};
use crate::support::{Failures, LEGACY, PUBLIC, TestEnvironment, texts, with_query};
use chrono::TimeDelta;
use serde_json::{Value, json};
use shared::model::time;

#[tokio::test]
async fn a_period_over_days_of_different_numbers_of_shards_is_whole() {
    let env = TestEnvironment::new().await;
    let mut acme = env.create_tenant("acme").await;
    for (from, shards) in [("2022-09-21", 1), ("2022-09-22", 16), ("2022-09-23", 2)] {
        acme.tenant.sharding.change(from.parse().unwrap(), shards).unwrap();
    }
    env.app.store.tenant_update(&acme.tenant).await.unwrap();
    let event = |number: usize| {
        json!({"user_id": format!("user-{}", number % 19), "type": "text", "text": number.to_string(),
            "date": format!("2022-09-{}T08:{:02}:00Z", 20 + number % 5, number % 60)})
    };
    let events: Vec<Value> = (0..200).map(event).collect();
    env.ingest(&acme, events.clone().into()).await;
    let expected = sorted(
        events
            .iter()
            .map(|event| {
                let date = format!("{}.000000Z", event["date"].as_str().unwrap().trim_end_matches('Z'));
                let mut event = event.clone();
                event["date"] = date.into();
                of_line(&event)
            })
            .collect(),
    );
    let all = [("from", "2022-09-20"), ("to", "2022-09-25")];
    let mut failures = Failures::default();
    for format in [JSON, NDJSON, CSV] {
        for limit in ["1", "7", "1000"] {
            let found = env.export_all(&acme, PUBLIC, &[all[0], all[1], ("limit", limit)], format).await;
            failures.check(format!("{format} in pages of {limit}"), || assert_eq!(sorted(found), expected));
        }
    }
    for user in ["user-0", "user-18"] {
        let found = env.export_all(&acme, PUBLIC, &[all[0], all[1], ("user_id", user)], NDJSON).await;
        let own: Vec<_> = expected.iter().filter(|interaction| interaction.user == user).cloned().collect();
        failures.check(user, || assert_eq!(sorted(found), own));
    }
    env.advance_clock(61);
    let changes = env.get("/public/api/interactions/changes", &acme.token).await.json();
    let changes = changes["data"].as_array().unwrap().iter().map(of_line).collect();
    assert_eq!(sorted(changes), expected);
}

#[tokio::test]
async fn no_export_has_interactions_older_than_the_retention_of_the_tenant() {
    let env = TestEnvironment::new().await;
    let mut acme = env.create_tenant("acme").await;
    acme.tenant.retention_days = Some(30);
    env.app.store.tenant_update(&acme.tenant).await.unwrap();
    let now = env.app.clock.now();
    let event = |days: i64| {
        let date = time::format(now - TimeDelta::days(days) + TimeDelta::hours(1));
        json!({"user_id": "ann", "type": "text", "date": date, "text": format!("{days} days ago")})
    };
    env.ingest(&acme, [31, 30, 2].map(event).into_iter().collect()).await;
    let all = [("from", "2000-01-01"), ("to", "9999-12-31 23:59:59")];
    assert_eq!(texts(&env.get_interactions(&acme, LEGACY, &all).await)["ann"], ["30 days ago", "2 days ago"]);
    env.advance_clock(61);
    for format in [JSON, NDJSON, CSV] {
        assert_eq!(
            env.export_all(&acme, PUBLIC, &[all[0], all[1], ("limit", "10")], format).await.len(),
            2,
            "{format}"
        );
    }
    let export = env.get("/public/api/user-data-export?exportType=json", &acme.token).await.json();
    assert_eq!(export["data"][0]["ann"]["interactions"].as_array().map(Vec::len), Some(2));
    let changes = env.get("/public/api/interactions/changes", &acme.token).await.json();
    assert_eq!(changes["data"].as_array().map(Vec::len), Some(2));
    // One more interaction is now too old, before its TTL removes it from the table.
    env.advance_clock(2 * 3600);
    assert_eq!(texts(&env.get_interactions(&acme, LEGACY, &all).await)["ann"], ["2 days ago"]);
    let path = with_query("/public/api/user-data-export", &[("exportType", "json"), ("cursor", "")]);
    let export = env.get(&path, &acme.token).await.json();
    assert_eq!(export["data"][0]["ann"]["interactions"].as_array().map(Vec::len), Some(1));
}
