//! Pages, cursors and formats of an export.

use crate::support::exported::{CSV, JSON, NDJSON, exported_interactions, next_cursor, sorted, trailer};
use crate::support::{LEGACY, PUBLIC, TestEnvironment, TestResponse, TestTenant, with_query};
use flate2::read::GzDecoder;
use rstest::rstest;
use serde_json::{Value, json};
use shared::model::Scope;
use std::io::Read as _;

const DAY: [(&str, &str); 2] = [("from", "2022-09-21"), ("to", "2022-09-22")];
const NOT_OURS: &str = "The cursor is not one of this query, or is too old.";

/// A tenant with five users, each with four interactions.
async fn five_users(env: &TestEnvironment) -> TestTenant {
    let acme = env.create_tenant("acme").await;
    let event = |number: usize| {
        json!({"user_id": format!("user-{}", number % 5), "type": "text", "text": format!("={number}"),
            "date": format!("2022-09-21 08:00:{number:02}"), "scenario_id": "0x420", "data": {"n": number}})
    };
    env.ingest(&acme, (0..20).map(event).collect::<Value>()).await;
    acme
}

#[rstest]
#[tokio::test]
async fn without_limit_and_cursor_the_response_is_whole_and_has_no_meta(#[values(LEGACY, PUBLIC)] path: &str) {
    let env = TestEnvironment::new().await;
    let acme = five_users(&env).await;
    let whole = env.get_interactions(&acme, path, &DAY).await;
    assert_eq!(whole.json().get("meta"), None);
    assert_eq!(whole.headers.get("link"), None);
    let page = env.get_interactions(&acme, path, &[DAY[0], DAY[1], ("limit", "1000")]).await.json();
    assert_eq!(page["data"], whole.json()["data"]);
    let meta = &page["meta"];
    assert_eq!(meta["users"], 5);
    assert_eq!(meta["interactions"], 20);
    assert_eq!(meta["next_cursor"], Value::Null);
    let complete_until = meta["complete_until"].as_str().expect("an instant");
    assert!(complete_until.ends_with('Z'), "{complete_until}");
}

#[rstest]
#[tokio::test]
async fn a_limit_must_be_a_number_from_1_to_1000(
    #[values("0", "1001", "-1", "ten", "1.5")] limit: &str,
    #[values(JSON, NDJSON, CSV)] format: &str,
) {
    let env = TestEnvironment::new().await;
    let acme = five_users(&env).await;
    let response = env.export_page(&acme, PUBLIC, &[DAY[0], DAY[1], ("limit", limit)], format).await;
    response.assert_invalid("limit", "The limit must be a number from 1 to 1000.");
}

#[rstest]
#[tokio::test]
async fn an_empty_cursor_is_422(#[values(LEGACY, PUBLIC)] path: &str, #[values(JSON, NDJSON, CSV)] format: &str) {
    let env = TestEnvironment::new().await;
    let acme = five_users(&env).await;
    let response = env.export_page(&acme, path, &[DAY[0], DAY[1], ("cursor", "")], format).await;
    response.assert_invalid("cursor", "The cursor must not be empty: the first page has none.");
}

#[rstest]
#[tokio::test]
async fn an_empty_cursor_of_a_list_is_422(#[values("links", "campaigns", "interactions/changes")] list: &str) {
    let env = TestEnvironment::new().await;
    let acme = env.create_tenant("acme").await;
    let response = env.get(&format!("/public/api/{list}?cursor="), &acme.token).await;
    response.assert_invalid("cursor", "The cursor must not be empty: the first page has none.");
}

#[tokio::test]
async fn the_weight_of_a_format_has_a_name_in_any_case() {
    let env = TestEnvironment::new().await;
    let acme = five_users(&env).await;
    let response = env.export_page(&acme, PUBLIC, &DAY, "text/csv;Q=0.1, application/json;q=0.5").await;
    assert_eq!(response.header("content-type"), "application/json");
}

