//! Writing interactions: the limits of a request and of an event, and what an event must not have.

use crate::interactions::ingest::{PATH, event, verdicts};
use crate::support::{FaultInjector, TestEnvironment, TestResponse, TestTenant};
use chrono::TimeDelta;
use serde_json::{Value, json};
use shared::http::can_be_passed_on;
use shared::model::{Tenant, time};

/// The errors of the one event of a request.
async fn errors(env: &TestEnvironment, of: &TestTenant, event: Value) -> Value {
    env.post(PATH, &of.token, &json!([event])).await.json()["results"][0]["errors"].clone()
}

/// The event with other members.
fn with(more: Value) -> Value {
    let mut event = event("ann", "08:00:00", "hello");
    let Value::Object(more) = more else { panic!("members, and not {more}") };
    event.as_object_mut().expect("an object").extend(more);
    event
}

#[tokio::test]
async fn an_id_has_at_most_128_bytes_and_a_date_is_at_most_five_minutes_ahead() {
    let env = TestEnvironment::new().await;
    let acme = env.create_tenant("acme").await;
    let ahead = |seconds| with(json!({"date": time::format(env.app.clock.now() + TimeDelta::seconds(seconds))}));
    for good in [with(json!({"id": "é".repeat(64)})), ahead(295), with(json!({"user_id": "\u{10ffff}".repeat(384)}))] {
        assert_eq!(verdicts(&env.post(PATH, &acme.token, &json!([good])).await), ["created"]);
    }
    for (bad, field, sentence) in [
        (with(json!({"id": "é".repeat(65)})), "id", "The id must be a string of 1 to 128 bytes."),
        (ahead(310), "date", "The date must be at most five minutes ahead."),
        (with(json!({"user_id": "a".repeat(385)})), "user_id", "User id must be a string of 1 to 384 characters."),
        (with(json!({"text": 7})), "text", "The text must be a string."),
        (with(json!({"author": "ann"})), "author", "The author must be us or them."),
        (with(json!({"user": "ann"})), "user", "The user must be an object."),
        (with(json!({"user": {"custom": [1]}})), "user.custom", "The user.custom must be an object."),
        (with(json!({"mood": "good"})), "mood", "The mood field is not known."),
        (with(json!({"user": {"firstName": "Ann"}})), "user.firstName", "The user.firstName field is not known."),
    ] {
        assert_eq!(errors(&env, &acme, bad).await, json!({field: [sentence]}));
    }
}

#[tokio::test]
async fn an_event_has_at_most_350_kb_and_one_of_that_size_is_stored() {
    let env = TestEnvironment::new().await;
    let acme = env.create_tenant("acme").await;
    let largest = with(json!({"text": "x".repeat(350 * 1024 - 200), "user_id": "large"}));
    assert_eq!(verdicts(&env.post(PATH, &acme.token, &json!([largest])).await), ["created"]);
    let known = with(json!({"user": {"custom": {"notes": "x".repeat(350 * 1024 - 400)}}}));
    assert_eq!(verdicts(&env.post(PATH, &acme.token, &json!([known])).await), ["created"]);
    for too_large in [json!({"text": "x".repeat(350 * 1024)}), json!({"data": {"value": "é".repeat(180 * 1024)}})] {
        let errors = errors(&env, &acme, with(too_large)).await;
        assert_eq!(errors, json!({"event": ["An event must not have more than 350 KB."]}));
    }
}

#[tokio::test]
async fn a_request_has_at_most_1000_events_whose_pointers_are_one_entry_of_the_feed() {
    let faults = FaultInjector::new();
    let env = TestEnvironment::with(&[], |client| faults.install(client)).await;
    let acme = env.create_tenant("acme").await;
    let events: Vec<_> = (0..1001).map(|number| with(json!({"id": format!("{number:0128}")}))).collect();
    faults.reset();
    let sentence = "The body must not hold more than 1000 items.";
    env.post(PATH, &acme.token, &json!(events)).await.assert_invalid("body", sentence);
    let line = |event: &Value| event.to_string() + "\n";
    env.post_lines(&acme, events.iter().map(line).collect::<String>()).await.assert_invalid("body", sentence);
    assert_eq!(faults.calls("PutItem"), 0, "nothing of it is stored");
    let response = env.post(PATH, &acme.token, &json!(events[..1000])).await;
    assert_eq!(response.json()["created"], 1000);
    let entries: Vec<_> = faults.requests().into_iter().filter(|asked| asked.body.contains("#F#")).collect();
    assert!(entries.len() == 1 && entries[0].body.len() < 350 * 1024, "{}", entries[0].body.len());
}

/// Members of an event that make its errors as long as they come.
fn worst() -> Value {
    let names = (0..9).map(|number| (format!("{number}{}", "\u{1}".repeat(400)), json!(1)));
    let mut event: serde_json::Map<String, Value> = names.collect();
    event.insert("user".into(), Value::Object(event.clone()));
    event.into()
}

