//! `odx token create` and `odx token rotate` with a token instead of the private key.

use crate::links_environment::{Fault, LinksEnvironment};
use serde_json::json;

#[tokio::test]
async fn a_token_is_created_by_the_api_for_the_account_of_the_caller() {
    let links = LinksEnvironment::new().await;
    let line = "token create --name nightly --scope interactions:read --expires-at 2030-01-01";
    let created = links.environment.odx(&format!("{line} --json")).await.json();
    assert_eq!((&created["name"], &created["scopes"]), (&json!("nightly"), &json!(["interactions:read"])));
    assert_eq!(created["expires_at"], "2030-01-01T00:00:00.000000Z");
    let secret = created["token"].as_str().expect("a secret");
    let (status, whoami) = links.environment.get("/api/token", secret).await;
    assert_eq!((status, &whoami["account"]), (200, &json!("ann")));
}

#[tokio::test]
async fn the_secret_of_the_api_is_printed_alone() {
    let links = LinksEnvironment::new().await;
    let output = links.environment.odx("token create --name nightly").await;
    output.says(&["created token `tok_", "shown this once"]);
    let secret = output.succeeds();
    assert!(secret.starts_with("odx_") && secret.lines().count() == 1, "more than a secret");
}

#[tokio::test]
async fn an_admin_creates_a_token_of_another_account() {
    let links = LinksEnvironment::new().await;
    let secret = links.environment.odx("token create --name CRM --account crm").await.succeeds();
    assert_eq!(links.environment.get("/api/token", secret.trim()).await.1["account"], "crm");
}

#[tokio::test]
async fn a_token_is_rotated_by_the_api() {
    let links = LinksEnvironment::new().await;
    let created = links.environment.odx("token create --name CRM --json").await.json();
    let (id, old) = (created["id"].as_str().expect("an id"), created["token"].as_str().expect("a secret"));
    let output = links.environment.odx(&format!("token rotate {id} --grace 0s")).await;
    output.says(&["the old token", "works for 0s at most"]);
    let new = output.succeeds();
    assert_eq!(links.environment.get("/api/token", new.trim()).await.1["token"]["name"], "CRM");
    assert_eq!(links.environment.get("/api/token", old).await.0, 401);
}

#[tokio::test]
async fn a_refusal_of_the_api_is_passed_on() {
    let links = LinksEnvironment::new().await;
    links.environment.odx("token rotate tok_unknown").await.fails(&["404"]);
    links
        .environment
        .odx("token create --name CRM --account nobody")
        .await
        .fails(&["Your tenant has no such account."]);
}

#[tokio::test]
async fn a_request_whose_response_is_lost_is_not_sent_again() {
    let links = LinksEnvironment::new().await;
    links.serve(Fault::Lost(0)).await;
    links.environment.odx("token create --name once").await.fails(&["503"]);
    let tokens = links.environment.tokens("ann").await;
    assert_eq!(tokens.iter().filter(|token| token.name == "once").count(), 1);
}

#[tokio::test]
async fn a_tenant_without_an_account_is_wrong_usage() {
    let links = LinksEnvironment::new().await;
    let output = links.environment.odx("token create --name CRM --tenant acme").await;
    output.says(&["--account <ACCOUNT>"]);
}
