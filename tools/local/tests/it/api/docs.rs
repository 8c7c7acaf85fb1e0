//! The reference: the description and the pages that show it, open to everybody, with nothing from elsewhere.

use crate::support::{TestEnvironment, source};
use regex::Regex;
use std::collections::BTreeSet;

#[tokio::test]
async fn the_description_is_served_to_everybody_and_every_origin() {
    let env = TestEnvironment::new().await;
    let answer = env.visit("/openapi.json", &[("origin", "https://tools.example.com")]).await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.header("content-type"), "application/json");
    assert_eq!(answer.header("access-control-allow-origin"), "*");
    assert!(answer.json()["paths"].as_object().is_some_and(|paths| !paths.is_empty()));
}

/// What a text refers to by an absolute address.
fn addresses(text: &str) -> Vec<&str> {
    let address = Regex::new(r"(?:[a-z]+:)?//[\w.-]+\.[a-z]{2,}").expect("a pattern");
    address.find_iter(text).map(|found| found.as_str()).collect()
}

#[tokio::test]
async fn the_reference_and_all_it_loads_come_from_here_and_need_no_token() {
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
    assert!(addresses(start.text()).is_empty() && start.text().contains("validatorUrl: null"), "{}", start.text());
}

#[tokio::test]
async fn a_browser_loads_nothing_from_elsewhere_even_if_a_script_asks_it_to() {
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
async fn an_asset_that_is_not_there_is_not_found() {
    let env = TestEnvironment::new().await;
    for path in ["/docs/nothing.js", "/docs/..%2Fopenapi.json", "/docs/%2e%2e", "/docs/%FF"] {
        assert_eq!(env.visit(path, &[]).await.status, 404, "{path}");
    }
}

#[test]
fn the_pages_of_the_reference_are_the_ones_that_are_kept_in_the_tree() {
    let kept: Vec<_> = source::sources("functions/docs/assets").into_iter().map(|file| file.path).collect();
    let names: Vec<_> = kept.iter().map(|path| path.rsplit('/').next().expect("a name")).collect();
    assert_eq!(names, ["docs.html", "docs.js", "openapi.json"]);
}
