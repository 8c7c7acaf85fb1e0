//! The largest responses and request bodies, and those just over the limits.

use crate::comparison::Comparison;
use crate::emulator::MAX_RESPONSE;
use anyhow::{Context as _, Result};
use chrono::{NaiveDate, TimeDelta};
use sandbox::demo;
use sandbox::events::EventFixtures;
use serde_json::{Value, json};
use shared::crypto::{base64url, random};
use shared::model::{Event, EventIds, EventShape};
use shared::store::ErasedUserPolicy;

/// Texts of one kind, one each second. Together they exceed a response: 440 × 8,000 bytes, and most grow in JSON.
const TEXTS: usize = 440;
const TEXT_BYTES: usize = 8_000;
/// The largest request body that the product reads, in bytes.
const MAX_BODY: usize = 4 * 1024 * 1024;
const LINKS: &str = "/public/api/generate-webchat-deep-link";

/// Compares the largest responses, and the responses to requests over the limits.
pub(crate) async fn run(comparison: &mut Comparison, fixtures: &EventFixtures<'_>) -> Result<()> {
    let token = fixtures.render("{{token}}").await?;
    let repeated = |unit: &str| unit.repeat(TEXT_BYTES / unit.len());
    let kinds: [(&str, &dyn Fn() -> String); 4] = [
        ("quotes", &|| repeated("\"\\")),
        ("controls", &|| repeated("\u{1}\u{1f}")),
        ("people", &|| repeated("👩🏽‍🚀")),
        ("letters", &|| base64url(&random::<{ TEXT_BYTES / 4 * 3 }>())), // random, so that gzip compresses it least
    ];
    for (day, (kind, text)) in (1..).zip(kinds) {
        store_texts(comparison, day, text).await?;
        compare_longest_period(comparison, &token, day, kind).await?;
        compare_pages(comparison, &token, day, kind).await?;
    }
    compare_changes(comparison, &token).await?;
    let id = |filler: &str, row: usize| format!("{row:05}{}", filler.repeat(379));
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
        (
            "1,000 rows with 200 invalid attributes",
            422,
            dataset(1_000, |_| json!({"attributes": invalid_attributes()})),
        ),
        ("a body of 4 MB and one byte", 413, " ".repeat(MAX_BODY + 1)),
        ("the largest body that Lambda accepts", 413, " ".repeat(MAX_RESPONSE - 2_000)),
    ];
    for (name, status, body) in links {
        let event = event("POST", LINKS, "", json!({"authorization": format!("Bearer {token}")}), Some(&body));
        expect(comparison, name, "deeplinks", status, &event).await?;
    }
    // Not allowed in a URI. Browsers encode these characters; other clients may not.
    let malformed = event(
        "GET",
        "/public/api/user-interactions",
        "from=<a \"b\">",
        json!({"authorization": format!("Bearer {token}")}),
        None,
    );
    expect(comparison, "a malformed query", "interactions", 422, &malformed).await?;
    let members: serde_json::Map<String, Value> = (0..300_000).map(|n| (format!("m{n}"), 1.into())).collect();
    let exchange = event("POST", "/webchat/exchange", "", json!({}), Some(&Value::from(members).to_string()));
    expect(comparison, "an exchange of 300,000 members", "webchat", 413, &exchange).await
}

/// Stores texts of one kind on a day of January 2023.
async fn store_texts(comparison: &Comparison, day: u32, text: &dyn Fn() -> String) -> Result<()> {
    let store = &comparison.environment.app().store;
    let tenant = store.tenant_get(&demo::TENANT.parse()?).await?.context("the demo does not exist")?;
    let midnight =
        NaiveDate::from_ymd_opt(2023, 1, day).and_then(|day| day.and_hms_opt(0, 0, 0)).context("a day of January")?;
    // Written 5 minutes ago, so that the changes feed includes them.
    let (now, mut ids) =
        (comparison.environment.app().clock.now() - TimeDelta::minutes(5), EventIds::new(shared::crypto::sha256));
    let mut events: Vec<Event> = Vec::new();
    for second in 0..TEXTS {
        let date = midnight + TimeDelta::seconds(i64::try_from(second)?);
        let shape = json!({"user_id": "large", "type": "text", "date": date.to_string(), "text": text()});
        let shape: EventShape = serde_json::from_value(shape)?;
        events.push(shape.check(now, &mut ids).ok().context("an event is invalid")?);
    }
    store.events_write(&tenant, &events, &|| now, ErasedUserPolicy::Refuse).await?;
    Ok(())
}

