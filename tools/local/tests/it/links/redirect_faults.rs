//! A redirect makes one read, and works even if its click cannot be counted.

use crate::support::{Fault, FaultInjector, TestEnvironment};
use rstest::rstest;
use serde_json::{Value, json};
use std::time::Duration;

async fn with_link() -> (FaultInjector, TestEnvironment, String) {
    let faults = FaultInjector::new();
    let env = TestEnvironment::with(&[], |client| faults.install(client)).await;
    let acme = env.create_tenant("acme").await;
    let link = env.create_link(&acme, "ann", json!({})).await;
    faults.reset();
    (faults, env, link)
}

#[tokio::test]
async fn a_redirect_is_one_read_and_one_write() {
    let (faults, env, link) = with_link().await;
    assert_eq!(env.visit(&link, &[]).await.status, 302);
    let operations: Vec<_> = faults.requests().into_iter().map(|asked| asked.operation).collect();
    assert_eq!(operations, ["BatchGetItem", "UpdateItem"], "the one read includes the revocation of the campaign");
    faults.reset();
    env.visit(&link, &[("user-agent", "Slackbot")]).await;
    env.visit("/0123456789abcdef", &[]).await;
    assert_eq!(
        (faults.calls("BatchGetItem"), faults.requests().len()),
        (3, 3),
        "a link preview is not counted, a possible code is looked up twice: it may be new"
    );
    faults.reset();
    for nothing in ["/favicon.ico", "/robots.txt", "/0123456789abcde", "/0123456789abcde-", "/0123456789abcdefx"] {
        env.visit(nothing, &[]).await;
    }
    assert!(faults.requests().is_empty(), "what cannot be a code is not looked up");
}

#[rstest]
#[case::fails(|| Fault::Fail500)]
#[case::is_throttled(|| Fault::Throttle)]
#[case::breaks(|| Fault::DropBefore)]
#[case::never_ends(|| Fault::Stall)]
#[tokio::test]
async fn the_redirect_works_if_the_click_count(#[case] fault: fn() -> Fault) {
    let (faults, env, link) = with_link().await;
    faults.inject(move |request, _| if request.operation == "UpdateItem" { fault() } else { Fault::Pass });
    // The redirect waits for the count for a shorter time than this.
    let visit = tokio::time::timeout(Duration::from_secs(2), env.visit(&link, &[])).await;
    assert_eq!(visit.expect("a response").status, 302);
    assert_eq!(faults.calls("UpdateItem"), 1, "a click is sent once: a retry could count it twice");
    faults.clear();
    assert_eq!(env.link_activity(&link).await.clicks, 0);
}

#[tokio::test]
async fn a_click_whose_response_is_lost_is_counted_once() {
    let (faults, env, link) = with_link().await;
    faults.inject(|asked, _| if asked.operation == "UpdateItem" { Fault::DropAfter } else { Fault::Pass });
    assert_eq!(env.visit(&link, &[]).await.status, 302);
    faults.clear();
    assert_eq!((env.activity_after_clicks(&link, 1).await.clicks, faults.calls("UpdateItem")), (1, 1));
}

#[rstest]
#[case::fails(|| Fault::Fail500)]
#[case::is_throttled(|| Fault::Throttle)]
#[case::breaks(|| Fault::DropBefore)]
#[case::loses_its_response(|| Fault::DropAfter)]
#[tokio::test]
async fn the_redirect_retries_a_read_that(#[case] fault: fn() -> Fault) {
    let (faults, env, link) = with_link().await;
    let reads = "BatchGetItem";
    faults.inject(move |request, number| if request.operation == reads && number == 1 { fault() } else { Fault::Pass });
    assert_eq!(env.visit(&link, &[]).await.status, 302);
    assert_eq!(faults.calls(reads), 2);
}

#[rstest]
#[case::fails(|| Fault::Fail500)]
#[case::breaks(|| Fault::DropBefore)]
#[case::loses_its_response(|| Fault::DropAfter)]
#[tokio::test]
async fn a_campaign_whose_revocation_is_interrupted_can_be_revoked_again(
    #[values("R#", "T#acme#C#spring")] write: &'static str,
    #[case] fault: fn() -> Fault,
) {
    let faults = FaultInjector::new();
    let env = TestEnvironment::with(&[], |client| faults.install(client)).await;
    let acme = env.create_tenant("acme").await;
    let link = env.create_campaign_link(&acme, "spring").await;
    let revoke = || env.delete("/public/api/campaigns/spring", &acme.token);
    faults.inject(move |asked, _| match asked.operation.as_str() {
        "UpdateItem" if asked.body.contains(&format!("{{\"S\":\"{write}")) => fault(),
        _ => Fault::Pass,
    });
    assert_eq!(revoke().await.status, 503);
    faults.clear();
    assert_eq!(revoke().await.status, 204);
    env.visit(&link, &[]).await.assert_problem(410, "This link is no longer valid.");
    let listed = env.get("/public/api/campaigns", &acme.token).await.json();
    assert_ne!(listed["data"][0]["revoked_at"], Value::Null);
}

#[tokio::test]
async fn the_revocation_of_a_campaign_acts_before_the_list_shows_it() {
    let faults = FaultInjector::new();
    let env = TestEnvironment::with(&[], |client| faults.install(client)).await;
    let acme = env.create_tenant("acme").await;
    let link = env.create_campaign_link(&acme, "spring").await;
    faults.inject(|asked, _| match asked.operation.as_str() {
        "UpdateItem" if asked.body.contains("T#acme#C#spring") => Fault::Fail500,
        _ => Fault::Pass,
    });
    assert_eq!(env.delete("/public/api/campaigns/spring", &acme.token).await.status, 503);
    faults.clear();
    env.visit(&link, &[]).await.assert_problem(410, "This link is no longer valid.");
}

#[tokio::test]
async fn the_bucket_of_a_revoked_campaign_names_neither_tenant_nor_campaign() {
    let faults = FaultInjector::new();
    let env = TestEnvironment::with(&[], |client| faults.install(client)).await;
    let acme = env.create_tenant("acme").await;
    env.create_campaign_link(&acme, "spring").await;
    faults.reset();
    assert_eq!(env.delete("/public/api/campaigns/spring", &acme.token).await.status, 204);
    let writes: Vec<_> = faults.requests().into_iter().filter(|asked| asked.body.contains("R#")).collect();
    assert_eq!(writes.len(), 1);
    assert!(!writes[0].body.contains("acme"), "{}", writes[0].body);
    assert!(!writes[0].body.contains("spring"), "{}", writes[0].body);
}

#[tokio::test]
async fn a_revoked_campaign_does_not_revoke_another_one_in_its_bucket() {
    let env = TestEnvironment::new().await;
    let acme = env.create_tenant("acme").await;
    let link = env.create_campaign_link(&acme, "spring").await;
    // Two campaigns share a bucket once in 14.8 million. The bucket is filled as if another campaign had it.
    env.revoke_other_campaign_of_bucket(&link).await;
    assert_eq!(env.visit(&link, &[]).await.status, 302);
    assert_eq!(env.delete("/public/api/campaigns/spring", &acme.token).await.status, 204);
    assert_eq!(env.visit(&link, &[]).await.status, 410);
}
