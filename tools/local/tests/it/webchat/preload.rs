//! The script of webchat pages and the requests that pages send, as HTTP.

use crate::support::{PAGE_ORIGIN, TestEnvironment};
use http::Request;
use rstest::rstest;
use serde_json::json;

const PATH: &str = "/webchat/preload.js";
const CACHE_CONTROL: &str = "public, max-age=3600, stale-while-revalidate=86400";

#[tokio::test]
async fn the_script_has_a_strong_etag_and_is_kept_for_an_hour() {
    let env = TestEnvironment::new().await;
    let response = env.visit(PATH, &[]).await;
    assert_eq!((response.status.as_u16(), response.header("cache-control")), (200, CACHE_CONTROL));
    let etag = response.header("etag");
    assert!(etag.starts_with('"') && etag.ends_with('"') && etag.len() > 20, "{etag}");
    assert_eq!(response.header("content-type"), "text/javascript; charset=utf-8");
}

#[rstest]
#[case::the_tag("{}")]
#[case::a_weak_tag("W/{}")]
#[case::one_of_several("\"other\", {}")]
#[case::any("*")]
#[tokio::test]
async fn a_client_that_has_the_script_gets_304_without_a_body(#[case] condition: &str) {
    let env = TestEnvironment::new().await;
    let etag = env.visit(PATH, &[]).await.header("etag").to_owned();
    let response = env.visit(PATH, &[("if-none-match", &condition.replace("{}", &etag))]).await;
    assert_eq!((response.status.as_u16(), response.body.len()), (304, 0));
    assert_eq!((response.header("etag"), response.header("cache-control")), (etag.as_str(), CACHE_CONTROL));
}

#[tokio::test]
async fn a_client_that_has_another_script_gets_this_one() {
    let env = TestEnvironment::new().await;
    let response = env.visit(PATH, &[("if-none-match", "\"other\"")]).await;
    assert_eq!(response.status, 200);
    assert!(response.text().contains("openDialogPreload"));
}

#[rstest]
#[case::as_browsers_name_it("text/plain;charset=UTF-8")]
#[case::json("application/json")]
#[tokio::test]
async fn an_exchange_is_json_in_either_content_type(#[case] kind: &str) {
    let env = TestEnvironment::new().await;
    let acme = env.create_tenant("acme").await;
    let link = env.create_link(&acme, "ann", json!({})).await;
    let body = json!({"handoff": env.follow_link(&link).await, "nonce": "nonce-of-the-test-0"}).to_string();
    let response = env.post_raw("/webchat/exchange", &[("origin", PAGE_ORIGIN), ("content-type", kind)], body).await;
    assert_eq!((response.status.as_u16(), &response.json()["user_id"]), (200, &json!("ann")));
}

#[tokio::test]
async fn a_text_from_another_origin_is_403_and_not_a_use() {
    let env = TestEnvironment::new().await;
    let acme = env.create_tenant("acme").await;
    let link = env.create_link(&acme, "ann", json!({})).await;
    let body = json!({"handoff": env.follow_link(&link).await, "nonce": "nonce-of-the-test-0"}).to_string();
    let headers = [("origin", "https://evil.example"), ("content-type", "text/plain")];
    env.post_raw("/webchat/exchange", &headers, body).await.assert_problem(403, "This action is unauthorized.");
    assert_eq!(env.link_activity(&link).await.uses, 0);
}

#[tokio::test]
async fn a_browser_keeps_a_preflight_for_two_hours() {
    let env = TestEnvironment::new().await;
    let request = Request::options("/incoming/webchat")
        .header("origin", PAGE_ORIGIN)
        .header("access-control-request-method", "POST")
        .header("access-control-request-headers", "authorization,content-type");
    let response = env.send(request.body(axum::body::Body::empty()).unwrap()).await;
    assert_eq!(response.header("access-control-max-age"), "7200");
}
