//! The reference: the OpenAPI document and its pages, which are public and load nothing from another origin.

use crate::support::{TestEnvironment, source};
use regex::Regex;
use rstest::rstest;
use std::collections::BTreeSet;

#[tokio::test]
async fn the_document_is_public_for_every_origin() {
    let env = TestEnvironment::new().await;
    let response = env.visit("/openapi.json", &[("origin", "https://tools.example.com")]).await;
    assert_eq!(response.status, 200);
    assert_eq!(response.header("content-type"), "application/json");
    assert_eq!(response.header("access-control-allow-origin"), "*");
    assert!(response.json()["paths"].as_object().is_some_and(|paths| !paths.is_empty()));
}

/// The absolute URLs in a text.
fn addresses(text: &str) -> Vec<&str> {
    let address = Regex::new(r"(?:[a-z]+:)?//[\w.-]+\.[a-z]{2,}").expect("a pattern");
    address.find_iter(text).map(|found| found.as_str()).collect()
}

#[tokio::test]
async fn the_reference_and_its_assets_are_served_without_a_token() {
    let env = TestEnvironment::new().await;
    let page = env.visit("/docs", &[("accept", "text/html")]).await;
    assert_eq!(page.status, 200);
    assert!(page.header("content-type").starts_with("text/html"));
    assert_eq!(addresses(page.text()), Vec::<&str>::new());
    let loaded = Regex::new(r#"(?:src|href)="([^"]*)""#).expect("a pattern");
    let loaded: Vec<_> = loaded.captures_iter(page.text()).map(|found| found[1].to_owned()).collect();
    let mut kinds = BTreeSet::new();
    for path in &loaded {
        assert!(path.starts_with("/docs/") || path == "/openapi.json", "{path}");
        let asset = env.visit(path, &[]).await;
        assert_eq!(asset.status, 200, "{path}");
        let kind = match path.rsplit('.').next() {
            Some("js") => "text/javascript",
            Some("css") => "text/css",
            Some("png") => "image/png",
            _ => "application/json",
        };
        assert!(asset.header("content-type").starts_with(kind), "{path}: {}", asset.header("content-type"));
        kinds.insert(kind);
    }
    assert!(["text/javascript", "text/css"].iter().all(|kind| kinds.contains(kind)), "{kinds:?}");
    let style = env.visit("/docs/swagger-ui.css", &[]).await;
    let urls = Regex::new(r"url\(([^)]{0,5})").expect("a pattern");
    assert!(urls.captures_iter(style.text()).all(|url| url[1].trim_start_matches(['"', '\'']).starts_with("data")));
    let start = env.visit("/docs/docs.js", &[]).await;
    assert!(addresses(start.text()).is_empty(), "{}", start.text());
    assert!(start.text().contains("validatorUrl: null"), "{}", start.text());
}

#[rstest]
#[tokio::test]
async fn the_pages_of_swagger_ui_itself_are_404(
    #[values("/docs/index.html", "/docs/oauth2-redirect.html")] path: &str,
) {
    let env = TestEnvironment::new().await;
    env.visit(path, &[]).await.assert_problem(404, "Resource not found.");
}

#[tokio::test]
async fn the_policy_allows_only_the_own_origin() {
    let env = TestEnvironment::new().await;
    let page = env.visit("/docs", &[]).await;
    let policy = page.header("content-security-policy");
    assert!(policy.starts_with("default-src 'none'"), "{policy}");
    for source in policy.split(';').flat_map(|directive| directive.split_whitespace().skip(1)) {
        assert!(["'none'", "'self'", "'unsafe-inline'", "data:"].contains(&source), "{source}");
    }
    assert!(!policy.split(';').any(|directive| directive.contains("script-src") && directive.contains("unsafe")));
}

#[tokio::test]
async fn an_unknown_asset_is_404() {
    let env = TestEnvironment::new().await;
    for path in ["/docs/nothing.js", "/docs/..%2Fopenapi.json", "/docs/%2e%2e", "/docs/%FF"] {
        assert_eq!(env.visit(path, &[]).await.status, 404, "{path}");
    }
}

#[test]
fn the_assets_of_the_reference_are_exactly_these() {
    let kept: Vec<_> = source::sources("functions/docs/assets").into_iter().map(|file| file.path).collect();
    let names: Vec<_> = kept.iter().map(|path| path.rsplit('/').next().expect("a name")).collect();
    assert_eq!(names, ["docs.html", "docs.js", "openapi.json"]);
}
