//! Numbers in the data of events: their digits come back, or the event is refused.

use crate::interactions::ingest::{PATH, verdicts};
use crate::support::{PUBLIC, TestEnvironment, TestResponse, TestTenant};
use rstest::rstest;

/// An event whose data has a number.
fn event(number: &str) -> String {
    format!(r#"{{"user_id":"ann","type":"form_response","date":"2022-09-21","data":{{"a":[{{"n":{number}}}]}}}}"#)
}

async fn post_array(env: &TestEnvironment, tenant: &TestTenant, events: &[String]) -> TestResponse {
    let token = format!("Bearer {}", tenant.token);
    let headers = [("authorization", token.as_str()), ("content-type", "application/json")];
    env.post_raw(PATH, &headers, format!("[{}]", events.join(","))).await
}

#[rstest]
#[case::beyond_64_bits("123456789012345678901")]
#[case::two_to_the_power_of_64("18446744073709551616")]
#[case::below_64_bits("-9223372036854775809")]
#[case::with_too_many_places("0.1000000000000000055511151231257827")]
#[case::too_small("1e-400")]
#[tokio::test]
async fn a_number_that_cannot_be_kept_makes_its_event_invalid_and_no_other(#[case] number: &str) {
    let env = TestEnvironment::new().await;
    let acme = env.create_tenant("acme").await;
    let events = [event("1"), event(number)];
    for response in [post_array(&env, &acme, &events).await, env.post_lines(&acme, events.join("\n")).await] {
        assert_eq!(verdicts(&response)[1], "invalid");
        let errors = &response.json()["results"][1]["errors"];
        assert_eq!(errors["data.a.0.n"][0], "The number has more digits than can be kept: send it as a string.");
    }
    let found = env.get_interactions(&acme, PUBLIC, &[("from", "2022-09-21"), ("to", "2022-09-22")]).await;
    assert_eq!(found.json()["data"][0]["ann"]["interactions"].as_array().map(Vec::len), Some(1));
}

#[rstest]
#[case::the_largest("18446744073709551615", "18446744073709551615")]
#[case::the_smallest("-9223372036854775808", "-9223372036854775808")]
#[case::cents("0.10", "0.1")]
#[case::a_large_power("1e200", "1e200")]
#[tokio::test]
async fn a_number_that_is_kept_comes_back_with_its_value(#[case] number: &str, #[case] expected: &str) {
    let env = TestEnvironment::new().await;
    let acme = env.create_tenant("acme").await;
    assert_eq!(verdicts(&post_array(&env, &acme, &[event(number)]).await), ["created"]);
    let found = env.get_interactions(&acme, PUBLIC, &[("from", "2022-09-21"), ("to", "2022-09-22")]).await;
    let text = found.text().replace("e+", "e");
    assert!(text.contains(&format!("\"n\":{expected}}}")), "{text}");
}

#[tokio::test]
async fn a_leading_byte_order_mark_is_ignored_in_arrays_and_lines() {
    let env = TestEnvironment::new().await;
    let acme = env.create_tenant("acme").await;
    let token = format!("Bearer {}", acme.token);
    let headers = [("authorization", token.as_str()), ("content-type", "application/json")];
    let array = env.post_raw(PATH, &headers, format!("\u{feff}[{}]", event("1"))).await;
    assert_eq!(verdicts(&array), ["created"]);
    let lines = env.post_lines(&acme, format!("\u{feff}{}\n{}\n", event("2"), event("3"))).await;
    assert_eq!(verdicts(&lines), ["created", "created"]);
}
