//! Signing in and out, and what ends a session.

use super::{HOST, Person, link, open};
use crate::support::{TestEnvironment, TestTenant};
use rstest::rstest;
use shared::crypto::ConsoleSession;
use shared::model::{AccountId, Role};

async fn environment() -> (TestEnvironment, TestTenant) {
    let env = TestEnvironment::new().await;
    let acme = env.create_tenant("acme").await;
    (env, acme)
}

#[tokio::test]
async fn a_link_signs_in_and_leads_to_the_home_page() {
    let (env, acme) = environment().await;
    let response = open(&env, &link(&env, &acme.tenant.id, &acme.account.id), HOST, None).await;
    assert_eq!((response.status.as_u16(), response.header("location")), (303, "/console"));
    let (_, attributes) = response.header("set-cookie").split_once("; ").expect("attributes");
    assert_eq!(attributes, "Path=/; Max-Age=28800; Secure; HttpOnly; SameSite=Lax");
    assert!(response.header("set-cookie").starts_with("__Host-console="));
}

#[tokio::test]
async fn a_link_signs_in_once() {
    let (env, acme) = environment().await;
    let link = link(&env, &acme.tenant.id, &acme.account.id);
    assert_eq!(open(&env, &link, HOST, None).await.status, 303);
    let response = open(&env, &link, HOST, None).await;
    assert_eq!((response.status.as_u16(), response.header("set-cookie")), (410, ""));
}

#[tokio::test]
async fn of_browsers_that_open_one_link_together_one_is_signed_in() {
    let (env, acme) = environment().await;
    let link = link(&env, &acme.tenant.id, &acme.account.id);
    let responses = futures_util::future::join_all((0..16).map(|_| open(&env, &link, HOST, None))).await;
    assert_eq!(responses.iter().filter(|response| response.status == 303).count(), 1);
    assert_eq!(responses.iter().filter(|response| response.status == 410).count(), 15);
}

#[rstest]
#[case::before_ten_minutes(590, 303)]
#[case::after_ten_minutes(600, 410)]
#[tokio::test]
async fn a_link_is_opened(#[case] seconds: i64, #[case] status: u16) {
    let (env, acme) = environment().await;
    let link = link(&env, &acme.tenant.id, &acme.account.id);
    env.advance_clock(seconds);
    assert_eq!(open(&env, &link, HOST, None).await.status, status);
}

#[rstest]
#[case::by_name("localhost:8787", 303)]
#[case::by_its_ipv6_address("[::1]:8787", 303)]
#[case::by_another_loopback_address("127.0.0.2", 303)]
#[case::at_a_public_host("console.example.com", 404)]
#[case::at_a_name_that_only_looks_local("localhost.example.com", 404)]
#[case::in_the_local_network("192.168.0.2:8787", 404)]
#[tokio::test]
async fn a_link_works_only_on_the_machine_of_the_server(#[case] host: &str, #[case] status: u16) {
    let (env, acme) = environment().await;
    let link = link(&env, &acme.tenant.id, &acme.account.id);
    assert_eq!(open(&env, &link, host, None).await.status, status);
}

#[tokio::test]
async fn a_link_of_an_account_that_is_gone_signs_nobody_in() {
    let (env, acme) = environment().await;
    let gone: AccountId = "gone".parse().expect("a name");
    assert_eq!(open(&env, &link(&env, &acme.tenant.id, &gone), HOST, None).await.status, 410);
}

#[tokio::test]
async fn a_session_of_another_installation_is_none() {
    let (env, acme) = environment().await;
    let elsewhere = TestEnvironment::new().await;
    elsewhere.create_tenant("acme").await;
    let person = Person::sign_in(&elsewhere, &acme.tenant.id, &acme.account.id).await;
    let response = open(&env, "/console", HOST, Some(&person.cookie)).await;
    assert_eq!((response.status.as_u16(), response.header("location")), (303, "/console/sign-in"));
}

