//! Headers about the content of bodies: what two readers could understand differently is refused.

use crate::support::{GENERATE_PATHS, TestEnvironment, TestResponse};
use flate2::read::GzDecoder;
use rstest::rstest;
use serde_json::json;
use std::io::Read as _;

/// Posts one event as JSON, with these headers.
async fn send(headers: &[(&str, &str)]) -> TestResponse {
    let env = TestEnvironment::new().await;
    let acme = env.create_tenant("acme").await;
    let token = format!("Bearer {}", acme.token);
    let event = json!([{"user_id": "ann", "type": "text", "date": "2022-09-21", "text": "hello"}]).to_string();
    env.post_raw("/public/api/interactions", &[&[("authorization", token.as_str())], headers].concat(), event).await
}

#[rstest]
#[tokio::test]
async fn a_charset_other_than_utf_8_is_415(
    #[values("utf-16", "iso-8859-1", "\"utf-16\"", "utf-8; charset=utf-16", "")] charset: &str,
) {
    let response = send(&[("content-type", &format!("application/json; charset={charset}"))]).await;
    response.assert_problem(415, "The charset of the body must be utf-8.");
}

#[rstest]
#[tokio::test]
async fn the_charset_utf_8_is_accepted_in_every_spelling(
    #[values("charset=utf-8", "charset=UTF-8", "Charset=\"utf-8\"", "charset=utf8", "profile=\"x\"")] parameter: &str,
) {
    let response = send(&[("content-type", &format!("application/json;{parameter}"))]).await;
    assert_eq!(response.status, 200, "{}", response.text());
}

#[rstest]
#[tokio::test]
async fn a_content_type_that_is_given_twice_is_415(#[values("text/plain", "application/json")] second: &str) {
    let response = send(&[("content-type", "application/json"), ("content-type", second)]).await;
    response.assert_problem(415, "The Content-Type must be given once.");
}

#[tokio::test]
async fn a_content_encoding_that_is_given_twice_is_415() {
    let headers =
        [("content-type", "application/json"), ("content-encoding", "identity"), ("content-encoding", "gzip")];
    send(&headers).await.assert_problem(415, "A Content-Encoding is not supported: send the body as it is.");
}

#[rstest]
#[tokio::test]
async fn a_client_that_accepts_no_encoding_of_ours_gets_the_response_as_it_is(
    #[values("identity;q=0, *;q=0", "*;q=0", "identity;q=0", "br", "gzip;q=0", "gzip;q=0, identity;q=0")]
    accepted: &str,
) {
    let env = TestEnvironment::new().await;
    let response = env.visit("/openapi.json", &[("accept-encoding", accepted)]).await;
    assert_eq!(response.status, 200, "{}", response.text());
    assert_eq!(response.header("content-encoding"), "");
    assert_eq!(response.json()["openapi"].as_str().map(|version| &version[..2]), Some("3."));
}

#[rstest]
#[tokio::test]
async fn a_client_that_accepts_gzip_gets_it(
    #[values("gzip", "GZIP;q=0.5", "*", "br, gzip;q=0.1, identity;q=0")] accepted: &str,
) {
    let env = TestEnvironment::new().await;
    let response = env.visit("/openapi.json", &[("accept-encoding", accepted)]).await;
    assert_eq!(response.header("content-encoding"), "gzip");
    let mut text = String::new();
    GzDecoder::new(response.body.as_slice()).read_to_string(&mut text).expect("gzip");
    assert!(text.starts_with('{'), "{text}");
}

#[rstest]
#[tokio::test]
async fn the_fields_of_links_are_422_if_a_number_cannot_be_kept(
    #[values(GENERATE_PATHS[0], GENERATE_PATHS[1])] path: &str,
    #[values("12345678901234567890123", "18446744073709551616", "0.12345678901234567890123456789", "1e-400")]
    number: &str,
) {
    let env = TestEnvironment::new().await;
    let acme = env.create_tenant("acme").await;
    let token = format!("Bearer {}", acme.token);
    let body = format!(r#"{{"scenario_id":"0x420","dataset":[{{"attributes":{{"order":{number}}}}}]}}"#);
    let headers = [("authorization", token.as_str()), ("content-type", "application/json")];
    let response = env.post_raw(path, &headers, body).await;
    response.assert_invalid(
        "dataset.0.attributes.order",
        "The number has more digits than can be kept: send it as a string.",
    );
    assert_eq!(response.json()["code"], "number_out_of_range");
}

#[rstest]
#[tokio::test]
async fn a_number_that_can_be_kept_reaches_the_webchat_with_its_digits(
    #[values("18446744073709551615", "-9223372036854775808", "0.1", "1234567890.12345")] number: &str,
) {
    let env = TestEnvironment::new().await;
    let acme = env.create_tenant("acme").await;
    let value: serde_json::Value = serde_json::from_str(number).expect("a number");
    let link = env.create_link(&acme, "ann", json!({"order": value})).await;
    let handoff = env.follow_link(&link).await;
    let exchanged = env.exchange(&handoff, "nonce-of-the-test-0").await;
    assert!(exchanged.text().contains(&format!("\"order\":{number}")), "{}", exchanged.text());
}