#[tokio::test]
async fn the_longest_answer_can_be_passed_on() {
    let env = TestEnvironment::new().await;
    let acme = env.create_tenant("acme").await;
    let worst = worst().to_string();
    let body = vec![worst.as_str(); 4_000_000 / worst.len()].join("\n");
    let response = env.post_lines(&acme, body).await;
    assert!(verdicts(&response).len() > 80 && can_be_passed_on(&response.body), "{}", response.body.len());
    let short = json!({"\u{1}\u{1}\u{1}": 1, "a": 1, "b": 1, "type": "", "id": "", "data": 1, "author": 1, "text": 1});
    let response = env.post(PATH, &acme.token, &json!(vec![short; 1000])).await;
    assert!(verdicts(&response).len() == 1000 && can_be_passed_on(&response.body), "{}", response.body.len());
    let ids: Vec<_> = (0..1000).map(|number| with(json!({"id": format!("{number}{}", "\u{1}".repeat(120))}))).collect();
    let response = env.post(PATH, &acme.token, &json!(ids)).await;
    assert!(verdicts(&response).len() == 1000 && can_be_passed_on(&response.body), "{}", response.body.len());
}

#[tokio::test]
async fn a_body_is_json_or_ndjson_of_at_most_4_mb_as_it_is() {
    let env = TestEnvironment::new().await;
    let acme = env.create_tenant("acme").await;
    let bearer = format!("Bearer {}", acme.token);
    let send = async |headers: &[(&str, &str)], body: String| -> TestResponse {
        env.post_raw(PATH, &[&[("authorization", bearer.as_str())], headers].concat(), body).await
    };
    let events = json!([event("ann", "08:00:00", "hello")]).to_string();
    for kind in ["text/plain", "text/csv", "application/x-www-form-urlencoded", ""] {
        let message = "The body must be sent as application/json or application/x-ndjson.";
        send(&[("content-type", kind)], events.clone()).await.assert_problem(415, message);
    }
    let packed = [("content-type", "application/x-ndjson"), ("content-encoding", "gzip")];
    assert_eq!(send(&packed, events.clone()).await.status, 415);
    for kind in ["application/json", "application/x-ndjson", "application/ndjson"] {
        let spaces = " ".repeat(4 * 1024 * 1024 + 1);
        send(&[("content-type", kind)], spaces).await.assert_problem(413, "The body must not have more than 4 MB.");
    }
    for kind in ["application/json", "Application/JSON; charset=utf-8", "application/vnd.api+json"] {
        assert_eq!(send(&[("content-type", kind)], events.clone()).await.status, 200, "{kind}");
    }
}

#[tokio::test]
async fn what_is_not_strict_json_is_refused_whole_as_an_array_and_alone_as_a_line() {
    let env = TestEnvironment::new().await;
    let acme = env.create_tenant("acme").await;
    let bearer = format!("Bearer {}", acme.token);
    let headers = [("authorization", bearer.as_str()), ("content-type", "application/json")];
    let good = event("ann", "08:00:00", "hello").to_string();
    let deep =
        good.replace("\"hello\"", &format!("\"hello\",\"data\":{{\"a\":{}1{}}}", "[".repeat(31), "]".repeat(31)));
    let twice = good.replace("\"text\"", "\"text\":\"bye\",\"text\"");
    for bad in [good.replace("hello", "\\ud800"), twice, deep, good.replace('}', ",}")] {
        let response = env.post_raw(PATH, &headers, format!("[{good},{bad}]")).await;
        assert_eq!(response.status, 400, "{bad}: {}", response.text());
        assert!(response.text().contains("The body is not JSON that can be read: "), "{}", response.text());
        let response = env.post_lines(&acme, format!("{bad}\r\n\n{good}\n{{\"_meta\":{{}}}}\n")).await;
        assert_eq!(verdicts(&response)[0], "invalid", "{bad}");
        let results = &response.json()["results"];
        assert_eq!((&results[0]["index"], &results[1]["index"], &results[2]), (&json!(0), &json!(2), &Value::Null));
        assert!(results[0]["errors"]["line"][0].as_str().is_some_and(|why| why.starts_with("The line is not JSON")));
    }
}

#[tokio::test]
async fn what_is_older_than_the_tenant_keeps_is_refused() {
    let env = TestEnvironment::new().await;
    let acme = env.create_tenant("acme").await;
    let tenant = Tenant { retention_days: Some(30), ..acme.tenant.clone() };
    env.app.store.tenant_update(&tenant).await.expect("kept for 30 days");
    let days_ago = |days| with(json!({"date": time::format(env.app.clock.now() - TimeDelta::days(days))}));
    let response = env.post(PATH, &acme.token, &json!([days_ago(31), days_ago(29)])).await;
    assert_eq!(verdicts(&response), ["invalid", "created"]);
    assert_eq!(response.json()["results"][0]["errors"], json!({"date": ["The date is before what is kept."]}));
}
