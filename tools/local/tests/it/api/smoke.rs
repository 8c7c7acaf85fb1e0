//! The main job, end to end.

use crate::support::TestEnvironment;
use serde_json::json;

#[tokio::test]
async fn a_link_is_made_followed_exchanged_and_what_was_said_is_read_back() {
    let env = TestEnvironment::new().await;
    let acme = env.tenancy("acme").await;
    let path = env.link(&acme, "ann", json!({"first_name": "Ann"})).await;
    let session = env.session(&path).await;
    assert_eq!(env.say(&session, "ann", "m1", "hello").await.status, 200);

    let today = env.app.clock.now().format("%Y-%m-%d");
    let answer = env.get(&format!("/public/api/user-interactions?from={today}&to={today}T23:59:59"), &acme.token).await;
    let said = &answer.json()["data"][0]["ann"]["interactions"][0];
    assert_eq!((&said["type"], &said["text"]), (&json!("text"), &json!("hello")));
}
