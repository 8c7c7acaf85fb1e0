//! The main use, end to end.

use crate::support::TestEnvironment;
use serde_json::json;

#[tokio::test]
async fn a_link_is_created_followed_and_exchanged_and_a_message_is_read_back() {
    let env = TestEnvironment::new().await;
    let acme = env.create_tenant("acme").await;
    let path = env.create_link(&acme, "ann", json!({"first_name": "Ann"})).await;
    let session = env.open_session(&path).await;
    assert_eq!(env.send_message(&session, "ann", "m1", "hello").await.status, 200);

    let today = env.app.clock.now().format("%Y-%m-%d");
    let response =
        env.get(&format!("/public/api/user-interactions?from={today}&to={today}T23:59:59"), &acme.token).await;
    let said = &response.json()["data"][0]["ann"]["interactions"][0];
    assert_eq!((&said["type"], &said["text"]), (&json!("text"), &json!("hello")));
}
