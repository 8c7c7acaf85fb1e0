//! The pages of a running server in a real browser, from the click on a link to the stored message.

use crate::support::{Browser, Server, stored_link_activity};
use serde_json::{Value, json};
use shared::model::LinkActivity;
use std::fs;
use std::path::Path;
use tempfile::tempdir;

/// Creates a personal link through the API.
async fn make_link(server: &Server, data: &Path) -> String {
    let attributes =
        json!({"first_name": "Łucja", "last_name": "Nowak", "city": "Kraków", "PolicyHolders": "Jan, Ewa"});
    let dataset = json!([{"user_id": "person-4711", "attributes": attributes}]);
    let body = json!({"scenario_id": "customer_support", "dataset": dataset});
    let path = format!("{}/public/api/generate-webchat-deep-link", server.base);
    let post = reqwest::Client::new().post(path).bearer_auth(token(data)).json(&body);
    let made: Value = post.send().await.expect("a response").json().await.expect("JSON");
    made[0]["url"].as_str().unwrap_or_else(|| panic!("{made}")).to_owned()
}

fn token(data: &Path) -> String {
    fs::read_to_string(data.join("token")).expect("a token")
}

/// Asserts that a URL contains no personal data and no handoff.
#[track_caller]
fn assert_says_nothing(address: &str) {
    let parts: Vec<_> =
        url::form_urlencoded::parse(address.as_bytes()).flat_map(|(name, value)| [name, value]).collect();
    for secret in ["handoff", "person-4711", "Łucja", "Nowak", "Kraków", "Jan", "Ewa"] {
        assert!(!parts.iter().any(|part| part.contains(secret)), "{secret} is in {address}");
    }
}

#[tokio::test]
async fn a_link_opens_a_page_with_the_users_name_and_a_typed_message_is_stored() {
    let Some(browser) = Browser::open().await else { return };
    let data = tempdir().unwrap();
    let server = Server::start(data.path(), &[]);
    let link = make_link(&server, data.path()).await;

    browser.goto(&link).await;
    browser.wait_for_text("h1", "Hello, Łucja!").await;
    for (name, value) in [("last_name", "Nowak"), ("city", "Kraków"), ("PolicyHolders", "Jan, Ewa")] {
        browser.wait_for_text("dt", name).await;
        browser.wait_for_text("dd", value).await;
    }
    assert_eq!(browser.current_url().await, format!("{}/web-chat?selected_scenario=0x420&key=demo", server.base));
    browser.type_line("#message", "Is my claim settled? 🙂 <b>it is due</b>").await;
    browser.wait_for_text(".mine", "Is my claim settled? 🙂 <b>it is due</b>").await;
    browser.wait_for_text(".theirs", "Received.").await;
    assert_eq!(browser.console_entries().await, Vec::<Value>::new());

    let query =
        format!("{}/public/api/user-interactions?from=2000-01-01&to=2100-01-01&user_id=person-4711", server.base);
    let get = reqwest::Client::new().get(query).bearer_auth(token(data.path()));
    let said: Value = get.send().await.unwrap().json().await.unwrap();
    let person = &said["data"][0]["person-4711"];
    assert_eq!(person["chatbot_user_data"]["first_name"], "Łucja", "{said}");
    assert_eq!(person["chatbot_user_data"]["custom"]["selected_scenario"], "0x420", "{said}");
    assert_eq!(person["interactions"].as_array().map(Vec::len), Some(1), "{said}");
    assert_eq!(person["interactions"][0]["text"], "Is my claim settled? 🙂 <b>it is due</b>");
}

#[tokio::test]
async fn neither_address_bar_nor_history_contains_personal_data() {
    let Some(browser) = Browser::open().await else { return };
    let data = tempdir().unwrap();
    let server = Server::start(data.path(), &[]);
    browser.goto(&format!("{}/", server.base)).await;
    browser.goto(&make_link(&server, data.path()).await).await;
    browser.wait_for_text("h1", "Hello, Łucja!").await;
    assert_says_nothing(&browser.current_url().await);
    assert_eq!(browser.evaluate("document.referrer").await, "");
    browser.back().await;
    browser.wait_for_text("h1", "External APIs").await;
    browser.forward().await;
    browser.wait_for_text("h1", "Hello, Łucja!").await;
    assert_says_nothing(&browser.current_url().await);
    let history = browser.history().await;
    assert!(history.len() >= 2, "{history:?}");
    for address in &history {
        assert_says_nothing(address);
    }
}

