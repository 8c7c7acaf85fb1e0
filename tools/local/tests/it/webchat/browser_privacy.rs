//! What a widget sends to its own server: the address of its page among it, as OpenDialog's builds do.

use crate::support::{Browser, CustomerSite, Site, TestEnvironment, Widget};
use rstest::rstest;
use serde_json::json;
use shared::model::HandoffMode;

/// What the link knows of its user, as a URL or JSON may have it.
const PERSONAL: [&str; 4] = ["Ann", "ann@", "ann%40", "ann%2540"];

/// Opens a link of a scenario in mode `opendialog`, and returns everything that the widget sent.
async fn sent_in_opendialog_mode(browser: &Browser, site: Site, preload: bool) -> String {
    let env = TestEnvironment::new().await;
    let edit = |html: String| {
        let keep = |line: &&str| preload || !line.contains("preload.js");
        html.lines().filter(keep).collect::<Vec<_>>().join("\n")
    };
    let mut customer = CustomerSite::open_edited(&env, site, edit).await;
    (customer.owner.scenario.mode, customer.owner.scenario.preload) = (HandoffMode::Opendialog, preload);
    env.app.store.scenario_put(&customer.owner.tenant.id, &customer.owner.scenario).await.unwrap();
    customer.open_link(browser, &env, json!({})).await;
    browser.wait_for_text("h1", if preload { "Hello, Ann" } else { "Hello, stranger" }).await;
    customer.sent_by_widget.all().join("\n")
}

#[rstest]
#[case::at_once(Widget::AtOnce)]
#[case::on_dom_content_loaded(Widget::DomContentLoaded)]
#[case::on_load(Widget::Load)]
#[case::with_the_email_as_id(Widget::EmailIsId)]
#[tokio::test]
async fn a_widget_on_a_stock_page_sends_no_handoff_and_nothing_of_the_link_but_the_user_id(#[case] widget: Widget) {
    let Some(browser) = Browser::open().await else { return };
    let site = Site { page: Site::EMBEDDED, widget, ..Site::default() };
    let sent = sent_in_opendialog_mode(&browser, site, false).await;
    assert!(sent.contains("user_id%3Dann"), "it sends the address of the page: {sent}");
    assert!(!sent.contains("handoff"), "{sent}");
    for personal in PERSONAL {
        assert!(!sent.contains(personal), "{personal} is in {sent}");
    }
}

#[tokio::test]
async fn in_mode_opendialog_a_page_with_the_script_gets_the_attributes_and_the_widget_sends_no_handoff() {
    let Some(browser) = Browser::open().await else { return };
    let site = Site { page: Site::EMBEDDED, widget: Widget::DomContentLoaded, ..Site::default() };
    let sent = sent_in_opendialog_mode(&browser, site, true).await;
    assert!(sent.contains("user_id%3Dann"), "{sent}");
    assert!(!sent.contains("handoff"), "{sent}");
}

#[tokio::test]
async fn in_mode_handoff_no_url_that_the_widget_sends_has_a_handoff_or_anything_personal() {
    let Some(browser) = Browser::open().await else { return };
    let env = TestEnvironment::new().await;
    let customer = CustomerSite::open(&env, Site { widget: Widget::Load, ..Site::default() }).await;
    customer.open_link(&browser, &env, json!({})).await;
    browser.wait_for_text("h1", "Hello, Ann").await;
    let sent = customer.sent_by_widget.all();
    assert_eq!(sent.len(), 1);
    assert!(!sent[0].contains("handoff"), "{sent:?}");
    // The body has the settings, which are for the widget.
    let (url, _) = sent[0].split_once(' ').expect("a URL and a body");
    for personal in PERSONAL {
        assert!(!url.contains(personal), "{personal} is in {url}");
    }
}
