//! The size of a response, and the number of requests to the table for it.

use crate::support::{FaultInjector, LEGACY, PUBLIC, TestEnvironment, TestTenant, texts};
use chrono::TimeDelta;
use rstest::rstest;
use serde_json::{Value, json};
use shared::model::time;

const CENTURIES: [(&str, &str); 2] = [("from", "1492-10-12"), ("to", "9999-12-31 23:59:59")];
const TOO_LARGE: &str = "The answer would be larger than 3.5 MB. Ask for pages with limit, or for a shorter period.";

/// Stores an interaction of a day of September 2022.
async fn ingest_text(env: &TestEnvironment, tenant: &TestTenant, user: &str, day: u8, text: &str) {
    let date = format!("2022-09-{day:02} 08:00:00");
    env.ingest(tenant, json!([{"user_id": user, "type": "text", "date": date, "text": text}])).await;
}

#[rstest]
#[tokio::test]
async fn a_response_of_more_than_3_5_mb_is_refused_as_a_whole(#[values(LEGACY, PUBLIC)] path: &str) {
    let env = TestEnvironment::new().await;
    let acme = env.create_tenant("acme").await;
    let text = "x".repeat(340_000);
    for day in 1..=11 {
        ingest_text(&env, &acme, if day % 2 == 0 { "ann" } else { "bob" }, day, &text).await;
    }
    let whole = env.get_interactions(&acme, path, &[("from", "2022-09-01"), ("to", "2022-09-11")]).await;
    assert_eq!(texts(&whole).values().flatten().filter(|found| **found == text).count(), 10);
    let all = [("from", "2022-09-01"), ("to", "2022-09-12")];
    let problem = env.get_interactions(&acme, path, &all).await.assert_problem(422, TOO_LARGE);
    assert_eq!(problem.get("data"), None);
    assert_eq!(problem.get("errors"), None);
    let one_user = env.get_interactions(&acme, path, &[all[0], all[1], ("user_id", "ann")]).await;
    assert_eq!(texts(&one_user)["ann"].len(), 5);
}

#[tokio::test]
async fn a_response_that_is_too_large_once_escaped_is_refused() {
    let env = TestEnvironment::new().await;
    let acme = env.create_tenant("acme").await;
    for day in 1..=9 {
        ingest_text(&env, &acme, "ann", day, &"\"\\".repeat(85_000)).await;
    }
    let ask = async |to| env.get_interactions(&acme, LEGACY, &[("from", "2022-09-01"), ("to", to)]).await;
    let taken = ask("2022-09-09").await;
    assert_eq!(taken.status, 200);
    // Lambda returns the body as a JSON string in at most 6 MiB and 100 bytes.
    let escaped = serde_json::to_string(taken.text()).unwrap().len();
    assert!(escaped < 6_291_556, "{escaped}");
    ask("2022-09-10").await.assert_problem(422, TOO_LARGE);
}

#[tokio::test]
async fn data_counts_like_text_and_reading_stops_at_the_limit() {
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
    // A list of active days, and four lists of users for each of thirty days. Ten days of Ann are more than 3.5 MB, and
    // eight days are read at once, so the number depends on which reads end first.
    assert!(faults.calls("Query") <= 1 + 4 * 30 + 2 * 8, "{} reads", faults.calls("Query"));
}

#[rstest]
// The headers of two days in four shards, or of the one user's days, her interactions, and four requests around them.
#[case::of_all_users(&[], 2 * 4 + 2 + 4)]
#[case::of_one_user(&[("user_id", "ann")], 2 + 2 + 4)]
#[tokio::test]
async fn a_query_over_centuries_reads_the_days_with_interactions(
    #[case] filter: &[(&str, &str)],
    #[case] requests: usize,
) {
    let faults = FaultInjector::new();
    let env = TestEnvironment::with(&[], |client| faults.install(client)).await;
    let acme = env.create_tenant("acme").await;
    let day = |ago| time::format(env.app.clock.now() - TimeDelta::days(ago));
    let event = |ago: i64| json!({"user_id": "ann", "type": "text", "date": day(ago), "text": ago.to_string()});
    env.ingest(&acme, [3, 1].map(event).into_iter().collect::<Value>()).await;
    env.begin_minute(&acme).await;
    faults.reset();
    let query = [&CENTURIES[..], filter].concat();
    assert_eq!(texts(&env.get_interactions(&acme, LEGACY, &query).await)["ann"], ["3", "1"]);
    assert_eq!(faults.requests().len(), requests);
}
