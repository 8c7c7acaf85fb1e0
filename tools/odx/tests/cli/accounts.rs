//! `odx account`: who may use an account, and the removal of one.

use crate::environment::TestEnvironment;
use serde_json::json;
use shared::model::{Account, Email, PersonHash};

/// An account of the environment's tenant.
async fn account(environment: &TestEnvironment, id: &str) -> Account {
    let (tenant, id) = ("acme".parse().expect("a name"), id.parse().expect("a name"));
    environment.app.store.account_get(&tenant, &id).await.expect("a table").expect("an account")
}

/// The accounts that a person signs in as, as `tenant/account`.
async fn accounts(environment: &TestEnvironment, person: &PersonHash) -> Vec<String> {
    let found = environment.app.store.person_accounts(person).await.expect("a table");
    found.into_iter().map(|(tenant, account)| format!("{tenant}/{account}")).collect()
}

/// The person of a mail address.
fn email(environment: &TestEnvironment, address: &str) -> PersonHash {
    environment.app.store.data_key().email_hash(&Email::read(address).expect("an address"))
}

#[tokio::test]
async fn an_account_waits_for_the_person_of_its_address_in_any_case() {
    let environment = TestEnvironment::with_acme().await;
    let create = "account create --tenant acme eve --role analyst --email Eve@Example.com --json";
    let created = environment.odx(create).await.json();
    assert_eq!((&created["email"], &created["is_bound"]), (&json!("eve@example.com"), &json!(false)));
    assert_eq!(accounts(&environment, &email(&environment, "eve@example.com")).await, ["acme/eve"]);
    let list = environment.odx("account list --tenant acme").await.succeeds();
    assert!(list.contains("eve@example.com (invited)"), "{list}");
}

#[tokio::test]
async fn an_account_that_exists_keeps_its_person() {
    let environment = TestEnvironment::with_acme().await;
    let create = "account create --tenant acme ann --role admin --email mallory@example.com";
    environment.odx(create).await.fails(&["already exists"]);
    assert_eq!(account(&environment, "ann").await.email, None);
    assert_eq!(accounts(&environment, &email(&environment, "mallory@example.com")).await, [""; 0]);
}

#[tokio::test]
async fn another_address_takes_the_account_from_the_person_who_had_it() {
    let environment = TestEnvironment::with_acme().await;
    environment.odx("account email --tenant acme ann ann@example.com").await.succeeds();
    let identity = "account identity --tenant acme ann --issuer https://login.example.com --subject 7";
    environment.odx(identity).await.succeeds();
    let person = environment.app.store.data_key().identity_hash("https://login.example.com", "7");
    assert_eq!(accounts(&environment, &person).await, ["acme/ann"]);
    assert_eq!(accounts(&environment, &email(&environment, "ann@example.com")).await, [""; 0]);

    environment.odx("account email --tenant acme ann eve@example.com").await.succeeds();
    assert_eq!(accounts(&environment, &person).await, [""; 0]);
    assert_eq!(accounts(&environment, &email(&environment, "eve@example.com")).await, ["acme/ann"]);
    let Account { email, identity, .. } = account(&environment, "ann").await;
    assert_eq!((email.expect("an address").as_str(), identity), ("eve@example.com", None));
}

#[tokio::test]
async fn the_same_address_again_invites_the_person_again() {
    let environment = TestEnvironment::with_acme().await;
    for _ in 0..2 {
        environment.odx("account email --tenant acme ann ann@example.com").await.succeeds();
    }
    assert_eq!(accounts(&environment, &email(&environment, "ann@example.com")).await, ["acme/ann"]);
}

#[tokio::test]
async fn a_new_role_keeps_the_person() {
    let environment = TestEnvironment::with_acme().await;
    environment.odx("account email --tenant acme ann ann@example.com").await.succeeds();
    environment.odx("account role --tenant acme ann --role analyst").await.succeeds();
    let Account { role, email, .. } = account(&environment, "ann").await;
    assert_eq!((role.as_str(), email.expect("an address").as_str()), ("analyst", "ann@example.com"));
}

#[tokio::test]
async fn a_change_of_an_account_that_was_read_before_another_change_is_refused() {
    let environment = TestEnvironment::with_acme().await;
    let read = account(&environment, "ann").await;
    environment.odx("account email --tenant acme ann ann@example.com").await.succeeds();
    let (tenant, eve) = ("acme".parse().expect("a name"), Email::read("eve@example.com").expect("an address"));
    let changed =
        environment.app.store.account_set_person(&tenant, &read, Some(&eve), None, environment.app.clock.now()).await;
    assert!(!changed.expect("a table"));
    assert_eq!(accounts(&environment, &email(&environment, "eve@example.com")).await, [""; 0]);
}

#[tokio::test]
async fn a_removed_account_has_no_token_that_works_not_even_when_it_is_created_again() {
    let environment = TestEnvironment::with_acme().await;
    environment.odx("account email --tenant acme crm crm@example.com").await.succeeds();
    let token = environment.odx("token create --tenant acme --account crm --name CRM").await.succeeds();
    let removed = environment.odx("account remove --tenant acme crm --json").await.json();
    assert_eq!(removed, json!({"removed": "crm"}));
    assert_eq!(environment.get("/api/token", token.trim()).await.0, 401);
    assert_eq!(accounts(&environment, &email(&environment, "crm@example.com")).await, [""; 0]);
    environment.odx("account create --tenant acme crm --role admin").await.succeeds();
    assert_eq!(environment.get("/api/token", token.trim()).await.0, 401);
}

#[tokio::test]
async fn no_token_is_created_for_an_account_that_was_removed_meanwhile() {
    let environment = TestEnvironment::with_acme().await;
    environment.odx("token create --tenant acme --account crm --name CRM").await.succeeds();
    let mut token = environment.tokens("crm").await.remove(0);
    environment.odx("account remove --tenant acme crm").await.succeeds();
    token.id = "tok_late".parse().expect("a name");
    environment.app.store.token_create("late", &token).await.expect_err("no account");
    let ids: Vec<_> = environment.tokens("crm").await.into_iter().map(|token| token.id.to_string()).collect();
    assert!(!ids.contains(&"tok_late".to_owned()), "{ids:?}");
}

#[tokio::test]
async fn what_does_not_exist_is_named() {
    let environment = TestEnvironment::with_acme().await;
    for line in [
        "email --tenant acme nobody a@b",
        "remove --tenant acme nobody",
        "identity --tenant acme nobody --issuer x --subject y",
    ] {
        environment.odx(&format!("account {line}")).await.fails(&["no account `nobody`"]);
    }
}
