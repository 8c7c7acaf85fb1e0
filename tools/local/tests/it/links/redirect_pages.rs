//! The HTML pages that a browser gets instead of a problem when a link is unknown or no longer valid.

use crate::support::{Browser, Server, TestEnvironment, wait_for_status};
use rstest::rstest;
use serde_json::{Value, json};
use tempfile::tempdir;

#[tokio::test]
async fn a_browser_gets_a_page_instead_of_a_problem() {
    let env = TestEnvironment::new().await;
    let acme = env.create_tenant("acme").await;
    let link = env.create_link(&acme, "ann@example.com", json!({})).await;
    env.revoke_link(&link).await;
    for accept in
        ["text/html", "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", "image/png, TEXT/HTML;q=0.1"]
    {
        for (path, status, heading) in [
            ("/0123456789abcdef", 404, "We cannot find this page"),
            (link.as_str(), 410, "This link is no longer valid"),
        ] {
            let response = env.visit(path, &[("accept", accept)]).await;
            assert_eq!(
                (response.status.as_u16(), response.header("content-type")),
                (status, "text/html; charset=utf-8")
            );
            assert!(response.text().starts_with("<!DOCTYPE html>"), "{}", response.text());
            assert!(response.text().contains(heading), "{}", response.text());
            assert!(!response.text().contains("href"), "no contact, nothing personal");
            assert!(!response.text().contains("ann@"), "no contact, nothing personal");
            assert_eq!(
                [response.header("cache-control"), response.header("x-robots-tag"), response.header("referrer-policy")],
                ["no-store", "noindex", "no-referrer"]
            );
            assert!(response.header("content-security-policy").contains("default-src 'none'"));
        }
    }
}

#[rstest]
#[case::a_web_page("https://example.com/help?a=1&b=<script>\"'", "https://example.com/help?a=1&amp;b=%3Cscript%3E%22")]
#[case::an_email_address(
    "mailto:help@example.com?subject=a&body=\"><script>",
    "mailto:help@example.com?subject=a&amp;body="
)]
#[case::a_phone_number("tel:+431234567", "tel:+431234567")]
#[tokio::test]
async fn the_page_of_a_revoked_link_shows_the_scenarios_contact_escaped(#[case] contact: &str, #[case] shown: &str) {
    let env = TestEnvironment::new().await;
    let mut acme = env.create_tenant("acme").await;
    acme.scenario.contact = Some(contact.parse().unwrap());
    env.app.store.scenario_put(&acme.tenant.id, &acme.scenario).await.unwrap();
    let link = env.create_link(&acme, "ann", json!({})).await;
    env.revoke_link(&link).await;
    let response = env.visit(&link, &[("accept", "text/html")]).await;
    assert!(response.text().contains(&format!("href=\"{shown}")), "{}", response.text());
    assert!(!response.text().contains("<script"), "{}", response.text());
    assert!(!response.text().contains("\"'"), "{}", response.text());
}

#[rstest]
#[case::english("en-GB", "en", "We cannot find this page", "This link is no longer valid", "Contact us")]
#[case::french(
    "fr-FR,fr;q=0.9,en;q=0.8",
    "fr",
    "Nous ne trouvons pas cette page",
    "Ce lien n’est plus valable",
    "Nous contacter"
)]
#[case::german(
    "en;q=0.5, de-AT",
    "de",
    "Wir können diese Seite nicht finden",
    "Dieser Link ist nicht mehr gültig",
    "Kontakt aufnehmen"
)]
#[case::spanish("fr;q=0, es;q=0.1", "es", "No encontramos esta página", "Este enlace ya no es válido", "Contactar")]
#[case::no_language_of_ours(
    "ja,ko;q=0.9",
    "en",
    "We cannot find this page",
    "This link is no longer valid",
    "Contact us"
)]
#[tokio::test]
async fn a_page_is_in_the_accepted_language_with_the_highest_quality(
    #[case] accepted: &str,
    #[case] language: &str,
    #[case] missing: &str,
    #[case] over: &str,
    #[case] contact: &str,
) {
    let env = TestEnvironment::new().await;
    let mut acme = env.create_tenant("acme").await;
    acme.scenario.contact = Some("https://example.com/help".parse().unwrap());
    env.app.store.scenario_put(&acme.tenant.id, &acme.scenario).await.unwrap();
    let link = env.create_link(&acme, "ann", json!({})).await;
    env.revoke_link(&link).await;
    for (path, status, heading) in [("/0123456789abcdef", 404, missing), (link.as_str(), 410, over)] {
        let response = env.visit(path, &[("accept", "text/html"), ("accept-language", accepted)]).await;
        assert_eq!(response.status, status, "{}", response.text());
        assert_eq!(response.header("content-language"), language);
        assert!(response.text().contains(&format!("<html lang=\"{language}\"")), "{}", response.text());
        assert!(response.text().contains(&format!("<h1>{heading}</h1>")), "{}", response.text());
        assert_eq!(response.text().contains(&format!(">{contact}</a>")), status == 410, "{}", response.text());
        let vary: Vec<_> = response.headers.get_all("vary").iter().map(|vary| vary.to_str().unwrap()).collect();
        assert!(vary.join(", ").contains("Accept-Language"), "{vary:?}");
    }
    let problem = env.visit(&link, &[("accept", "*/*"), ("accept-language", accepted)]).await;
    problem.assert_problem(410, "This link is no longer valid.");
}

