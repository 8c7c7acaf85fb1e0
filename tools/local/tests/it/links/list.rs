//! Lists of links, campaigns and scenarios, and the funnel of a campaign.

use crate::support::{TestEnvironment, TestTenant};
use crate::tokens::rate_limits::set_limits;
use rstest::rstest;
use serde_json::{Value, json};

/// Creates `count` links of a user in a campaign and returns their ids.
async fn create_links(
    env: &TestEnvironment,
    tenant: &TestTenant,
    user: &str,
    campaign: &str,
    scenario: &str,
    count: usize,
) -> Vec<String> {
    let rows = vec![json!({"user_id": user, "attributes": {}}); count];
    let body = json!({"scenario_id": scenario, "campaign": campaign, "dataset": rows});
    let made = env.post("/public/api/generate-webchat-deep-link", &tenant.token, &body).await;
    assert_eq!(made.status, 200, "{}", made.text());
    let ids = |link: &Value| link["link_id"].as_str().unwrap().to_owned();
    made.json().as_array().unwrap().iter().map(ids).collect()
}

/// Requests every page of a list and returns the ids in their order.
async fn walk(env: &TestEnvironment, tenant: &TestTenant, query: &str, limit: usize) -> Vec<String> {
    let (mut ids, mut cursor) = (Vec::new(), String::new());
    for _ in 0..1000 {
        let page = env.get(&format!("/public/api/links?{query}&limit={limit}{cursor}"), &tenant.token).await;
        assert_eq!(page.status, 200, "{}", page.text());
        let page = page.json();
        let data = page["data"].as_array().unwrap();
        assert!(data.len() <= limit);
        ids.extend(data.iter().map(|link| link["link_id"].as_str().unwrap().to_owned()));
        match page["meta"]["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => return ids,
        }
    }
    panic!("the list of {query:?} does not end at {limit}: {}", ids.len());
}

fn sorted(mut ids: Vec<String>) -> Vec<String> {
    ids.sort();
    ids
}

#[tokio::test]
async fn every_filter_and_every_page_size_lists_the_same_links_once() {
    let env = TestEnvironment::new().await;
    let acme = env.create_tenant("acme").await;
    set_limits(&env, &acme, 100_000, 100_000).await;
    let mut second = acme.scenario.clone();
    (second.id, second.alias) = ("0x421".parse().unwrap(), None);
    env.app.store.scenario_put(&acme.tenant.id, &second).await.unwrap();
    let a = create_links(&env, &acme, "ann", "spring", "0x420", 620).await;
    let b = create_links(&env, &acme, "bob", "spring", "0x421", 7).await;
    let c = create_links(&env, &acme, "ann", "autumn", "0x420", 5).await;
    let all = sorted([a.clone(), b.clone(), c.clone()].concat());
    for limit in [3, 100, 500, 620, 1000] {
        assert_eq!(sorted(walk(&env, &acme, "", limit).await), all, "{limit}");
        assert_eq!(sorted(walk(&env, &acme, "campaign=spring", limit).await), sorted([a.clone(), b.clone()].concat()));
        assert_eq!(sorted(walk(&env, &acme, "scenario_id=0x421", limit).await), sorted(b.clone()));
        assert_eq!(sorted(walk(&env, &acme, "user_id=ann", limit).await), sorted([a.clone(), c.clone()].concat()));
    }
    let newest = walk(&env, &acme, "", 5).await;
    assert_eq!(sorted(newest[..5].to_vec()), sorted(c), "the newest request comes first");
}

#[tokio::test]
async fn a_link_is_shown_with_every_field_except_its_url() {
    let env = TestEnvironment::new().await;
    let acme = env.create_tenant("acme").await;
    let id = create_links(&env, &acme, "ann", "spring", "support", 1).await.remove(0);
    let link = env.get(&format!("/public/api/links/{id}"), &acme.token).await.json();
    let (created_at, kept_until) = (link["created_at"].clone(), link["kept_until"].clone());
    assert_eq!(
        link,
        json!({"link_id": id, "user_id": "ann", "scenario_id": "0x420", "campaign": "spring", "created_at": created_at,
            "expires_at": null, "kept_until": kept_until, "max_uses": null, "uses": 0, "clicks": 0,
            "first_clicked_at": null, "first_opened_at": null, "conversed_at": null, "state": "live"})
    );
}

