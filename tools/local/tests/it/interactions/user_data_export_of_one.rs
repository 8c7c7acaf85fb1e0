//! The user data export of one user.

use crate::interactions::user_data_export::{KIND, export, seven_users, users};
use crate::support::TestEnvironment;
use rstest::rstest;
use serde_json::{Value, json};

#[rstest]
#[case::by_number(("page", "1"))]
#[case::by_cursor(("cursor", ""))]
#[tokio::test]
async fn an_export_of_one_user_has_both_authors_and_nobody_else(#[case] selector: (&str, &str)) {
    let env = TestEnvironment::new().await;
    let acme = seven_users(&env).await;
    let all = users(&export(&env, &acme, &[KIND]).await);
    let response = export(&env, &acme, &[KIND, ("user_id", "user-3"), selector]).await;
    assert_eq!(response["data"], json!([{"user-3": all["user-3"]}]));
    assert_eq!(response["meta"]["pagination"]["total"], 1);
    assert_eq!(response["meta"]["next_cursor"], Value::Null);
}

#[rstest]
#[case::unknown("nobody")]
#[case::without_an_interaction_in_the_period("user-3")]
#[tokio::test]
async fn an_export_of_a_user_who_did_not_speak_is_empty(#[case] user: &str) {
    let env = TestEnvironment::new().await;
    let acme = seven_users(&env).await;
    let period = [KIND, ("from", "2022-09-21 20:00:00"), ("to", "2022-09-21 21:00:00"), ("user_id", user)];
    let response = export(&env, &acme, &period).await;
    assert_eq!(response["data"], json!([]));
    assert_eq!(response["meta"]["pagination"]["total"], 0);
}
