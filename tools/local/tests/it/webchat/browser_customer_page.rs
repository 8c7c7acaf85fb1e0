//! The page of docs/webchat-page.md on an origin of its own, under the policies that it names, in a real browser.

use crate::support::{Browser, Customer, TestEnvironment};
use serde_json::{Value, json};
use std::sync::atomic::Ordering;

/// Makes a link of Ann with terms, and opens it in the browser.
async fn opens(browser: &Browser, env: &TestEnvironment, customer: &Customer, terms: Value) -> String {
    let mut body =
        json!({"scenario_id": "0x420", "dataset": [{"user_id": "ann", "attributes": {"first_name": "Ann"}}]});
    body.as_object_mut().unwrap().extend(terms.as_object().unwrap().clone());
    let made = env.post("/public/api/generate-webchat-deep-link", &customer.tenancy.token, &body).await;
    let path = crate::support::paths(&made).remove(0);
    browser.goto(&format!("{}{path}", customer.api)).await;
    path
}

/// What the console says, but for what the browser itself says of requests that failed.
async fn said(browser: &Browser) -> String {
    let console = browser.console().await.into_iter();
    let ours = console.filter_map(|entry| entry["message"].as_str().map(str::to_owned));
    ours.filter(|message| message.contains("openDialogPreload")).collect()
}

#[tokio::test]
async fn the_example_page_greets_under_each_strict_policy_and_breaks_none() {
    for policy in [0, 1] {
        let Some(browser) = Browser::open().await else { return };
        let env = TestEnvironment::new().await;
        let customer = Customer::open(&env, policy, 0).await;
        opens(&browser, &env, &customer, json!({})).await;
        browser.sees("h1", "Hello, Ann of 0x420!").await;
        opens(&browser, &env, &customer, json!({"max_uses": 1})).await;
        browser.press("#opendialog-continue").await;
        browser.sees("h1", "Hello, Ann of 0x420!").await;
        assert_eq!(browser.read("location.hash").await, "");
        // The icon that browsers ask for is none of the page's business.
        let console = browser.console().await.into_iter();
        let broken: Vec<_> = console.filter(|entry| !entry.to_string().contains("favicon.ico")).collect();
        assert_eq!(broken, Vec::<Value>::new());
        browser.read("document.body.append(Object.assign(document.createElement('script'), {textContent: 'window.evil = 1'}))").await;
        assert_eq!(browser.read("window.evil === undefined").await, true, "the policy is in force");
    }
}

#[tokio::test]
async fn an_exchange_whose_first_answer_is_lost_is_asked_again_and_uses_nothing_up_twice() {
    let Some(browser) = Browser::open().await else { return };
    let env = TestEnvironment::new().await;
    let customer = Customer::open(&env, 0, 1).await;
    let path = opens(&browser, &env, &customer, json!({"max_uses": 1})).await;
    browser.press("#opendialog-continue").await;
    browser.sees("h1", "Hello, Ann of 0x420!").await;
    assert_eq!((customer.exchanges.load(Ordering::SeqCst), env.state(&path).await.uses), (2, 1));
    browser.reload().await;
    browser.sees("h1", "Hello, Ann of 0x420!").await;
    assert_eq!(customer.exchanges.load(Ordering::SeqCst), 2, "the answer is kept");
}

#[tokio::test]
async fn a_link_that_was_used_up_since_the_click_starts_the_webchat_without_attributes_and_says_why() {
    let Some(browser) = Browser::open().await else { return };
    let env = TestEnvironment::new().await;
    let customer = Customer::open(&env, 0, 0).await;
    let path = opens(&browser, &env, &customer, json!({"max_uses": 1})).await;
    browser.sees("#opendialog-continue", "Continue").await;
    browser.new_tab().await;
    browser.goto(&format!("{}{path}", customer.api)).await;
    browser.press("#opendialog-continue").await;
    browser.sees("h1", "Hello, Ann of 0x420!").await;
    browser.first_tab().await;
    browser.press("#opendialog-continue").await;
    browser.sees("h1", "Hello, stranger of 0x420!").await;
    assert!(said(&browser).await.contains("refused with 410. This link is no longer valid."));
    assert_eq!(env.state(&path).await.uses, 1);
}

#[tokio::test]
async fn a_link_that_expired_since_the_click_starts_the_webchat_without_attributes_and_says_why() {
    let Some(browser) = Browser::open().await else { return };
    let env = TestEnvironment::new().await;
    let customer = Customer::open(&env, 0, 0).await;
    opens(&browser, &env, &customer, json!({"max_uses": 1, "expires_in": 60})).await;
    browser.sees("#opendialog-continue", "Continue").await;
    env.wait(60);
    browser.press("#opendialog-continue").await;
    browser.sees("h1", "Hello, stranger of 0x420!").await;
    assert!(said(&browser).await.contains("refused with 410. This link is no longer valid."));
}

#[tokio::test]
async fn an_api_whose_answers_are_all_lost_does_not_stop_the_webchat_and_the_console_says_why() {
    let Some(browser) = Browser::open().await else { return };
    let env = TestEnvironment::new().await;
    let customer = Customer::open(&env, 0, usize::MAX).await;
    opens(&browser, &env, &customer, json!({})).await;
    browser.sees("h1", "Hello, stranger of 0x420!").await;
    let said = said(&browser).await;
    assert!(said.contains("the exchange could not be reached"), "{said}");
    // Four tries; a browser repeats by itself what broke on a connection that it had used before.
    let tries = customer.exchanges.load(Ordering::SeqCst);
    assert!((4..=8).contains(&tries), "{tries} tries");
}
