//! A mailing's exchanges against a table that cancels transactions that meet, and throttles partition keys.

use crate::support::{FaultInjector, TestEnvironment, TestTenant, paths};
use futures_util::future::join_all;
use sandbox::contention::{self, Contention, ItemKey, Refusals};
use serde_json::{Value, json};
use std::collections::HashSet;
use std::time::Duration;

/// DynamoDB does not say how long a transaction holds its items; 4 to 12 ms are assumed in docs/scale.md.
const HOLD: Duration = Duration::from_millis(8);
/// Exchanges of the mailing, one each 5 ms: 200 a second.
const OPENED: u32 = 200;

async fn env(hold: Duration) -> (Contention, TestEnvironment, TestTenant) {
    let contention = Contention::new(hold);
    let env = TestEnvironment::with(&[], |client| contention.install(client)).await;
    let acme = env.create_tenant("acme").await;
    (contention, env, acme)
}

async fn spring_links(env: &TestEnvironment, acme: &TestTenant, users: std::ops::Range<u32>) -> Vec<String> {
    let rows: Vec<Value> =
        users.map(|user| json!({"user_id": format!("user-{user}"), "attributes": {"n": user}})).collect();
    let body = json!({"scenario_id": "0x420", "campaign": "spring", "dataset": rows});
    paths(&env.post("/public/api/generate-webchat-deep-link", &acme.token, &body).await)
}

/// Exchanges a handoff with a nonce of its own, and returns the status.
async fn exchange(env: &TestEnvironment, handoff: &str, number: usize) -> u16 {
    env.exchange(handoff, &format!("nonce-of-the-test-{number}")).await.status.as_u16()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn exchanges_of_one_campaign_at_200_a_second_are_never_refused() {
    let (contention, env, acme) = env(HOLD).await;
    let links = spring_links(&env, &acme, 0..OPENED).await;
    let mut timer = tokio::time::interval(Duration::from_millis(5));
    let mut handoffs = Vec::new();
    for link in &links {
        handoffs.push(env.follow_link(link).await);
    }
    let (env, acme) = (&env, &acme);
    let exchanges = async {
        let mut started = Vec::new();
        for (user, handoff) in handoffs.iter().enumerate() {
            timer.tick().await;
            started.push(exchange(env, handoff, user));
        }
        join_all(started).await
    };
    // Meanwhile: more links of the campaign, clicks on links that are being opened, and the revocation of one link.
    let meanwhile = async {
        for more in 0..10 {
            let added = spring_links(env, acme, OPENED + more..OPENED + more + 1).await;
            assert_eq!(env.visit(&links[more as usize * 20], &[]).await.status, 302);
            env.revoke_link(&added[0]).await;
        }
    };
    let (statuses, ()) = tokio::join!(exchanges, meanwhile);
    let opened = statuses.iter().filter(|status| **status == 200).count();
    assert_eq!(opened, OPENED as usize, "{statuses:?}");
    assert_eq!(contention.refusals(), Refusals::default());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_revocation_of_a_campaign_is_not_refused_while_its_links_are_opened() {
    let (contention, env, acme) = env(HOLD).await;
    let links = spring_links(&env, &acme, 0..50).await;
    let mut handoffs = Vec::new();
    for link in &links {
        handoffs.push(env.follow_link(link).await);
    }
    let exchanges = handoffs.iter().enumerate().map(|(user, handoff)| exchange(&env, handoff, user));
    let revocation = env.delete("/public/api/campaigns/spring", &acme.token);
    let (others, revoked) = tokio::join!(join_all(exchanges.collect::<Vec<_>>()), revocation);
    assert_eq!(revoked.status, 204);
    assert_eq!(others.iter().filter(|status| ![200, 410].contains(*status)).count(), 0, "{others:?}");
    assert_eq!(contention.refusals(), Refusals::default());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_64_exchanges_that_race_for_a_link_of_one_use_one_succeeds() {
    let (contention, env, acme) = env(Duration::from_millis(2)).await;
    let link = env.create_limited_link(&acme, "ann", 1).await;
    let mut handoffs = Vec::new();
    for _ in 0..64 {
        handoffs.push(env.follow_link(&link).await);
    }
    let exchanges = handoffs.iter().enumerate().map(|(number, handoff)| exchange(&env, handoff, number));
    let statuses = join_all(exchanges).await;
    assert_eq!(statuses.iter().filter(|status| **status == 200).count(), 1, "{statuses:?}");
    assert_eq!(statuses.iter().filter(|status| **status == 410).count(), 63, "{statuses:?}");
    assert_eq!(env.link_activity(&link).await.uses, 1);
    assert!(contention.refusals().transactions > 0, "the exchanges did not meet: {:?}", contention.refusals());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_click_that_meets_the_exchange_of_its_link_is_counted() {
    let (contention, env, acme) = env(Duration::from_millis(70)).await;
    let link = env.create_limited_link(&acme, "ann", 5).await;
    let handoff = env.follow_link(&link).await;
    env.activity_after_clicks(&link, 1).await;
    let click = async {
        tokio::time::sleep(Duration::from_millis(30)).await; // while the transaction holds the link's activity
        env.visit(&link, &[]).await
    };
    let (exchanged, clicked) = tokio::join!(exchange(&env, &handoff, 0), click);
    assert_eq!((exchanged, clicked.status.as_u16()), (200, 302));
    assert_eq!(env.activity_after_clicks(&link, 2).await.clicks, 2);
    assert!(contention.refusals().writes > 0, "the click met no transaction");
}

/// The items that a person's way through a link writes: redirect, exchange and message.
async fn written_items(env: &TestEnvironment, faults: &FaultInjector, link: &str, user: &str) -> HashSet<ItemKey> {
    faults.reset();
    let session = env.open_session(link).await;
    for message in ["m1", "m2"] {
        assert_eq!(env.send_message(&session, user, message, "hello").await.status, 200);
    }
    env.activity_after_clicks(link, 1).await;
    let writes = ["PutItem", "UpdateItem", "DeleteItem", "BatchWriteItem", "TransactWriteItems"];
    let written = faults.requests().into_iter().filter(|asked| writes.contains(&asked.operation.as_str()));
    written
        .flat_map(|asked| contention::keys(&asked.operation, &serde_json::from_str(&asked.body).expect("JSON")))
        .collect()
}

#[rstest::rstest]
#[case::without_a_limit(Value::Null)]
#[case::with_limited_uses(json!(3))]
#[tokio::test]
async fn no_write_of_a_redirect_an_exchange_or_a_message_goes_to_an_item_that_two_people_share(
    #[case] max_uses: Value,
) {
    let faults = FaultInjector::new();
    let env = TestEnvironment::with(&[], |client| faults.install(client)).await;
    let acme = env.create_tenant("acme").await;
    let row = |user: &str| json!({"user_id": user, "attributes": {"city": "Vienna"}});
    let rows = json!([row("ann"), row("bob"), row("eve")]);
    let body = json!({"scenario_id": "0x420", "campaign": "spring", "max_uses": max_uses, "dataset": rows});
    let links = paths(&env.post("/public/api/generate-webchat-deep-link", &acme.token, &body).await);
    // The first message of a day adds the day to the tenant's active days: once for all.
    written_items(&env, &faults, &links[2], "eve").await;
    let ann = written_items(&env, &faults, &links[0], "ann").await;
    let bob = written_items(&env, &faults, &links[1], "bob").await;
    assert!(ann.len() >= 8, "{ann:?}");
    assert_eq!(ann.intersection(&bob).collect::<Vec<_>>(), Vec::<&ItemKey>::new());
}
