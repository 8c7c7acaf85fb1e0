//! Answers and bodies of the largest size. The emulator refuses what Lambda refuses: an answer over 6,291,556 bytes.

use crate::check::Bench;
use crate::emulator::MAX_ANSWER;
use anyhow::{Context as _, Result};
use chrono::{NaiveDate, TimeDelta};
use sandbox::demo;
use sandbox::events::EventFixtures;
use serde_json::{Value, json};
use shared::crypto::{base64url, random};
use shared::model::{Event, EventIds, EventShape};
use shared::store::ErasedUserPolicy;

/// Texts of a kind, one a second, of so many bytes each: together more than an answer takes.
const TEXTS: usize = 440;
const TEXT_BYTES: usize = 8_000;
/// The largest body that is read.
const MAX_BODY: usize = 4 * 1024 * 1024;
const LINKS: &str = "/public/api/generate-webchat-deep-link";

/// Compares answers that are nearly too large, and those to what is too large.
pub(crate) async fn run(bench: &mut Bench, stage: &EventFixtures<'_>) -> Result<()> {
    let token = stage.fill("{{token}}").await?;
    let repeated = |unit: &str| unit.repeat(TEXT_BYTES / unit.len());
    let kinds: [(&str, &dyn Fn() -> String); 4] = [
        ("quotes", &|| repeated("\"\\")),
        ("controls", &|| repeated("\u{1}\u{1f}")),
        ("people", &|| repeated("👩🏽‍🚀")),
        ("letters", &|| base64url(&random::<{ TEXT_BYTES / 4 * 3 }>())), // what gzip makes least of
    ];
    for (day, (kind, text)) in (1..).zip(kinds) {
        hear(bench, day, text).await?;
        answers(bench, &token, day, kind).await?;
        pages(bench, &token, day, kind).await?;
    }
    changes(bench, &token).await?;
    let id = |fill: &str, row: usize| format!("{row:05}{}", fill.repeat(379));
    let links = [
        (
            "10,000 links with ids of 384 letters",
            200,
            dataset(10_000, |row| json!({"user_id": id("u", row), "attributes": {}})),
        ),
        (
            "3,750 links with ids of 379 quotes",
            422,
            dataset(3_750, |row| json!({"user_id": id("\"", row), "attributes": {}})),
        ),
        ("1,000 rows with 200 wrong attributes", 422, dataset(1_000, |_| json!({"attributes": wrong_attributes()}))),
        ("a body of 4 MB and a byte", 413, " ".repeat(MAX_BODY + 1)),
        ("a body that Lambda just takes", 413, " ".repeat(MAX_ANSWER - 2_000)),
    ];
    for (name, status, body) in links {
        let event = event("POST", LINKS, "", json!({"authorization": format!("Bearer {token}")}), Some(&body));
        expect(bench, name, "deeplinks", status, &event).await?;
    }
    // Browsers encode these; others do not, and no URI has them.
    let odd = event(
        "GET",
        "/public/api/user-interactions",
        "from=<a \"b\">",
        json!({"authorization": format!("Bearer {token}")}),
        None,
    );
    expect(bench, "a query that is no query", "interactions", 422, &odd).await?;
    let members: serde_json::Map<String, Value> = (0..300_000).map(|n| (format!("m{n}"), 1.into())).collect();
    let exchange = event("POST", "/webchat/exchange", "", json!({}), Some(&Value::from(members).to_string()));
    expect(bench, "300,000 unknown members", "webchat", 422, &exchange).await
}

/// Stores texts of one kind on a day of January 2023.
async fn hear(bench: &Bench, day: u32, text: &dyn Fn() -> String) -> Result<()> {
    let store = &bench.world.app.store;
    let tenant = store.tenant_get(&demo::TENANT.parse()?).await?.context("the demo is gone")?;
    let midnight = NaiveDate::from_ymd_opt(2023, 1, day).and_then(|day| day.and_hms_opt(0, 0, 0)).context("a day")?;
    // Some minutes ago, so that they are among the changes.
    let (now, mut ids) = (bench.world.app.clock.now() - TimeDelta::minutes(5), EventIds::new(shared::crypto::sha256));
    let mut events: Vec<Event> = Vec::new();
    for second in 0..TEXTS {
        let date = midnight + TimeDelta::seconds(i64::try_from(second)?);
        let shape = json!({"user_id": "large", "type": "text", "date": date.to_string(), "text": text()});
        let shape: EventShape = serde_json::from_value(shape)?;
        events.push(shape.check(now, &mut ids).ok().context("an event")?);
    }
    store.events_write(&tenant, &events, now, ErasedUserPolicy::Refuse).await?;
    Ok(())
}

