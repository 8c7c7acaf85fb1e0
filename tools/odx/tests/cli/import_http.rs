//! `odx import` over HTTP: every event has a verdict, and a second import changes nothing.

use crate::environment::{TestEnvironment, odx_alone};
use crate::export_environment::{ExportEnvironment, GENERATE};
use crate::proxy::{Proxy, Reaction};
use axum::http::StatusCode;
use sandbox::demo::EXPORT;
use serde_json::{Value, json};

fn counts(created: u64, duplicate: u64) -> Value {
    json!({"created": created, "duplicate": duplicate, "conflict": 0, "refused": 0, "problems": []})
}

/// The lines of an export without its trailer, in alphabetical order.
fn sorted(export: &str) -> Vec<&str> {
    let mut lines: Vec<_> = export.lines().filter(|line| !line.contains("\"_meta\"")).collect();
    lines.sort_unstable();
    lines
}

#[tokio::test]
async fn an_export_is_imported_under_its_own_ids() {
    let exports = ExportEnvironment::new().await;
    let ExportEnvironment { environment, token, proxy } = &exports;
    let whole = environment.odx(&exports.command("")).await.succeeds();
    let import = format!("import --url {} --token {token} - --json", proxy.url);
    assert_eq!(environment.odx_with_input(&import, &whole).await.json(), counts(0, 600));
}

#[tokio::test]
async fn an_export_moves_to_another_tenant_unchanged() {
    let exports = ExportEnvironment::new().await;
    let ExportEnvironment { environment, token, proxy } = &exports;
    let whole = environment.odx(&exports.command("")).await.succeeds();
    environment.odx("tenant create beta").await.succeeds();
    let beta = environment.token("beta").await;
    let import = format!("import --url {} --token {beta} - --json", proxy.url);
    assert_eq!(environment.odx_with_input(&import, &whole).await.json(), counts(600, 0));
    let other = environment.odx(&exports.command("").replace(token, &beta)).await.succeeds();
    assert_eq!(sorted(&other), sorted(&whole));
}

/// 2,412 events without ids: more than a request holds, and twelve of them equal, as of a user who says "yes" twelve
/// times within a second.
async fn events_without_ids() -> String {
    let yes = json!({"user_id": "ann", "type": "text", "date": "2025-01-01T08:00:00Z", "text": "yes"}).to_string();
    let others = odx_alone(&GENERATE.replace("600", "2400")).await.succeeds();
    let others: Vec<_> = others.lines().collect();
    let lines: Vec<_> = others.chunks(200).flat_map(|some| some.iter().copied().chain([yes.as_str()])).collect();
    lines.join("\n")
}

#[tokio::test]
async fn events_without_ids_get_the_same_ids_over_http_and_directly() {
    let environment = TestEnvironment::with_acme().await;
    let (url, token) = environment.serve().await;
    let proxy = Proxy::start(&url, |_| Reaction::Pass).await;
    let events = events_without_ids().await;
    let import = format!("import --url {} --token {token} - --json", proxy.url);
    assert_eq!(environment.odx_with_input(&import, &events).await.json(), counts(2412, 0));
    assert_eq!(proxy.requests().len(), 5, "500 events a request");
    let direct = environment.odx_with_input("import --tenant acme - --json", &events).await.json();
    assert_eq!(direct, counts(0, 2412));
}

#[tokio::test]
async fn a_busy_api_gets_every_event_once() {
    let environment = TestEnvironment::with_acme().await;
    let (url, token) = environment.serve().await;
    let refuse = Reaction::Refuse(StatusCode::SERVICE_UNAVAILABLE, Some(0));
    let proxy = Proxy::start(&url, move |request| if request % 2 == 0 { refuse } else { Reaction::Pass }).await;
    let import = format!("import --url {} --token {token} - --json", proxy.url);
    let events = events_without_ids().await;
    assert_eq!(environment.odx_with_input(&import, &events).await.json(), counts(2412, 0));
}