#[tokio::test]
async fn a_reload_and_a_return_show_the_name_again_without_another_use() {
    let Some(browser) = Browser::open().await else { return };
    let data = tempdir().unwrap();
    let server = Server::start(data.path(), &[]);
    let link = make_link(&server, data.path()).await;
    let asked = async || browser.loaded_urls().await.iter().any(|address| address.ends_with("/webchat/exchange"));
    browser.goto(&link).await;
    browser.wait_for_text("h1", "Hello, Łucja!").await;
    assert!(asked().await, "the link is exchanged once");

    browser.reload().await;
    browser.wait_for_text("h1", "Hello, Łucja!").await;
    assert!(!asked().await, "not on a reload");
    browser.goto(&format!("{}/", server.base)).await;
    browser.back().await;
    browser.wait_for_text("h1", "Hello, Łucja!").await;
    assert!(!asked().await, "not on the way back");
    browser.type_line("#message", "still me").await;
    browser.wait_for_text(".theirs", "Received.").await;

    server.kill();
    let LinkActivity { uses, clicks, .. } = stored_link_activity(data.path(), &link).await;
    assert_eq!((uses, clicks), (1, 1));
}

#[tokio::test]
async fn a_page_opened_without_a_link_says_so_and_sends_nothing() {
    let Some(browser) = Browser::open().await else { return };
    let data = tempdir().unwrap();
    let server = Server::start(data.path(), &[]);
    browser.goto(&format!("{}/web-chat", server.base)).await;
    browser.wait_for_text("#notice", "No personal link opened this page").await;
    browser.wait_for_text("h1", "Hello!").await;
    assert_eq!(browser.evaluate("document.querySelectorAll('#composer :disabled').length").await, 2);
    browser.evaluate("document.getElementById('composer').requestSubmit()").await;
    let loaded = browser.loaded_urls().await;
    assert!(!loaded.iter().any(|address| address.contains("exchange") || address.contains("incoming")), "{loaded:?}");
    assert_eq!(browser.current_url().await, format!("{}/web-chat", server.base));
}

#[tokio::test]
async fn an_unknown_link_shows_a_page_that_explains_it() {
    let Some(browser) = Browser::open().await else { return };
    let data = tempdir().unwrap();
    let server = Server::start(data.path(), &["--empty"]);
    browser.goto(&format!("{}/9fKq3vXw7LmB2aTz", server.base)).await;
    browser.wait_for_text("h1", "We cannot find this page").await;
    assert_eq!(browser.evaluate("document.title").await, "Page not found");
    let text = browser.text().await;
    assert!(text.contains("The link may be incomplete"), "{text}");
    assert!(!text.contains('{'), "{text}");
}

#[tokio::test]
async fn the_reference_shows_the_operations_and_loads_nothing_from_another_origin() {
    let Some(browser) = Browser::open().await else { return };
    let data = tempdir().unwrap();
    let server = Server::start(data.path(), &["--empty"]);
    browser.goto(&format!("{}/docs", server.base)).await;
    for summary in ["Make links", "List user interactions", "Who am I", "Exchange a handoff"] {
        browser.wait_for_text(".opblock-summary-description", summary).await;
    }
    let loaded = browser.loaded_urls().await;
    assert!(loaded.iter().any(|address| address.ends_with("/openapi.json")), "{loaded:?}");
    let elsewhere: Vec<_> =
        loaded.iter().filter(|address| !address.starts_with(&server.base) && !address.starts_with("data:")).collect();
    assert!(elsewhere.is_empty(), "{elsewhere:?}");
    assert_eq!(browser.console_entries().await, Vec::<Value>::new());
}

#[tokio::test]
async fn every_link_of_the_home_page_works() {
    let Some(browser) = Browser::open().await else { return };
    let data = tempdir().unwrap();
    let server = Server::start(data.path(), &[]);
    browser.goto(&format!("{}/", server.base)).await;
    let links = browser.evaluate("[...document.links].map(link => link.href)").await;
    let links: Vec<String> = serde_json::from_value(links).unwrap();
    assert!(links.len() >= 3, "{links:?}");
    for link in links {
        assert!(link.starts_with(&server.base), "{link} leads elsewhere");
        assert_eq!(reqwest::get(&link).await.unwrap().status(), 200, "{link}");
    }
    assert!(
        browser.text().await.contains(&format!("curl -s -H \"Authorization: Bearer $(cat {}", data.path().display()))
    );
    assert_eq!(browser.console_entries().await, Vec::<Value>::new());
}
