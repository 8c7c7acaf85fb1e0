//! Forms that change something: only from a page of the same session.

use super::{HOST, ORIGIN, Person};
use crate::support::{TestEnvironment, TestTenant};
use rstest::rstest;
use shared::model::Role;

async fn environment() -> (TestEnvironment, TestTenant) {
    let env = TestEnvironment::new().await;
    let acme = env.create_tenant("acme").await;
    (env, acme)
}

/// The number of tokens of a tenant, sessions included.
async fn tokens(env: &TestEnvironment, acme: &TestTenant) -> usize {
    env.get("/api/tokens", &acme.token).await.json()["data"].as_array().expect("a list").len()
}

const TOKEN: [(&str, &str); 3] = [("name", "x"), ("scope", "links:read"), ("days", "30")];

#[rstest]
#[case::without_an_origin(&[])]
#[case::from_another_site(&["https://evil.example.com"])]
#[case::from_another_port(&["http://127.0.0.1:8788"])]
#[case::over_another_scheme(&["https://127.0.0.1:8787"])]
#[case::from_a_page_without_an_origin(&["null"])]
#[case::with_two_origins(&[ORIGIN, "https://evil.example.com"])]
#[tokio::test]
async fn a_form_is_refused(#[case] origins: &[&str]) {
    let (env, acme) = environment().await;
    let person = Person::sign_in(&env, &acme.tenant.id, &acme.account.id).await;
    let csrf = person.csrf().await;
    let fields = [&TOKEN[..], &[("csrf", &csrf)]].concat();
    assert_eq!(person.submit_from("/console/tokens", &fields, origins).await.status, 403);
    assert_eq!(tokens(&env, &acme).await, 2, "the token of the test and the session");
}

#[tokio::test]
async fn a_form_with_the_value_of_another_session_is_refused() {
    let (env, acme) = environment().await;
    let person = Person::sign_in(&env, &acme.tenant.id, &acme.account.id).await;
    let other = Person::sign_in(&env, &acme.tenant.id, &acme.account.id).await;
    for csrf in [other.csrf().await, String::new(), "x".to_owned()] {
        let fields = [&TOKEN[..], &[("csrf", &csrf)]].concat();
        assert_eq!(person.submit_from("/console/tokens", &fields, &[ORIGIN]).await.status, 403);
    }
    assert_eq!(tokens(&env, &acme).await, 3, "the token of the test and two sessions");
}

#[tokio::test]
async fn a_form_of_this_page_creates_a_token_and_shows_it_once() {
    let (env, acme) = environment().await;
    let person = Person::sign_in(&env, &acme.tenant.id, &acme.account.id).await;
    let response = person.submit("/console/tokens", &TOKEN).await;
    let page = response.text();
    let (_, rest) = page.split_once("<code>odx_").expect("a secret");
    let secret = format!("odx_{}", rest.split('<').next().expect("its end"));
    assert_eq!(env.get("/api/token", &secret).await.json()["scopes"], serde_json::json!(["links:read"]));
    assert!(!person.page("/console/identity").await.contains(&secret));
}

#[rstest]
#[case::without_a_scope(&[("name", "x")], "Choose at least one scope: what the token may do.")]
#[case::without_a_name(&[("scope", "links:read")], "The name field is required.")]
#[tokio::test]
async fn a_form_says_what_is_missing(#[case] fields: &[(&str, &str)], #[case] sentence: &str) {
    let (env, acme) = environment().await;
    let person = Person::sign_in(&env, &acme.tenant.id, &acme.account.id).await;
    let response = person.submit("/console/tokens", fields).await;
    assert!(response.text().contains(sentence), "{}", response.text());
    assert_eq!(tokens(&env, &acme).await, 2);
}

#[tokio::test]
async fn the_token_of_another_tenant_cannot_be_revoked() {
    let (env, acme) = environment().await;
    let other = env.create_tenant("other").await;
    let id = env.get("/api/token", &other.token).await.json()["token"]["id"].as_str().expect("an id").to_owned();
    let person = Person::sign_in(&env, &acme.tenant.id, &acme.account.id).await;
    assert_eq!(person.submit(&format!("/console/tokens/{id}/revoke"), &[]).await.status, 404);
    assert_eq!(person.submit(&format!("/console/tokens/{id}/rotate"), &[]).await.status, 404);
    assert_eq!(env.get("/api/token", &other.token).await.status, 200);
}

#[tokio::test]
async fn an_erasure_needs_the_id_typed_again() {
    let (env, acme) = environment().await;
    env.create_link(&acme, "ann", serde_json::json!({"first_name": "Ann"})).await;
    let person = Person::sign_in(&env, &acme.tenant.id, &acme.account.id).await;
    let fields = [("user_id", "ann"), ("confirmation", "Ann")];
    let response = person.submit("/console/people/erase", &fields).await;
    assert!(response.text().contains("Nothing was changed"), "{}", response.text());
    assert!(person.page("/console/people?user_id=ann").await.contains("first_name"));
    let fields = [("user_id", "ann"), ("confirmation", "ann")];
    let response = person.submit("/console/people/erase", &fields).await;
    assert!(response.text().contains("The erasure is under way"), "{}", response.text());
    env.advance_clock(61);
    let response = person.submit("/console/people/erase", &fields).await;
    assert!(response.text().contains("The user is erased."), "{}", response.text());
    assert!(!person.page("/console/people?user_id=ann").await.contains("first_name"));
}

#[tokio::test]
async fn an_erasure_compares_the_id_byte_by_byte() {
    let (env, acme) = environment().await;
    env.create_link(&acme, "ann", serde_json::json!({"first_name": "Ann"})).await;
    let person = Person::sign_in(&env, &acme.tenant.id, &acme.account.id).await;
    person.submit("/console/people/erase", &[("user_id", " ann"), ("confirmation", " ann")]).await;
    assert!(person.page("/console/people?user_id=ann").await.contains("first_name"));
}

#[tokio::test]
async fn an_analyst_can_neither_erase_nor_revoke() {
    let (env, acme) = environment().await;
    env.create_campaign_link(&acme, "spring").await;
    let ann = env.create_account(&acme.tenant, "ann", Role::Analyst, &[]).await;
    let person = Person::sign_in(&env, &acme.tenant.id, &ann.id).await;
    let erase = person.submit("/console/people/erase", &[("user_id", "x"), ("confirmation", "x")]).await;
    assert_eq!(erase.status, 403);
    let revoke = person.submit("/console/campaigns/spring/revoke", &[("confirmation", "spring")]).await;
    assert_eq!(revoke.status, 403);
}

#[tokio::test]
async fn a_form_is_at_most_64_kb() {
    let (env, acme) = environment().await;
    let person = Person::sign_in(&env, &acme.tenant.id, &acme.account.id).await;
    let long = "x".repeat(64 * 1024);
    assert_eq!(person.submit("/console/tokens", &[("name", &long)]).await.status, 413);
    assert_eq!(super::open(&env, "/console", HOST, Some(&person.cookie)).await.status, 200);
}