#[tokio::test]
async fn a_cursor_of_another_tenant_or_query_or_an_altered_one_is_refused() {
    let env = TestEnvironment::new().await;
    let (acme, other) = (env.create_tenant("acme").await, env.create_tenant("other").await);
    create_links(&env, &acme, "ann", "spring", "0x420", 3).await;
    let page = env.get("/public/api/links?campaign=spring&limit=2", &acme.token).await.json();
    let cursor = page["meta"]["next_cursor"].as_str().unwrap();
    let sentence = "The cursor is not one of this query, or is too old.";
    let with = |query: &str, cursor: &str| format!("/public/api/links?{query}&cursor={cursor}");
    assert_eq!(env.get(&with("campaign=spring&limit=9", cursor), &acme.token).await.status, 200);
    env.get(&with("campaign=spring", cursor), &other.token).await.assert_invalid("cursor", sentence);
    env.get(&with("campaign=autumn", cursor), &acme.token).await.assert_invalid("cursor", sentence);
    env.get(&with("campaign=spring", &cursor[1..]), &acme.token).await.assert_invalid("cursor", sentence);
}

#[rstest]
#[case::a_limit_of_zero("limit=0", "limit", "The limit must be a whole number from 1 to 1000.")]
#[case::an_unknown_parameter("colour=red", "colour", "The colour field is not known.")]
#[case::two_filters("campaign=a&user_id=b", "campaign", "Give at most one of campaign, scenario_id and user_id.")]
#[tokio::test]
async fn a_wrong_parameter_is_named(#[case] query: &str, #[case] field: &str, #[case] sentence: &str) {
    let env = TestEnvironment::new().await;
    let acme = env.create_tenant("acme").await;
    env.get(&format!("/public/api/links?{query}"), &acme.token).await.assert_invalid(field, sentence);
}

#[tokio::test]
async fn another_tenants_link_and_campaign_do_not_exist() {
    let env = TestEnvironment::new().await;
    let (acme, other) = (env.create_tenant("acme").await, env.create_tenant("other").await);
    let id = create_links(&env, &acme, "ann", "spring", "0x420", 1).await.remove(0);
    for path in [format!("/public/api/links/{id}"), "/public/api/campaigns/spring/funnel".to_owned()] {
        env.get(&path, &other.token).await.assert_problem(404, "Resource not found.");
    }
    for path in [format!("/public/api/links/{id}"), "/public/api/campaigns/spring".to_owned()] {
        env.delete(&path, &other.token).await.assert_problem(404, "Resource not found.");
    }
    assert!(walk(&env, &other, "user_id=ann", 10).await.is_empty());
}

#[tokio::test]
async fn the_funnel_counts_the_links_of_a_campaign_in_total_and_by_day() {
    let env = TestEnvironment::new().await;
    let acme = env.create_tenant("acme").await;
    let rows = vec![json!({"user_id": "ann", "attributes": {}}); 4];
    let body = json!({"scenario_id": "0x420", "campaign": "spring", "dataset": rows});
    let made = env.post("/public/api/generate-webchat-deep-link", &acme.token, &body).await.json();
    let path = |row: usize| made[row]["url"].as_str().unwrap().parse::<url::Url>().unwrap().path().to_owned();
    for _ in 0..3 {
        env.follow_link(&path(0)).await;
    }
    let first = env.open_session(&path(1)).await;
    let second = env.open_session(&path(2)).await;
    for text in ["hello", "again"] {
        assert_eq!(env.send_message(&first, "ann", text, text).await.status, 200);
    }
    let opened = json!({"notification": "message", "user_id": "ann", "message_id": "o",
        "content": {"type": "chat_open", "data": {}}});
    assert_eq!(env.post("/incoming/webchat", &second, &opened).await.status, 200);
    let funnel = env.get("/public/api/campaigns/spring/funnel", &acme.token).await.json();
    let counts = json!({"made": 4, "clicked": 3, "opened": 2, "conversed": 1});
    for (name, count) in counts.as_object().unwrap() {
        assert_eq!(funnel[name], *count, "{name}: {funnel}");
        assert_eq!(funnel["by_day"][0][name], *count, "{name}: {funnel}");
    }
    assert_eq!(funnel["meta"]["next_cursor"], Value::Null);
}

#[tokio::test]
async fn campaigns_and_scenarios_are_listed() {
    let env = TestEnvironment::new().await;
    let acme = env.create_tenant("acme").await;
    for campaign in ["spring", "summer", "spring"] {
        create_links(&env, &acme, "ann", campaign, "0x420", 1).await;
    }
    let page = env.get("/public/api/campaigns?limit=1", &acme.token).await.json();
    assert_eq!(page["data"][0]["campaign"], "summer");
    let next = page["meta"]["next_cursor"].as_str().unwrap();
    let page = env.get(&format!("/public/api/campaigns?limit=1&cursor={next}"), &acme.token).await.json();
    assert_eq!((&page["data"][0]["campaign"], &page["data"][0]["revoked_at"]), (&json!("spring"), &Value::Null));
    let scenarios = env.get("/public/api/scenarios", &acme.token).await.json();
    assert_eq!(scenarios, json!({"data": [{"id": "0x420", "alias": "support", "name": "Support"}]}));
}
