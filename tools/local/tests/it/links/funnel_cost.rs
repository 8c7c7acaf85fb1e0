//! What a funnel and a user's links cost in read units.

use crate::support::{TestEnvironment, TestTenant, paths};
use sandbox::capacity::Meter;
use serde_json::{Value, json};

/// Links of the campaign.
const MADE: usize = 20_000;
/// Links that were opened: 8 %.
const OPENED: usize = 1_600;

async fn env() -> (Meter, TestEnvironment, TestTenant) {
    let meter = Meter::new();
    let env = TestEnvironment::with(&[], |client| meter.plug(client)).await;
    let acme = env.create_tenant("acme").await;
    (meter, env, acme)
}

async fn spring_links(env: &TestEnvironment, acme: &TestTenant, number: usize) -> Vec<String> {
    let rows: Vec<_> = (0..number).map(|user| json!({"user_id": format!("user-{user}"), "attributes": {}})).collect();
    let body = json!({"scenario_id": "0x420", "campaign": "spring", "dataset": rows});
    paths(&env.post("/public/api/generate-webchat-deep-link", &acme.token, &body).await)
}

/// The pages of the campaign's funnel, each with its read units without those of the token check.
async fn pages(env: &TestEnvironment, acme: &TestTenant, meter: &Meter) -> Vec<(Value, f64)> {
    let (mut pages, mut cursor) = (Vec::new(), String::new());
    loop {
        let _ = meter.take();
        let page = env.get(&format!("/public/api/campaigns/spring/funnel{cursor}"), &acme.token).await.json();
        let next = page["meta"]["next_cursor"].as_str().map(str::to_owned);
        // The tenant and the account of the token, and the campaign.
        pages.push((page, meter.take().read - 3.0));
        match next {
            Some(next) => cursor = format!("?cursor={next}"),
            None => return pages,
        }
    }
}

fn sum(pages: &[(Value, f64)], step: &str) -> u64 {
    pages.iter().map(|(page, _)| page[step].as_u64().expect("a number")).sum()
}

#[tokio::test]
async fn a_funnel_costs_what_was_touched() {
    let (meter, env, acme) = env().await;
    for _ in 0..2 {
        spring_links(&env, &acme, MADE / 2).await;
    }
    env.touch_links("spring", &acme, OPENED).await;
    let pages = pages(&env, &acme, &meter).await;
    assert_eq!(sum(&pages, "made"), MADE as u64 + 1, "with the link whose activity was copied");
    assert_eq!(sum(&pages, "conversed"), OPENED as u64);
    let units: f64 = pages.iter().map(|(_, units)| units).sum();
    // A million links of which 8 % were opened: fifty times this.
    assert!(units <= 80.0, "{units} read units");
}

#[tokio::test]
async fn a_page_of_a_funnel_costs_at_most_300_read_units() {
    let (meter, env, acme) = env().await;
    spring_links(&env, &acme, 1).await;
    env.touch_links("spring", &acme, 10_500).await;
    let pages = pages(&env, &acme, &meter).await;
    assert_eq!(pages.len(), 2);
    assert_eq!(sum(&pages, "conversed"), 10_500);
    for (_, units) in &pages {
        assert!(*units <= 300.0, "{units} read units");
    }
}

#[tokio::test]
async fn the_links_of_a_user_cost_a_bucket_a_part_of_the_manifest_and_the_links() {
    let (meter, env, acme) = env().await;
    spring_links(&env, &acme, 1_000).await;
    let _ = meter.take();
    let page = env.get("/public/api/links?user_id=user-7", &acme.token).await.json();
    assert_eq!(page["data"].as_array().expect("links").len(), 1);
    // The token's tenant and account 2, the bucket 1, the part of 500 links 3, the link 1, its activity 1, revocations 1.
    assert_eq!(meter.take().read.to_string(), "9");
}
