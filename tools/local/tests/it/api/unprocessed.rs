//! Items and keys that a batch left unprocessed, and exchanges that conflict: they are retried, and given up as a 503.

use crate::api::faults::{BUSY, Fixture};
use crate::support::{Fault, paths};
use rstest::rstest;
use serde_json::{Value, json};
use std::ops::RangeInclusive;

#[tokio::test]
async fn links_that_a_batch_left_unprocessed_are_written_by_the_next_tries() {
    let Fixture { faults, env, acme, .. } = Fixture::new().await;
    let rows: Value =
        (0..60).map(|number| json!({"user_id": format!("user-{number}"), "attributes": {"n": number}})).collect();
    faults.reset();
    // The first four tries write one to four items each; both batches of lists have more.
    faults.inject(|request, number| match request.operation.as_str() {
        "BatchWriteItem" if number <= 4 => Fault::Only(number),
        _ => Fault::Pass,
    });
    let links = paths(&env.generate(&acme, rows).await);
    faults.clear();
    assert_eq!(faults.calls("BatchWriteItem"), 2 + 3 + 4, "lists, links, and four tries that were cut short");
    for (link, number) in links.iter().zip(0..) {
        let handoff = env.follow_link(link).await;
        let exchanged = env.exchange(&handoff, "nonce-of-the-test-0").await.json();
        assert_eq!(exchanged["user_id"], format!("user-{number}"));
        assert_eq!(exchanged["attributes"]["n"], number);
    }
}

#[rstest]
#[case::one_batch(10, 8..=8)]
// The batch that gives up first ends the request; the others may have had fewer tries.
#[case::three_batches(100, 9..=24)]
#[tokio::test]
async fn a_batch_that_stays_unprocessed_is_503_without_links(
    #[case] links: usize,
    #[case] tries: RangeInclusive<usize>,
) {
    let Fixture { faults, env, acme, .. } = Fixture::new().await;
    faults.reset();
    faults.inject(|request, _| match request.operation.as_str() {
        "BatchWriteItem" => {
            let wanted: Value = serde_json::from_str(&request.body).unwrap();
            Fault::Respond(200, json!({"UnprocessedItems": wanted["RequestItems"]}).to_string())
        }
        _ => Fault::Pass,
    });
    let response = env.generate(&acme, vec![json!({"attributes": {}}); links].into()).await;
    response.assert_problem(503, BUSY);
    assert!(!response.text().contains("url"), "{}", response.text());
    let calls = faults.calls("BatchWriteItem");
    assert!(tries.contains(&calls), "{calls}");
}

#[rstest]
#[case::twice(2, 200, 302, 3)]
#[case::four_times(4, 200, 302, 5)]
#[case::five_times(5, 503, 503, 5)]
#[case::every_time(usize::MAX, 503, 503, 5)]
#[tokio::test]
async fn keys_that_a_read_left_unprocessed_are_read_again(
    #[case] left_out: usize,
    #[case] status: u16,
    #[case] redirect: u16,
    #[case] tries: usize,
) {
    let Fixture { faults, env, acme, link, .. } = Fixture::new().await;
    faults.reset();
    faults.inject(move |request, number| match request.operation.as_str() {
        "BatchGetItem" if number <= left_out => {
            let wanted: Value = serde_json::from_str(&request.body).unwrap();
            Fault::Respond(200, json!({"Responses": {}, "UnprocessedKeys": wanted["RequestItems"]}).to_string())
        }
        _ => Fault::Pass,
    });
    assert_eq!(env.get("/api/token", &acme.token).await.status, status);
    assert_eq!(faults.calls("BatchGetItem"), tries);
    faults.reset();
    assert_eq!(env.visit(&link, &[]).await.status, redirect);
    assert_eq!(faults.calls("BatchGetItem"), tries);
}

#[rstest]
#[case::three_times(3, 200, 4)]
#[case::every_time(usize::MAX, 503, 16)]
#[tokio::test]
async fn an_exchange_that_conflicts_with_another_is_retried(
    #[case] conflicts: usize,
    #[case] status: u16,
    #[case] tries: usize,
) {
    let Fixture { faults, env, acme, .. } = Fixture::new().await;
    let link = env.create_limited_link(&acme, "bob", 2).await;
    let handoff = env.follow_link(&link).await;
    faults.reset();
    faults.inject(move |request, number| match request.operation.as_str() {
        "TransactWriteItems" if number <= conflicts => Fault::cancelled(&["None", "TransactionConflict"]),
        _ => Fault::Pass,
    });
    let response = env.exchange(&handoff, "nonce-of-the-test-0").await;
    faults.clear();
    assert_eq!(response.status, status, "{}", response.text());
    assert_eq!(faults.calls("TransactWriteItems"), tries);
    assert_eq!(env.link_activity(&link).await.uses, u64::from(status == 200));
    assert_eq!(env.exchange(&handoff, "nonce-of-the-test-0").await.status, 200, "the handoff is still valid");
}
