//! The home page: what happened lately.

use super::Person;
use crate::support::TestEnvironment;

#[tokio::test]
async fn home_shows_the_last_seven_days_of_the_latest_campaigns() {
    let env = TestEnvironment::new().await;
    let acme = env.create_tenant("acme").await;
    let person = Person::sign_in(&env, &acme.tenant.id, &acme.account.id).await;
    assert!(!person.page("/console").await.contains("The last seven days"), "nothing happened yet");
    let links = [env.create_campaign_link(&acme, "spring").await, env.create_campaign_link(&acme, "summer").await];
    env.open_session(&links[0]).await;
    let today = env.app.clock.now().date_naive();
    let page = person.page("/console").await;
    let row = format!(
        "<th scope=\"row\">{today}</th><td class=\"number\">2</td><td class=\"number\">1</td><td class=\"number\">1</td>"
    );
    assert!(page.contains(&row), "{row}: {page}");
    assert_eq!(page.matches("<th scope=\"row\">").count(), 7, "a row for each day: {page}");
}
