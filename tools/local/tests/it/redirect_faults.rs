//! A redirect costs one read, and counting never stands in its way.

use crate::support::{Fault, Wire, World};
use serde_json::json;
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
    assert_eq!((wire.calls("Query"), wire.calls("GetItem"), wire.calls("UpdateItem")), (1, 1, 1));
    assert_eq!(wire.asked().len(), 3, "the first of a campaign reads the campaign's flag as well");
    wire.forget();
    assert_eq!(world.visit(&link, &[]).await.status, 302);
    assert_eq!((wire.calls("Query"), wire.calls("UpdateItem"), wire.asked().len()), (1, 1, 2));
    wire.forget();
    world.visit(&link, &[("user-agent", "Slackbot")]).await;
    world.visit("/0123456789abcdef", &[]).await;
    assert_eq!((wire.calls("Query"), wire.asked().len()), (2, 2), "no count, but a look at what could be a code");
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
        wire.spoil(move |asked, number| if asked.operation == "Query" && number == 1 { fault() } else { Fault::Pass });
        assert_eq!(world.visit(&link, &[]).await.status, 302);
        assert_eq!(wire.calls("Query"), 2);
    }
}
