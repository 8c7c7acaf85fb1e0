//! The redirect of a short URL: its target and its click counter.

use crate::support::{GENERATE_PATHS, PAGE_ORIGIN, TestEnvironment, TestTenant};
use http::{Method, Request};
use rstest::rstest;
use serde_json::json;
use shared::crypto::Handoff;
use shared::model::HandoffMode;

/// An environment with a link of the user `ann@example.com`.
async fn with_link() -> (TestEnvironment, TestTenant, String) {
    let env = TestEnvironment::new().await;
    let acme = env.create_tenant("acme").await;
    let link = env.create_link(&acme, "ann@example.com", json!({"city": "Springfield"})).await;
    (env, acme, link)
}

#[tokio::test]
async fn a_link_redirects_to_the_scenarios_page_with_a_handoff_and_no_personal_data() {
    let (env, _, link) = with_link().await;
    let response = env.visit(&link, &[]).await;
    assert_eq!((response.status.as_u16(), response.body.len()), (302, 0));
    for (name, value) in
        [("cache-control", "no-store"), ("referrer-policy", "no-referrer"), ("x-robots-tag", "noindex")]
    {
        assert_eq!(response.header(name), value);
    }
    let (target, handoff) = response.header("location").split_once("#handoff=").expect("a handoff in the fragment");
    assert_eq!(target, format!("{PAGE_ORIGIN}/chat?selected_scenario=0x420&key=app-key"));
    let handoff: Handoff = env.app.config.signer.verify(handoff, env.app.clock.now()).expect("signed by us");
    assert_eq!((handoff.scenario.as_str(), handoff.exp - handoff.iat), ("0x420", 120));
    let shown = format!("{:?} {handoff:?}", response.headers);
    assert!(!shown.contains("ann@"), "{shown}");
    assert!(!shown.contains("ann%40"), "{shown}");
    assert!(!shown.contains("Springfield"), "{shown}");
    assert_ne!(env.visit(&link, &[]).await.header("location"), response.header("location"), "each visit has its own");
}

#[tokio::test]
async fn the_pages_own_query_is_kept_and_the_opendialog_mode_adds_the_user_and_no_handoff() {
    let (env, mut acme, _) = with_link().await;
    acme.scenario.page = Some("https://chat.example.com:8443/a%20b/?lang=de&key=x".parse().unwrap());
    (acme.scenario.app_key, acme.scenario.mode) = ("k&y#".into(), HandoffMode::Opendialog);
    env.app.store.scenario_put(&acme.tenant.id, &acme.scenario).await.unwrap();
    let link = env.create_link(&acme, "bob#1 & co/é", json!({})).await;
    assert_eq!(
        env.visit(&link, &[]).await.header("location"),
        "https://chat.example.com:8443/a%20b/?lang=de&key=x&selected_scenario=0x420&key=k%26y%23&user_id=bob%231+%26+co%2F%C3%A9"
    );
}

#[tokio::test]
async fn the_opendialog_mode_has_a_handoff_if_the_scenario_says_that_its_page_has_the_script() {
    let (env, mut acme, _) = with_link().await;
    acme.scenario.mode = HandoffMode::Opendialog;
    for preload in [false, true] {
        acme.scenario.preload = preload;
        env.app.store.scenario_put(&acme.tenant.id, &acme.scenario).await.unwrap();
        let link = env.create_link(&acme, "ann", json!({})).await;
        let response = env.visit(&link, &[]).await;
        assert_eq!(response.header("location").contains("#handoff="), preload, "preload: {preload}");
    }
}

#[tokio::test]
async fn max_uses_is_422_if_the_page_of_the_scenario_exchanges_no_handoffs() {
    let (env, mut acme, _) = with_link().await;
    acme.scenario.mode = HandoffMode::Opendialog;
    env.app.store.scenario_put(&acme.tenant.id, &acme.scenario).await.unwrap();
    let body = json!({"scenario_id": "0x420", "dataset": [{"attributes": {}, "max_uses": 1}]});
    let sentence = "The max_uses needs a page with preload.js: the page of this scenario exchanges no handoffs.";
    env.post(GENERATE_PATHS[1], &acme.token, &body).await.assert_invalid("max_uses", sentence);
}

#[tokio::test]
async fn the_pages_origin_never_comes_from_the_request() {
    let (env, _, link) = with_link().await;
    let games: [&[(&str, &str)]; 4] = [
        &[("host", "evil.example")],
        &[("x-forwarded-host", "evil.example"), ("x-forwarded-proto", "http"), ("forwarded", "host=evil.example")],
        &[("origin", "https://evil.example"), ("referer", "https://evil.example/")],
        &[("x-original-url", "https://evil.example/"), ("x-rewrite-url", "/evil")],
    ];
    for headers in games {
        let response = env.visit(&format!("{link}?page=https://evil.example&host=evil.example#evil"), headers).await;
        assert!(
            response.header("location").starts_with(&format!("{PAGE_ORIGIN}/chat?selected_scenario=")),
            "{headers:?}"
        );
        assert!(!response.header("location").contains("evil"));
    }
    let absolute = env.visit(&format!("https://evil.example{link}"), &[]).await;
    assert!(absolute.header("location").starts_with(PAGE_ORIGIN));
}

