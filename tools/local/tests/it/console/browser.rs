//! The console of the local server in Chromium, as a person walks through it.

use crate::support::{Browser, Server};
use serde_json::{Value, json};
use tempfile::tempdir;

/// The link that signs in to the console, in the welcome text of a server.
fn sign_in_link(server: &Server) -> &str {
    server.welcome.split_whitespace().find(|word| word.contains("/console/sign-in/")).expect("a link")
}

#[tokio::test]
async fn an_admin_signs_in_creates_a_token_and_signs_out() {
    let Some(browser) = Browser::open().await else { return };
    let data = tempdir().unwrap();
    let server = Server::start(data.path(), &[]);
    browser.goto(sign_in_link(&server)).await;
    assert_eq!(browser.current_url().await, format!("{}/console", server.base));
    browser.click("nav .person a").await;
    browser.wait_for_text("h1", "Identity & Security").await;
    browser.click("input[value=\"interactions:read\"]").await;
    browser.type_line("input[name=name]", "nightly export").await;
    browser.wait_for_text(".notice h2", "New token “nightly export”").await;
    let token = browser.evaluate("document.querySelector('#secret').innerText").await;
    let whoami = reqwest::Client::new().get(format!("{}/api/token", server.base));
    let whoami: Value =
        whoami.bearer_auth(token.as_str().expect("a token")).send().await.unwrap().json().await.unwrap();
    assert_eq!(whoami["scopes"], json!(["interactions:read"]));
    browser.click("nav .person button").await;
    browser.wait_for_text("h1", "Sign in").await;
    browser.goto(&format!("{}/console/identity", server.base)).await;
    assert_eq!(browser.current_url().await, format!("{}/console/sign-in", server.base));
    assert_eq!(browser.console_entries().await, Vec::<Value>::new(), "no error, and nothing was blocked");
}

#[tokio::test]
async fn no_page_is_wider_than_a_phone() {
    let Some(browser) = Browser::open().await else { return };
    let data = tempdir().unwrap();
    let server = Server::start(data.path(), &[]);
    let metrics = json!({"width": 360, "height": 740, "deviceScaleFactor": 1, "mobile": false});
    browser.devtools("Emulation.setDeviceMetricsOverride", metrics).await;
    browser.goto(sign_in_link(&server)).await;
    let paths = ["", "/identity", "/campaigns", "/conversations?from=2022-09-01&to=2022-09-30", "/people?user_id=ann"];
    for path in paths {
        browser.goto(&format!("{}/console{path}", server.base)).await;
        let beyond = "document.documentElement.scrollWidth - document.documentElement.clientWidth";
        assert_eq!(browser.evaluate(beyond).await, 0, "/console{path}");
    }
}