/// The lowest contrast of a text with its background (WCAG 2), on a page without images.
const CONTRAST: &str = "(() => {
  const light = ([r, g, b]) => [r, g, b].map((c) => (c /= 255) <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4)
    .reduce((sum, c, i) => sum + c * [0.2126, 0.7152, 0.0722][i], 0);
  const colour = (text) => text.match(/[\\d.]+/g).map(Number);
  const behind = (e) => { const c = colour(getComputedStyle(e).backgroundColor); return c.length === 3 ? c : behind(e.parentElement); };
  return Math.min(...[...document.querySelectorAll('h1, p, a')].map((e) => {
    const [a, b] = [light(colour(getComputedStyle(e).color)), light(behind(e))].sort((x, y) => y - x);
    return (a + 0.05) / (b + 0.05);
  }));
})()";

#[tokio::test]
async fn on_a_phone_a_page_fits_is_easy_to_read_by_day_and_by_night_and_the_contact_is_easy_to_hit() {
    let Some(browser) = Browser::open().await else { return };
    let data = tempdir().unwrap();
    let server = Server::start(data.path(), &[]);
    let token = std::fs::read_to_string(data.path().join("token")).unwrap();
    let body = json!({"scenario_id": "0x420", "expires_in": 1, "dataset": [{"attributes": {}}]});
    let post = reqwest::Client::new().post(format!("{}/public/api/generate-webchat-deep-link", server.base));
    let made: Value = post.bearer_auth(token).json(&body).send().await.unwrap().json().await.unwrap();
    let expired = made[0]["url"].as_str().unwrap_or_else(|| panic!("{made}"));
    wait_for_status(expired, 410).await;
    let phone = json!({"width": 360, "height": 640, "deviceScaleFactor": 2, "mobile": true});
    browser.devtools("Emulation.setDeviceMetricsOverride", phone).await;
    let mut paper = Vec::new();
    for (scheme, language, missing, over) in [
        ("light", "de-AT", "Wir können diese Seite nicht finden", "Dieser Link ist nicht mehr gültig"),
        ("dark", "fr", "Nous ne trouvons pas cette page", "Ce lien n’est plus valable"),
    ] {
        let media = json!({"features": [{"name": "prefers-color-scheme", "value": scheme}]});
        browser.devtools("Emulation.setEmulatedMedia", media).await;
        let headers = json!({"headers": {"Accept-Language": language}});
        browser.devtools("Network.enable", json!({})).await;
        browser.devtools("Network.setExtraHTTPHeaders", headers).await;
        browser.goto(&format!("{}/9fKq3vXw7LmB2aTz", server.base)).await;
        browser.wait_for_text("h1", missing).await;
        browser.goto(expired).await;
        browser.wait_for_text("h1", over).await;
        assert_eq!(browser.evaluate("innerWidth").await, 360);
        assert_eq!(browser.evaluate("document.documentElement.scrollWidth <= innerWidth").await, true);
        let contact = browser.evaluate("document.querySelector('a.contact').getBoundingClientRect().height").await;
        assert!(contact.as_f64().unwrap() >= 44.0, "{contact}");
        let contrast = browser.evaluate(CONTRAST).await;
        assert!(contrast.as_f64().unwrap() >= 4.5, "{scheme}: {contrast}");
        paper.push(browser.evaluate("getComputedStyle(document.body).backgroundColor").await);
    }
    assert_ne!(paper[0], paper[1]);
}
