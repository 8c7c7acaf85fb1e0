//! What an export and an ingestion cost follows what they hold: requests and units do not wobble, so they are asserted.
//! `cargo bench-interactions` measures the same of a million.

use crate::support::exported::{JSON, NDJSON, next_cursor};
use crate::support::{PUBLIC, TestEnvironment, TestTenant};
use aws_sdk_dynamodb::types::AttributeValue;
use chrono::{Days, NaiveDate};
use datagen::Plan;
use sandbox::capacity::{Consumed, Meter};
use shared::crypto::base64url;
use shared::model::{Event, EventIds, Tenant};
use shared::store::{Client, client_config};
use std::collections::BTreeSet;

/// Texts are this much longer than people's, so that few interactions make several pages.
const LONG: usize = 2_000;

fn plan() -> Plan {
    let first = NaiveDate::from_ymd_opt(2025, 1, 1).expect("a day");
    Plan { users: 150, interactions: 8_000, first, days: 7, bot: false, seed: 1 }
}

/// A tenant without anything, its requests to the table measured.
async fn metered() -> (TestEnvironment, TestTenant, Meter) {
    let meter = Meter::new();
    // The key decides where users stand, and so where pages end.
    let key = base64url(&[9; 32]);
    let env = TestEnvironment::with(&[("DATA_KEY", &key)], |client| meter.plug(client)).await;
    let acme = env.create_tenant("acme").await;
    (env, acme, meter)
}

/// Loads days of the plan.
async fn load(env: &TestEnvironment, of: &TestTenant, plan: Plan, days: impl Iterator<Item = NaiveDate>) {
    let now = env.app.clock.now();
    let tenant: Tenant = env.app.store.tenant_get(&of.tenant.id).await.expect("the table").expect("a tenant");
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

/// Bytes of what is stored of days under a prefix, by a bare query of each partition.
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

/// Exports days and says how many pages it took and what it consumed. The two requests that check each page's token are
/// not counted, their units are.
async fn export(
    env: &TestEnvironment,
    of: &TestTenant,
    meter: &Meter,
    days: (&str, &str),
    format: &str,
) -> (f64, Consumed) {
    let _ = meter.take();
    let mut pairs = vec![("from", days.0.to_owned()), ("to", format!("{} 23:59:59", days.1))];
    pairs.extend((format == JSON).then(|| ("limit", "1000".to_owned())));
    let (mut pages, mut interactions, mut cursor) = (0.0, 0, None);
    loop {
        let more = cursor.iter().map(|cursor: &String| ("cursor", cursor.as_str()));
        let asked: Vec<_> = pairs.iter().map(|(name, value)| (*name, value.as_str())).chain(more).collect();
        let page = env.export_page(of, PUBLIC, &asked, format).await;
        assert_eq!(page.status, 200, "{}", page.text());
        pages += 1.0;
        interactions += page.text().matches("\"date\":").count();
        cursor = next_cursor(&page, format);
        if cursor.is_none() {
            break;
        }
    }
    assert!(interactions > 0, "{days:?}");
    let consumed = meter.take();
    (pages, Consumed { requests: consumed.requests - 2.0 * pages, ..consumed })
}

fn units(bytes: f64) -> f64 {
    bytes / 4096.0 / 2.0
}

#[tokio::test]
async fn a_whole_export_in_lines_reads_what_is_stored_once_and_hardly_more() {
    let (env, acme, meter) = metered().await;
    load(&env, &acme, plan(), plan().days()).await;
    let said = stored(&env, &meter, plan(), "U#").await;
    assert!(said > 16e6, "{said}");
    let week = ("2025-01-01", "2025-01-07");
    let (pages, lines) = export(&env, &acme, &meter, week, NDJSON).await;
    println!("lines: {pages} pages, {lines:?}, {} units at least", units(said));
    assert!(lines.read <= 1.05 * units(said), "{} units for {}", lines.read, units(said));
    assert!(lines.requests <= 7.0 * 4.0 + said / 1_048_576.0, "{} requests", lines.requests);
}

#[tokio::test]
async fn a_whole_export_by_user_reads_at_most_a_quarter_more_and_twice_a_day_and_page() {
    let (env, acme, meter) = metered().await;
    let month = Plan { days: 31, ..plan() };
    load(&env, &acme, month, month.days()).await;
    let (said, headers) = (stored(&env, &meter, month, "U#").await, stored(&env, &meter, month, "H#").await);
    let (pages, users) = export(&env, &acme, &meter, ("2025-01-01", "2025-01-31"), JSON).await;
    println!("by user: {pages} pages, {users:?}, {} units at least", units(said + headers));
    assert!(users.read <= 1.25 * units(said + headers), "{} units for {}", users.read, units(said + headers));
    assert!(users.requests <= 2.0 * 31.0 * pages, "{} requests for {pages} pages", users.requests);
}

#[tokio::test]
async fn a_days_export_costs_the_same_however_much_else_is_in_the_table() {
    let (env, acme, meter) = metered().await;
    let day = plan().first;
    load(&env, &acme, plan(), std::iter::once(day)).await;
    let mut before = Vec::new();
    for format in [NDJSON, JSON] {
        before.push(export(&env, &acme, &meter, ("2025-01-01", "2025-01-01"), format).await);
    }
    load(&env, &acme, plan(), plan().days().skip(1)).await;
    for (format, (pages, alone)) in [NDJSON, JSON].into_iter().zip(before) {
        let (pages_now, among) = export(&env, &acme, &meter, ("2025-01-01", "2025-01-01"), format).await;
        assert_eq!((pages_now, among.requests, among.read), (pages, alone.requests, alone.read), "{format}");
    }
}

#[tokio::test]
async fn an_ingestion_writes_once_an_event_twice_a_users_day_and_once_for_the_request() {
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
        assert_eq!((response.status.as_u16(), &response.json()["created"]), (200, &500.into()), "{}", response.text());
        let puts = meter.take().puts;
        let most = 500 + 2 * of_days.len() + 1;
        println!("{puts} puts, {most} at most");
        assert!(puts <= u32::try_from(most).map_or(f64::MAX, f64::from), "round {round}: {puts} puts, {most} at most");
    }
}
