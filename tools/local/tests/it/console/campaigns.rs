//! Campaigns: the list, the funnel, the people who have not opened their link, the end and the revocation.

use super::Person;
use crate::support::{TestEnvironment, TestTenant, paths};
use serde_json::json;

/// A tenant with a campaign of three links, one of which was opened.
async fn spring() -> (TestEnvironment, TestTenant, Vec<String>) {
    let env = TestEnvironment::new().await;
    let acme = env.create_tenant("acme").await;
    let people = ["ann", "=ben", "eve"].map(|user| json!({"user_id": user, "attributes": {}}));
    let body = json!({"scenario_id": "0x420", "campaign": "spring", "dataset": people});
    let made = env.post("/public/api/generate-webchat-deep-link", &acme.token, &body).await;
    let links = paths(&made);
    env.open_session(&links[0]).await;
    (env, acme, links)
}

#[tokio::test]
async fn the_list_has_the_funnel_of_each_campaign() {
    let (env, acme, _) = spring().await;
    let person = Person::sign_in(&env, &acme.tenant.id, &acme.account.id).await;
    let page = person.page("/console/campaigns").await;
    let numbers = ["3", "1", "1", "0"].map(|number| format!("<td class=\"number\">{number}</td>")).concat();
    assert!(page.contains(&numbers), "{page}");
}

#[tokio::test]
async fn a_campaign_has_its_shares_and_days() {
    let (env, acme, _) = spring().await;
    let person = Person::sign_in(&env, &acme.tenant.id, &acme.account.id).await;
    let page = person.page("/console/campaigns/spring").await;
    let today = env.app.clock.now().date_naive();
    for shown in ["<dd>1 (33 %)</dd>", "<svg class=\"days\"", &format!("<th scope=\"row\">{today}</th>")] {
        assert!(page.contains(shown), "{shown}: {page}");
    }
}

#[tokio::test]
async fn people_who_have_not_opened_their_link_are_a_file_without_formulas() {
    let (env, acme, _) = spring().await;
    let person = Person::sign_in(&env, &acme.tenant.id, &acme.account.id).await;
    let file = person.open("/console/campaigns/spring/unopened").await;
    assert_eq!(file.header("content-disposition"), "attachment; filename=\"spring-unopened.csv\"");
    let users: Vec<_> = file.text().lines().map(|line| line.split(',').next().unwrap_or_default()).collect();
    assert_eq!(users, ["user_id", "\"'=ben\"", "\"eve\""]);
}

#[tokio::test]
async fn the_end_of_a_campaign_is_changed() {
    let (env, acme, links) = spring().await;
    let person = Person::sign_in(&env, &acme.tenant.id, &acme.account.id).await;
    let tomorrow = env.app.clock.now().date_naive().succ_opt().expect("a day").to_string();
    let response = person.submit("/console/campaigns/spring/end", &[("expires_at", &tomorrow)]).await;
    assert_eq!(response.header("location"), "/console/campaigns/spring");
    env.forget_shared_values().await;
    assert_eq!(env.visit(&links[1], &[]).await.status, 302);
    env.advance_clock(2 * 86_400);
    assert_eq!(env.visit(&links[1], &[]).await.status, 410);
}

#[tokio::test]
async fn an_end_in_the_past_is_a_sentence_on_the_page() {
    let (env, acme, _) = spring().await;
    let person = Person::sign_in(&env, &acme.tenant.id, &acme.account.id).await;
    let response = person.submit("/console/campaigns/spring/end", &[("expires_at", "2020-01-01")]).await;
    assert!(response.text().contains("The expires_at must be in the future."), "{}", response.text());
}

#[tokio::test]
async fn a_campaign_is_revoked_when_its_name_is_typed() {
    let (env, acme, links) = spring().await;
    let person = Person::sign_in(&env, &acme.tenant.id, &acme.account.id).await;
    let path = "/console/campaigns/spring/revoke";
    let response = person.submit(path, &[("confirmation", "Spring")]).await;
    assert!(response.text().contains("Nothing was changed"), "{}", response.text());
    env.forget_shared_values().await;
    assert_eq!(env.visit(&links[1], &[]).await.status, 302);
    assert_eq!(person.submit(path, &[("confirmation", "spring")]).await.status, 303);
    env.forget_shared_values().await;
    assert_eq!(env.visit(&links[1], &[]).await.status, 410);
}

#[tokio::test]
async fn the_campaign_of_another_tenant_does_not_exist() {
    let (env, _, links) = spring().await;
    let other = env.create_tenant("other").await;
    let person = Person::sign_in(&env, &other.tenant.id, &other.account.id).await;
    assert!(person.page("/console/campaigns").await.contains("There are no campaigns yet."));
    assert_eq!(person.open("/console/campaigns/spring").await.status, 404);
    assert_eq!(person.submit("/console/campaigns/spring/revoke", &[("confirmation", "spring")]).await.status, 404);
    assert!(!person.open("/console/campaigns/spring/unopened").await.text().contains("eve"));
    assert_eq!(env.visit(&links[1], &[]).await.status, 302);
}
