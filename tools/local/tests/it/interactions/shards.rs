//! Days of different numbers of shards in one period, and days that are no longer kept.

use crate::support::exported::{CSV, JSON, NDJSON, sorted};
use crate::support::{LEGACY, PUBLIC, TestEnvironment, texts, with_query};
use chrono::TimeDelta;
use serde_json::{Value, json};
use shared::model::time;

#[tokio::test]
async fn the_number_of_shards_changes_in_the_middle_of_a_period_and_nothing_is_lost() {
    let env = TestEnvironment::new().await;
    let mut acme = env.create_tenant("acme").await;
    for (from, shards) in [("2022-09-21", 1), ("2022-09-22", 16), ("2022-09-23", 2)] {
        acme.tenant.sharding.change(from.parse().unwrap(), shards).unwrap();
    }
    env.app.store.tenant_update(&acme.tenant).await.unwrap();
    let said = |number: usize| {
        json!({"user_id": format!("user-{}", number % 19), "type": "text", "text": number.to_string(),
            "date": format!("2022-09-{}T08:{:02}:00Z", 20 + number % 5, number % 60)})
    };
    let events: Vec<Value> = (0..200).map(said).collect();
    env.ingest(&acme, events.clone().into()).await;
    let expected = sorted(
        events
            .iter()
            .map(|event| {
                let date = format!("{}.000000Z", event["date"].as_str().unwrap().trim_end_matches('Z'));
                let mut event = event.clone();
                event["date"] = date.into();
                crate::support::exported::of_line(&event)
            })
            .collect(),
    );
    let all = [("from", "2022-09-20"), ("to", "2022-09-25")];
    for format in [JSON, NDJSON, CSV] {
        for limit in ["1", "7", "1000"] {
            let found = env.export_all(&acme, PUBLIC, &[all[0], all[1], ("limit", limit)], format).await;
            assert_eq!(sorted(found), expected, "{format} in pages of {limit}");
        }
    }
    for user in ["user-0", "user-18"] {
        let own = env.export_all(&acme, PUBLIC, &[all[0], all[1], ("user_id", user)], NDJSON).await;
        assert_eq!(sorted(own), expected.iter().filter(|said| said.user == user).cloned().collect::<Vec<_>>());
    }
    env.advance_clock(61);
    let changes = env.get("/public/api/interactions/changes", &acme.token).await.json();
    let changes = changes["data"].as_array().unwrap().iter().map(crate::support::exported::of_line).collect();
    assert_eq!(sorted(changes), expected);
}

#[tokio::test]
async fn what_is_older_than_a_tenants_retention_is_neither_returned_nor_kept() {
    let env = TestEnvironment::new().await;
    let mut acme = env.create_tenant("acme").await;
    acme.tenant.retention_days = Some(30);
    env.app.store.tenant_update(&acme.tenant).await.unwrap();
    let now = env.app.clock.now();
    let said = |days: i64| {
        let date = time::format(now - TimeDelta::days(days) + TimeDelta::hours(1));
        json!({"user_id": "ann", "type": "text", "date": date, "text": format!("{days} days ago")})
    };
    env.ingest(&acme, [31, 30, 2].map(said).into_iter().collect()).await;
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
    assert_eq!(export["data"][0]["ann"]["interactions"].as_array().unwrap().len(), 2);
    let changes = env.get("/public/api/interactions/changes", &acme.token).await.json();
    assert_eq!(changes["data"].as_array().unwrap().len(), 2);
    // A day passes, and one more is gone, whether the table has removed it or not.
    env.advance_clock(2 * 3600);
    assert_eq!(texts(&env.get_interactions(&acme, LEGACY, &all).await)["ann"], ["2 days ago"]);
    let path = with_query("/public/api/user-data-export", &[("exportType", "json"), ("cursor", "")]);
    let export = env.get(&path, &acme.token).await.json();
    assert_eq!(export["data"][0]["ann"]["interactions"].as_array().unwrap().len(), 1);
}
