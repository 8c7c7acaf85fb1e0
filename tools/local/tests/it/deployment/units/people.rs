//! Links made, and a person's way from the click to the second message.

use super::{BULK, MANY, PRELOAD, REDIRECT, WEBCHAT, assert_on_the_page, metered, part, row, sum};
use crate::support::{TestEnvironment, TestTenant, paths};
use sandbox::capacity::{Consumed, Meter};
use serde_json::{Value, json};
use std::time::{Duration, Instant};

/// A process keeps what visits share for a second. A measurement that took longer since the visit before is repeated.
const SHARED: Duration = Duration::from_millis(900);

/// A row of a request for links.
pub(super) fn person(number: u32) -> Value {
    json!({"user_id": format!("customer-{number}"), "attributes": {"first_name": "Ann", "last_name": "Gruber",
        "email": "ann.gruber@example.com", "PolicyHolders": "Ben Smith, Joe Bloggs"}})
}

async fn links(env: &TestEnvironment, acme: &TestTenant, meter: &Meter) -> (Consumed, Vec<String>) {
    env.begin_minute(acme).await;
    let _ = meter.take();
    let response = env.generate(acme, (0..MANY).map(person).collect()).await;
    let made = part(meter.take(), MANY);
    (made, paths(&response))
}

/// Returns the consumption when it includes the count of a click, which may end after the redirect. It is the only write
/// of a redirect.
async fn consumed_with_click(meter: &Meter) -> Consumed {
    let mut consumed = Consumed::default();
    for _ in 0..500 {
        consumed = sum(&[consumed, meter.take()]);
        if consumed.write > 0.0 {
            return consumed;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("the click is not counted within 5 s: {consumed:?}")
}

async fn message(env: &TestEnvironment, session: &str, person: usize, id: &str, meter: &Meter) -> Consumed {
    let text = "I moved last week. Could you please send the new policy to my new address?";
    assert_eq!(env.send_message(session, &format!("customer-{person}"), id, text).await.status, 200);
    meter.take()
}

/// The steps of one person.
struct Way {
    redirect: Consumed,
    preload: Consumed,
    exchange: Consumed,
    first: Consumed,
    second: Consumed,
}

async fn way(env: &TestEnvironment, paths: &[String], person: usize, meter: &Meter) -> Way {
    let _ = meter.take();
    let handoff = env.follow_link(&paths[person]).await;
    let redirect = consumed_with_click(meter).await;
    assert_eq!(env.visit("/webchat/preload.js", &[]).await.status, 200);
    let preload = meter.take();
    let response = env.exchange(&handoff, "0123456789abcdef").await;
    assert_eq!(response.status, 200, "{}", response.text());
    let exchange = meter.take();
    let session = response.json()["session"].as_str().expect("a session").to_owned();
    let first = message(env, &session, person, "first", meter).await;
    let second = message(env, &session, person, "second", meter).await;
    Way { redirect, preload, exchange, first, second }
}

/// The way of a person right after another person of the same campaign, so that what they share is not read again.
async fn way_after_another(env: &TestEnvironment, paths: &[String], meter: &Meter) -> Way {
    // The first message of a day adds the day to the tenant's active days.
    way(env, paths, 0, meter).await;
    for other in (1..paths.len() - 1).step_by(2) {
        env.forget_shared_values().await;
        let begun = Instant::now();
        way(env, paths, other, meter).await;
        let measured = way(env, paths, other + 1, meter).await;
        if begun.elapsed() < SHARED {
            return measured;
        }
    }
    panic!("nobody opened a link within a second of somebody else");
}

#[tokio::test]
async fn docs_deploy_md_has_the_measured_cost_of_a_person_from_click_to_second_message() {
    let (env, meter) = metered().await;
    let acme = env.create_tenant("acme").await;
    let (made, paths) = links(&env, &acme, &meter).await;
    let Way { redirect, preload, exchange, first, second } = way_after_another(&env, &paths, &meter).await;
    let opened = sum(&[redirect, preload, exchange]);
    let person = sum(&[opened, first, second]);
    let four = part(sum(&[first, second, second, second]), 4);
    let thousand = 1.0 / f64::from(MANY);
    assert_on_the_page(&[
        row("links made, 1,000 a request", made, &[(thousand, BULK)]),
        row("redirects", redirect, &[(1.0, REDIRECT)]),
        row("`preload.js`", preload, &[(1.0, PRELOAD)]),
        row("links opened (exchanges)", exchange, &[(1.0, WEBCHAT)]),
        row("messages, the first of a user's day", first, &[(1.0, WEBCHAT)]),
        row("messages, each further one of the day", second, &[(1.0, WEBCHAT)]),
        row("messages, four a day", four, &[(1.0, WEBCHAT)]),
        row("people, from click to opened webchat", opened, &[(1.0, REDIRECT), (1.0, PRELOAD), (1.0, WEBCHAT)]),
        row("people, from click to second message", person, &[(1.0, REDIRECT), (1.0, PRELOAD), (3.0, WEBCHAT)]),
    ]);
}

#[tokio::test]
async fn a_message_costs_a_unit_more_for_each_kb_that_the_users_item_of_the_day_has() {
    let (env, meter) = metered().await;
    let acme = env.create_tenant("acme").await;
    let (_, paths) = links(&env, &acme, &meter).await;
    env.advance_clock(86_400 - env.app.clock.now().timestamp() % 86_400);
    let session = env.open_session(&paths[0]).await;
    let mut writes = Vec::new();
    for number in 1..=100 {
        // Each message in a minute of its own, which is the largest item.
        env.advance_clock(60);
        let _ = meter.take();
        writes.push(message(&env, &session, 0, &format!("message-{number}"), &meter).await.write);
    }
    println!("{writes:?}, {} together", writes.iter().sum::<f64>());
    // The times have six digits behind the second, so where a KB ends may differ by a message.
    let units = [2, 20, 40, 70, 100].map(|number: usize| writes[number - 1].to_string());
    assert_eq!(units, ["3", "3", "4", "5", "6"]);
}
