//! The requests to the table of each page: one round trip of three for the session, and what the page shows.

use super::Person;
use crate::support::{FaultInjector, TestEnvironment};
use rstest::rstest;
use serde_json::json;

/// The check of a session: its record and its counter, the tenant's counter, tenant and account.
const SESSION: usize = 3;

#[rstest]
#[case::home("/console", 13)]
#[case::identity("/console/identity", 7)]
#[case::an_account("/console/accounts/admin", 1)]
#[case::campaigns("/console/campaigns", 12)]
#[case::a_campaign("/console/campaigns/spring", 10)]
#[case::a_new_campaign("/console/new-campaign", 1)]
#[case::conversations("/console/conversations?from=2022-09-21&to=2022-09-21", 14)]
#[case::a_conversation("/console/conversations/user?from=2022-09-21&to=2022-09-21&user_id=ann", 7)]
#[case::a_search_for_a_person("/console/people", 0)]
#[case::a_person("/console/people?user_id=ann", 8)]
#[tokio::test]
async fn a_page_costs_its_session_and_what_it_shows(#[case] page: &str, #[case] shown: usize) {
    let faults = FaultInjector::new();
    let env = TestEnvironment::with(&[], |client| faults.install(client)).await;
    let acme = env.create_tenant("acme").await;
    env.create_campaign_link(&acme, "spring").await;
    let said = json!([{"user_id": "ann", "type": "text", "date": "2022-09-21T08:00:00Z", "text": "hi"}]);
    env.ingest(&acme, said).await;
    let person = Person::sign_in(&env, &acme.tenant.id, &acme.account.id).await;
    person.page("/console/people").await; // the first request of a minute begins its counters
    faults.reset();
    person.page(page).await;
    let requests: Vec<_> = faults.requests().into_iter().map(|request| request.operation).collect();
    assert_eq!(requests.len() - SESSION, shown, "{requests:?}");
}
