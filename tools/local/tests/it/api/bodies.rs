//! Request bodies: strict JSON of the right type and size, or a problem that names the error.

use crate::support::{GENERATE_PATHS, TestEnvironment, TestResponse, TestTenant};
use rstest::rstest;
use serde_json::json;

/// Sends a body as JSON to a path that takes one.
async fn send(
    env: &TestEnvironment,
    tenant: &TestTenant,
    path: &str,
    body: impl Into<axum::body::Body>,
) -> TestResponse {
    let token = format!("Bearer {}", tenant.token);
    env.post_raw(path, &[("authorization", &token), ("content-type", "application/json")], body).await
}

/// A valid body with the given JSON as the value of an attribute.
fn with_value(value: &str) -> String {
    format!(r#"{{"scenario_id":"0x420","dataset":[{{"user_id":"ann","attributes":{{"x":{value}}}}}]}}"#)
}

#[rstest]
#[case::an_empty_body("", "line 1 column 0")]
#[case::a_lone_brace("{", "line 1 column 1")]
#[case::an_error_in_the_second_line("{\"scenario_id\": \"0x420\",\n \"dataset\": [1, ]}", "line 2 column 17")]
#[case::a_comma_at_the_end("{\"a\": 1,}", "line 1 column 9")]
#[case::single_quotes("{'a': 1}", "line 1 column 2")]
#[case::two_values("{\"a\": 1} {}", "line 1 column 10")]
#[case::not_a_number("{\"a\": NaN}", "line 1 column 7")]
#[case::a_leading_zero("{\"a\": 01}", "line 1 column 8")]
#[case::a_number_out_of_range("{\"a\": 1e999}", "line 1 column")]
#[case::a_control_character("{\"a\": \"\u{1}\"}", "line 1 column")]
#[case::a_comment("{\"a\": 1, // why\n}", "line 1 column 10")]
#[case::a_byte_order_mark_inside("{\u{feff}}", "line 1 column 2")]
#[case::two_byte_order_marks("\u{feff}\u{feff}{}", "line 1 column 1")]
#[case::a_duplicate_key_further_in("{\"a\": 1, \"b\": {\"a\": 1, \"a\": 1}}", "line 1 column")]
#[case::half_a_surrogate_pair(r#"{"a": "\ud83d"}"#, "line 1 column")]
#[case::surrogates_in_the_wrong_order(r#"{"a": "\udc00\ud800"}"#, "line 1 column")]
#[tokio::test]
async fn a_body_that_is_not_json_is_400_and_the_message_names_line_and_column(
    #[case] body: &'static str,
    #[case] location: &str,
    #[values(GENERATE_PATHS[0], GENERATE_PATHS[1], "/webchat/exchange")] path: &str,
) {
    let env = TestEnvironment::new().await;
    let acme = env.create_tenant("acme").await;
    let response = send(&env, &acme, path, body).await;
    let problem = response.assert_problem(400, response.json()["message"].as_str().unwrap());
    let message = problem["message"].as_str().unwrap();
    assert!(message.starts_with("The body is not JSON"), "{message}");
    assert!(message.contains(location), "{message}");
    assert_eq!(problem.get("errors"), None);
}

#[rstest]
#[tokio::test]
async fn a_body_that_is_not_utf_8_is_400(
    #[values(GENERATE_PATHS[0], GENERATE_PATHS[1], "/webchat/exchange")] path: &str,
) {
    let env = TestEnvironment::new().await;
    let acme = env.create_tenant("acme").await;
    let response = send(&env, &acme, path, b"{\"a\": \"\xfc\"}".to_vec()).await;
    assert_eq!(response.status, 400, "{}", response.text());
}

#[rstest]
#[case::plain(r#"1,"x":2"#)]
#[case::with_an_escape(r#"1,"\u0078":2"#)]
#[case::in_an_array(r#"[{"a":1,"b":{},"a":1}]"#)]
#[tokio::test]
async fn a_duplicate_key_is_400_in_every_spelling(#[case] value: &str) {
    let env = TestEnvironment::new().await;
    let acme = env.create_tenant("acme").await;
    let response = send(&env, &acme, GENERATE_PATHS[1], with_value(value)).await;
    assert_eq!(response.status, 400, "{}", response.text());
    assert!(response.text().contains("twice"), "{}", response.text());
}

#[tokio::test]
async fn a_surrogate_pair_is_one_character() {
    let env = TestEnvironment::new().await;
    let acme = env.create_tenant("acme").await;
    let response = send(&env, &acme, GENERATE_PATHS[1], with_value(r#""\ud83d\ude00""#)).await;
    assert_eq!(response.status, 200, "{}", response.text());
}

#[tokio::test]
async fn more_than_32_levels_of_nesting_are_400_and_fewer_are_checked_like_any_body() {
    let env = TestEnvironment::new().await;
    let acme = env.create_tenant("acme").await;
    let nested = |levels: usize| with_value(&format!("{}{}", "[".repeat(levels), "]".repeat(levels)));
    // The body, its dataset, the row and the attributes are four levels.
    assert_eq!(send(&env, &acme, GENERATE_PATHS[1], nested(28)).await.status, 422);
    let response = send(&env, &acme, GENERATE_PATHS[1], nested(29)).await;
    assert_eq!(response.status, 400, "{}", response.text());
    assert!(response.text().contains("32 levels"), "{}", response.text());
    assert_eq!(send(&env, &acme, GENERATE_PATHS[1], "[".repeat(4_000_000)).await.status, 400);
}

/// Sends a valid body with these headers to one of the paths that create links.
async fn send_as(path: &str, headers: &[(&str, &str)]) -> TestResponse {
    let env = TestEnvironment::new().await;
    let acme = env.create_tenant("acme").await;
    let token = format!("Bearer {}", acme.token);
    env.post_raw(path, &[&[("authorization", token.as_str())], headers].concat(), with_value("1")).await
}

#[rstest]
#[tokio::test]
async fn a_json_content_type_is_accepted(
    #[values(GENERATE_PATHS[0], GENERATE_PATHS[1])] path: &str,
    #[values(
        "application/json",
        "application/json; charset=utf-8",
        "APPLICATION/JSON",
        "application/vnd.x+json"
    )]
    kind: &str,
) {
    let response = send_as(path, &[("content-type", kind)]).await;
    assert_eq!(response.status, 200, "{}", response.text());
}

#[rstest]
#[tokio::test]
async fn another_content_type_is_415(
    #[values(GENERATE_PATHS[0], GENERATE_PATHS[1])] path: &str,
    #[values(
        "text/plain",
        "application/x-www-form-urlencoded",
        "application/jsonx",
        "application/+json",
        "application/json, text/plain",
        "text/json",
        ""
    )]
    kind: &str,
) {
    let response = send_as(path, &[("content-type", kind)]).await;
    response.assert_problem(415, "The body must be sent as application/json.");
}

