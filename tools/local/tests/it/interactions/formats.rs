//! Pages, cursors and formats of an export: who asks for pages gets pages, and every page says what it is.

use crate::support::exported::{CSV, JSON, NDJSON, exported_interactions, next_cursor, trailer};
use crate::support::{LEGACY, PUBLIC, TestEnvironment, TestTenant, with_query};
use flate2::read::GzDecoder;
use serde_json::{Value, json};
use std::io::Read as _;

const DAY: [(&str, &str); 2] = [("from", "2022-09-21"), ("to", "2022-09-22")];
const NOT_OURS: &str = "The cursor is not one of this question, or is too old.";

async fn five_users(env: &TestEnvironment) -> TestTenant {
    let acme = env.create_tenant("acme").await;
    let said = |number: usize| {
        json!({"user_id": format!("user-{}", number % 5), "type": "text", "text": format!("={number}"),
            "date": format!("2022-09-21 08:00:{number:02}"), "scenario_id": "0x420", "data": {"n": number}})
    };
    env.ingest(&acme, (0..20).map(said).collect::<Value>()).await;
    acme
}

#[tokio::test]
async fn who_does_not_ask_for_pages_gets_the_whole_without_meta() {
    let env = TestEnvironment::new().await;
    let acme = five_users(&env).await;
    for path in [LEGACY, PUBLIC] {
        let whole = env.get_interactions(&acme, path, &DAY).await;
        assert!(whole.json().get("meta").is_none() && whole.headers.get("link").is_none());
        let page = env.get_interactions(&acme, path, &[DAY[0], DAY[1], ("limit", "1000")]).await.json();
        assert_eq!(page["data"], whole.json()["data"]);
        let meta = &page["meta"];
        assert_eq!(
            (&meta["users"], &meta["interactions"], &meta["next_cursor"]),
            (&json!(5), &json!(20), &Value::Null)
        );
        assert!(meta["complete_until"].as_str().is_some_and(|until| until.ends_with('Z')));
    }
}

#[tokio::test]
async fn a_limit_that_is_none_is_refused() {
    let env = TestEnvironment::new().await;
    let acme = five_users(&env).await;
    for limit in ["0", "1001", "-1", "ten", "1.5"] {
        for format in [JSON, NDJSON, CSV] {
            let response = env.export_page(&acme, PUBLIC, &[DAY[0], DAY[1], ("limit", limit)], format).await;
            response.assert_invalid("limit", "The limit must be a number from 1 to 1000.");
        }
    }
}

#[tokio::test]
async fn a_cursor_is_bound_to_tenant_question_and_format_and_good_for_a_day() {
    let env = TestEnvironment::new().await;
    let (acme, other) = (five_users(&env).await, env.create_tenant("other").await);
    for (format, another) in [(JSON, NDJSON), (NDJSON, CSV), (CSV, JSON)] {
        let limited = [DAY[0], DAY[1], ("limit", "2")];
        let cursor = next_cursor(&env.export_page(&acme, PUBLIC, &limited, format).await, format).expect("more");
        assert!(!cursor.contains("user-"), "a cursor names nobody");
        let with = |cursor: &str| [DAY[0], DAY[1], ("cursor", cursor)].map(|(name, value)| (name, value.to_owned()));
        let ask = async |of: &TestTenant, path: &str, pairs: [(&str, String); 3], format: &str| {
            let pairs = pairs.each_ref().map(|(name, value)| (*name, value.as_str()));
            env.export_page(of, path, &pairs, format).await
        };
        assert_eq!(ask(&acme, PUBLIC, with(&cursor), format).await.status, 200, "the limit may change");
        ask(&other, PUBLIC, with(&cursor), format).await.assert_invalid("cursor", NOT_OURS);
        ask(&acme, LEGACY, with(&cursor), format).await.assert_invalid("cursor", NOT_OURS);
        ask(&acme, PUBLIC, with(&cursor), another).await.assert_invalid("cursor", NOT_OURS);
        let mut altered = cursor.clone();
        let place = altered.len() / 2;
        let replaced = if &altered[place..=place] == "A" { "B" } else { "A" };
        altered.replace_range(place..=place, replaced);
        ask(&acme, PUBLIC, with(&altered), format).await.assert_invalid("cursor", NOT_OURS);
        let mut later = with(&cursor);
        later[1].1 = "2022-09-23".to_owned();
        ask(&acme, PUBLIC, later, format).await.assert_invalid("cursor", NOT_OURS);
        let filtered = [DAY[0], DAY[1], ("cursor", &cursor), ("user_id", "user-1")];
        env.export_page(&acme, PUBLIC, &filtered, format).await.assert_invalid("cursor", NOT_OURS);
    }
    let limited = [DAY[0], DAY[1], ("limit", "2")];
    let cursor = next_cursor(&env.export_page(&acme, PUBLIC, &limited, JSON).await, JSON).expect("more");
    env.advance_clock(86_400 + 10);
    let (token, _) = env.issue_token(&acme.tenant, &acme.account, &shared::model::Scope::ALL).await;
    let path = with_query(PUBLIC, &[DAY[0], DAY[1], ("cursor", &cursor)]);
    env.get(&path, &token).await.assert_invalid("cursor", NOT_OURS);
}

