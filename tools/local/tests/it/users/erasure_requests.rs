//! Which requests to erase a user are valid.

use crate::support::TestEnvironment;
use rstest::rstest;

#[rstest]
#[case::missing("", "user_id", "The user_id field is required.")]
#[case::empty("?user_id=", "user_id", "The user_id field is required.")]
#[case::repeated("?user_id=a&user_id=b", "user_id", "The user_id must be given once.")]
#[case::with_an_unknown_parameter("?user_id=a&userId=b", "userId", "The userId field is not known.")]
#[case::too_long(&format!("?user_id={}", "a".repeat(385)), "user_id", "User id must be 1 to 384 characters.")]
#[tokio::test]
async fn erasure_requires_exactly_one_user_id(#[case] query: &str, #[case] field: &str, #[case] sentence: &str) {
    let env = TestEnvironment::new().await;
    let acme = env.create_tenant("acme").await;
    let response = env.delete(&format!("/public/api/users{query}"), &acme.token).await;
    response.assert_invalid(field, sentence);
}

#[tokio::test]
async fn a_user_id_that_is_not_utf_8_is_400() {
    let env = TestEnvironment::new().await;
    let acme = env.create_tenant("acme").await;
    let response = env.delete("/public/api/users?user_id=%ff", &acme.token).await;
    response.assert_problem(400, "The query is not percent-encoded UTF-8.");
}