/// Finds the longest period whose response is not too large, and compares it and the next longer one.
async fn compare_longest_period(comparison: &mut Comparison, token: &str, day: u32, kind: &str) -> Result<()> {
    let event = |second: usize, encoding: &str| {
        let to = format!("{:02}%3A{:02}", second / 60, second % 60);
        let query = format!("from=2023-01-{day:02}&to=2023-01-{day:02}%2000%3A{to}");
        let headers = json!({"authorization": format!("Bearer {token}"), "accept-encoding": encoding});
        self::event("GET", "/api/user-interactions", &query, headers, None)
    };
    let (mut accepted, mut refused) = (0, TEXTS);
    while refused - accepted > 1 {
        let middle = usize::midpoint(accepted, refused);
        let status = comparison.environment.send("interactions", &event(middle, "identity")).await?.status;
        *if status == 200 { &mut accepted } else { &mut refused } = middle;
    }
    let name = |what: &str| format!("interactions full of {kind}, {what}");
    expect(comparison, &name("the longest period"), "interactions", 200, &event(accepted, "identity")).await?;
    expect(comparison, &name("the same compressed"), "interactions", 200, &event(accepted, "gzip")).await?;
    expect(comparison, &name("one second more"), "interactions", 422, &event(refused, "identity")).await
}

/// Compares a page of the largest size in every format.
async fn compare_pages(comparison: &mut Comparison, token: &str, day: u32, kind: &str) -> Result<()> {
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
        expect(comparison, &format!("a page full of {kind}, {format}, {encoding}"), "interactions", 200, &event)
            .await?;
    }
    Ok(())
}

/// Compares the changes feed, page by page.
async fn compare_changes(comparison: &mut Comparison, token: &str) -> Result<()> {
    let mut query = String::new();
    for page in 1.. {
        let headers = json!({"authorization": format!("Bearer {token}"), "accept-encoding": "identity"});
        let event = event("GET", "/public/api/interactions/changes", &query, headers, None);
        expect(comparison, &format!("changes, page {page}"), "interactions", 200, &event).await?;
        let page: Value = serde_json::from_slice(&comparison.environment.send("interactions", &event).await?.body)?;
        if page["meta"]["caught_up"] == true {
            break;
        }
        query = format!("cursor={}", page["meta"]["next_cursor"].as_str().context("a page has no cursor")?);
    }
    Ok(())
}

/// Compares an event whose response must have this status and must not exceed Lambda's limit.
async fn expect(comparison: &mut Comparison, name: &str, function: &str, status: u16, event: &str) -> Result<()> {
    let outcome = comparison.compare(function, event, event).await.with_context(|| name.to_owned())?;
    comparison.report(name, &outcome);
    let (found, size) = (outcome.status, outcome.size);
    if found != status || size > MAX_RESPONSE {
        comparison.fail(name, &format!("{found} with {size} bytes, expected {status} with at most {MAX_RESPONSE}"));
    }
    Ok(())
}

fn dataset(rows: usize, row: impl FnMut(usize) -> Value) -> String {
    json!({"scenario_id": demo::SCENARIO, "dataset": (0..rows).map(row).collect::<Vec<_>>()}).to_string()
}

fn invalid_attributes() -> Value {
    (0..200).map(|n| (format!("a{n}"), json!({}))).collect::<serde_json::Map<_, _>>().into()
}

/// An event in payload format 2.0, with the members that the functions read.
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
