//! The console of the local server in Chromium, as a person walks through it.

use crate::support::{Browser, Server};
use serde_json::{Value, json};
use std::path::Path;
use std::time::Duration;
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
async fn a_marketer_makes_links_for_a_table_and_downloads_them_with_their_qr_codes() {
    let Some(browser) = Browser::open().await else { return };
    let (data, downloads) = (tempdir().unwrap(), tempdir().unwrap());
    let server = Server::start(data.path(), &[]);
    let folder = downloads.path().to_str().expect("a path");
    browser.devtools("Browser.setDownloadBehavior", json!({"behavior": "allow", "downloadPath": folder})).await;
    browser.goto(sign_in_link(&server)).await;
    browser.goto(&format!("{}/console/new-campaign", server.base)).await;
    let choose = "(() => { const files = new DataTransfer(); \
        files.items.add(new File(['user_id,first_name\\nann,Änn\\n'], 'people.csv')); \
        document.querySelector('input[type=file]').files = files.files; })()";
    browser.evaluate(choose).await;
    browser.type_line("input[name=campaign]", "autumn").await;
    browser.wait_for_text("main strong", "People in this table: 1").await;
    browser.click("form.row button").await;
    browser.wait_for_text(".notice h2", "Links made: 1").await;
    browser.click("[data-download]").await;
    let table = downloaded(&downloads.path().join("autumn.links.csv")).await;
    let table = String::from_utf8(table).expect("text");
    assert!(table.starts_with("user_id,first_name,url,link_id,qr\nann,Änn,http://127.0.0.1:"), "{table}");
    browser.click(".notice form button").await;
    let zip = downloaded(&downloads.path().join("autumn-qr-1.zip")).await;
    assert_eq!(zip[..2], *b"PK");
    assert_eq!(browser.console_entries().await, Vec::<Value>::new(), "no error, and nothing was blocked");
}

/// The content of a file once it is there.
async fn downloaded(file: &Path) -> Vec<u8> {
    for _ in 0..100 {
        if let Ok(content) = std::fs::read(file) {
            return content;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("{} was not downloaded", file.display());
}

#[tokio::test]
async fn no_page_is_wider_than_a_phone() {
    let Some(browser) = Browser::open().await else { return };
    let data = tempdir().unwrap();
    let server = Server::start(data.path(), &[]);
    let metrics = json!({"width": 360, "height": 740, "deviceScaleFactor": 1, "mobile": false});
    browser.devtools("Emulation.setDeviceMetricsOverride", metrics).await;
    browser.goto(sign_in_link(&server)).await;
    let paths = [
        "",
        "/identity",
        "/accounts/admin",
        "/campaigns",
        "/new-campaign",
        "/conversations?from=2022-09-01&to=2022-09-30",
        "/people?user_id=ann",
    ];
    for path in paths {
        browser.goto(&format!("{}/console{path}", server.base)).await;
        let beyond = "document.documentElement.scrollWidth - document.documentElement.clientWidth";
        assert_eq!(browser.evaluate(beyond).await, 0, "/console{path}");
    }
}
