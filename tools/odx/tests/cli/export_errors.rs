//! Errors of `odx export` name what is missing or wrong, and how to mend it.

use crate::environment::{TestEnvironment, odx_alone};

const PERIOD: &str = "--from 2025-01-01 --to 2025-01-03";

#[tokio::test]
async fn a_missing_address_names_every_way_to_give_one() {
    let advice = ["the address of the API is missing", "--url", "ODX_URL", "--local DIR"];
    odx_alone(&format!("export {PERIOD}")).await.fails(&advice);
}

#[tokio::test]
async fn a_missing_token_names_the_variable() {
    odx_alone(&format!("export --url http://127.0.0.1:1 {PERIOD}")).await.fails(&["ODX_TOKEN"]);
}

#[tokio::test]
async fn an_invalid_token_names_the_command_that_creates_one() {
    let (url, _) = TestEnvironment::with_acme().await.serve().await;
    let export = format!("export --url {url} --token odx_nonsense {PERIOD}");
    odx_alone(&export).await.fails(&["401", "odx token create"]);
}

#[tokio::test]
async fn a_token_without_the_scope_names_the_scope() {
    let environment = TestEnvironment::with_acme().await;
    let (url, _) = environment.serve().await;
    environment.odx("account create --tenant acme bot --role integration --scope links:read").await.succeeds();
    let token = environment.odx("token create --tenant acme --account bot --name links").await.succeeds();
    odx_alone(&format!("export --url {url} --token {} {PERIOD}", token.trim()))
        .await
        .fails(&["403", "lacks the scope interactions:read"]);
}

#[tokio::test]
async fn an_address_with_a_path_is_questioned() {
    let environment = TestEnvironment::with_acme().await;
    let (url, token) = environment.serve().await;
    odx_alone(&format!("export --url {url}/docs --token {token} {PERIOD}"))
        .await
        .fails(&["404", "Check that the address is that of the API"]);
}
