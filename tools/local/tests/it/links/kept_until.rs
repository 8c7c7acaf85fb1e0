//! Links leave: with their attributes and counters, their places in lists, and the revocations of their campaigns.

use crate::support::{FaultInjector, GENERATE_PATHS, TableRequest, TestEnvironment, TestTenant, paths};
use aws_sdk_dynamodb::types::AttributeValue;
use chrono::{DateTime, TimeDelta, Utc};
use rstest::rstest;
use serde_json::{Value, json};
use shared::model::{Scope, time};
use shared::store::Client;
use std::collections::{BTreeMap, HashMap};

const DAY: i64 = 86_400;
const CAMPAIGN: &str = "/public/api/campaigns/spring";

async fn environment(links_days: u32) -> (TestEnvironment, TestTenant) {
    let env = TestEnvironment::new().await;
    let acme = env.create_tenant("acme").await;
    env.keep_links(&acme, links_days).await;
    (env, acme)
}

/// Makes a link of the campaign `spring`: its path and the path of its record in the API.
async fn link(env: &TestEnvironment, tenant: &TestTenant, more: Value) -> (String, String) {
    let mut body = json!({"scenario_id": "0x420", "campaign": "spring", "dataset":
        [{"user_id": "ann", "attributes": {"first_name": "Ann"}}]});
    body.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
    let made = env.post(GENERATE_PATHS[1], &tenant.token, &body).await;
    assert_eq!(made.status, 200, "{}", made.text());
    (paths(&made).remove(0), format!("/public/api/links/{}", made.json()[0]["link_id"].as_str().expect("an id")))
}

fn instant(value: &Value) -> DateTime<Utc> {
    value.as_str().expect("a text").parse().expect("an instant")
}

async fn status(env: &TestEnvironment, path: &str) -> u16 {
    env.forget_shared_values().await;
    env.visit(path, &[]).await.status.as_u16()
}

/// Advances the clock by seconds, and gives the tenant a token that is valid then.
async fn later(env: &TestEnvironment, tenant: TestTenant, seconds: i64) -> TestTenant {
    env.advance_clock(seconds);
    let (token, _) = env.issue_token(&tenant.tenant, &tenant.account, &Scope::ALL).await;
    TestTenant { token, ..tenant }
}

/// The `ttl` of every item of a link, of its campaign and of their lists, by the beginning of the partition key.
async fn expiry_of_items(env: &TestEnvironment) -> BTreeMap<String, Vec<Option<i64>>> {
    let client = Client::from_conf(shared::store::client_config(&env.app.config.aws));
    let items = client.scan().table_name(&env.app.config.table).send().await.expect("a scan").items.unwrap_or_default();
    let text = |item: &HashMap<String, AttributeValue>, name: &str| item[name].as_s().expect("a text").clone();
    let mut found: BTreeMap<String, Vec<Option<i64>>> = BTreeMap::new();
    for item in items {
        let pk = text(&item, "PK");
        let kind = match pk.split('#').collect::<Vec<_>>()[..] {
            ["L" | "A" | "R", ..] => pk[..1].to_owned(),
            ["T", _, kind @ ("C" | "CL" | "B" | "UB"), ..] => {
                format!("{kind} {}", text(&item, "SK").split('#').next().filter(|sk| sk.len() < 10).unwrap_or("entry"))
            }
            _ => continue,
        };
        let ttl = item.get("ttl").map(|ttl| ttl.as_n().expect("a number").parse().expect("seconds"));
        found.entry(kind).or_default().push(ttl);
    }
    found
}

#[rstest]
#[case::without_an_end(json!({}), 0)]
#[case::with_an_end(json!({"expires_in": 10 * DAY}), 10)]
#[tokio::test]
async fn a_link_is_kept_for_the_tenants_days_after_its_making_or_its_end(#[case] more: Value, #[case] days: i64) {
    let (env, acme) = environment(30).await;
    let (_, api) = link(&env, &acme, more).await;
    let link = env.get(&api, &acme.token).await.json();
    let kept = instant(&link["kept_until"]) - instant(&link["created_at"]);
    assert_eq!(kept.num_seconds(), (30 + days) * DAY);
}

#[tokio::test]
async fn a_link_is_kept_for_400_days_unless_the_tenant_says_otherwise() {
    let env = TestEnvironment::new().await;
    let acme = env.create_tenant("acme").await;
    let (_, api) = link(&env, &acme, json!({})).await;
    let link = env.get(&api, &acme.token).await.json();
    assert_eq!((instant(&link["kept_until"]) - instant(&link["created_at"])).num_days(), 400);
}

#[tokio::test]
async fn a_link_that_is_no_longer_kept_does_not_work() {
    let (env, acme) = environment(30).await;
    let (path, api) = link(&env, &acme, json!({})).await;
    env.advance_clock(30 * DAY - 1);
    assert_eq!(status(&env, &path).await, 302);
    let acme = later(&env, acme, 2).await;
    assert_eq!(status(&env, &path).await, 410);
    assert_eq!(env.get(&api, &acme.token).await.json()["state"], "expired");
}