#[rstest]
#[tokio::test]
async fn a_missing_content_type_is_415(#[values(GENERATE_PATHS[0], GENERATE_PATHS[1])] path: &str) {
    send_as(path, &[]).await.assert_problem(415, "The body must be sent as application/json.");
}

#[rstest]
#[tokio::test]
async fn an_encoded_body_is_415(
    #[values(GENERATE_PATHS[0], GENERATE_PATHS[1])] path: &str,
    #[values("gzip", "br", "deflate, gzip", "identity", "")] encoding: &str,
) {
    let response = send_as(path, &[("content-type", "application/json"), ("content-encoding", encoding)]).await;
    response.assert_problem(415, "A Content-Encoding is not supported: send the body as it is.");
}

#[rstest]
#[tokio::test]
async fn a_leading_byte_order_mark_is_ignored(#[values(GENERATE_PATHS[0], GENERATE_PATHS[1])] path: &str) {
    let env = TestEnvironment::new().await;
    let acme = env.create_tenant("acme").await;
    let response = send(&env, &acme, path, format!("\u{feff}{}", with_value("1"))).await;
    assert_eq!(response.status, 200, "{}", response.text());
}

#[tokio::test]
async fn a_body_of_exactly_4_mb_is_read_and_one_byte_more_is_413() {
    let env = TestEnvironment::new().await;
    let acme = env.create_tenant("acme").await;
    let padded = |bytes: usize| {
        let body = with_value("1");
        let spaces = " ".repeat(bytes - body.len());
        body + &spaces
    };
    for path in GENERATE_PATHS {
        assert_eq!(send(&env, &acme, path, padded(4 * 1024 * 1024)).await.status, 200);
        let response = send(&env, &acme, path, padded(4 * 1024 * 1024 + 1)).await;
        response.assert_problem(413, "The body must not have more than 4 MB.");
    }
    let chunks = futures_util::stream::iter((0..5).map(|_| Ok::<_, std::io::Error>(vec![b' '; 1024 * 1024])));
    let endless = send(&env, &acme, GENERATE_PATHS[1], axum::body::Body::from_stream(chunks)).await;
    endless.assert_problem(413, "The body must not have more than 4 MB.");
}

#[rstest]
#[case::of_another_type("text/plain", "{".to_owned())]
#[case::too_large("application/json", "x".repeat(5_000_000))]
#[case::empty("application/json", String::new())]
#[tokio::test]
async fn without_a_token_a_wrong_body_is_401(
    #[case] kind: &str,
    #[case] body: String,
    #[values(GENERATE_PATHS[0], GENERATE_PATHS[1])] path: &str,
) {
    let env = TestEnvironment::new().await;
    let response = env.post_raw(path, &[("content-type", kind)], body).await;
    response.assert_problem(401, "Unauthenticated.");
}

#[tokio::test]
async fn an_unknown_member_of_an_exchange_is_422() {
    let env = TestEnvironment::new().await;
    let body = json!({"handoff": "x", "nonce": "nonce-of-the-test-0", "more": 1}).to_string();
    let response = env.post_raw("/webchat/exchange", &[("content-type", "application/json")], body).await;
    response.assert_invalid("more", "The more field is not known.");
}
