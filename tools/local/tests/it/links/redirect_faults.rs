//! A redirect makes one read, and works even if its click cannot be counted.

use crate::support::{Fault, FaultInjector, TestEnvironment};
use rstest::rstest;
use serde_json::{Value, json};
use std::collections::HashMap;
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
        (2, 2),
        "a link preview is not counted, a possible code is looked up"
    );
    faults.reset();
    for nothing in ["/favicon.ico", "/robots.txt", "/0123456789abcde", "/0123456789abcde-", "/0123456789abcdef.."] {
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

#[tokio::test]
async fn a_campaign_is_revoked_in_one_transaction() {
    let faults = FaultInjector::new();
    let env = TestEnvironment::with(&[], |client| faults.install(client)).await;
    let acme = env.create_tenant("acme").await;
    let link = env.create_campaign_link(&acme, "spring").await;
    let revoke = || env.delete("/public/api/campaigns/spring", &acme.token);
    let conflict = || {
        let reasons = json!([{"Code": "TransactionConflict", "Message": "another"}, {"Code": "None"}]);
        let kind = "com.amazonaws.dynamodb.v20120810#TransactionCanceledException";
        Fault::Respond(400, json!({"__type": kind, "Message": "cancelled", "CancellationReasons": reasons}).to_string())
    };
    for fault in [|| Fault::Fail500, || Fault::DropBefore, conflict] {
        faults.inject(move |asked, _| if asked.operation == "TransactWriteItems" { fault() } else { Fault::Pass });
        assert_eq!(revoke().await.status, 503);
        faults.clear();
        let listed = env.get("/public/api/campaigns", &acme.token).await.json();
        assert_eq!(listed["data"][0]["revoked_at"], Value::Null);
        assert_eq!(env.visit(&link, &[]).await.status, 302);
    }
    faults.reset();
    let writes = "TransactWriteItems";
    faults.inject(move |asked, number| if asked.operation == writes && number < 3 { conflict() } else { Fault::Pass });
    assert_eq!(revoke().await.status, 204);
    env.visit(&link, &[]).await.assert_problem(410, "This link is no longer valid.");
    let write = faults.requests().into_iter().rfind(|asked| asked.operation == writes).expect("a write");
    let write: Value = serde_json::from_str(&write.body).expect("JSON");
    let of_slot = write["TransactItems"][1]["Update"].to_string();
    assert!(of_slot.contains("R#"), "{of_slot}");
    assert!(!of_slot.contains("acme"), "{of_slot}");
    assert!(!of_slot.contains("spring"), "{of_slot}");
}

#[tokio::test]
async fn a_revoked_campaign_does_not_revoke_another_one_in_its_bucket() {
    let env = TestEnvironment::new().await;
    let acme = env.create_tenant("acme").await;
    let mut slots = HashMap::new();
    let mut made = 0;
    let (revoked, link, other) = loop {
        let name = format!("campaign-{made}");
        let link = env.create_campaign_link(&acme, &name).await;
        let slot = env.link_hash(&link).as_str()[20..].to_owned();
        if let Some((before, of_before)) = slots.insert(slot, (name.clone(), link.clone())) {
            break (before, of_before, link);
        }
        made += 1;
        assert!(made < 1000, "of 3,844 slots two of 75 are the same in one of two cases");
    };
    assert_eq!(env.delete(&format!("/public/api/campaigns/{revoked}"), &acme.token).await.status, 204);
    assert_eq!(env.visit(&link, &[]).await.status, 410);
    assert_eq!(env.visit(&other, &[]).await.status, 302);
}
