//! `odx import` over HTTP: every event has its verdict, and a second time changes nothing.

use crate::export::{Exports, GENERATE};
use crate::proxy::{Act, Proxy};
use crate::support::{Installation, odx_alone};
use axum::http::StatusCode;
use sandbox::demo::EXPORT;
use serde_json::json;

#[tokio::test]
async fn an_export_is_taken_back_under_its_own_ids_and_moves_to_another_tenant() {
    let exports = Exports::new().await;
    let Exports { installation, token, proxy } = &exports;
    let whole = installation.odx(&exports.command("")).await.done();
    let import = format!("import --url {} --token {token} - --json", proxy.url);
    let again = installation.odx_reads(&import, &whole).await.json();
    assert_eq!(again, json!({"created": 0, "duplicate": 600, "conflict": 0, "refused": 0, "problems": []}));
    installation.odx("tenant create beta").await.done();
    let beta = installation.token("beta").await;
    let moved = installation.odx_reads(&import.replace(token, &beta), &whole).await.json();
    assert_eq!(moved["created"], 600);
    let other = installation.odx(&exports.command("").replace(token, &beta)).await.done();
    let sorted = |text: &str| {
        let mut lines: Vec<_> = text.lines().filter(|line| !line.contains("\"_meta\"")).map(str::to_owned).collect();
        lines.sort();
        lines
    };
    assert_eq!(sorted(&other), sorted(&whole));
}

#[tokio::test]
async fn events_without_ids_are_the_same_events_again_however_the_file_is_cut_into_requests() {
    let installation = Installation::with_acme().await;
    let (url, token) = installation.serve().await;
    let proxy = Proxy::start(&url, |_| Act::Pass).await;
    // More than a request takes, and many that are equal: twelve honest "yes" of one second.
    let yes = json!({"user_id": "ann", "type": "text", "date": "2025-01-01T08:00:00Z", "text": "yes"}).to_string();
    let others = odx_alone(&GENERATE.replace("600", "2400")).await.done();
    let others: Vec<_> = others.lines().collect();
    let lines: Vec<_> = others.chunks(200).flat_map(|some| some.iter().copied().chain([yes.as_str()])).collect();
    let import = format!("import --url {} --token {token} - --json", proxy.url);
    let all = installation.odx_reads(&import, &lines.join("\n")).await.json();
    assert_eq!(all, json!({"created": 2412, "duplicate": 0, "conflict": 0, "refused": 0, "problems": []}));
    assert!(proxy.asked().len() >= 3);
    let straight = installation.odx_reads("import --tenant acme - --json", &lines.join("\n")).await.json();
    assert_eq!(straight["duplicate"], 2412, "the straight way derives the same ids");
    proxy.plan(|asked| if asked % 2 == 0 { Act::Busy(StatusCode::SERVICE_UNAVAILABLE, Some(0)) } else { Act::Pass });
    let again = installation.odx_reads(&import, &lines.join("\n")).await.json();
    assert_eq!((&again["created"], &again["duplicate"]), (&json!(0), &json!(2412)));
}

#[tokio::test]
async fn what_is_refused_here_or_there_is_told_by_its_place_in_the_file() {
    let installation = Installation::with_acme().await;
    let (url, token) = installation.serve().await;
    let event = |id: &str, text: &str| {
        json!({"id": id, "user_id": "eve", "type": "text", "date": "2025-01-01T08:00:00Z", "text": text}).to_string()
    };
    let (good, other) = (event("1", "hello"), event("1", "goodbye"));
    let click = good.replace("\"text\",", "\"url_click\",").replace("\"1\"", "\"2\"");
    let soon = good.replace("2025-01-01T08:00:00Z", "soon");
    let lines = [good.as_str(), "", "{\"user_id\":\"my secret", &soon, &click, &other].join("\n");
    let import = format!("import --url {url} --token {token} - --json");
    let said = installation.odx_reads(&import, &lines).await;
    assert_eq!(said.code, Some(1), "{said:?}");
    for says in [
        "-: line 3: line: is not JSON",
        "-: line 4: date: The date is not a valid date",
        "-: line 6: id: Another content",
    ] {
        assert!(said.err.contains(says), "{says}: {}", said.err);
    }
    assert!(!said.err.contains("secret"), "{}", said.err);
    let summary: serde_json::Value = serde_json::from_str(&said.out).expect("JSON");
    let counts = ["created", "duplicate", "conflict", "refused", "ignored"].map(|name| summary[name].as_u64());
    assert_eq!(counts, [Some(1), Some(0), Some(1), Some(2), Some(1)]);
    // None is valid: the API says 422, and still what is wrong with each.
    let large = event("3", "x").replace("\"x\"", &format!("{{\"y\":\"{}\"}}", "x".repeat(10)));
    let said = installation.odx_reads(&import, &large).await;
    assert_eq!(said.code, Some(1), "{said:?}");
}

#[tokio::test]
async fn an_export_of_opendialog_goes_over_http_without_its_attributes_and_that_is_said() {
    let installation = Installation::with_acme().await;
    let (url, token) = installation.serve().await;
    let file = installation.write("export.json", EXPORT);
    let said = installation.odx(&format!("import --url {url} --token {token} {file}")).await;
    assert!(said.err.contains("the attributes of") && said.err.contains("with --tenant"), "{said:?}");
    assert_eq!(said.done(), "15 created, 0 duplicate, 0 conflict, 0 refused\n");
    assert_eq!(installation.odx(&format!("import --tenant acme {file}")).await.done().split(' ').next(), Some("0"));
}

#[tokio::test]
async fn without_a_tenant_the_api_must_be_named_and_the_token_must_be_allowed_to() {
    let installation = Installation::with_acme().await;
    let (url, _) = installation.serve().await;
    odx_alone("import -").await.fails(&["--tenant ID would go straight into the table", "where is the API?"]);
    installation.odx("account create --tenant acme reader --role analyst").await.done();
    let token = installation.odx("token create --tenant acme --account reader --name r").await.done();
    let event = json!({"user_id": "eve", "type": "text", "date": "2025-01-01", "text": "hello"}).to_string();
    let import = format!("import --url {url} --token {} -", token.trim());
    let said = installation.odx_reads(&import, &event).await;
    said.fails(&["403", "interactions:write", "run it again"]);
}
