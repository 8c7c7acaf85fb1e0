//! What a million of each thing consumes and costs: measured, and as docs/deploy.md says.

use crate::interactions::ingest::PATH as INGEST;
use crate::support::{PAGE_ORIGIN, PUBLIC, TestEnvironment, TestTenant, paths, source, with_query};
use sandbox::capacity::{Consumed, Meter};
use serde_json::json;
use shared::config;
use shared::crypto::base64url;
use std::time::Duration;

/// List prices in US dollars, us-east-1, January 2025; docs/deploy.md names the pages.
mod price {
    pub(super) const WRITES: f64 = 0.625; // a million write request units
    pub(super) const READS: f64 = 0.125; // a million read request units
    pub(super) const CALLS: f64 = 0.20; // a million calls of functions
    pub(super) const GB_SECOND: f64 = 0.000_013_333_4; // on arm64
    pub(super) const GATEWAY: f64 = 1.00; // a million requests to an HTTP API
}

/// Links of a request, interactions of a question.
const MANY: u32 = 1000;

/// A million of something: what it consumes, and what its function is assumed to take.
struct Million {
    what: &'static str,
    of_one: Consumed,
    /// HTTP requests for one.
    requests: f64,
    /// Memory of the function, and the time assumed for a request, in MB and ms.
    runs: (f64, f64),
}

impl Million {
    fn row(&self) -> String {
        let Self { what, of_one, requests, runs: (memory, millis) } = self;
        let table = of_one.read * price::READS + of_one.write * price::WRITES;
        let lambda = requests * (price::CALLS + memory / 1024.0 * millis * 1000.0 * price::GB_SECOND);
        let gateway = requests * price::GATEWAY;
        format!(
            "| {what} | {:.2} | {:.2} | {requests} | ${table:.2} | ${lambda:.2} | ${gateway:.2} | ${:.2} |",
            of_one.read,
            of_one.write,
            table + lambda + gateway
        )
    }
}

fn part(whole: Consumed, of: u32) -> Consumed {
    let of = f64::from(of);
    Consumed { requests: whole.requests / of, read: whole.read / of, write: whole.write / of, ..whole }
}

async fn links(env: &TestEnvironment, acme: &TestTenant, meter: &Meter) -> (Consumed, String) {
    let row = |number: u32| {
        json!({"user_id": format!("customer-{number}"), "attributes": {"first_name": "Ann", "last_name": "Gruber",
            "email": "ann.gruber@example.com", "PolicyHolders": "Ben Smith, Joe Bloggs"}})
    };
    let _ = meter.take();
    let response = env.generate(acme, (0..MANY).map(row).collect()).await;
    let made = part(meter.take(), MANY);
    (made, paths(&response).remove(0))
}

/// Begins to measure when every count of a click has ended.
async fn begin(meter: &Meter) {
    tokio::time::sleep(Duration::from_millis(500)).await;
    let _ = meter.take();
}

async fn redirect(env: &TestEnvironment, path: &str, meter: &Meter) -> Consumed {
    env.follow_link(path).await;
    begin(meter).await;
    let redirect = env.visit(path, &[]).await;
    assert_eq!(redirect.status, 302);
    tokio::time::sleep(Duration::from_millis(500)).await; // the count may end after the redirect
    meter.take()
}

async fn exchange(env: &TestEnvironment, path: &str, meter: &Meter) -> (Consumed, String) {
    let body = json!({"handoff": env.follow_link(path).await, "nonce": "0123456789abcdef"}).to_string();
    begin(meter).await;
    let headers = [("origin", PAGE_ORIGIN), ("content-type", "application/json")];
    let response = env.post_raw("/webchat/exchange", &headers, body).await;
    assert_eq!(response.status, 200, "{}", response.text());
    (meter.take(), response.json()["session"].as_str().expect("a session").to_owned())
}

async fn message(env: &TestEnvironment, session: &str, meter: &Meter) -> Consumed {
    assert_eq!(env.send_message(session, "customer-0", "first", "hello").await.status, 200);
    begin(meter).await;
    let text = "I moved last week. Could you please send the new policy to my new address?";
    assert_eq!(env.send_message(session, "customer-0", "second", text).await.status, 200);
    meter.take()
}

/// Interactions that were written, read by user, and read as lines.
async fn interactions(env: &TestEnvironment, acme: &TestTenant, meter: &Meter) -> [Consumed; 3] {
    let event = |number: u32| {
        json!({"user_id": format!("customer-{}", number % 100), "type": "text", "id": format!("m{number}"),
            "date": format!("2022-09-21T08:{:02}:{:02}Z", number / 60 % 60, number % 60),
            "text": "I moved last week. Could you please send the new policy to my new address?",
            "data": {"value": ""}, "scenario_id": "0x420"})
    };
    let _ = meter.take();
    let written = env.post(INGEST, &acme.token, &(0..MANY).map(event).collect()).await;
    assert_eq!(written.json()["created"], MANY, "{}", written.text());
    let mut consumed = vec![part(meter.take(), MANY)];
    for format in ["application/json", "application/x-ndjson"] {
        let bearer = format!("Bearer {}", acme.token);
        let path = with_query(PUBLIC, &[("from", "2022-09-21"), ("to", "2022-09-22")]);
        let response = env.visit(&path, &[("authorization", &bearer), ("accept", format)]).await;
        assert_eq!(response.text().matches("I moved last week").count(), usize::try_from(MANY).expect("small"));
        consumed.push(part(meter.take(), MANY));
    }
    consumed.try_into().expect("three")
}

#[tokio::test]
async fn a_million_of_each_costs_what_the_deployment_page_says() {
    let meter = Meter::new();
    // The key decides which users share a shard, and with it how the last page of each is rounded up.
    let env = TestEnvironment::with(&[("DATA_KEY", &base64url(&[7; 32]))], |client| meter.plug(client)).await;
    let acme = env.create_tenant("acme").await;
    let (made, path) = links(&env, &acme, &meter).await;
    let followed = redirect(&env, &path, &meter).await;
    let (opened, session) = exchange(&env, &path, &meter).await;
    let stored = message(&env, &session, &meter).await;
    let [written, read, exported] = interactions(&env, &acme, &meter).await;
    let (one, thousand) = (1.0, 1.0 / f64::from(MANY));
    let row = |what, of_one, requests, memory, millis| Million { what, of_one, requests, runs: (memory, millis) }.row();
    let rows = [
        row("links made, 1,000 a request", made, thousand, 1024.0, 1000.0),
        row("redirects", followed, one, 256.0, 10.0),
        row("links opened (exchanges)", opened, one, 256.0, 20.0),
        row("interactions stored from webchat", stored, one, 256.0, 20.0),
        row("interactions written, 1,000 a request", written, thousand, 1024.0, 1000.0),
        row("interactions read by user, 1,000 a request", read, thousand, 1024.0, 200.0),
        row("interactions read as lines, 1,000 a request", exported, thousand, 1024.0, 200.0),
    ];
    println!("{}", rows.join("\n"));
    let page = std::fs::read_to_string(source::root().join("docs/deploy.md")).expect("the page");
    // Another engine may count otherwise; the page has what the embedded one counts.
    if config::variable("TEST_DYNAMODB_ENDPOINT").is_none() {
        for row in rows {
            assert!(page.contains(&row), "docs/deploy.md does not say:\n{row}");
        }
    }
}
