//! The accounts of a tenant, which its admins manage.

use super::Person;
use crate::support::{TestEnvironment, TestTenant};
use rstest::rstest;
use shared::model::{Account, Role, Scope};

async fn environment() -> (TestEnvironment, TestTenant) {
    let env = TestEnvironment::new().await;
    let acme = env.create_tenant("acme").await;
    (env, acme)
}

async fn account(env: &TestEnvironment, tenant: &TestTenant, id: &str) -> Option<Account> {
    env.app.store.account_get(&tenant.tenant.id, &id.parse().expect("a name")).await.expect("a table")
}

#[tokio::test]
async fn an_admin_invites_a_person_by_mail_address() {
    let (env, acme) = environment().await;
    let admin = Person::sign_in(&env, &acme.tenant.id, &acme.account.id).await;
    let fields = [("id", "eve"), ("email", "Eve@Example.com"), ("role", "analyst")];
    let page = admin.submit("/console/accounts", &fields).await;
    assert!(page.text().contains("http://127.0.0.1:8787/console"), "what to send to the person: {}", page.text());
    assert!(
        page.text().contains("href=\"mailto:eve%40example.com?subject=Chatbot%20console&amp;body="),
        "{}",
        page.text()
    );
    let eve = account(&env, &acme, "eve").await.expect("an account");
    assert_eq!((eve.role, eve.email.expect("an address").as_str()), (Role::Analyst, "eve@example.com"));
    let list = admin.page("/console/identity").await;
    assert!(list.contains("eve@example.com <small>(invited)</small>"), "{list}");
}

#[tokio::test]
async fn an_integration_gets_the_scopes_that_were_chosen_and_other_roles_none() {
    let (env, acme) = environment().await;
    let admin = Person::sign_in(&env, &acme.tenant.id, &acme.account.id).await;
    let scope = ("scope", "links:read");
    admin.submit("/console/accounts", &[("id", "crm"), ("role", "integration"), scope]).await;
    assert_eq!(account(&env, &acme, "crm").await.expect("an account").scopes, [Scope::LinksRead].into());
    admin.submit("/console/accounts", &[("id", "ed"), ("role", "editor"), scope]).await;
    assert_eq!(account(&env, &acme, "ed").await.expect("an account").scopes, [].into());
}

#[rstest]
#[case::of_an_account_that_exists(&[("id", "admin"), ("role", "analyst")], "Your tenant has an account of this name already.")]
#[case::with_a_wrong_name(&[("id", "a b"), ("role", "analyst")], "The name must be 1 to 64 characters")]
#[case::with_a_wrong_address(&[("id", "eve"), ("role", "analyst"), ("email", "eve")], "The email must be a mail address")]
#[case::with_a_wrong_role(&[("id", "eve"), ("role", "king")], "The role must be one of admin, editor, analyst, integration.")]
#[case::of_an_integration_without_scopes(&[("id", "eve"), ("role", "integration")], "An integration needs at least one scope.")]
#[tokio::test]
async fn an_invitation_says_what_is_wrong(#[case] fields: &[(&str, &str)], #[case] sentence: &str) {
    let (env, acme) = environment().await;
    let admin = Person::sign_in(&env, &acme.tenant.id, &acme.account.id).await;
    let page = admin.submit("/console/accounts", fields).await;
    assert!(page.text().contains(sentence), "{}", page.text());
    let accounts = env.app.store.account_list(&acme.tenant.id).await.expect("a table");
    assert_eq!(accounts.len(), 1);
    assert_eq!(accounts[0].role, Role::Admin);
}

#[tokio::test]
async fn a_smaller_role_acts_at_once() {
    let (env, acme) = environment().await;
    let ed = env.create_account(&acme.tenant, "ed", Role::Editor, &[]).await;
    let (token, _) = env.issue_token(&acme.tenant, &ed, &[Scope::LinksWrite, Scope::LinksRead]).await;
    let admin = Person::sign_in(&env, &acme.tenant.id, &acme.account.id).await;
    let response = admin.submit("/console/accounts/ed/role", &[("role", "analyst")]).await;
    assert_eq!((response.status.as_u16(), response.header("location")), (303, "/console/accounts/ed"));
    let scopes = env.get("/api/token", &token).await.json()["scopes"].clone();
    assert_eq!(scopes, serde_json::json!(["links:read"]));
}

#[tokio::test]
async fn an_account_that_is_given_to_another_person_ends_the_sessions_of_the_first() {
    let (env, acme) = environment().await;
    let store = &env.app.store;
    let ed = env.create_account(&acme.tenant, "ed", Role::Editor, &[]).await;
    let identity = store.data_key().identity_hash("https://login.example.com", "7");
    assert!(
        store.account_set_person(&acme.tenant.id, &ed, None, Some(&identity), env.app.clock.now()).await.expect("it")
    );
    let (token, _) = env.issue_token(&acme.tenant, &ed, &[Scope::LinksRead]).await;
    let first = Person::sign_in(&env, &acme.tenant.id, &ed.id).await;
    let admin = Person::sign_in(&env, &acme.tenant.id, &acme.account.id).await;
    let page = admin.submit("/console/accounts/ed/email", &[("email", "eve@example.com")]).await;
    assert!(page.text().contains("Send this to the person"), "{}", page.text());
    assert_eq!(first.open("/console").await.header("location"), "/console/sign-in");
    assert_eq!(env.get("/api/token", &token).await.status, 200, "tokens belong to the account");
}

