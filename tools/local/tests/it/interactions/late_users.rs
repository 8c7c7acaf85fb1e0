//! Users whose first interaction is late in the period: an export by user does not read every day's headers, so it finds
//! them by their interactions.

use crate::support::exported::JSON;
use crate::support::{PUBLIC, TestEnvironment};
use rstest::rstest;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// The snapshot's browser and the number of interactions of each user.
type Users = BTreeMap<String, (String, usize)>;

fn said(user: &str, day: usize, text: &str) -> Value {
    let date = format!("2022-08-{day:02}T08:00:00Z");
    json!({"user_id": user, "type": "text", "date": date, "text": text, "user": {"browser": format!("of day {day}")}})
}

/// Forty users of every day, twenty of one late day each or two, and a late one who fills more than a page.
fn month() -> (Vec<Value>, Users) {
    let (mut events, mut users) = (Vec::new(), Users::new());
    let mut add = |user: String, days: &[usize], text: &str| {
        events.extend(days.iter().map(|day| said(&user, *day, text)));
        users.insert(user, (format!("of day {}", days[0]), days.len()));
    };
    let all: Vec<_> = (1..=31).collect();
    (0..40).for_each(|user| add(format!("daily-{user}"), &all, "hello"));
    (0..20).for_each(|user| add(format!("late-{user}"), &[12 + user % 15, 30], "hello"));
    add("large".to_owned(), &all[15..], &"x".repeat(280_000));
    (events, users)
}

#[rstest]
#[case::of_one_user(1)]
#[case::of_seven_users(7)]
#[case::of_all_users(1000)]
#[tokio::test]
async fn users_of_late_days_are_exported_with_the_snapshot_of_their_first_day(#[case] limit: usize) {
    let env = TestEnvironment::new().await;
    let acme = env.create_tenant("acme").await;
    let (events, expected) = month();
    for some in events.chunks(14) {
        env.ingest(&acme, json!(some)).await;
    }
    let query = [("from", "2022-08-01"), ("to", "2022-08-31 23:59:59"), ("limit", &limit.to_string())];
    let mut found = Users::new();
    for page in env.export_pages(&acme, PUBLIC, &query, JSON).await {
        let page = page.json();
        let users = page["data"].as_array().expect("users");
        assert!(users.len() <= limit, "{} users", users.len());
        for (user_id, user) in users.iter().flat_map(|user| user.as_object().expect("a user")) {
            let browser = user["chatbot_user_data"]["browser"].as_str().expect("a browser").to_owned();
            let interactions = user["interactions"].as_array().expect("interactions").len();
            let known = found.entry(user_id.clone()).or_insert((browser.clone(), 0));
            assert_eq!(known.0, browser, "{user_id}");
            known.1 += interactions;
        }
    }
    assert_eq!(found, expected);
}
