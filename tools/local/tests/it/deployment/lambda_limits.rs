//! The limits of Lambda and API Gateway: time, size, and every header once.

use crate::support::{Fault, FaultInjector, GENERATE_PATHS, TableRequest, TestEnvironment};
use axum::Router;
use axum::body::Body;
use axum::routing::get;
use http::{HeaderValue, Request};
use rstest::rstest;
use serde_json::{Value, json};
use std::collections::HashMap;
use std::sync::Mutex;
use std::time::Duration;
use tokio::time::Instant;
use tower::ServiceExt as _;

const BUSY: &str = "The service is busy. Please try again.";

fn rows(count: usize) -> Value {
    (0..count).map(|row| json!({"user_id": format!("u{row}"), "attributes": {}})).collect()
}

#[tokio::test]
async fn links_over_a_slow_table_are_503_before_the_deadline_of_the_gateway() {
    let faults = FaultInjector::new();
    let env = TestEnvironment::with(&[], |client| faults.install(client)).await;
    let acme = env.create_tenant("acme").await;
    let tries: Mutex<HashMap<String, u32>> = Mutex::new(HashMap::new());
    faults.inject(move |TableRequest { operation, body }, number| {
        if operation != "BatchWriteItem" {
            return Fault::Pass;
        }
        if number == 1 {
            tokio::time::pause(); // The engine gets no more requests, so the paused clock can advance by itself.
        }
        let wanted: Value = serde_json::from_str(body).expect("JSON");
        let (_, writes) = wanted["RequestItems"].as_object().and_then(|tables| tables.iter().next()).expect("a table");
        let first = &writes[0]["PutRequest"]["Item"];
        let mut tries = tries.lock().expect("no panic");
        let tries = tries.entry(format!("{} {}", first["PK"], first["SK"])).or_default();
        *tries += 1;
        let left = if *tries < 8 { wanted["RequestItems"].clone() } else { json!({}) };
        Fault::Respond(200, json!({"UnprocessedItems": left}).to_string())
    });
    let start = Instant::now();
    let response = env.generate(&acme, rows(4_000)).await;
    let elapsed = start.elapsed();
    response.assert_problem(503, BUSY);
    assert_eq!(response.header("retry-after"), "1");
    // The time between tries is random.
    assert!((19..22).contains(&elapsed.as_secs()), "{elapsed:?}");
}

#[tokio::test]
async fn links_over_a_table_that_does_not_answer_are_503_before_the_deadline_of_the_gateway() {
    let faults = FaultInjector::new();
    let env = TestEnvironment::with(&[], |client| faults.install(client)).await;
    let acme = env.create_tenant("acme").await;
    faults.inject(|request, number| match request.operation.as_str() {
        "BatchWriteItem" => {
            if number == 1 {
                tokio::time::pause();
            }
            Fault::Stall
        }
        _ => Fault::Pass,
    });
    let start = Instant::now();
    env.generate(&acme, rows(100)).await.assert_problem(503, BUSY);
    assert!(start.elapsed() < Duration::from_secs(22), "{:?}", start.elapsed());
}

#[tokio::test(start_paused = true)]
async fn a_request_that_takes_25_s_is_503() {
    let forever = get(async || std::future::pending::<()>().await);
    let service = shared::http::service(Router::new().route("/", forever), ());
    let start = Instant::now();
    let response =
        service.oneshot(Request::get("/").body(Body::empty()).expect("a request")).await.expect("a response");
    assert_eq!(response.status(), 503);
    assert_eq!(start.elapsed().as_secs(), 25);
    assert_eq!(response.headers().get("retry-after").map(HeaderValue::as_bytes), Some(&b"1"[..]));
}

#[tokio::test]
async fn links_whose_response_would_be_too_large_are_refused_before_any_is_created() {
    let faults = FaultInjector::new();
    let env = TestEnvironment::with(&[], |client| faults.install(client)).await;
    let acme = env.create_tenant("acme").await;
    let quoted = |row: usize| json!({"user_id": format!("{row:05}{}", "\"".repeat(379)), "attributes": {}});
    faults.reset();
    let response = env.generate(&acme, (0..4_000).map(quoted).collect()).await;
    response.assert_invalid("dataset", "The answer would be larger than 6 MB. Send fewer users at a time.");
    assert_eq!(faults.calls("BatchWriteItem"), 0);
    let some = env.generate(&acme, (0..100).map(quoted).collect()).await;
    assert_eq!(some.status, 200);
}

#[tokio::test]
async fn a_problem_has_as_many_errors_as_fit_in_a_response() {
    let env = TestEnvironment::new().await;
    let acme = env.create_tenant("acme").await;
    let wrong: Value = (0..200).map(|n| (format!("a{n}"), json!({}))).collect::<serde_json::Map<_, _>>().into();
    let body = json!({"scenario_id": "0x420", "dataset": vec![json!({"attributes": wrong}); 1_000]});
    let response = env.post(GENERATE_PATHS[1], &acme.token, &body).await;
    let problem = response.assert_problem(422, "The given data was invalid.");
    assert!((500_000..2_000_000).contains(&response.body.len()), "{}", response.body.len());
    let detail = problem["detail"].as_str().expect("text");
    assert!(detail.contains("more errors"), "{detail}");
}

#[tokio::test]
async fn a_problem_has_at_most_1000_unknown_members() {
    let env = TestEnvironment::new().await;
    let members: serde_json::Map<String, Value> = (0..1_500).map(|n| (format!("m{n}"), 1.into())).collect();
    let body = Value::from(members).to_string();
    let response = env.post_raw("/webchat/exchange", &[("content-type", "application/json")], body).await;
    let problem = response.assert_problem(422, "The given data was invalid.");
    assert_eq!(problem["errors"].as_object().map(serde_json::Map::len), Some(1_002), "1,000 unknown and two missing");
}

#[rstest]
#[case::preload_js("/webchat/preload.js")]
#[case::interactions("/api/user-interactions?from=2022-09-21&to=2022-09-22")]
#[case::openapi_json("/openapi.json")]
#[tokio::test]
async fn no_header_occurs_twice(#[case] path: &str) {
    let env = TestEnvironment::new().await;
    let acme = env.create_tenant("acme").await;
    let bearer = format!("Bearer {}", acme.token);
    let headers = [("authorization", &*bearer), ("accept-encoding", "gzip"), ("origin", "https://a.example")];
    let response = env.visit(path, &headers).await;
    assert_eq!(response.status, 200);
    for name in response.headers.keys() {
        assert_eq!(response.headers.get_all(name).iter().count(), 1, "{name}");
    }
}

#[tokio::test]
async fn a_compressed_script_varies_by_accept_encoding() {
    let env = TestEnvironment::new().await;
    let headers = [("accept-encoding", "gzip"), ("origin", "https://a.example")];
    let script = env.visit("/webchat/preload.js", &headers).await;
    assert!(script.header("vary").contains("accept-encoding"), "{}", script.header("vary"));
}