#[tokio::test]
async fn only_a_get_of_a_person_counts_as_a_click() {
    let (env, _, link) = with_link().await;
    assert_eq!((env.link_activity(&link).await.clicks, env.link_activity(&link).await.first_clicked_at), (0, None));
    let before = env.app.clock.now();
    for _ in 0..3 {
        assert_eq!(env.visit(&link, &[("user-agent", "Mozilla/5.0 (iPhone) Safari")]).await.status, 302);
        env.advance_clock(60);
    }
    let state = env.activity_after_clicks(&link, 3).await;
    let first = state.first_clicked_at.unwrap();
    assert_eq!(state.clicks, 3, "{state:?}");
    assert!(before <= first, "{state:?}");
    assert!(first < before + chrono::TimeDelta::seconds(50), "{state:?}");
    assert_eq!(state.uses, 0, "a visit uses nothing up");
    assert!(state.first_opened_at.is_none(), "a visit uses nothing up");
    let head = Request::builder().method(Method::HEAD).uri(&link).header("host", "api.example.com");
    assert_eq!(env.send(head.body(axum::body::Body::empty()).unwrap()).await.status, 302);
    for (name, value) in [
        ("user-agent", "WhatsApp/2.23.20.0"),
        ("user-agent", "Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)"),
        ("user-agent", "facebookexternalhit/1.1"),
        ("user-agent", "Mozilla/5.0 (compatible; Googlebot/2.1)"),
        ("user-agent", "TelegramBot (like TwitterBot)"),
        ("sec-purpose", "prefetch;prerender"),
        ("purpose", "prefetch"),
    ] {
        assert_eq!(env.visit(&link, &[(name, value)]).await.status, 302);
    }
    assert_eq!(env.link_activity(&link).await, state);
}

#[rstest]
#[tokio::test]
async fn characters_after_a_code_that_are_no_letters_or_digits_are_ignored(
    #[values(
        ".",
        ",",
        ")",
        "%29",
        "%2E",
        "]",
        "%7D",
        "%3E",
        ";",
        ":",
        "!",
        "%3F",
        "'",
        "%22",
        "*",
        "-",
        "_",
        "%20",
        "%00",
        "%E2%80%A6",
        "%E2%80%9D",
        "%E2%80%99",
        "%C2%BB",
        "%E3%80%82",
        "%E2%80%8B",
        "%C2%A0",
        "%EF%BC%89",
        "%F0%9F%91%8D",
        ").",
        "..",
        "...",
        "%29.%20",
        "&gt;",
        "&gt;.",
        "&quot;",
        "&%2362;",
        "&%23x3e;",
        ".%E2%80%9D)",
        "/",
        "./",
        "%2F"
    )]
    glued: &str,
) {
    let (env, _, link) = with_link().await;
    assert_eq!(env.visit(&format!("{link}{glued}"), &[]).await.status, 302);
    assert_eq!(env.activity_after_clicks(&link, 1).await.clicks, 1);
}

#[rstest]
#[tokio::test]
async fn a_letter_or_a_digit_after_a_code_is_404(
    #[values("x", "1", ".x", ").1", "%C3%A9", "%20a", "/x", "//", ".//x", "&gt", "&gt;x", "&toolongname;", "%D9%A1")]
    wrong: &str,
) {
    let (env, _, link) = with_link().await;
    assert_eq!(env.visit(&format!("{link}{wrong}"), &[]).await.status, 404);
    assert_eq!(env.link_activity(&link).await.clicks, 0);
}

#[rstest]
#[tokio::test]
async fn a_character_before_a_code_is_404(#[values(".", "%20", "%E2%80%8B", "(")] wrong: &str) {
    let (env, _, link) = with_link().await;
    env.visit(&format!("/{wrong}{}", &link[1..]), &[]).await.assert_problem(404, "Resource not found.");
}

#[tokio::test]
async fn an_unknown_link_is_404_and_a_revoked_one_410() {
    let (env, acme, link) = with_link().await;
    let swapped: String = link
        .chars()
        .map(|c| if c.is_ascii_lowercase() { c.to_ascii_uppercase() } else { c.to_ascii_lowercase() })
        .collect();
    for unknown in ["/0123456789abcdef", &swapped, &link[..16], "/favicon.ico", "/robots.txt"] {
        env.visit(unknown, &[]).await.assert_problem(404, "Resource not found.");
    }
    env.revoke_link(&link).await;
    for accept in ["*/*", "application/json", "application/problem+json"] {
        env.visit(&link, &[("accept", accept)]).await.assert_problem(410, "This link is no longer valid.");
    }
    assert_eq!(env.link_activity(&link).await.clicks, 0);
    let other = env.create_link(&acme, "ann@example.com", json!({})).await;
    assert_eq!(env.visit(&other, &[]).await.status, 302, "the user's other link still works");
}
