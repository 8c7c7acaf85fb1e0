//! The cost of exports and of ingestion in requests and read units, which are the same in every run. `cargo
//! bench-interactions` measures them with a million interactions.

use crate::support::exported::{JSON, NDJSON, next_cursor};
use crate::support::{PUBLIC, TestEnvironment, TestTenant};
use aws_sdk_dynamodb::types::AttributeValue;
use chrono::{Days, NaiveDate};
use datagen::Plan;
use rstest::rstest;
use sandbox::capacity::{Consumed, Meter};
use shared::crypto::base64url;
use shared::model::{Event, EventIds, Tenant};
use shared::store::{Client, client_config};
use std::collections::BTreeSet;

/// Bytes that are added to each text, so that few interactions fill several pages.
const LONG: usize = 2_000;

fn plan() -> Plan {
    let first = NaiveDate::from_ymd_opt(2025, 1, 1).expect("a day");
    Plan { users: 150, interactions: 8_000, first, days: 7, bot: false, seed: 1 }
}

/// An empty tenant, and a meter of its requests to the table.
async fn metered() -> (TestEnvironment, TestTenant, Meter) {
    let meter = Meter::new();
    // The data key decides the hashes of users, and so where pages end.
    let key = base64url(&[9; 32]);
    let env = TestEnvironment::with(&[("DATA_KEY", &key)], |client| meter.plug(client)).await;
    let acme = env.create_tenant("acme").await;
    (env, acme, meter)
}

/// Stores the interactions of days of the plan.
async fn load(env: &TestEnvironment, tenant: &TestTenant, plan: Plan, days: impl Iterator<Item = NaiveDate>) {
    let now = env.app.clock.now();
    let tenant: Tenant = env.app.store.tenant_get(&tenant.tenant.id).await.expect("the table").expect("a tenant");
    for day in days {
        let mut ids = EventIds::new(shared::crypto::sha256);
        let long = |mut event: shared::model::EventShape| {
            let text = event.text.get_or_insert_default();
            text.push_str(&"é".repeat(LONG / 2));
            event.check(now, &mut ids).expect("an event")
        };
        let events: Vec<Event> = plan.day(day).into_iter().map(long).collect();
        env.app.store.events_load(&tenant, &events, now).await.expect("loaded");
    }
}

/// Bytes of the stored items whose sort key begins with a prefix, by one query of each partition.
async fn stored(env: &TestEnvironment, meter: &Meter, plan: Plan, prefix: &str) -> f64 {
    let mut config = client_config(&env.app.config.aws).to_builder();
    meter.plug(&mut config);
    let client = Client::from_conf(config.build());
    let _ = meter.take();
    for (day, shard) in plan.days().flat_map(|day| (0..4).map(move |shard| (day, shard))) {
        let mut after = None;
        loop {
            let query = client.query().table_name(&env.app.config.table);
            let query = query.key_condition_expression("PK = :pk AND begins_with(SK, :prefix)");
            let query =
                query.expression_attribute_values(":pk", AttributeValue::S(format!("T#acme#D#{day}#S#{shard}")));
            let query = query.expression_attribute_values(":prefix", AttributeValue::S(prefix.to_owned()));
            after = query.set_exclusive_start_key(after).send().await.expect("a page").last_evaluated_key;
            if after.is_none() {
                break;
            }
        }
    }
    meter.take().bytes
}

/// Exports days. Returns the number of pages and the consumption, without the three requests of each page that check the
/// token and read the active days; their units are included.
async fn export(
    env: &TestEnvironment,
    tenant: &TestTenant,
    meter: &Meter,
    days: (&str, &str),
    format: &str,
) -> (f64, Consumed) {
    env.begin_minute(tenant).await;
    let _ = meter.take();
    let mut pairs = vec![("from", days.0.to_owned()), ("to", format!("{} 23:59:59", days.1))];
    pairs.extend((format == JSON).then(|| ("limit", "1000".to_owned())));
    let (mut pages, mut interactions, mut cursor) = (0.0, 0, None);
    loop {
        let more = cursor.iter().map(|cursor: &String| ("cursor", cursor.as_str()));
        let query: Vec<_> = pairs.iter().map(|(name, value)| (*name, value.as_str())).chain(more).collect();
        let page = env.export_page(tenant, PUBLIC, &query, format).await;
        assert_eq!(page.status, 200, "{}", page.text());
        pages += 1.0;
        interactions += page.text().matches("\"date\":").count();
        cursor = next_cursor(&page, format);
        if cursor.is_none() {
            break;
        }
    }
    assert_ne!(interactions, 0, "{days:?}");
    let consumed = meter.take();
    (pages, Consumed { requests: consumed.requests - 3.0 * pages, ..consumed })
}

