//! Queries over long periods cost what their active days cost, and end by time with a cursor.

use crate::interactions::ingest::event;
use crate::support::exported::{JSON, NDJSON, next_cursor};
use crate::support::{Fault, FaultInjector, LEGACY, PUBLIC, TestEnvironment, TestTenant, with_query};
use rstest::rstest;
use serde_json::{Value, json};
use std::time::Duration;

const CENTURIES: [(&str, &str); 2] = [("from", "0001-01-01"), ("to", "9999-12-31")];
/// The requests of a query besides those that read its days: the token's use, the tenant's requests, tenant and account,
/// and the active days.
const AROUND: usize = 4;
/// Partitions of a day.
const SHARDS: usize = 4;

async fn environment() -> (TestEnvironment, TestTenant, FaultInjector) {
    let faults = FaultInjector::new();
    let env = TestEnvironment::with(&[], |client| faults.install(client)).await;
    let acme = env.create_tenant("acme").await;
    (env, acme, faults)
}

fn said(user: &str, date: &str) -> Value {
    let mut said = event(user, "08:00:00", "hello");
    said["date"] = json!(format!("{date}T08:00:00Z"));
    said
}

#[rstest]
#[case::as_records(NDJSON, &[], SHARDS * 600)]
#[case::as_records_of_one_user(NDJSON, &[("user_id", "user-599")], 1)]
// The headers of each day in each shard, and the interactions of each user's one day.
#[case::by_user(JSON, &[("limit", "1000")], SHARDS * 600 + 600)]
#[tokio::test]
async fn a_month_with_one_active_day_costs_the_requests_of_one_day(
    #[case] format: &str,
    #[case] query: &[(&str, &str)],
    #[case] days: usize,
) {
    let (env, acme, faults) = environment().await;
    let month =
        |month: usize| said(&format!("user-{month}"), &format!("{}-{:02}-15", 1970 + month / 12, 1 + month % 12));
    env.ingest(&acme, (0..600).map(month).collect()).await;
    env.begin_minute(&acme).await;
    faults.reset();
    let pages = env.export_pages(&acme, PUBLIC, &[&CENTURIES[..], query].concat(), format).await;
    assert_eq!(faults.requests().len(), AROUND * pages.len() + days);
}

#[tokio::test]
async fn a_query_over_centuries_of_a_tenant_without_interactions_reads_no_day() {
    let (env, acme, faults) = environment().await;
    env.begin_minute(&acme).await;
    faults.reset();
    assert_eq!(env.get(&with_query(LEGACY, &CENTURIES), &acme.token).await.status, 200);
    assert_eq!(faults.requests().len(), AROUND);
}

#[rstest]
// A page ends after 20 s, which are ten reads of two seconds.
#[case::as_records(NDJSON, &[], (24 * SHARDS).div_ceil(10))]
// A batch reads the headers of 24 days of a shard, eight at once, in six seconds.
#[case::by_user(JSON, &[("limit", "10")], 2)]
#[tokio::test]
async fn a_filter_that_matches_nobody_on_a_slow_table_gives_empty_pages_with_cursors(
    #[case] format: &str,
    #[case] query: &[(&str, &str)],
    #[case] expected: usize,
) {
    let (env, acme, faults) = environment().await;
    env.ingest(&acme, (1..=24).map(|day| said("ann", &format!("2022-09-{day:02}"))).collect()).await;
    faults.inject(|request, number| {
        if request.operation != "Query" || !request.body.contains("\"H#") {
            return Fault::Pass;
        }
        // All requests of a page to the engine come before its first read of headers.
        if number == 2 {
            tokio::time::pause();
        }
        Fault::Late(Duration::from_secs(2))
    });
    let (mut pages, mut cursor) = (0, None);
    loop {
        faults.reset();
        let more = cursor.iter().map(|cursor: &String| ("cursor", cursor.as_str()));
        let query: Vec<_> = [&CENTURIES[..], &[("country", "zz")], query].concat().into_iter().chain(more).collect();
        let page = env.export_page(&acme, PUBLIC, &query, format).await;
        tokio::time::resume();
        assert_eq!(page.status, 200, "{}", page.text());
        pages += 1;
        cursor = next_cursor(&page, format);
        if cursor.is_none() {
            break;
        }
    }
    assert_eq!(pages, expected);
}
