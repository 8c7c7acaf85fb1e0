//! What the pages show, of this tenant alone.

use super::Person;
use crate::support::{TestEnvironment, TestTenant};
use rstest::rstest;
use serde_json::json;
use shared::model::Role;

async fn environment() -> (TestEnvironment, TestTenant) {
    let env = TestEnvironment::new().await;
    let acme = env.create_tenant("acme").await;
    (env, acme)
}

/// A conversation of Ann with the chatbot.
async fn conversation(env: &TestEnvironment, acme: &TestTenant) {
    let said = |author, kind, text, data| {
        json!({"user_id": "ann", "author": author, "type": kind, "date": "2022-09-21T08:00:00Z", "text": text,
            "data": data, "user": {"first_name": "Ann", "last_name": "Gruber"}})
    };
    let said = json!([
        said("us", "text", "Where is <b>my</b> policy?", json!(null)),
        said("them", "text", "I will send it.", json!(null)),
        said("us", "button_response", "Yes, please", json!({"value": "yes"})),
    ]);
    env.ingest(acme, said).await;
}

const PERIOD: &str = "from=2022-09-21&to=2022-09-21";

#[tokio::test]
async fn identity_shows_the_account_its_limits_and_tokens() {
    let (env, acme) = environment().await;
    let person = Person::sign_in(&env, &acme.tenant.id, &acme.account.id).await;
    let page = person.page("/console/identity").await;
    for shown in
        ["<dd>acme</dd>", "<dd>admin</dd>", "<dd>600 / 6000</dd>", "<code>tokens:manage</code>", "Create a token"]
    {
        assert!(page.contains(shown), "{shown}: {page}");
    }
}

#[tokio::test]
async fn identity_says_that_a_token_expires_soon() {
    let (env, acme) = environment().await;
    let person = Person::sign_in(&env, &acme.tenant.id, &acme.account.id).await;
    assert!(person.page("/console/identity").await.contains("Expires soon"), "the token of the test has one day");
}

#[tokio::test]
async fn identity_of_an_installation_without_the_private_key_has_no_form() {
    let env = TestEnvironment::with(&[("TOKEN_SIGNING_KEY", "")], |_| {}).await;
    let acme = env.create_tenant("acme").await;
    let person = Person::sign_in(&env, &acme.tenant.id, &acme.account.id).await;
    let page = person.page("/console/identity").await;
    assert!(page.contains("your operator has not given this installation its private key"), "{page}");
    assert!(!page.contains("action=\"/console/tokens\""), "{page}");
}

#[tokio::test]
async fn an_editor_sees_only_own_tokens() {
    let (env, acme) = environment().await;
    let editor = env.create_account(&acme.tenant, "ed", Role::Editor, &[]).await;
    env.issue_token(&acme.tenant, &acme.account, &[]).await;
    let person = Person::sign_in(&env, &acme.tenant.id, &editor.id).await;
    assert!(person.page("/console/identity").await.contains("There are no tokens yet."));
}

#[tokio::test]
async fn conversations_list_the_users_of_a_period_with_their_messages() {
    let (env, acme) = environment().await;
    conversation(&env, &acme).await;
    let person = Person::sign_in(&env, &acme.tenant.id, &acme.account.id).await;
    let page = person.page(&format!("/console/conversations?{PERIOD}")).await;
    assert!(page.contains("<td>Ann Gruber</td><td class=\"number\">2</td><td class=\"number\">1</td>"), "{page}");
    let page = person.page("/console/conversations?from=2022-09-22&to=2022-09-22").await;
    assert!(page.contains("Nobody wrote in this period."), "{page}");
}

#[tokio::test]
async fn a_conversation_has_both_sides_and_text_is_never_markup() {
    let (env, acme) = environment().await;
    conversation(&env, &acme).await;
    let person = Person::sign_in(&env, &acme.tenant.id, &acme.account.id).await;
    let page = person.page(&format!("/console/conversations/user?{PERIOD}&user_id=ann")).await;
    for shown in
        ["Where is &lt;b&gt;my&lt;/b&gt; policy?", "I will send it.", "button_response", "<dt>value</dt><dd>yes</dd>"]
    {
        assert!(page.contains(shown), "{shown}: {page}");
    }
}

#[rstest]
#[case::csv("csv", "text/csv; charset=utf-8")]
#[case::ndjson("ndjson", "application/x-ndjson")]
#[tokio::test]
async fn both_sides_of_conversations_are_a_file(#[case] format: &str, #[case] kind: &str) {
    let (env, acme) = environment().await;
    conversation(&env, &acme).await;
    let person = Person::sign_in(&env, &acme.tenant.id, &acme.account.id).await;
    let file = person.open(&format!("/console/conversations/file?{PERIOD}&format={format}")).await;
    assert_eq!((file.status.as_u16(), file.header("content-type")), (200, kind));
    let name = format!("attachment; filename=\"conversations-2022-09-21-2022-09-21.{format}\"");
    assert_eq!(file.header("content-disposition"), name);
    assert!(file.text().contains("Yes, please"), "{}", file.text());
    assert!(file.text().contains("I will send it."), "{}", file.text());
    let lines = file.text().lines().count();
    assert_eq!(lines, if format == "csv" { 4 } else { 3 }, "{}", file.text());
    assert!(!file.text().contains("\"null\""), "what is not there is an empty cell: {}", file.text());
}

