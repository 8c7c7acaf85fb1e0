//! Pages in place of problems, for people whose link leads nowhere.

use crate::support::{Browser, Server, TestEnvironment, paths};
use serde_json::{Value, json};
use tempfile::tempdir;

#[tokio::test]
async fn a_browser_gets_a_page_in_place_of_the_problem() {
    let env = TestEnvironment::new().await;
    let acme = env.tenancy("acme").await;
    let link = env.link(&acme, "ann@example.com", json!({})).await;
    env.revoke(&link).await;
    for accept in
        ["text/html", "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", "image/png, TEXT/HTML;q=0.1"]
    {
        for (path, status, heading) in [
            ("/0123456789abcdef", 404, "We cannot find this page"),
            (link.as_str(), 410, "This link is no longer valid"),
        ] {
            let answer = env.visit(path, &[("accept", accept)]).await;
            assert_eq!((answer.status.as_u16(), answer.header("content-type")), (status, "text/html; charset=utf-8"));
            assert!(
                answer.text().starts_with("<!DOCTYPE html>") && answer.text().contains(heading),
                "{}",
                answer.text()
            );
            assert!(!answer.text().contains("href") && !answer.text().contains("ann@"), "no contact, nothing personal");
            assert_eq!(
                [answer.header("cache-control"), answer.header("x-robots-tag"), answer.header("referrer-policy")],
                ["no-store", "noindex", "no-referrer"]
            );
            assert!(answer.header("content-security-policy").contains("default-src 'none'"));
        }
    }
}

#[tokio::test]
async fn the_page_of_a_revoked_link_shows_the_scenarios_contact_escaped() {
    let env = TestEnvironment::new().await;
    let mut acme = env.tenancy("acme").await;
    for (contact, shown) in [
        ("https://example.com/help?a=1&b=<script>\"'", "https://example.com/help?a=1&amp;b=%3Cscript%3E%22"),
        ("mailto:help@example.com?subject=a&body=\"><script>", "mailto:help@example.com?subject=a&amp;body="),
        ("tel:+431234567", "tel:+431234567"),
    ] {
        acme.scenario.contact = Some(contact.parse().unwrap());
        env.app.store.scenario_put(&acme.tenant.id, &acme.scenario).await.unwrap();
        let made = env.generate(&acme, json!([{"user_id": "ann", "attributes": {}}])).await;
        let link = &paths(&made)[0];
        env.revoke(link).await;
        let answer = env.visit(link, &[("accept", "text/html")]).await;
        assert!(answer.text().contains(&format!("href=\"{shown}")), "{}", answer.text());
        assert!(!answer.text().contains("<script") && !answer.text().contains("\"'"), "{}", answer.text());
    }
}

#[tokio::test]
async fn a_page_is_in_the_language_that_the_person_reads_best() {
    let env = TestEnvironment::new().await;
    let mut acme = env.tenancy("acme").await;
    acme.scenario.contact = Some("https://example.com/help".parse().unwrap());
    env.app.store.scenario_put(&acme.tenant.id, &acme.scenario).await.unwrap();
    let link = env.link(&acme, "ann", json!({})).await;
    env.revoke(&link).await;
    for (accepted, language, missing, over, contact) in [
        ("en-GB", "en", "We cannot find this page", "This link is no longer valid", "Contact us"),
        (
            "fr-FR,fr;q=0.9,en;q=0.8",
            "fr",
            "Nous ne trouvons pas cette page",
            "Ce lien n’est plus valable",
            "Nous contacter",
        ),
        (
            "en;q=0.5, de-AT",
            "de",
            "Wir können diese Seite nicht finden",
            "Dieser Link ist nicht mehr gültig",
            "Kontakt aufnehmen",
        ),
        ("fr;q=0, es;q=0.1", "es", "No encontramos esta página", "Este enlace ya no es válido", "Contactar"),
        ("ja,ko;q=0.9", "en", "We cannot find this page", "This link is no longer valid", "Contact us"),
    ] {
        for (path, status, heading) in [("/0123456789abcdef", 404, missing), (link.as_str(), 410, over)] {
            let answer = env.visit(path, &[("accept", "text/html"), ("accept-language", accepted)]).await;
            assert_eq!((answer.status.as_u16(), answer.header("content-language")), (status, language));
            assert!(answer.text().contains(&format!("<html lang=\"{language}\"")), "{}", answer.text());
            assert!(answer.text().contains(&format!("<h1>{heading}</h1>")), "{}", answer.text());
            assert_eq!(answer.text().contains(&format!(">{contact}</a>")), status == 410, "{}", answer.text());
            let vary: Vec<_> = answer.headers.get_all("vary").iter().map(|vary| vary.to_str().unwrap()).collect();
            assert!(vary.join(", ").contains("Accept-Language"), "{vary:?}");
        }
        let problem = env.visit(&link, &[("accept", "*/*"), ("accept-language", accepted)]).await;
        problem.assert_problem(410, "This link is no longer valid.");
    }
}

/// The least contrast of a text with what is behind it (WCAG 2), on a page of plain colours.
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
    tokio::time::sleep(std::time::Duration::from_millis(1100)).await;
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
        browser.sees("h1", missing).await;
        browser.goto(made[0]["url"].as_str().unwrap_or_else(|| panic!("{made}"))).await;
        browser.sees("h1", over).await;
        assert_eq!(browser.read("innerWidth").await, 360);
        assert_eq!(browser.read("document.documentElement.scrollWidth <= innerWidth").await, true);
        let contact = browser.read("document.querySelector('a.contact').getBoundingClientRect().height").await;
        assert!(contact.as_f64().unwrap() >= 44.0, "{contact}");
        let contrast = browser.read(CONTRAST).await;
        assert!(contrast.as_f64().unwrap() >= 4.5, "{scheme}: {contrast}");
        paper.push(browser.read("getComputedStyle(document.body).backgroundColor").await);
    }
    assert_ne!(paper[0], paper[1]);
}