#[tokio::test]
async fn every_item_of_a_link_and_of_its_campaign_leaves_when_the_link_is_no_longer_kept() {
    let (env, acme) = environment(30).await;
    let (path, api) = link(&env, &acme, json!({})).await;
    let (unused, unused_api) = link(&env, &acme, json!({"campaign": "summer"})).await;
    let session = env.open_session(&path).await;
    assert_eq!(env.send_message(&session, "ann", "m1", "hello").await.status, 200);
    let soon = time::format(env.app.clock.now() + TimeDelta::days(1));
    assert_eq!(env.patch(CAMPAIGN, &acme.token, &json!({"expires_at": soon})).await.status, 200);
    for path in [&api, &unused_api, CAMPAIGN] {
        assert_eq!(env.delete(path, &acme.token).await.status, 204);
    }
    let kept_until = env.link_record(&path).await.link.kept_until;
    let later = time::end_of_day(env.link_record(&unused).await.link.kept_until);
    let items = expiry_of_items(&env).await;
    let kinds = ["A", "B entry", "C CAMPAIGN", "C M", "C N", "CL entry", "L", "R", "UB entry"];
    assert_eq!(items.keys().collect::<Vec<_>>(), kinds);
    for (kind, expiries) in items {
        for ttl in expiries {
            let ttl = ttl.unwrap_or_else(|| panic!("an item of {kind} has no ttl"));
            assert!((kept_until.timestamp()..=later.timestamp()).contains(&ttl), "{kind}: {ttl}");
        }
    }
}

#[rstest]
#[case::of_a_link(false)]
#[case::of_a_campaign(true)]
#[tokio::test]
async fn an_end_cannot_be_later_than_what_is_kept(#[case] of_campaign: bool) {
    let (env, acme) = environment(30).await;
    let (_, api) = link(&env, &acme, json!({})).await;
    let path = if of_campaign { CAMPAIGN } else { &api };
    let kept_until = if of_campaign {
        env.get("/public/api/campaigns", &acme.token).await.json()["data"][0]["kept_until"].clone()
    } else {
        env.get(&api, &acme.token).await.json()["kept_until"].clone()
    };
    let end = |seconds| json!({"expires_at": time::format(instant(&kept_until) + TimeDelta::seconds(seconds))});
    assert_eq!(env.patch(path, &acme.token, &end(0)).await.status, 200);
    let refused = env.patch(path, &acme.token, &end(1)).await;
    let sentence = format!("The expires_at must be at most {}: it is kept until then.", kept_until.as_str().unwrap());
    refused.assert_invalid("expires_at", &sentence);
}

#[tokio::test]
async fn a_campaign_and_its_revocation_are_kept_as_long_as_its_latest_link() {
    let (env, acme) = environment(30).await;
    let (first, _) = link(&env, &acme, json!({})).await;
    let acme = later(&env, acme, 20 * DAY).await;
    let (second, _) = link(&env, &acme, json!({})).await;
    let kept_until = time::end_of_day(env.link_record(&second).await.link.kept_until).timestamp();
    assert_eq!(env.delete(CAMPAIGN, &acme.token).await.status, 204);
    let items = expiry_of_items(&env).await;
    for kind in ["C CAMPAIGN", "CL entry", "R"] {
        assert_eq!(items[kind], [Some(kept_until)], "{kind}");
    }
    assert_eq!([status(&env, &first).await, status(&env, &second).await], [410, 410]);
}

#[rstest]
// DynamoDB deletes what has expired within days.
#[case::whose_items_are_still_there(false)]
#[case::whose_bucket_another_campaign_keeps(true)]
#[tokio::test]
async fn a_campaign_whose_links_are_gone_begins_again_and_is_not_revoked(#[case] is_deleted: bool) {
    let (env, acme) = environment(30).await;
    link(&env, &acme, json!({})).await;
    assert_eq!(env.delete(CAMPAIGN, &acme.token).await.status, 204);
    let acme = later(&env, acme, 32 * DAY).await;
    if is_deleted {
        let client = Client::from_conf(shared::store::client_config(&env.app.config.aws));
        let delete = client.delete_item().table_name(&env.app.config.table);
        let delete = delete.key("PK", AttributeValue::S("T#acme#C#spring".into()));
        delete.key("SK", AttributeValue::S("CAMPAIGN".into())).send().await.expect("deleted");
    }
    let (path, _) = link(&env, &acme, json!({})).await;
    assert_eq!(status(&env, &path).await, 302);
    assert_eq!(env.delete(CAMPAIGN, &acme.token).await.status, 204);
    assert_eq!(status(&env, &path).await, 410);
}

#[tokio::test]
async fn only_the_first_request_of_a_day_writes_its_campaign() {
    let faults = FaultInjector::new();
    let env = TestEnvironment::with(&[], |client| faults.install(client)).await;
    let mut acme = env.create_tenant("acme").await;
    let mut written = Vec::new();
    for seconds in [0, 1, DAY] {
        acme = later(&env, acme, seconds).await;
        faults.reset();
        link(&env, &acme, json!({})).await;
        let of_campaign =
            |request: &&TableRequest| request.body.contains("\"CAMPAIGN\"") && request.operation != "GetItem";
        written.push(faults.requests().iter().filter(of_campaign).count());
    }
    assert_eq!(written, [1, 0, 1]);
}
