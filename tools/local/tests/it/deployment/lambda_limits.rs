//! What Lambda and API Gateway pass on: answers in time, not too large, with every header once.

use crate::support::{Fault, FaultInjector, GENERATE_PATHS, LEGACY, TableRequest, TestEnvironment};
use axum::Router;
use axum::body::Body;
use axum::routing::get;
use http::Request;
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
async fn bulk_links_over_a_table_that_is_slow_end_in_time_with_an_honest_answer() {
    let faults = FaultInjector::new();
    let env = TestEnvironment::with(&[], |client| faults.install(client)).await;
    let acme = env.create_tenant("acme").await;
    let tries: Mutex<HashMap<String, u32>> = Mutex::new(HashMap::new());
    faults.inject(move |TableRequest { operation, body }, number| {
        if operation != "BatchWriteItem" {
            return Fault::Pass;
        }
        if number == 1 {
            tokio::time::pause(); // nothing is answered by the engine from here on, so waiting takes no time
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
    let begun = Instant::now();
    let response = env.generate(&acme, rows(4_000)).await;
    let took = begun.elapsed();
    response.assert_problem(503, BUSY);
    assert!(!response.header("retry-after").is_empty());
    assert!((19..22).contains(&took.as_secs()), "{took:?}");
}

#[tokio::test]
async fn bulk_links_over_a_table_that_says_nothing_end_in_time() {
    let faults = FaultInjector::new();
    let env = TestEnvironment::with(&[], |client| faults.install(client)).await;
    let acme = env.create_tenant("acme").await;
    faults.inject(|asked, number| match asked.operation.as_str() {
        "BatchWriteItem" => {
            if number == 1 {
                tokio::time::pause();
            }
            Fault::Stall
        }
        _ => Fault::Pass,
    });
    let begun = Instant::now();
    env.generate(&acme, rows(100)).await.assert_problem(503, BUSY);
    assert!(begun.elapsed() < Duration::from_secs(22), "{:?}", begun.elapsed());
}

#[tokio::test(start_paused = true)]
async fn whatever_takes_too_long_is_answered_before_the_gateway_gives_up() {
    let forever = get(async || std::future::pending::<()>().await);
    let service = shared::http::service(Router::new().route("/", forever), ());
    let begun = Instant::now();
    let response =
        service.oneshot(Request::get("/").body(Body::empty()).expect("a request")).await.expect("a response");
    assert_eq!((response.status().as_u16(), begun.elapsed().as_secs()), (503, 25));
    assert!(response.headers().contains_key("retry-after"));
}

#[tokio::test]
async fn links_whose_answer_could_not_be_passed_on_are_refused_before_any_is_made() {
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
async fn errors_are_named_as_far_as_an_answer_has_room() {
    let env = TestEnvironment::new().await;
    let acme = env.create_tenant("acme").await;
    let wrong: Value = (0..200).map(|n| (format!("a{n}"), json!({}))).collect::<serde_json::Map<_, _>>().into();
    let body = json!({"scenario_id": "0x420", "dataset": vec![json!({"attributes": wrong}); 1_000]});
    let response = env.post(GENERATE_PATHS[1], &acme.token, &body).await;
    let problem = response.assert_problem(422, "The given data was invalid.");
    assert!((500_000..2_000_000).contains(&response.body.len()), "{}", response.body.len());
    assert!(problem["detail"].as_str().is_some_and(|detail| detail.contains("more errors")), "{}", problem["detail"]);
    let members: serde_json::Map<String, Value> = (0..300_000).map(|n| (format!("m{n}"), 1.into())).collect();
    let body = Value::from(members).to_string();
    let response = env.post_raw("/webchat/exchange", &[("content-type", "application/json")], body).await;
    let problem = response.assert_problem(422, "The given data was invalid.");
    assert_eq!(problem["errors"].as_object().map(serde_json::Map::len), Some(1_002), "1,000 unknown and two missing");
}

#[tokio::test]
async fn no_header_stands_twice() {
    let env = TestEnvironment::new().await;
    let acme = env.create_tenant("acme").await;
    let script =
        env.visit("/webchat/preload.js", &[("accept-encoding", "gzip"), ("origin", "https://a.example")]).await;
    assert!(script.header("vary").contains("accept-encoding"));
    let asked = [("from", "2022-09-21"), ("to", "2022-09-22")];
    for response in [script, env.get_interactions(&acme, LEGACY, &asked).await, env.get("/openapi.json", "").await] {
        for name in response.headers.keys() {
            response.header(name.as_str());
        }
    }
}