#[tokio::test]
async fn a_problem_is_named_by_its_line_whether_odx_or_the_api_finds_it() {
    let environment = TestEnvironment::with_acme().await;
    let (url, token) = environment.serve().await;
    let event = |id: &str, text: &str| {
        json!({"id": id, "user_id": "eve", "type": "text", "date": "2025-01-01T08:00:00Z", "text": text}).to_string()
    };
    let (good, other) = (event("1", "hello"), event("1", "goodbye"));
    let click = good.replace("\"text\",", "\"url_click\",").replace("\"1\"", "\"2\"");
    let no_date = good.replace("2025-01-01T08:00:00Z", "soon");
    let lines = [good.as_str(), "", "{\"user_id\":\"my secret", &no_date, &click, &other].join("\n");
    let output = environment.odx_with_input(&format!("import --url {url} --token {token} - --json"), &lines).await;
    assert_eq!(output.code, Some(1), "{output:?}");
    output.says(&[
        "-: line 3: line: is not JSON",
        "-: line 4: date: The date is not a valid date",
        "-: line 6: id: Another content",
    ]);
    assert!(!output.err.contains("secret"), "{}", output.err);
    let summary: Value = serde_json::from_str(&output.out).expect("JSON");
    let counts = ["created", "duplicate", "conflict", "refused", "ignored"].map(|name| summary[name].as_u64());
    assert_eq!(counts, [Some(1), Some(0), Some(1), Some(2), Some(1)]);
}

#[tokio::test]
async fn an_import_of_invalid_events_only_fails() {
    let environment = TestEnvironment::with_acme().await;
    let (url, token) = environment.serve().await;
    let event =
        json!({"id": "3", "user_id": "eve", "type": "text", "date": "2025-01-01T08:00:00Z", "text": {"y": "x"}});
    let import = format!("import --url {url} --token {token} - --json");
    let output = environment.odx_with_input(&import, &event.to_string()).await;
    assert_eq!(output.code, Some(1), "{output:?}");
}

#[tokio::test]
async fn over_http_and_directly_the_same_attributes_of_users_are_imported() {
    let environment = TestEnvironment::with_acme().await;
    let (url, token) = environment.serve().await;
    let file = environment.write("export.json", EXPORT);
    let over_http = environment.odx(&format!("import --url {url} --token {token} {file}")).await.succeeds();
    assert_eq!(over_http, "15 created, 0 duplicate, 0 conflict, 0 refused, attributes of 2 users\n");
    let exported = async || {
        let path = "/public/api/user-data-export?exportType=json";
        environment.get(path, &token).await.1["data"].clone()
    };
    let before = exported().await;
    // The order of the users follows from the data key, which is another one in each test.
    let users = before.as_array().into_iter().flatten().filter_map(|user| user.as_object()?.values().next());
    let attributes = users.filter_map(|user| user["user_attributes"].as_array().map(Vec::len));
    assert!(attributes.max().is_some_and(|most| most > 2), "{before}");
    let direct = environment.odx(&format!("import --tenant acme {file}")).await.succeeds();
    assert_eq!(direct, "0 created, 15 duplicate, 0 conflict, 0 refused, attributes of 2 users\n");
    assert_eq!(exported().await, before);
}

#[tokio::test]
async fn lines_of_attributes_are_imported_over_http_and_directly() {
    let environment = TestEnvironment::with_acme().await;
    let (url, token) = environment.serve().await;
    let line = |value: &str, at: &str| {
        json!({"user_id": "eve", "type": "attributes", "attributes": {"tier": value}, "at": at}).to_string()
    };
    let over_http = format!("import --url {url} --token {token} - --json");
    let newer = environment.odx_with_input(&over_http, &line("gold", "2025-01-02")).await.json();
    assert_eq!(newer["attributes"], 1);
    let older = environment.odx_with_input("import --tenant acme - --json", &line("tin", "2025-01-01")).await.json();
    assert_eq!(older["attributes"], 1);
    let event = json!({"user_id": "eve", "type": "text", "date": "2025-01-01T08:00:00Z", "text": "hello"}).to_string();
    environment.odx_with_input(&over_http, &event).await.succeeds();
    let (_, body) = environment.get("/public/api/user-data-export?exportType=json", &token).await;
    let attributes = body["data"][0]["eve"]["user_attributes"].to_string();
    assert!(attributes.contains("gold"), "{attributes}");
    assert!(!attributes.contains("tin"), "{attributes}");
}

#[tokio::test]
async fn without_an_address_both_destinations_are_named() {
    let advice = ["use --tenant ID to import directly into the table", "the address of the API is missing"];
    odx_alone("import -").await.fails(&advice);
}

#[tokio::test]
async fn a_token_without_the_scope_stops_the_import() {
    let environment = TestEnvironment::with_acme().await;
    let (url, _) = environment.serve().await;
    environment.odx("account create --tenant acme reader --role analyst").await.succeeds();
    let token = environment.odx("token create --tenant acme --account reader --name r").await.succeeds();
    let event = json!({"user_id": "eve", "type": "text", "date": "2025-01-01", "text": "hello"}).to_string();
    let import = format!("import --url {url} --token {} -", token.trim());
    let output = environment.odx_with_input(&import, &event).await;
    output.fails(&["403", "interactions:write", "run it again"]);
}
