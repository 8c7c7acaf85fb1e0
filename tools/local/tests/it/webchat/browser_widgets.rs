//! Widgets that start as OpenDialog's builds do, on the pages of docs/webchat-page.md, in a real browser.

use crate::support::{Browser, CustomerSite, Site, TestEnvironment, Widget};
use rstest::rstest;
use serde_json::{Value, json};

/// The tag of the widget on the page that keeps the embed code.
const EMBED_CODE: &str = "/opendialog-bot.js\"></script>";

/// Waits until the widget greets the link's user by name, and returns its user id.
async fn greeted(browser: &Browser) -> Value {
    browser.wait_for_text("h1", "Hello, Ann of 0x420!").await;
    browser.evaluate("document.querySelector('h1').dataset.user").await
}

#[rstest]
#[case::named_and_at_once(Site::NAMED, Widget::AtOnce)]
#[case::named_and_on_dom_content_loaded(Site::NAMED, Widget::DomContentLoaded)]
#[case::named_and_on_load(Site::NAMED, Widget::Load)]
#[case::named_and_in_onload(Site::NAMED, Widget::OnLoad)]
#[case::embedded_and_on_dom_content_loaded(Site::EMBEDDED, Widget::DomContentLoaded)]
#[case::embedded_and_on_load(Site::EMBEDDED, Widget::Load)]
#[case::loaded_by_the_page_and_at_once(Site::OWN, Widget::AtOnce)]
#[case::loaded_by_the_page_and_on_dom_content_loaded(Site::OWN, Widget::DomContentLoaded)]
#[case::loaded_by_the_page_and_on_load(Site::OWN, Widget::Load)]
#[case::the_sdk(Site::SDK, Widget::Sdk)]
#[case::the_sdk_without_events(Site::SDK, Widget::SilentSdk)]
#[tokio::test]
async fn a_widget_appears_once_and_knows_the_links_user(#[case] page: usize, #[case] widget: Widget) {
    let Some(browser) = Browser::open().await else { return };
    let env = TestEnvironment::new().await;
    let customer = CustomerSite::open(&env, Site { page, widget, ..Site::default() }).await;
    customer.open_link(&browser, &env, json!({})).await;
    assert_eq!(greeted(&browser).await, "ann");
    assert_eq!(browser.evaluate("own").await, json!({"DOMContentLoaded": 1, "load": 1}), "the page's own listeners");
    assert_eq!(customer.sent_by_widget.all().len(), 1, "it starts once");
    assert_eq!(browser.warnings().await, "");
    // From the kept answer, before the page's events.
    browser.reload().await;
    assert_eq!(greeted(&browser).await, "ann");
    assert_eq!(browser.evaluate("own").await, json!({"DOMContentLoaded": 1, "load": 1}));
    assert_eq!(customer.sent_by_widget.all().len(), 2);
}

#[tokio::test]
async fn after_a_named_widget_has_started_the_page_has_the_browsers_own_function_again() {
    let Some(browser) = Browser::open().await else { return };
    let env = TestEnvironment::new().await;
    let customer = CustomerSite::open(&env, Site { widget: Widget::Load, ..Site::default() }).await;
    customer.open_link(&browser, &env, json!({})).await;
    greeted(&browser).await;
    assert_eq!(browser.evaluate("String(addEventListener).includes('[native code]')").await, true);
}

#[rstest]
#[case::named(Site::NAMED)]
#[case::embedded(Site::EMBEDDED)]
#[tokio::test]
async fn a_build_whose_id_is_the_email_knows_the_user_id_by_one_attribute(#[case] page: usize) {
    let Some(browser) = Browser::open().await else { return };
    let env = TestEnvironment::new().await;
    let site = Site { page, widget: Widget::EmailIsId, ..Site::default() };
    let edit =
        |html: String| html.replace("/webchat/preload.js\"", "/webchat/preload.js\" data-user-id-field=\"email\"");
    let customer = CustomerSite::open_edited(&env, site, edit).await;
    customer.open_link(&browser, &env, json!({})).await;
    assert_eq!(greeted(&browser).await, "ann");
    assert_eq!(browser.evaluate("openDialogSettings.user.custom.email").await, "ann@example.com");
}

#[tokio::test]
async fn without_the_attribute_the_email_of_the_link_becomes_the_id_of_such_a_build() {
    let Some(browser) = Browser::open().await else { return };
    let env = TestEnvironment::new().await;
    let customer = CustomerSite::open(&env, Site { widget: Widget::EmailIsId, ..Site::default() }).await;
    customer.open_link(&browser, &env, json!({})).await;
    assert_eq!(greeted(&browser).await, "ann@example.com");
}

#[rstest]
#[case::at_once_after_the_script(Widget::AtOnce, false)]
#[case::waiting_but_before_the_script(Widget::DomContentLoaded, true)]
#[tokio::test]
async fn an_embedded_widget_that_starts_too_early_is_named_in_the_console(#[case] widget: Widget, #[case] first: bool) {
    let Some(browser) = Browser::open().await else { return };
    let env = TestEnvironment::new().await;
    // The settings come first, because the widget reads them.
    let edit = |html: String| {
        let tags: Vec<_> = html.lines().filter(|line| line.contains("<script ")).map(str::to_owned).collect();
        let [preload, settings, embed] = tags.as_slice() else { panic!("{html}") };
        assert!(embed.contains(EMBED_CODE), "{embed}");
        let rest = tags.iter().fold(html.clone(), |html, tag| html.replace(tag.as_str(), ""));
        let order = if first { [settings, embed, preload] } else { [preload, settings, embed] };
        // At the end of the body, where the embed code of a widget that starts at once finds the page.
        rest.replace("</body>", &format!("{}</body>", order.map(String::as_str).concat()))
    };
    let site = Site { page: Site::EMBEDDED, widget, ..Site::default() };
    let customer = CustomerSite::open_edited(&env, site, edit).await;
    customer.open_link(&browser, &env, json!({})).await;
    browser.wait_for_text("h1", "Hello, stranger of 0x420!").await;
    let warning = "/opendialog-bot.js started before the attributes of the link were there";
    for _ in 0..100 {
        if browser.warnings().await.contains(warning) {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    panic!("no warning in the console");
}

#[tokio::test]
async fn the_exchange_is_the_first_request_to_the_api_after_the_script_and_needs_no_preflight() {
    let Some(browser) = Browser::open().await else { return };
    let env = TestEnvironment::new().await;
    let customer = CustomerSite::open(&env, Site::default()).await;
    let path = customer.open_link(&browser, &env, json!({})).await;
    greeted(&browser).await;
    let requests = customer.requests.all();
    assert_eq!(requests, [format!("GET {path}"), "GET /webchat/preload.js".into(), "POST /webchat/exchange".into()]);
}
