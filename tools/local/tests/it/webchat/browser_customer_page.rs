//! The page of docs/webchat-page.md on its own origin with the policies that it documents, in a real browser.

use crate::support::{Browser, CustomerSite, Site, TestEnvironment};
use rstest::rstest;
use serde_json::{Value, json};
use std::sync::atomic::Ordering;

#[rstest]
#[case::the_first_policy(0)]
#[case::the_second_policy(1)]
#[tokio::test]
async fn the_example_page_works_with_each_documented_policy(#[case] policy: usize) {
    let Some(browser) = Browser::open().await else { return };
    let env = TestEnvironment::new().await;
    let customer = CustomerSite::open(&env, Site { policy, ..Site::default() }).await;
    customer.open_link(&browser, &env, json!({})).await;
    browser.wait_for_text("h1", "Hello, Ann of 0x420!").await;
    customer.open_link(&browser, &env, json!({"max_uses": 1})).await;
    browser.click("#opendialog-continue").await;
    browser.wait_for_text("h1", "Hello, Ann of 0x420!").await;
    assert_eq!(browser.evaluate("location.hash").await, "");
    // Browsers request an icon that the page does not have.
    let console = browser.console_entries().await.into_iter();
    let broken: Vec<_> = console.filter(|entry| !entry.to_string().contains("favicon.ico")).collect();
    assert_eq!(broken, Vec::<Value>::new());
    browser
        .evaluate(
            "document.body.append(Object.assign(document.createElement('script'), {textContent: 'window.evil = 1'}))",
        )
        .await;
    assert_eq!(browser.evaluate("window.evil === undefined").await, true, "the policy is in force");
}

#[tokio::test]
async fn the_page_repeats_an_exchange_whose_first_response_is_lost_and_the_link_has_one_use() {
    let Some(browser) = Browser::open().await else { return };
    let env = TestEnvironment::new().await;
    let customer = CustomerSite::open(&env, Site { lost: 1, ..Site::default() }).await;
    let path = customer.open_link(&browser, &env, json!({"max_uses": 1})).await;
    browser.click("#opendialog-continue").await;
    browser.wait_for_text("h1", "Hello, Ann of 0x420!").await;
    assert_eq!((customer.exchanges.load(Ordering::SeqCst), env.link_activity(&path).await.uses), (2, 1));
    browser.reload().await;
    browser.wait_for_text("h1", "Hello, Ann of 0x420!").await;
    assert_eq!(customer.exchanges.load(Ordering::SeqCst), 2, "the answer is kept");
}

#[tokio::test]
async fn a_link_that_is_used_up_before_the_exchange_starts_the_webchat_without_attributes() {
    let Some(browser) = Browser::open().await else { return };
    let env = TestEnvironment::new().await;
    let customer = CustomerSite::open(&env, Site::default()).await;
    let path = customer.open_link(&browser, &env, json!({"max_uses": 1})).await;
    browser.wait_for_text("#opendialog-continue", "Continue").await;
    browser.new_tab().await;
    browser.goto(&format!("{}{path}", customer.api)).await;
    browser.click("#opendialog-continue").await;
    browser.wait_for_text("h1", "Hello, Ann of 0x420!").await;
    browser.first_tab().await;
    browser.click("#opendialog-continue").await;
    browser.wait_for_text("h1", "Hello, stranger of 0x420!").await;
    assert!(browser.warnings().await.contains("refused with 410. This link is no longer valid."));
    assert_eq!(env.link_activity(&path).await.uses, 1);
}

#[tokio::test]
async fn a_link_that_expires_before_the_exchange_starts_the_webchat_without_attributes() {
    let Some(browser) = Browser::open().await else { return };
    let env = TestEnvironment::new().await;
    let customer = CustomerSite::open(&env, Site::default()).await;
    customer.open_link(&browser, &env, json!({"max_uses": 1, "expires_in": 60})).await;
    browser.wait_for_text("#opendialog-continue", "Continue").await;
    env.advance_clock(60);
    browser.click("#opendialog-continue").await;
    browser.wait_for_text("h1", "Hello, stranger of 0x420!").await;
    assert!(browser.warnings().await.contains("refused with 410. This link is no longer valid."));
}

#[tokio::test]
async fn if_every_exchange_fails_the_webchat_starts_without_attributes() {
    let Some(browser) = Browser::open().await else { return };
    let env = TestEnvironment::new().await;
    let customer = CustomerSite::open(&env, Site { lost: usize::MAX, ..Site::default() }).await;
    customer.open_link(&browser, &env, json!({})).await;
    browser.wait_for_text("h1", "Hello, stranger of 0x420!").await;
    let messages = browser.warnings().await;
    assert!(messages.contains("the exchange could not be reached"), "{messages}");
    // Four tries of the script. Chromium itself repeats a request that broke on a connection which it had used before, so
    // the server sees up to twice as many.
    let tries = customer.exchanges.load(Ordering::SeqCst);
    assert!((4..=8).contains(&tries), "{tries} tries");
}
