//! Interactions written and read, changes, exports, lists of links and funnels.

use super::people::person;
use super::{BULK, MANY, READ, assert_on_the_page, metered, part, row};
use crate::interactions::ingest::PATH as INGEST;
use crate::support::{GENERATE_PATHS, PUBLIC, TestEnvironment, TestTenant, paths, with_query};
use sandbox::capacity::{Consumed, Meter};
use serde_json::{Value, json};

/// Reads every page of a path, and returns the consumption and the pages.
async fn pages(env: &TestEnvironment, acme: &TestTenant, path: &str, meter: &Meter) -> (Consumed, Vec<Value>) {
    let _ = meter.take();
    let (mut next, mut pages) = (path.to_owned(), Vec::new());
    loop {
        let response = env.get(&next, &acme.token).await;
        assert_eq!(response.status, 200, "{}", response.text());
        let page = response.json();
        let cursor = page["meta"]["next_cursor"].as_str().map(str::to_owned);
        pages.push(page);
        let Some(cursor) = cursor.filter(|_| pages.len() < 100) else { return (meter.take(), pages) };
        let separator = if path.contains('?') { '&' } else { '?' };
        next = format!("{path}{separator}cursor={cursor}");
    }
}

fn event(number: u32) -> Value {
    json!({"user_id": format!("customer-{}", number % 100), "type": "text", "id": format!("m{number}"),
        "date": format!("2022-09-21T08:{:02}:{:02}Z", number / 60 % 60, number % 60),
        "text": "I moved last week. Could you please send the new policy to my new address?",
        "data": {"value": ""}, "scenario_id": "0x420"})
}

#[tokio::test]
async fn docs_deploy_md_has_the_measured_cost_of_writing_and_reading_interactions() {
    let (env, meter) = metered().await;
    let acme = env.create_tenant("acme").await;
    env.begin_minute(&acme).await;
    let _ = meter.take();
    let written = env.post(INGEST, &acme.token, &(0..MANY).map(event).collect()).await;
    assert_eq!(written.json()["created"], MANY, "{}", written.text());
    let written = part(meter.take(), MANY);
    let mut consumed = Vec::new();
    for format in ["application/json", "application/x-ndjson"] {
        let bearer = format!("Bearer {}", acme.token);
        let path = with_query(PUBLIC, &[("from", "2022-09-21"), ("to", "2022-09-22")]);
        let response = env.visit(&path, &[("authorization", &bearer), ("accept", format)]).await;
        assert_eq!(response.text().matches("I moved last week").count(), usize::try_from(MANY).expect("small"));
        consumed.push(part(meter.take(), MANY));
    }
    let export = env.get("/public/api/user-data-export?exportType=json&perPage=100", &acme.token).await;
    assert_eq!(export.json()["meta"]["pagination"]["total"], 100, "{}", export.text());
    let exported = part(meter.take(), MANY);
    env.advance_clock(61);
    env.begin_minute(&acme).await;
    let _ = meter.take();
    let feed = env.get("/public/api/interactions/changes?limit=1000", &acme.token).await;
    assert_eq!(feed.json()["data"].as_array().map(Vec::len), usize::try_from(MANY).ok(), "{}", feed.text());
    let changed = part(meter.take(), MANY);
    let thousand = 1.0 / f64::from(MANY);
    assert_on_the_page(&[
        row("interactions written, 1,000 a request", written, &[(thousand, BULK)]),
        row("interactions read by user, 1,000 a request", consumed[0], &[(thousand, READ)]),
        row("interactions read as lines, 1,000 a request", consumed[1], &[(thousand, READ)]),
        row("interactions in the user data export, 1,000 a request", exported, &[(thousand, READ)]),
        row("changes read, 1,000 a request", changed, &[(thousand, READ)]),
    ]);
}

#[tokio::test]
async fn docs_deploy_md_has_the_measured_cost_of_a_funnel_and_of_a_list_of_links() {
    const LINKS: u32 = 10_000;
    /// Every twelfth link is opened: 8 %.
    const OPENED: usize = 12;
    let (env, meter) = metered().await;
    let acme = env.create_tenant("acme").await;
    let dataset: Value = (0..LINKS).map(person).collect();
    let body = json!({"scenario_id": "0x420", "campaign": "spring", "dataset": dataset});
    let links = paths(&env.post(GENERATE_PATHS[1], &acme.token, &body).await);
    for path in links.iter().step_by(OPENED) {
        let _ = env.open_session(path).await;
    }
    env.begin_minute(&acme).await;
    let (funnel, pages_of_funnel) = pages(&env, &acme, "/public/api/campaigns/spring/funnel", &meter).await;
    let totals = |member: &str| pages_of_funnel.iter().filter_map(|page| page[member].as_u64()).sum::<u64>();
    assert_eq!((totals("made"), totals("opened")), (u64::from(LINKS), links.len().div_ceil(OPENED) as u64));
    env.begin_minute(&acme).await;
    let (list, pages_of_list) = pages(&env, &acme, "/public/api/links?campaign=spring&limit=1000", &meter).await;
    let listed: usize = pages_of_list.iter().filter_map(|page| page["data"].as_array()).map(Vec::len).sum();
    assert_eq!(listed, links.len());
    // The codes are random, and with them how full the last page of each partition is: to the nearest five units.
    let funnel = Consumed { read: (funnel.read / 5.0).round() * 5.0, ..funnel };
    let requests = |pages: &[Value]| f64::from(u32::try_from(pages.len()).expect("few"));
    assert_on_the_page(&[
        row("funnels of 10,000 links, 8 % opened", funnel, &[(requests(&pages_of_funnel), READ)]),
        row("lists of 10,000 links, 1,000 a request", list, &[(requests(&pages_of_list), READ)]),
    ]);
}
