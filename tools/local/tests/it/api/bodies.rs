//! Bodies of requests: strict JSON, of the right kind and size, or a sentence that says what is wrong.

use crate::support::{Answer, GENERATE, TestEnvironment, TestTenant};
use serde_json::json;

/// Sends a body as JSON to a path that takes one.
async fn send(env: &TestEnvironment, of: &TestTenant, path: &str, body: impl Into<axum::body::Body>) -> Answer {
    let token = format!("Bearer {}", of.token);
    env.post_raw(path, &[("authorization", &token), ("content-type", "application/json")], body).await
}

/// A valid body with something in place of an attribute's value.
fn with_value(value: &str) -> String {
    format!(r#"{{"scenario_id":"0x420","dataset":[{{"user_id":"ann","attributes":{{"x":{value}}}}}]}}"#)
}

#[tokio::test]
async fn what_is_not_json_is_400_and_the_answer_says_where() {
    let env = TestEnvironment::new().await;
    let acme = env.tenancy("acme").await;
    for path in [GENERATE[0], GENERATE[1], "/webchat/exchange"] {
        for (body, place) in [
            ("", "line 1 column 0"),
            ("{", "line 1 column 1"),
            ("{\"scenario_id\": \"0x420\",\n \"dataset\": [1, ]}", "line 2 column 17"),
            ("{\"a\": 1,}", "line 1 column 9"),
            ("{'a': 1}", "line 1 column 2"),
            ("{\"a\": 1} {}", "line 1 column 10"),
            ("{\"a\": NaN}", "line 1 column 7"),
            ("{\"a\": 01}", "line 1 column 8"),
            ("{\"a\": 1e999}", "line 1 column"),
            ("{\"a\": \"\u{1}\"}", "line 1 column"),
            ("{\"a\": 1, // why\n}", "line 1 column 10"),
            ("\u{feff}{}", "line 1 column 1"),
            ("{\"a\": 1, \"b\": {\"a\": 1, \"a\": 1}}", "line 1 column"),
            (r#"{"a": "\ud83d"}"#, "line 1 column"),
            (r#"{"a": "\udc00\ud800"}"#, "line 1 column"),
        ] {
            let answer = send(&env, &acme, path, body).await;
            let problem = answer.assert_problem(400, answer.json()["message"].as_str().unwrap());
            let message = problem["message"].as_str().unwrap();
            assert!(message.contains(place) && message.starts_with("The body is not JSON"), "{body}: {message}");
            assert!(problem.get("errors").is_none());
        }
        let latin = send(&env, &acme, path, b"{\"a\": \"\xfc\"}".to_vec()).await;
        assert_eq!(latin.status, 400, "{}", latin.text());
    }
}

#[tokio::test]
async fn duplicate_keys_are_refused_however_they_are_written() {
    let env = TestEnvironment::new().await;
    let acme = env.tenancy("acme").await;
    for value in [r#"1,"x":2"#, r#"1,"\u0078":2"#, r#"[{"a":1,"b":{},"a":1}]"#] {
        let answer = send(&env, &acme, GENERATE[1], with_value(value)).await;
        assert!(answer.status == 400 && answer.text().contains("twice"), "{value}: {}", answer.text());
    }
    let pair = send(&env, &acme, GENERATE[1], with_value(r#""\ud83d\ude00""#)).await;
    assert_eq!(pair.status, 200, "a pair of surrogates is a character");
}

#[tokio::test]
async fn nesting_over_32_levels_is_refused_and_up_to_there_it_is_only_wrong() {
    let env = TestEnvironment::new().await;
    let acme = env.tenancy("acme").await;
    let nested = |levels: usize| with_value(&format!("{}{}", "[".repeat(levels), "]".repeat(levels)));
    // The body, its dataset, the row and the attributes are four levels.
    assert_eq!(send(&env, &acme, GENERATE[1], nested(28)).await.status, 422);
    let answer = send(&env, &acme, GENERATE[1], nested(29)).await;
    assert!(answer.status == 400 && answer.text().contains("32 levels"), "{}", answer.text());
    assert_eq!(send(&env, &acme, GENERATE[1], "[".repeat(4_000_000)).await.status, 400);
}

#[tokio::test]
async fn a_body_of_another_kind_or_encoded_is_415() {
    let env = TestEnvironment::new().await;
    let acme = env.tenancy("acme").await;
    let token = format!("Bearer {}", acme.token);
    let post = async |path, headers: &[(&str, &str)]| {
        env.post_raw(path, &[&[("authorization", token.as_str())], headers].concat(), with_value("1")).await
    };
    for path in GENERATE {
        for kind in
            ["application/json", "application/json; charset=utf-8", "APPLICATION/JSON", "application/vnd.x+json"]
        {
            assert_eq!(post(path, &[("content-type", kind)]).await.status, 200, "{kind}");
        }
        for kind in ["text/plain", "application/x-www-form-urlencoded", "application/jsonx", "text/json", ""] {
            let answer = post(path, &[("content-type", kind)]).await;
            answer.assert_problem(415, "The body must be sent as application/json.");
        }
        post(path, &[]).await.assert_problem(415, "The body must be sent as application/json.");
        for encoding in ["gzip", "br", "deflate, gzip"] {
            let answer = post(path, &[("content-type", "application/json"), ("content-encoding", encoding)]).await;
            answer.assert_problem(415, "A Content-Encoding is not supported: send the body as it is.");
        }
        let identity = [("content-type", "application/json"), ("content-encoding", "identity")];
        assert_eq!(post(path, &identity).await.status, 200);
    }
}

#[tokio::test]
async fn a_body_of_exactly_4_mb_is_read_and_one_byte_more_is_413() {
    let env = TestEnvironment::new().await;
    let acme = env.tenancy("acme").await;
    let padded = |bytes: usize| {
        let body = with_value("1");
        let spaces = " ".repeat(bytes - body.len());
        body + &spaces
    };
    for path in GENERATE {
        assert_eq!(send(&env, &acme, path, padded(4 * 1024 * 1024)).await.status, 200);
        let answer = send(&env, &acme, path, padded(4 * 1024 * 1024 + 1)).await;
        answer.assert_problem(413, "The body must not have more than 4 MB.");
    }
    let chunks = futures_util::stream::iter((0..5).map(|_| Ok::<_, std::io::Error>(vec![b' '; 1024 * 1024])));
    let endless = send(&env, &acme, GENERATE[1], axum::body::Body::from_stream(chunks)).await;
    endless.assert_problem(413, "The body must not have more than 4 MB.");
}

#[tokio::test]
async fn a_stranger_learns_nothing_of_how_a_body_is_read() {
    let env = TestEnvironment::new().await;
    for path in GENERATE {
        for (kind, body) in [
            ("text/plain", "{".to_owned()),
            ("application/json", "x".repeat(5_000_000)),
            ("application/json", String::new()),
        ] {
            let answer = env.post_raw(path, &[("content-type", kind)], body).await;
            answer.assert_problem(401, "Unauthenticated.");
        }
    }
}

#[tokio::test]
async fn our_own_endpoints_refuse_unknown_members() {
    let env = TestEnvironment::new().await;
    let body = json!({"handoff": "x", "nonce": "nonce-of-the-test-0", "more": 1}).to_string();
    let answer = env.post_raw("/webchat/exchange", &[("content-type", "application/json")], body).await;
    answer.assert_invalid("more", "The more field is not known.");
}