/// Finds the longest period that is answered, and compares it and the next.
async fn answers(bench: &mut Bench, token: &str, day: u32, kind: &str) -> Result<()> {
    let ask = |second: usize, encoding: &str| {
        let to = format!("{:02}%3A{:02}", second / 60, second % 60);
        let query = format!("from=2023-01-{day:02}&to=2023-01-{day:02}%2000%3A{to}");
        let headers = json!({"authorization": format!("Bearer {token}"), "accept-encoding": encoding});
        event("GET", "/api/user-interactions", &query, headers, None)
    };
    let (mut answered, mut refused) = (0, TEXTS);
    while refused - answered > 1 {
        let middle = usize::midpoint(answered, refused);
        let status = bench.world.answer("interactions", &ask(middle, "identity")).await?.status;
        *if status == 200 { &mut answered } else { &mut refused } = middle;
    }
    let name = |what: &str| format!("interactions full of {kind}, {what}");
    expect(bench, &name("the most that is answered"), "interactions", 200, &ask(answered, "identity")).await?;
    expect(bench, &name("the same compressed"), "interactions", 200, &ask(answered, "gzip")).await?;
    expect(bench, &name("one second more"), "interactions", 422, &ask(refused, "identity")).await
}

/// Compares pages in every format: each is as full as it may be.
async fn pages(bench: &mut Bench, token: &str, day: u32, kind: &str) -> Result<()> {
    for (format, encoding) in [
        ("application/json", "identity"),
        ("application/json", "gzip"),
        ("application/x-ndjson", "identity"),
        ("application/x-ndjson", "gzip"),
        ("text/csv", "identity"),
        ("text/csv", "gzip"),
    ] {
        let query = format!("from=2023-01-{day:02}&to=2023-01-{day:02}%2023%3A59%3A59&limit=1000");
        let headers =
            json!({"authorization": format!("Bearer {token}"), "accept": format, "accept-encoding": encoding});
        let event = event("GET", "/public/api/user-interactions", &query, headers, None);
        expect(bench, &format!("a page full of {kind}, {format}, {encoding}"), "interactions", 200, &event).await?;
    }
    Ok(())
}

/// Compares the changes, page by page.
async fn changes(bench: &mut Bench, token: &str) -> Result<()> {
    let mut query = String::new();
    for page in 1.. {
        let headers = json!({"authorization": format!("Bearer {token}"), "accept-encoding": "identity"});
        let event = event("GET", "/public/api/interactions/changes", &query, headers, None);
        expect(bench, &format!("changes, page {page}"), "interactions", 200, &event).await?;
        let answer: Value = serde_json::from_slice(&bench.world.answer("interactions", &event).await?.body)?;
        if answer["meta"]["caught_up"] == true {
            break;
        }
        query = format!("cursor={}", answer["meta"]["next_cursor"].as_str().context("a cursor")?);
    }
    Ok(())
}

/// Compares an event whose answer must have a status.
async fn expect(bench: &mut Bench, name: &str, function: &str, status: u16, event: &str) -> Result<()> {
    let compared = bench.compare(function, event, event).await.with_context(|| name.to_owned())?;
    let (found, size) = (compared.status, compared.size);
    bench.report(name, compared);
    if found != status || size > MAX_ANSWER {
        bench.fail(name, &format!("{found} with {size} bytes, and not {status} with at most {MAX_ANSWER}"));
    }
    Ok(())
}

fn dataset(rows: usize, row: impl FnMut(usize) -> Value) -> String {
    json!({"scenario_id": demo::SCENARIO, "dataset": (0..rows).map(row).collect::<Vec<_>>()}).to_string()
}

fn wrong_attributes() -> Value {
    (0..200).map(|n| (format!("a{n}"), json!({}))).collect::<serde_json::Map<_, _>>().into()
}

/// An event of payload 2.0 with what the functions read of it.
fn event(method: &str, path: &str, query: &str, mut headers: Value, body: Option<&str>) -> String {
    headers["host"] = "a1b2c3d4e5.execute-api.eu-central-1.amazonaws.com".into();
    if body.is_some() {
        headers["content-type"] = "application/json".into();
    }
    let http = json!({"method": method, "path": path, "protocol": "HTTP/1.1", "sourceIp": "203.0.113.7"});
    let context = json!({"http": http, "stage": "$default", "requestId": "large", "timeEpoch": 1_730_213_248_000_u64});
    json!({"version": "2.0", "rawPath": path, "rawQueryString": query, "headers": headers, "body": body,
        "requestContext": context, "isBase64Encoded": false})
    .to_string()
}