#[tokio::test]
async fn lines_come_by_day_user_and_time_and_can_be_written_back() {
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
    assert_eq!(users.chunk_by(|a, b| a == b).count(), 5, "a user's lines stand together");
    let copy = env.create_tenant("copy").await;
    env.ingest(&copy, lines.into()).await;
    let copied = env.export_page(&copy, PUBLIC, &DAY, NDJSON).await;
    let sorted = crate::support::exported::sorted;
    assert_eq!(sorted(exported_interactions(&copied, NDJSON)), sorted(exported_interactions(&page, NDJSON)));
}

#[tokio::test]
async fn csv_says_in_headers_what_ndjson_says_in_its_trailer_and_no_cell_is_a_formula() {
    let env = TestEnvironment::new().await;
    let acme = five_users(&env).await;
    let page = env.export_page(&acme, PUBLIC, &[DAY[0], DAY[1], ("limit", "8")], CSV).await;
    assert_eq!(page.header("content-type"), "text/csv; charset=utf-8; header=present");
    assert!(page.text().starts_with("user_id,id,type,date,text,data,scenario_id\r\n"), "{}", page.text());
    assert!(page.text().contains(",'=") && !page.text().contains(",="), "{}", page.text());
    assert_eq!(page.header("x-interactions"), "8");
    assert!(page.header("x-complete-until").ends_with('Z') && !page.header("x-next-cursor").is_empty());
    assert_eq!(exported_interactions(&page, CSV).len(), 8);
}

#[tokio::test]
async fn a_page_is_compressed_for_whoever_accepts_it() {
    let env = TestEnvironment::new().await;
    let acme = five_users(&env).await;
    let bearer = format!("Bearer {}", acme.token);
    for format in [JSON, NDJSON, CSV] {
        let headers = [("authorization", bearer.as_str()), ("accept", format), ("accept-encoding", "gzip")];
        let packed = env.visit(&with_query(PUBLIC, &DAY), &headers).await;
        assert_eq!(packed.header("content-encoding"), "gzip", "{format}");
        let mut text = String::new();
        GzDecoder::new(packed.body.as_slice()).read_to_string(&mut text).unwrap();
        let plain = env.export_page(&acme, PUBLIC, &DAY, format).await;
        let lines =
            |text: &str| text.lines().filter(|line| !line.contains("_meta")).map(str::to_owned).collect::<Vec<_>>();
        assert_eq!(lines(&text), lines(plain.text()), "{format}");
    }
}

#[tokio::test]
async fn a_page_of_lines_has_the_limit_of_lines_and_one_of_users_the_limit_of_users() {
    let env = TestEnvironment::new().await;
    let acme = five_users(&env).await;
    let limited = [DAY[0], DAY[1], ("limit", "3")];
    let lines = env.export_pages(&acme, PUBLIC, &limited, NDJSON).await;
    assert!(lines.iter().all(|page| trailer(page)["interactions"].as_u64().unwrap() <= 3));
    let users = env.export_pages(&acme, PUBLIC, &limited, JSON).await;
    let counts: Vec<_> = users.iter().map(|page| page.json()["meta"]["users"].as_u64().unwrap()).collect();
    assert!(counts.iter().all(|count| *count <= 3) && counts.iter().sum::<u64>() == 5, "{counts:?}");
}
