//! A redirect costs one read, and counting never stands in its way.

use crate::support::{Fault, FaultInjector, TestEnvironment};
use serde_json::{Value, json};
use std::collections::HashMap;
use std::time::Duration;

async fn with_link() -> (FaultInjector, TestEnvironment, String) {
    let wire = FaultInjector::new();
    let env = TestEnvironment::with(&[], |client| wire.plug(client)).await;
    let acme = env.tenancy("acme").await;
    let link = env.link(&acme, "ann", json!({})).await;
    wire.forget();
    (wire, env, link)
}

#[tokio::test]
async fn one_read_is_on_the_way_and_the_count_is_one_write() {
    let (wire, env, link) = with_link().await;
    assert_eq!(env.visit(&link, &[]).await.status, 302);
    let operations: Vec<_> = wire.asked().into_iter().map(|asked| asked.operation).collect();
    assert_eq!(operations, ["BatchGetItem", "UpdateItem"], "whether the campaign is revoked is in the one read");
    wire.forget();
    env.visit(&link, &[("user-agent", "Slackbot")]).await;
    env.visit("/0123456789abcdef", &[]).await;
    assert_eq!(
        (wire.calls("BatchGetItem"), wire.asked().len()),
        (2, 2),
        "no count, but a look at what could be a code"
    );
    wire.forget();
    for nothing in ["/favicon.ico", "/robots.txt", "/0123456789abcde", "/0123456789abcde-", "/0123456789abcdef.."] {
        env.visit(nothing, &[]).await;
    }
    assert!(wire.asked().is_empty(), "what cannot be a code is not looked up");
}

#[tokio::test]
async fn a_count_that_fails_or_never_ends_does_not_break_the_redirect() {
    let (wire, env, link) = with_link().await;
    for fault in [|| Fault::Fail500, || Fault::Throttle, || Fault::DropBefore, || Fault::Stall] {
        wire.forget();
        wire.spoil(move |asked, _| if asked.operation == "UpdateItem" { fault() } else { Fault::Pass });
        let visit = tokio::time::timeout(Duration::from_secs(2), env.visit(&link, &[])).await;
        assert_eq!(visit.expect("an answer, though the count hangs").status, 302);
        assert_eq!(wire.calls("UpdateItem"), 1, "a click is never sent twice");
    }
    wire.heal();
    assert_eq!(env.state(&link).await.clicks, 0);
}

#[tokio::test]
async fn a_click_whose_answer_is_lost_is_counted_once() {
    let (wire, env, link) = with_link().await;
    wire.spoil(|asked, _| if asked.operation == "UpdateItem" { Fault::DropAfter } else { Fault::Pass });
    assert_eq!(env.visit(&link, &[]).await.status, 302);
    wire.heal();
    assert_eq!((env.clicked(&link, 1).await.clicks, wire.calls("UpdateItem")), (1, 1));
}

#[tokio::test]
async fn a_read_that_fails_once_is_tried_again() {
    let (wire, env, link) = with_link().await;
    for fault in [|| Fault::Fail500, || Fault::Throttle, || Fault::DropBefore, || Fault::DropAfter] {
        wire.forget();
        let reads = "BatchGetItem";
        wire.spoil(move |asked, number| if asked.operation == reads && number == 1 { fault() } else { Fault::Pass });
        assert_eq!(env.visit(&link, &[]).await.status, 302);
        assert_eq!(wire.calls(reads), 2);
    }
}

#[tokio::test]
async fn a_campaign_is_revoked_in_every_respect_or_in_none() {
    let wire = FaultInjector::new();
    let env = TestEnvironment::with(&[], |client| wire.plug(client)).await;
    let acme = env.tenancy("acme").await;
    let link = env.link_of(&acme, "spring").await;
    let revoke = || env.delete("/public/api/campaigns/spring", &acme.token);
    let conflict = || {
        let reasons = json!([{"Code": "TransactionConflict", "Message": "another"}, {"Code": "None"}]);
        let kind = "com.amazonaws.dynamodb.v20120810#TransactionCanceledException";
        Fault::Answer(400, json!({"__type": kind, "Message": "cancelled", "CancellationReasons": reasons}).to_string())
    };
    for fault in [|| Fault::Fail500, || Fault::DropBefore, conflict] {
        wire.spoil(move |asked, _| if asked.operation == "TransactWriteItems" { fault() } else { Fault::Pass });
        assert_eq!(revoke().await.status, 503);
        wire.heal();
        let listed = env.get("/public/api/campaigns", &acme.token).await.json();
        assert_eq!(listed["data"][0]["revoked_at"], Value::Null);
        assert_eq!(env.visit(&link, &[]).await.status, 302);
    }
    wire.forget();
    let writes = "TransactWriteItems";
    wire.spoil(move |asked, number| if asked.operation == writes && number < 3 { conflict() } else { Fault::Pass });
    assert_eq!(revoke().await.status, 204);
    env.visit(&link, &[]).await.assert_problem(410, "This link is no longer valid.");
    let write = wire.asked().into_iter().rfind(|asked| asked.operation == writes).expect("a write");
    let write: Value = serde_json::from_str(&write.body).expect("JSON");
    let of_slot = write["TransactItems"][1]["Update"].to_string();
    assert!(of_slot.contains("R#") && !of_slot.contains("acme") && !of_slot.contains("spring"), "{of_slot}");
}

#[tokio::test]
async fn a_revoked_campaign_takes_no_other_with_it_that_shares_its_slot() {
    let env = TestEnvironment::new().await;
    let acme = env.tenancy("acme").await;
    let mut slots = HashMap::new();
    let mut made = 0;
    let (revoked, link, other) = loop {
        let name = format!("campaign-{made}");
        let link = env.link_of(&acme, &name).await;
        let slot = env.hash(&link).as_str()[20..].to_owned();
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
