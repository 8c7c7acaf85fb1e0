//! Links with an expiry date or a maximum number of uses, in a real browser.

use crate::support::{Browser, Server, wait_for_status};
use serde_json::{Value, json};
use std::fs;
use std::path::Path;
use tempfile::tempdir;

/// Creates a link with limits and returns its URL and its id.
async fn link(server: &Server, data: &Path, limits: Value) -> (String, String) {
    let mut body =
        json!({"scenario_id": "0x420", "dataset": [{"user_id": "ann", "attributes": {"first_name": "Ann"}}]});
    body.as_object_mut().unwrap().extend(limits.as_object().unwrap().clone());
    let post = reqwest::Client::new().post(format!("{}/public/api/generate-webchat-deep-link", server.base));
    let made: Value = post.bearer_auth(token(data)).json(&body).send().await.unwrap().json().await.unwrap();
    let text = |name: &str| made[0][name].as_str().unwrap_or_else(|| panic!("{made}")).to_owned();
    (text("url"), text("link_id"))
}

fn token(data: &Path) -> String {
    fs::read_to_string(data.join("token")).expect("a token")
}

async fn state(server: &Server, data: &Path, id: &str) -> Value {
    let get = reqwest::Client::new().get(format!("{}/public/api/links/{id}", server.base));
    get.bearer_auth(token(data)).send().await.unwrap().json().await.unwrap()
}

#[tokio::test]
async fn a_link_with_one_use_waits_for_a_click_and_is_then_used_up() {
    let Some(browser) = Browser::open().await else { return };
    let data = tempdir().unwrap();
    let server = Server::start(data.path(), &[]);
    let (url, id) = link(&server, data.path(), json!({"max_uses": 1})).await;
    browser.goto(&url).await;
    browser.wait_for_text("#opendialog-continue", "Continue to the chat").await;
    assert_eq!(browser.evaluate("document.activeElement.id").await, "opendialog-continue");
    browser.evaluate("document.querySelector('#opendialog-continue').click()").await;
    browser.reload().await;
    browser.wait_for_text("#opendialog-continue", "Continue to the chat").await;
    assert_eq!(state(&server, data.path(), &id).await["uses"], 0, "neither the visit nor a script's click uses it");

    browser.click("#opendialog-continue").await;
    browser.wait_for_text("h1", "Hello, Ann!").await;
    browser.reload().await;
    browser.wait_for_text("h1", "Hello, Ann!").await;
    let state = state(&server, data.path(), &id).await;
    assert_eq!((&state["uses"], &state["state"]), (&json!(1), &json!("used_up")));
    browser.goto(&url).await;
    browser.wait_for_text("h1", "This link is no longer valid").await;
}

#[tokio::test]
async fn two_tabs_of_one_link_both_greet() {
    let Some(browser) = Browser::open().await else { return };
    let data = tempdir().unwrap();
    let server = Server::start(data.path(), &[]);
    let (url, id) = link(&server, data.path(), json!({})).await;
    browser.goto(&url).await;
    browser.wait_for_text("h1", "Hello, Ann!").await;
    browser.new_tab().await;
    browser.goto(&url).await;
    browser.wait_for_text("h1", "Hello, Ann!").await;
    assert_eq!(state(&server, data.path(), &id).await["uses"], 2);
}

#[tokio::test]
async fn the_page_of_an_expired_link_shows_the_contact() {
    let Some(browser) = Browser::open().await else { return };
    let data = tempdir().unwrap();
    let server = Server::start(data.path(), &[]);
    let (url, _) = link(&server, data.path(), json!({"expires_in": 1})).await;
    wait_for_status(&url, 410).await;
    browser.goto(&url).await;
    browser.wait_for_text("h1", "This link is no longer valid").await;
    let contact = browser.evaluate("document.querySelector('a.contact').href").await;
    assert_eq!(contact, "mailto:support@example.com");
}