#[rstest]
#[case::json(JSON, NDJSON)]
#[case::ndjson(NDJSON, CSV)]
#[case::csv(CSV, JSON)]
#[tokio::test]
async fn a_cursor_is_bound_to_tenant_path_query_and_format(#[case] format: &str, #[case] another: &str) {
    let env = TestEnvironment::new().await;
    let (acme, other) = (five_users(&env).await, env.create_tenant("other").await);
    let limited = [DAY[0], DAY[1], ("limit", "2")];
    let cursor = next_cursor(&env.export_page(&acme, PUBLIC, &limited, format).await, format).expect("more");
    assert!(!cursor.contains("user-"), "a cursor has no user id: {cursor}");
    let ask = async |tenant: &TestTenant, path: &str, cursor: &str, format: &str| -> TestResponse {
        env.export_page(tenant, path, &[DAY[0], DAY[1], ("cursor", cursor)], format).await
    };
    assert_eq!(ask(&acme, PUBLIC, &cursor, format).await.status, 200, "the limit may change");
    ask(&other, PUBLIC, &cursor, format).await.assert_invalid("cursor", NOT_OURS);
    ask(&acme, LEGACY, &cursor, format).await.assert_invalid("cursor", NOT_OURS);
    ask(&acme, PUBLIC, &cursor, another).await.assert_invalid("cursor", NOT_OURS);
    let mut altered = cursor.clone();
    let middle = altered.len() / 2;
    let replaced = if &altered[middle..=middle] == "A" { "B" } else { "A" };
    altered.replace_range(middle..=middle, replaced);
    ask(&acme, PUBLIC, &altered, format).await.assert_invalid("cursor", NOT_OURS);
    let later = [DAY[0], ("to", "2022-09-23"), ("cursor", &cursor)];
    env.export_page(&acme, PUBLIC, &later, format).await.assert_invalid("cursor", NOT_OURS);
    let filtered = [DAY[0], DAY[1], ("cursor", &cursor), ("user_id", "user-1")];
    env.export_page(&acme, PUBLIC, &filtered, format).await.assert_invalid("cursor", NOT_OURS);
}

#[tokio::test]
async fn a_cursor_expires_after_a_day() {
    let env = TestEnvironment::new().await;
    let acme = five_users(&env).await;
    let limited = [DAY[0], DAY[1], ("limit", "2")];
    let cursor = next_cursor(&env.export_page(&acme, PUBLIC, &limited, JSON).await, JSON).expect("more");
    env.advance_clock(86_400 + 10);
    let (token, _) = env.issue_token(&acme.tenant, &acme.account, &Scope::ALL).await;
    let path = with_query(PUBLIC, &[DAY[0], DAY[1], ("cursor", &cursor)]);
    env.get(&path, &token).await.assert_invalid("cursor", NOT_OURS);
}

#[tokio::test]
async fn lines_are_grouped_by_user_and_can_be_ingested_again() {
    let env = TestEnvironment::new().await;
    let acme = five_users(&env).await;
    let page = env.export_page(&acme, PUBLIC, &DAY, NDJSON).await;
    assert_eq!(page.header("content-type"), "application/x-ndjson");
    let mut lines: Vec<Value> = page.text().lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let trailer = lines.pop().unwrap();
    let members: Vec<_> = trailer["_meta"].as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(members, ["interactions", "sha256", "complete_until", "next_cursor"]);
    let names: Vec<_> = lines[0].as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(names, ["user_id", "id", "type", "date", "text", "data", "scenario_id"]);
    let users: Vec<_> = lines.iter().map(|line| line["user_id"].as_str().unwrap()).collect();
    assert_eq!(users.chunk_by(|a, b| a == b).count(), 5, "the lines of a user are consecutive");
    let copy = env.create_tenant("copy").await;
    env.ingest(&copy, lines.into()).await;
    let copied = env.export_page(&copy, PUBLIC, &DAY, NDJSON).await;
    assert_eq!(sorted(exported_interactions(&copied, NDJSON)), sorted(exported_interactions(&page, NDJSON)));
}

#[tokio::test]
async fn csv_has_the_meta_of_ndjson_in_headers_and_no_formulas() {
    let env = TestEnvironment::new().await;
    let acme = five_users(&env).await;
    let page = env.export_page(&acme, PUBLIC, &[DAY[0], DAY[1], ("limit", "8")], CSV).await;
    assert_eq!(page.header("content-type"), "text/csv; charset=utf-8; header=present");
    assert!(page.text().starts_with("user_id,id,type,date,text,data,scenario_id\r\n"), "{}", page.text());
    assert_eq!(page.text().matches(",\"'=").count(), 8, "{}", page.text());
    assert_eq!(page.text().matches("\"=").count(), 0, "{}", page.text());
    assert_eq!(page.header("x-interactions"), "8");
    assert!(page.header("x-complete-until").ends_with('Z'), "{}", page.header("x-complete-until"));
    assert_ne!(page.header("x-next-cursor"), "");
    assert_eq!(exported_interactions(&page, CSV).len(), 8);
}