#[rstest]
#[case::home("/console")]
#[case::identity("/console/identity")]
#[case::campaigns("/console/campaigns")]
#[case::conversations("/console/conversations")]
#[case::people("/console/people?user_id=ann")]
#[tokio::test]
async fn a_page_without_a_session_leads_to_the_sign_in_page(#[case] path: &str) {
    let (env, _) = environment().await;
    let response = open(&env, path, HOST, None).await;
    assert_eq!((response.status.as_u16(), response.header("location")), (303, "/console/sign-in"));
}

#[tokio::test]
async fn a_deployed_console_says_that_nobody_can_sign_in() {
    let (env, _) = environment().await;
    let page = open(&env, "/console/sign-in", "console.example.com", None).await;
    assert!(page.text().contains("Nobody can sign in here yet."), "{}", page.text());
}

#[tokio::test]
async fn a_session_ends_after_eight_hours() {
    let (env, acme) = environment().await;
    let person = Person::sign_in(&env, &acme.tenant.id, &acme.account.id).await;
    env.advance_clock(ConsoleSession::SECONDS - 1);
    assert_eq!(person.open("/console").await.status, 200);
    env.advance_clock(1);
    assert_eq!(person.open("/console").await.header("location"), "/console/sign-in");
}

#[tokio::test]
async fn a_cookie_is_worthless_after_the_sign_out() {
    let (env, acme) = environment().await;
    let person = Person::sign_in(&env, &acme.tenant.id, &acme.account.id).await;
    let response = person.submit("/console/sign-out", &[]).await;
    assert_eq!(response.header("location"), "/console/sign-in");
    assert!(response.header("set-cookie").starts_with("__Host-console=; Path=/; Max-Age=0;"));
    assert_eq!(person.open("/console").await.header("location"), "/console/sign-in");
}

#[tokio::test]
async fn an_admin_ends_the_session_of_another_account_over_the_api() {
    let (env, acme) = environment().await;
    let editor = env.create_account(&acme.tenant, "ed", Role::Editor, &[]).await;
    let person = Person::sign_in(&env, &acme.tenant.id, &editor.id).await;
    let tokens = env.get("/api/tokens", &acme.token).await.json();
    let session = tokens["data"].as_array().expect("a list").iter().find(|token| token["kind"] == "console");
    let id = session.expect("a session")["id"].as_str().expect("an id").to_owned();
    assert_eq!(env.delete(&format!("/api/tokens/{id}"), &acme.token).await.status, 204);
    assert_eq!(person.open("/console").await.header("location"), "/console/sign-in");
}

#[tokio::test]
async fn a_session_is_no_api_token() {
    let (env, acme) = environment().await;
    let person = Person::sign_in(&env, &acme.tenant.id, &acme.account.id).await;
    let (_, session) = person.cookie.split_once('=').expect("a cookie");
    for token in [session.to_owned(), format!("odx_{session}")] {
        assert_eq!(env.get("/api/token", &token).await.status, 401);
    }
}

#[tokio::test]
async fn a_session_cannot_be_replaced_by_a_token() {
    let (env, acme) = environment().await;
    Person::sign_in(&env, &acme.tenant.id, &acme.account.id).await;
    let tokens = env.get("/api/tokens", &acme.token).await.json();
    let session = tokens["data"].as_array().expect("a list").iter().find(|token| token["kind"] == "console");
    let id = session.expect("a session")["id"].as_str().expect("an id").to_owned();
    let response = env.post(&format!("/api/tokens/{id}/rotate"), &acme.token, &serde_json::json!({})).await;
    assert_eq!(response.status, 409);
}

#[tokio::test]
async fn a_smaller_role_acts_on_a_session_at_once() {
    let (env, acme) = environment().await;
    let ann = env.create_account(&acme.tenant, "ann", Role::Admin, &[]).await;
    let person = Person::sign_in(&env, &acme.tenant.id, &ann.id).await;
    assert_eq!(person.open("/console/people?user_id=x").await.status, 200);
    env.create_account(&acme.tenant, "ann", Role::Analyst, &[]).await;
    let response = person.open("/console/people?user_id=x").await;
    assert_eq!(response.status, 403);
    assert!(response.text().contains("The token lacks the scope users:read."), "{}", response.text());
}