fn units(bytes: f64) -> f64 {
    bytes / 4096.0 / 2.0
}

#[tokio::test]
async fn an_export_of_lines_reads_at_most_a_twentieth_more_than_is_stored() {
    let (env, acme, meter) = metered().await;
    load(&env, &acme, plan(), plan().days()).await;
    let bytes = stored(&env, &meter, plan(), "U#").await;
    assert!(bytes > 16e6, "{bytes}");
    let week = ("2025-01-01", "2025-01-07");
    let (pages, lines) = export(&env, &acme, &meter, week, NDJSON).await;
    println!("lines: {pages} pages, {lines:?}, {} units at least", units(bytes));
    assert!(lines.read <= 1.05 * units(bytes), "{} units for {}", lines.read, units(bytes));
    assert!(lines.requests <= 7.0 * 4.0 + bytes / 1_048_576.0, "{} requests", lines.requests);
}

#[tokio::test]
async fn an_export_by_user_reads_at_most_a_quarter_more_than_is_stored() {
    let (env, acme, meter) = metered().await;
    let month = Plan { days: 31, ..plan() };
    load(&env, &acme, month, month.days()).await;
    let bytes = stored(&env, &meter, month, "U#").await + stored(&env, &meter, month, "H#").await;
    let (pages, users) = export(&env, &acme, &meter, ("2025-01-01", "2025-01-31"), JSON).await;
    println!("by user: {pages} pages, {users:?}, {} units at least", units(bytes));
    assert!(users.read <= 1.25 * units(bytes), "{} units for {}", users.read, units(bytes));
    assert!(users.requests <= 1.5 * 31.0 * pages, "{} requests for {pages} pages", users.requests);
}

#[rstest]
#[tokio::test]
async fn the_export_of_a_day_costs_the_same_if_the_table_has_other_days(#[values(NDJSON, JSON)] format: &str) {
    let (env, acme, meter) = metered().await;
    let day = plan().first;
    load(&env, &acme, plan(), std::iter::once(day)).await;
    let (pages, alone) = export(&env, &acme, &meter, ("2025-01-01", "2025-01-01"), format).await;
    load(&env, &acme, plan(), plan().days().skip(1)).await;
    let (pages_now, with_others) = export(&env, &acme, &meter, ("2025-01-01", "2025-01-01"), format).await;
    assert_eq!(pages_now.to_string(), pages.to_string());
    assert_eq!(with_others.requests.to_string(), alone.requests.to_string());
    assert_eq!(with_others.read.to_string(), alone.read.to_string());
}

#[tokio::test]
async fn an_ingestion_makes_one_write_an_event_two_a_user_and_day_and_one_for_the_feed() {
    let (env, acme, meter) = metered().await;
    let day = plan().first.checked_add_days(Days::new(1)).expect("a day");
    let days: [Vec<_>; 2] = [plan().day(plan().first), plan().day(day)];
    let headers =
        [("authorization", format!("Bearer {}", acme.token)), ("content-type", "application/json".to_owned())];
    let headers = headers.each_ref().map(|(name, value)| (*name, value.as_str()));
    for (round, day) in days.iter().enumerate() {
        let events = &day[..500];
        let of_days: BTreeSet<_> = events.iter().map(|event| event.user_id.as_ref().map(ToString::to_string)).collect();
        let _ = meter.take();
        let body = serde_json::to_string(events).expect("JSON");
        let response = env.post_raw("/public/api/interactions", &headers, body).await;
        assert_eq!(response.status, 200, "{}", response.text());
        assert_eq!(response.json()["created"], 500, "{}", response.text());
        let puts = meter.take().puts;
        let expected = 500 + 2 * of_days.len() + 1;
        let expected = u32::try_from(expected).map_or(f64::MAX, f64::from);
        assert_eq!(puts.to_bits(), expected.to_bits(), "round {round}: {puts} puts, and not {expected}");
    }
}