#[tokio::test]
async fn csv_has_columns_for_fields_of_the_user_by_choice() {
    let env = TestEnvironment::new().await;
    let acme = env.create_tenant("acme").await;
    let event = |user: &str, snapshot: Value| json!({"user_id": user, "type": "text", "text": "hi", "date": "2022-09-21 08:00:00", "user": snapshot});
    let ann = event("ann", json!({"first_name": "=Ann", "custom": {"plan": "gold"}}));
    env.ingest(&acme, json!([ann, event("ben", json!({}))])).await;
    let query = [DAY[0], DAY[1], ("fields", "first_name, custom.plan")];
    let pages = env.export_pages(&acme, PUBLIC, &[query[0], query[1], query[2], ("limit", "1")], CSV).await;
    let text: String = pages.iter().map(TestResponse::text).collect();
    assert!(text.starts_with("user_id,id,type,date,text,data,scenario_id,first_name,custom.plan\r\n"), "{text}");
    assert_eq!(text.matches(",\"'=Ann\",\"gold\"\r\n").count(), 1, "{text}");
    assert_eq!(text.matches(",\"\",\"\"\r\n").count(), 1, "{text}");
}

#[rstest]
#[case::that_does_not_exist("surname", CSV, "The field 'surname' is unknown, or is given twice.")]
#[case::twice("email,email", CSV, "The field 'email' is unknown, or is given twice.")]
#[case::in_json("email", JSON, "The fields are columns of CSV: send Accept: text/csv.")]
#[tokio::test]
async fn a_field_is_422(#[case] fields: &str, #[case] format: &str, #[case] sentence: &str) {
    let env = TestEnvironment::new().await;
    let acme = env.create_tenant("acme").await;
    let response = env.export_page(&acme, PUBLIC, &[DAY[0], DAY[1], ("fields", fields)], format).await;
    response.assert_invalid("fields", sentence);
}

#[rstest]
#[tokio::test]
async fn a_page_is_compressed_if_the_client_accepts_gzip(#[values(JSON, NDJSON, CSV)] format: &str) {
    let env = TestEnvironment::new().await;
    let acme = five_users(&env).await;
    let bearer = format!("Bearer {}", acme.token);
    let headers = [("authorization", bearer.as_str()), ("accept", format), ("accept-encoding", "gzip")];
    let packed = env.visit(&with_query(PUBLIC, &DAY), &headers).await;
    assert_eq!(packed.header("content-encoding"), "gzip");
    let mut text = String::new();
    GzDecoder::new(packed.body.as_slice()).read_to_string(&mut text).unwrap();
    let plain = env.export_page(&acme, PUBLIC, &DAY, format).await;
    // The trailer has the instant of the request.
    let lines = |text: &str| text.lines().filter(|line| !line.contains("_meta")).map(str::to_owned).collect::<Vec<_>>();
    assert_eq!(lines(&text), lines(plain.text()));
}

#[tokio::test]
async fn the_limit_counts_lines_of_a_page_of_lines() {
    let env = TestEnvironment::new().await;
    let acme = five_users(&env).await;
    let pages = env.export_pages(&acme, PUBLIC, &[DAY[0], DAY[1], ("limit", "3")], NDJSON).await;
    let counts: Vec<_> = pages.iter().map(|page| trailer(page)["interactions"].as_u64().unwrap()).collect();
    assert_eq!(counts.iter().filter(|count| **count > 3).count(), 0, "{counts:?}");
    assert_eq!(counts.iter().sum::<u64>(), 20, "{counts:?}");
}

#[tokio::test]
async fn the_limit_counts_users_of_a_page_by_user() {
    let env = TestEnvironment::new().await;
    let acme = five_users(&env).await;
    let pages = env.export_pages(&acme, PUBLIC, &[DAY[0], DAY[1], ("limit", "3")], JSON).await;
    let counts: Vec<_> = pages.iter().map(|page| page.json()["meta"]["users"].as_u64().unwrap()).collect();
    assert_eq!(counts.iter().filter(|count| **count > 3).count(), 0, "{counts:?}");
    assert_eq!(counts.iter().sum::<u64>(), 5, "{counts:?}");
}