#[tokio::test]
async fn a_file_has_every_page_of_users() {
    let (env, acme) = environment().await;
    let said = |user: usize| json!({"user_id": format!("u{user:04}"), "type": "text", "date": "2022-09-21T08:00:00Z", "text": "=1+1"});
    for first in [0, 300] {
        env.ingest(&acme, (first..first + 300).map(said).collect()).await;
    }
    let person = Person::sign_in(&env, &acme.tenant.id, &acme.account.id).await;
    let file = person.page(&format!("/console/conversations/file?{PERIOD}&format=csv")).await;
    assert_eq!(file.lines().count(), 601);
    assert_eq!(file.matches("\"'=1+1\"").count(), 600, "no cell is a formula");
}

#[rstest]
#[case::that_fits("country=aust", true)]
#[case::that_does_not_fit("country=Italy", false)]
#[case::of_two("country=Austria&browser=Firefox", false)]
#[case::without_a_value("country=", true)]
#[tokio::test]
async fn a_filter(#[case] filter: &str, #[case] is_found: bool) {
    let (env, acme) = environment().await;
    let said = json!([{"user_id": "ann", "type": "text", "date": "2022-09-21T08:00:00Z", "text": "hi",
        "user": {"country": "Austria", "browser": "Chrome"}}]);
    env.ingest(&acme, said).await;
    let person = Person::sign_in(&env, &acme.tenant.id, &acme.account.id).await;
    let page = person.page(&format!("/console/conversations?{PERIOD}&{filter}")).await;
    assert_eq!(page.contains("user_id=ann"), is_found, "{page}");
    let file = person.page(&format!("/console/conversations/file?{PERIOD}&{filter}&format=ndjson")).await;
    assert_eq!(file.lines().count(), usize::from(is_found));
}

#[tokio::test]
async fn a_wrong_period_is_a_sentence_on_the_page() {
    let (env, acme) = environment().await;
    let person = Person::sign_in(&env, &acme.tenant.id, &acme.account.id).await;
    let page = person.page("/console/conversations?from=yesterday&to=2022-09-21").await;
    assert!(page.contains("Invalid date format."), "{page}");
}

#[tokio::test]
async fn a_person_has_attributes_links_and_conversation() {
    let (env, acme) = environment().await;
    conversation(&env, &acme).await;
    env.create_link(&acme, "ann", json!({"city": "Vienna"})).await;
    let person = Person::sign_in(&env, &acme.tenant.id, &acme.account.id).await;
    let page = person.page("/console/people?user_id=ann").await;
    for shown in ["<dt>city</dt><dd>Vienna</dd>", "I will send it.", "Erase this person"] {
        assert!(page.contains(shown), "{shown}: {page}");
    }
    let file = person.open("/console/people/file?user_id=ann").await;
    assert_eq!(file.header("content-disposition"), "attachment; filename=\"user.ndjson\"");
    assert!(file.text().contains("\"Vienna\""), "{}", file.text());
}

#[rstest]
#[case::conversation(&format!("/console/conversations/user?{PERIOD}&user_id=ann"))]
#[case::conversations(&format!("/console/conversations?{PERIOD}"))]
#[case::file(&format!("/console/conversations/file?{PERIOD}&format=csv"))]
#[case::person("/console/people?user_id=ann")]
#[case::export("/console/people/file?user_id=ann")]
#[tokio::test]
async fn nothing_of_another_tenant_is_shown(#[case] path: &str) {
    let (env, acme) = environment().await;
    conversation(&env, &acme).await;
    env.create_link(&acme, "ann", json!({"city": "Vienna"})).await;
    let other = env.create_tenant("other").await;
    let person = Person::sign_in(&env, &other.tenant.id, &other.account.id).await;
    let page = person.page(path).await;
    for secret in ["policy", "Vienna", "Gruber"] {
        assert!(!page.contains(secret), "{secret}: {page}");
    }
}

#[rstest]
#[case::page("/console")]
#[case::error("/console/nothing")]
#[case::sign_in("/console/sign-in")]
#[tokio::test]
async fn every_page_is_private_and_runs_only_our_own_script(#[case] path: &str) {
    let (env, acme) = environment().await;
    let person = Person::sign_in(&env, &acme.tenant.id, &acme.account.id).await;
    let response = person.open(path).await;
    assert_eq!(response.header("cache-control"), "no-store");
    assert_eq!(response.header("referrer-policy"), "same-origin");
    assert_eq!(
        response.header("content-security-policy"),
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; form-action 'self'; \
         base-uri 'none'; frame-ancestors 'none'"
    );
    assert!(!response.text().contains("style=") && !response.text().contains("<script>"), "{}", response.text());
}

#[rstest]
#[case::a_section("/console/nothing")]
#[case::an_asset("/console/assets/nothing.js")]
#[case::a_campaign("/console/campaigns/nothing")]
#[case::a_campaign_in_another_folder("/console/campaigns/..%2f..%2ftokens")]
#[tokio::test]
async fn a_page_that_does_not_exist_is_404(#[case] path: &str) {
    let (env, acme) = environment().await;
    let person = Person::sign_in(&env, &acme.tenant.id, &acme.account.id).await;
    let response = person.open(path).await;
    assert_eq!(response.status, 404);
    assert!(response.header("content-type").starts_with("text/html"));
}
