//! A response is whole or refused, and costs what its days cost.

use crate::support::{FaultInjector, LEGACY, PUBLIC, TestEnvironment, texts, with_query};
use chrono::TimeDelta;
use serde_json::{Value, json};
use shared::model::time;

const TOO_LARGE: &str = "The answer would be larger than 3.5 MB. Ask for pages with limit, or for a shorter period.";

async fn shout(env: &TestEnvironment, of: &crate::support::TestTenant, user: &str, day: u8, text: &str) {
    let date = format!("2022-09-{day:02} 08:00:00");
    env.ingest(of, json!([{"user_id": user, "type": "text", "date": date, "text": text}])).await;
}

#[tokio::test]
async fn an_answer_over_three_and_a_half_megabytes_is_refused_and_never_a_part_of_it() {
    let env = TestEnvironment::new().await;
    let acme = env.create_tenant("acme").await;
    let text = "x".repeat(340_000);
    for day in 1..=11 {
        shout(&env, &acme, if day % 2 == 0 { "ann" } else { "bob" }, day, &text).await;
    }
    for path in [LEGACY, PUBLIC] {
        let whole = env.get_interactions(&acme, path, &[("from", "2022-09-01"), ("to", "2022-09-11")]).await;
        assert_eq!(texts(&whole).values().flatten().filter(|said| **said == text).count(), 10);
        let all = [("from", "2022-09-01"), ("to", "2022-09-12")];
        let problem = env.get_interactions(&acme, path, &all).await.assert_problem(422, TOO_LARGE);
        assert!(problem.get("data").is_none() && problem.get("errors").is_none());
        let one_user = env.get_interactions(&acme, path, &[all[0], all[1], ("user_id", "ann")]).await;
        assert_eq!(texts(&one_user)["ann"].len(), 5);
    }
}

#[tokio::test]
async fn what_the_gateway_would_not_take_once_it_is_escaped_is_refused_as_well() {
    let env = TestEnvironment::new().await;
    let acme = env.create_tenant("acme").await;
    for day in 1..=9 {
        shout(&env, &acme, "ann", day, &"\"\\".repeat(85_000)).await;
    }
    let ask = async |to| env.get_interactions(&acme, LEGACY, &[("from", "2022-09-01"), ("to", to)]).await;
    let taken = ask("2022-09-09").await;
    assert_eq!(taken.status, 200);
    assert!(serde_json::to_string(taken.text()).unwrap().len() < 6_291_556);
    ask("2022-09-10").await.assert_problem(422, TOO_LARGE);
}

#[tokio::test]
async fn data_counts_as_much_as_text_and_no_more_is_read_than_it_takes_to_know() {
    let faults = FaultInjector::new();
    let env = TestEnvironment::with(&[], |client| faults.install(client)).await;
    let acme = env.create_tenant("acme").await;
    let form = json!({"value": "x".repeat(340_000)});
    for day in 1..=30 {
        let date = format!("2022-09-{day:02} 08:00:00");
        let event = json!([{"user_id": "ann", "type": "form_response", "date": date, "text": "", "data": form}]);
        env.ingest(&acme, event).await;
    }
    let all = [("from", "2022-09-01"), ("to", "2022-10-01")];
    env.get_interactions(&acme, PUBLIC, &[all[0], ("to", "2022-09-12")]).await.assert_problem(422, TOO_LARGE);
    faults.reset();
    env.get_interactions(&acme, PUBLIC, &all).await.assert_problem(422, TOO_LARGE);
    // Each of thirty days has four lists of users; ten days of her take 3.5 MB, and eight days are read at once.
    assert!(faults.calls("Query") <= 4 * 30 + 2 * 8, "{} reads", faults.calls("Query"));
}

#[tokio::test]
async fn a_query_over_centuries_costs_what_the_months_with_interactions_cost() {
    let faults = FaultInjector::new();
    let env = TestEnvironment::with(&[], |client| faults.install(client)).await;
    let acme = env.create_tenant("acme").await;
    let day = |ago| time::format(env.app.clock.now() - TimeDelta::days(ago));
    let said = |ago: i64| json!({"user_id": "ann", "type": "text", "date": day(ago), "text": ago.to_string()});
    env.ingest(&acme, [3, 1].map(said).into_iter().collect::<Value>()).await;
    let centuries = [("from", "1492-10-12"), ("to", "9999-12-31 23:59:59")];
    let shards = 4;
    let most = 2 * 31 * shards + 4; // the two days may lie in two months
    for (pairs, most) in [(&centuries[..], most), (&[centuries[0], centuries[1], ("user_id", "ann")], 8)] {
        faults.reset();
        assert_eq!(texts(&env.get_interactions(&acme, LEGACY, pairs).await)["ann"], ["3", "1"]);
        assert!(faults.requests().len() <= most, "{} requests", faults.requests().len());
    }
    let never = env.create_tenant("never").await;
    faults.reset();
    assert_eq!(env.get(&with_query(LEGACY, &centuries), &never.token).await.status, 200);
    assert_eq!(faults.requests().len(), 2, "the token's check alone");
}
