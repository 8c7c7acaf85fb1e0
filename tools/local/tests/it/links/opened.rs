//! Lists of links that were opened, or not yet.

use crate::support::{TestEnvironment, TestTenant, paths};
use rstest::rstest;
use serde_json::{Value, json};

/// The users of a list, sorted.
async fn users(env: &TestEnvironment, tenant: &TestTenant, query: &str) -> Vec<String> {
    let (mut users, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = env.get(&format!("/public/api/links?{query}{cursor}"), &tenant.token).await;
        assert_eq!(page.status, 200, "{}", page.text());
        let page = page.json();
        let data = page["data"].as_array().expect("links").iter();
        users.extend(data.map(|link| link["user_id"].as_str().expect("a user").to_owned()));
        match page["meta"]["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => break,
        }
    }
    users.sort();
    users
}

/// A tenant with links of three users, of which only that of Ben is opened.
async fn with_one_opened(env: &TestEnvironment) -> TestTenant {
    let acme = env.create_tenant("acme").await;
    let rows = ["ann", "ben", "cem"].map(|user| json!({"user_id": user, "attributes": {}}));
    let links = paths(&env.generate(&acme, Value::from(rows.to_vec())).await);
    env.open_session(&links[1]).await;
    // A click alone opens no webchat.
    env.visit(&links[0], &[]).await;
    acme
}

#[rstest]
#[case::not_opened("opened=false", &["ann", "cem"])]
#[case::opened("opened=true", &["ben"])]
#[case::both("", &["ann", "ben", "cem"])]
#[case::in_pages_of_one("opened=false&limit=1", &["ann", "cem"])]
#[case::of_a_scenario("opened=false&scenario_id=0x420", &["ann", "cem"])]
#[case::of_a_user("opened=false&user_id=ben", &[])]
#[tokio::test]
async fn links_are_listed_by_whether_a_webchat_opened_them(#[case] query: &str, #[case] expected: &[&str]) {
    let env = TestEnvironment::new().await;
    let acme = with_one_opened(&env).await;
    assert_eq!(users(&env, &acme, query).await, expected);
}

#[tokio::test]
async fn another_value_than_true_or_false_is_422() {
    let env = TestEnvironment::new().await;
    let acme = env.create_tenant("acme").await;
    let response = env.get("/public/api/links?opened=yes", &acme.token).await;
    response.assert_invalid("opened", "The opened must be true or false.");
}
