//! The consumption and the cost of a million of each operation, compared with docs/deploy.md.

use crate::interactions::ingest::PATH as INGEST;
use crate::support::{PUBLIC, TestEnvironment, TestTenant, paths, source, with_query};
use sandbox::capacity::{Consumed, Meter};
use serde_json::json;
use shared::config;
use shared::crypto::base64url;
use std::time::{Duration, Instant};

/// List prices in US dollars, us-east-1, January 2025. docs/deploy.md names their sources.
mod price {
    pub(super) const WRITES: f64 = 0.625; // a million write request units
    pub(super) const READS: f64 = 0.125; // a million read request units
    pub(super) const CALLS: f64 = 0.20; // a million calls of functions
    pub(super) const GB_SECOND: f64 = 0.000_013_333_4; // on arm64
    pub(super) const GATEWAY: f64 = 1.00; // a million requests to an HTTP API
}

/// Links of a request, and interactions of a query.
const MANY: u32 = 1000;

/// A million operations: the consumption of one, and the assumed resources of its function.
struct Million {
    what: &'static str,
    of_one: Consumed,
    /// HTTP requests of one operation.
    requests: f64,
    /// Memory of the function in MB, and the assumed time of a request in ms.
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

async fn links(env: &TestEnvironment, acme: &TestTenant, meter: &Meter) -> (Consumed, Vec<String>) {
    let row = |number: u32| {
        json!({"user_id": format!("customer-{number}"), "attributes": {"first_name": "Ann", "last_name": "Gruber",
            "email": "ann.gruber@example.com", "PolicyHolders": "Ben Smith, Joe Bloggs"}})
    };
    let _ = meter.take();
    let response = env.generate(acme, (0..MANY).map(row).collect()).await;
    let made = part(meter.take(), MANY);
    (made, paths(&response))
}

/// Returns the consumption when it includes the count of a click, which may end after the redirect. It is the only write
/// of a redirect.
async fn consumed_with_click(meter: &Meter) -> Consumed {
    let mut consumed = Consumed::default();
    for _ in 0..500 {
        let more = meter.take();
        consumed = Consumed {
            requests: consumed.requests + more.requests,
            read: consumed.read + more.read,
            write: consumed.write + more.write,
            puts: consumed.puts + more.puts,
            bytes: consumed.bytes + more.bytes,
        };
        if consumed.write > 0.0 {
            return consumed;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("the click is not counted within 5 s: {consumed:?}")
}

/// A process keeps what visits share for a second. A measurement that took longer since the visit before is repeated.
const SHARED: Duration = Duration::from_millis(900);

/// A redirect right after that of another link of the campaign.
async fn redirect(env: &TestEnvironment, paths: &[String], meter: &Meter) -> Consumed {
    for pair in paths.chunks_exact(2) {
        let begun = Instant::now();
        env.follow_link(&pair[0]).await;
        consumed_with_click(meter).await;
        env.follow_link(&pair[1]).await;
        let consumed = consumed_with_click(meter).await;
        if begun.elapsed() < SHARED {
            return consumed;
        }
    }
    panic!("no redirect within a second of another");
}

/// An exchange right after that of another link of the campaign.
async fn exchange(env: &TestEnvironment, paths: &[String], meter: &Meter) -> Consumed {
    for pair in paths.chunks_exact(2) {
        let mut handoffs = Vec::new();
        for path in pair {
            handoffs.push(env.follow_link(path).await);
            env.activity_after_clicks(path, 1).await;
        }
        let begun = Instant::now();
        let mut consumed = Consumed::default();
        for handoff in &handoffs {
            let _ = meter.take();
            assert_eq!(env.exchange(handoff, "0123456789abcdef").await.status, 200);
            consumed = meter.take();
        }
        if begun.elapsed() < SHARED {
            return consumed;
        }
    }
    panic!("no exchange within a second of another");
}

/// A message of a person who sends four on a day, right after that of another person.
async fn message(env: &TestEnvironment, paths: &[String], first: usize, meter: &Meter) -> Consumed {
    let text = "I moved last week. Could you please send the new policy to my new address?";
    let session = async |link: usize| {
        let session = env.open_session(&paths[link]).await;
        env.activity_after_clicks(&paths[link], 1).await;
        (session, format!("customer-{link}"))
    };
    let send = async |(session, person): &(String, String), message: String| {
        assert_eq!(env.send_message(session, person, &message, text).await.status, 200);
    };
    let other = session(first).await;
    // The first message of a month adds the month to the tenant.
    send(&other, "month".to_owned()).await;
    for number in first + 1..paths.len() {
        let measured = session(number).await;
        env.forget_shared_values().await;
        let begun = Instant::now();
        send(&other, format!("before {number}")).await;
        let _ = meter.take();
        for message in ["1", "2", "3", "4"] {
            send(&measured, message.to_owned()).await;
        }
        let consumed = part(meter.take(), 4);
        if begun.elapsed() < SHARED {
            return consumed;
        }
    }
    panic!("no messages within a second of others");
}

/// The consumption of an interaction that is written, read by user, and read as a line.
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
async fn docs_deploy_md_has_the_measured_cost_of_a_million_operations() {
    let meter = Meter::new();
    // The data key decides which users share a shard, and so how the units of the last page of each are rounded up.
    let env = TestEnvironment::with(&[("DATA_KEY", &base64url(&[7; 32]))], |client| meter.plug(client)).await;
    let acme = env.create_tenant("acme").await;
    let (made, paths) = links(&env, &acme, &meter).await;
    let followed = redirect(&env, &paths[..300], &meter).await;
    let opened = exchange(&env, &paths[300..600], &meter).await;
    let stored = message(&env, &paths, 600, &meter).await;
    let [written, read, exported] = interactions(&env, &acme, &meter).await;
    let (one, thousand) = (1.0, 1.0 / f64::from(MANY));
    let row = |what, of_one, requests, memory, millis| Million { what, of_one, requests, runs: (memory, millis) }.row();
    let rows = [
        row("links made, 1,000 a request", made, thousand, 1024.0, 1000.0),
        row("redirects", followed, one, 256.0, 10.0),
        row("links opened (exchanges)", opened, one, 256.0, 20.0),
        row("interactions stored from webchat, four of a person a day", stored, one, 256.0, 20.0),
        row("interactions written, 1,000 a request", written, thousand, 1024.0, 1000.0),
        row("interactions read by user, 1,000 a request", read, thousand, 1024.0, 200.0),
        row("interactions read as lines, 1,000 a request", exported, thousand, 1024.0, 200.0),
    ];
    println!("{}", rows.join("\n"));
    let page = std::fs::read_to_string(source::root().join("docs/deploy.md")).expect("the page");
    // The page has the units of the embedded engine. Another engine may count differently.
    if config::variable("TEST_DYNAMODB_ENDPOINT").is_none() {
        let missing: Vec<_> = rows.iter().filter(|row| !page.contains(*row)).collect();
        assert_eq!(missing, Vec::<&String>::new(), "rows that docs/deploy.md does not have");
    }
}
