//! Which bodies an ingestion accepts: content types, sizes, strict JSON.

use crate::interactions::ingest::{PATH, event, verdicts};
use crate::support::{TestEnvironment, TestResponse};
use rstest::rstest;
use serde_json::{Value, json};

/// Posts a body with these headers.
async fn send(headers: &[(&str, &str)], body: String) -> TestResponse {
    let env = TestEnvironment::new().await;
    let acme = env.create_tenant("acme").await;
    let bearer = format!("Bearer {}", acme.token);
    env.post_raw(PATH, &[&[("authorization", bearer.as_str())], headers].concat(), body).await
}

fn one_event() -> String {
    json!([event("ann", "08:00:00", "hello")]).to_string()
}

#[rstest]
#[tokio::test]
async fn another_content_type_is_415(
    #[values("text/plain", "text/csv", "application/x-www-form-urlencoded", "")] kind: &str,
) {
    let message = "The body must be sent as application/json or application/x-ndjson.";
    send(&[("content-type", kind)], one_event()).await.assert_problem(415, message);
}

#[tokio::test]
async fn a_compressed_body_is_415() {
    let packed = [("content-type", "application/x-ndjson"), ("content-encoding", "gzip")];
    assert_eq!(send(&packed, one_event()).await.status, 415);
}

#[rstest]
#[tokio::test]
async fn a_body_of_more_than_4_mb_is_413(
    #[values("application/json", "application/x-ndjson", "application/ndjson")] kind: &str,
) {
    let spaces = " ".repeat(4 * 1024 * 1024 + 1);
    send(&[("content-type", kind)], spaces).await.assert_problem(413, "The body must not have more than 4 MB.");
}

#[rstest]
#[tokio::test]
async fn a_json_content_type_is_accepted(
    #[values("application/json", "Application/JSON; charset=utf-8", "application/vnd.api+json")] kind: &str,
) {
    let response = send(&[("content-type", kind)], one_event()).await;
    assert_eq!(response.status, 200, "{}", response.text());
}

#[rstest]
#[case::half_a_surrogate_pair(|good: &str| good.replace("hello", "\\ud800"))]
#[case::a_duplicate_key(|good: &str| good.replace("\"text\"", "\"text\":\"bye\",\"text\""))]
#[case::more_than_32_levels(|good: &str| {
    let data = format!("\"hello\",\"data\":{{\"a\":{}1{}}}", "[".repeat(31), "]".repeat(31));
    good.replace("\"hello\"", &data)
})]
#[case::a_trailing_comma(|good: &str| good.replace('}', ",}"))]
#[tokio::test]
async fn an_event_that_is_not_strict_json_makes_an_array_invalid_and_of_lines_only_its_own(
    #[case] break_json: fn(&str) -> String,
) {
    let env = TestEnvironment::new().await;
    let acme = env.create_tenant("acme").await;
    let bearer = format!("Bearer {}", acme.token);
    let headers = [("authorization", bearer.as_str()), ("content-type", "application/json")];
    let good = event("ann", "08:00:00", "hello").to_string();
    let bad = break_json(&good);
    let response = env.post_raw(PATH, &headers, format!("[{good},{bad}]")).await;
    assert_eq!(response.status, 400, "{}", response.text());
    assert!(response.text().contains("The body is not JSON that can be read: "), "{}", response.text());
    let response = env.post_lines(&acme, format!("{bad}\r\n\n{good}\n{{\"_meta\":{{}}}}\n")).await;
    assert_eq!(verdicts(&response), ["invalid", "created"]);
    let results = &response.json()["results"];
    assert_eq!(results[0]["index"], 0);
    assert_eq!(results[1]["index"], 2);
    assert_eq!(results[2], Value::Null, "a line of `_meta` has no verdict");
    let error = results[0]["errors"]["line"][0].as_str().expect("a sentence");
    assert!(error.starts_with("The line is not JSON"), "{error}");
}
