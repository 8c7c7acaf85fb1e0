//! A redirect costs one read, and counting never stands in its way.

use crate::support::{Asked, Fault, Wire, World};
use serde_json::json;
use std::collections::HashMap;
use std::time::Duration;

async fn with_link() -> (Wire, World, String) {
    let wire = Wire::new();
    let world = World::with(&[], |client| wire.plug(client)).await;
    let acme = world.tenancy("acme").await;
    let link = world.link(&acme, "ann", json!({})).await;
    wire.forget();
    (wire, world, link)
}

#[tokio::test]
async fn one_read_is_on_the_way_and_the_count_is_one_write() {
    let (wire, world, link) = with_link().await;
    assert_eq!(world.visit(&link, &[]).await.status, 302);
    let operations: Vec<_> = wire.asked().into_iter().map(|asked| asked.operation).collect();
    assert_eq!(operations, ["BatchGetItem", "UpdateItem"], "whether the campaign is revoked is in the one read");
    wire.forget();
    world.visit(&link, &[("user-agent", "Slackbot")]).await;
    world.visit("/0123456789abcdef", &[]).await;
    assert_eq!(
        (wire.calls("BatchGetItem"), wire.asked().len()),
        (2, 2),
        "no count, but a look at what could be a code"
    );
    wire.forget();
    for nothing in ["/favicon.ico", "/robots.txt", "/0123456789abcde", "/0123456789abcde-", "/0123456789abcdef.."] {
        world.visit(nothing, &[]).await;
    }
    assert!(wire.asked().is_empty(), "what cannot be a code is not looked up");
}

#[tokio::test]
async fn a_count_that_fails_or_never_ends_does_not_break_the_redirect() {
    let (wire, world, link) = with_link().await;
    for fault in [|| Fault::Fail500, || Fault::Throttle, || Fault::DropBefore, || Fault::Stall] {
        wire.forget();
        wire.spoil(move |asked, _| if asked.operation == "UpdateItem" { fault() } else { Fault::Pass });
        let visit = tokio::time::timeout(Duration::from_secs(2), world.visit(&link, &[])).await;
        assert_eq!(visit.expect("an answer, though the count hangs").status, 302);
        assert_eq!(wire.calls("UpdateItem"), 1, "a click is never sent twice");
    }
    wire.heal();
    assert_eq!(world.state(&link).await.clicks, 0);
}

#[tokio::test]
async fn a_click_whose_answer_is_lost_is_counted_once() {
    let (wire, world, link) = with_link().await;
    wire.spoil(|asked, _| if asked.operation == "UpdateItem" { Fault::DropAfter } else { Fault::Pass });
    assert_eq!(world.visit(&link, &[]).await.status, 302);
    wire.heal();
    assert_eq!((world.clicked(&link, 1).await.clicks, wire.calls("UpdateItem")), (1, 1));
}

#[tokio::test]
async fn a_read_that_fails_once_is_tried_again() {
    let (wire, world, link) = with_link().await;
    for fault in [|| Fault::Fail500, || Fault::Throttle, || Fault::DropBefore, || Fault::DropAfter] {
        wire.forget();
        let reads = "BatchGetItem";
        wire.spoil(move |asked, number| if asked.operation == reads && number == 1 { fault() } else { Fault::Pass });
        assert_eq!(world.visit(&link, &[]).await.status, 302);
        assert_eq!(wire.calls(reads), 2);
    }
}

#[tokio::test]
async fn a_campaign_whose_revocation_broke_off_is_revoked_by_doing_it_again() {
    let wire = Wire::new();
    let world = World::with(&[], |client| wire.plug(client)).await;
    let acme = world.tenancy("acme").await;
    let link = world.link_of(&acme, "spring").await;
    let revoke = || world.delete("/public/api/campaigns/spring", &acme.token);
    for second in [|| Fault::Fail500, || Fault::DropBefore] {
        wire.forget();
        let of_slot = |asked: &Asked| asked.operation == "UpdateItem" && asked.body.contains("R#");
        wire.spoil(move |asked, _| if of_slot(asked) { second() } else { Fault::Pass });
        assert_eq!(revoke().await.status, 503);
        let handoff = world.handoff(&link).await;
        assert_eq!(world.exchange(&handoff, "nonce-of-the-test-0").await.status, 410, "nothing is opened any more");
    }
    wire.heal();
    assert_eq!(revoke().await.status, 204);
    world.visit(&link, &[]).await.assert_problem(410, "This link is no longer valid.");
}

#[tokio::test]
async fn a_revoked_campaign_takes_no_other_with_it_that_shares_its_slot() {
    let world = World::new().await;
    let acme = world.tenancy("acme").await;
    let mut slots = HashMap::new();
    let mut made = 0;
    let (revoked, link, other) = loop {
        let name = format!("campaign-{made}");
        let link = world.link_of(&acme, &name).await;
        let slot = world.hash(&link).as_str()[20..].to_owned();
        if let Some((before, of_before)) = slots.insert(slot, (name.clone(), link.clone())) {
            break (before, of_before, link);
        }
        made += 1;
        assert!(made < 1000, "of 3,844 slots two of 75 are the same in one of two cases");
    };
    assert_eq!(world.delete(&format!("/public/api/campaigns/{revoked}"), &acme.token).await.status, 204);
    assert_eq!(world.visit(&link, &[]).await.status, 410);
    assert_eq!(world.visit(&other, &[]).await.status, 302);
}