#[tokio::test]
async fn a_removal_needs_the_name_typed_and_ends_tokens_and_sessions() {
    let (env, acme) = environment().await;
    let ed = env.create_account(&acme.tenant, "ed", Role::Editor, &[]).await;
    let (token, _) = env.issue_token(&acme.tenant, &ed, &[Scope::LinksRead]).await;
    let session = Person::sign_in(&env, &acme.tenant.id, &ed.id).await;
    let admin = Person::sign_in(&env, &acme.tenant.id, &acme.account.id).await;
    let page = admin.submit("/console/accounts/ed/remove", &[("confirmation", "Ed")]).await;
    assert!(page.text().contains("Nothing was changed"), "{}", page.text());
    let response = admin.submit("/console/accounts/ed/remove", &[("confirmation", "ed")]).await;
    assert_eq!(response.header("location"), "/console/identity#accounts");
    assert_eq!(account(&env, &acme, "ed").await, None);
    assert_eq!(env.get("/api/token", &token).await.status, 401);
    assert_eq!(session.open("/console").await.header("location"), "/console/sign-in");
}

#[rstest]
#[case::change_the_role("role", &[("role", "analyst")])]
#[case::be_removed("remove", &[("confirmation", "admin")])]
#[tokio::test]
async fn the_own_account_cannot(#[case] action: &str, #[case] fields: &[(&str, &str)]) {
    let (env, acme) = environment().await;
    let admin = Person::sign_in(&env, &acme.tenant.id, &acme.account.id).await;
    let response = admin.submit(&format!("/console/accounts/admin/{action}"), fields).await;
    assert_eq!(response.status, 403);
    assert!(response.text().contains("Another admin has to do this"), "{}", response.text());
    assert_eq!(account(&env, &acme, "admin").await.expect("an account").role, Role::Admin);
}

#[rstest]
#[case::an_editor(Role::Editor, &[])]
#[case::an_analyst(Role::Analyst, &[])]
#[case::an_integration_that_manages_tokens(Role::Integration, &[Scope::TokensManage])]
#[tokio::test]
async fn nobody_else_sees_or_changes_accounts(#[case] role: Role, #[case] scopes: &[Scope]) {
    let (env, acme) = environment().await;
    let other = env.create_account(&acme.tenant, "other", role, scopes).await;
    let person = Person::sign_in(&env, &acme.tenant.id, &other.id).await;
    assert!(!person.page("/console/identity").await.contains("/console/accounts"));
    assert_eq!(person.open("/console/accounts/admin").await.status, 403);
    let submit = async |path: &str, fields: &[(&str, &str)]| person.submit(path, fields).await.status;
    assert_eq!(submit("/console/accounts", &[("id", "x"), ("role", "admin")]).await, 403);
    assert_eq!(submit("/console/accounts/other/role", &[("role", "admin")]).await, 403);
    assert_eq!(submit("/console/accounts/admin/email", &[("email", "a@b")]).await, 403);
    assert_eq!(submit("/console/accounts/admin/remove", &[("confirmation", "admin")]).await, 403);
    assert_eq!(env.app.store.account_list(&acme.tenant.id).await.expect("a table").len(), 2);
}

#[tokio::test]
async fn an_account_of_another_tenant_does_not_exist() {
    let (env, acme) = environment().await;
    let globex = env.create_tenant("globex").await;
    env.create_account(&globex.tenant, "ed", Role::Editor, &[]).await;
    let admin = Person::sign_in(&env, &acme.tenant.id, &acme.account.id).await;
    assert_eq!(admin.open("/console/accounts/ed").await.status, 404);
    let submit = async |path: &str, fields: &[(&str, &str)]| admin.submit(path, fields).await.status;
    assert_eq!(submit("/console/accounts/ed/role", &[("role", "admin")]).await, 404);
    assert_eq!(submit("/console/accounts/ed/email", &[("email", "a@b")]).await, 404);
    assert_eq!(submit("/console/accounts/ed/remove", &[("confirmation", "ed")]).await, 404);
    let ed = account(&env, &globex, "ed").await.expect("an account");
    assert_eq!((ed.role, ed.email), (Role::Editor, None));
}

#[rstest]
#[case::the_list("/internal/accounts")]
#[case::one_account("/internal/accounts/admin")]
#[tokio::test]
async fn no_operation_on_accounts_is_a_route_of_the_api(#[case] path: &str) {
    let (env, acme) = environment().await;
    assert_eq!(env.get(path, &acme.token).await.status, 404);
}
