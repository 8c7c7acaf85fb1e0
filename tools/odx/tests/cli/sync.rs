//! `odx sync`: an OpenDialog workspace is registered, copied, listed and forgotten; nothing shows its token.

use crate::environment::TestEnvironment;
use sandbox::opendialog::{Misbehavior, TOKEN, Workspace};
use serde_json::json;

async fn registered() -> (TestEnvironment, Workspace) {
    let environment = TestEnvironment::with_acme().await;
    let workspace = Workspace::start(10).await.expect("a workspace");
    let register = format!("sync register --tenant acme {} --since 2026-01-01", workspace.address);
    environment.odx_with_input(&register, TOKEN).await.succeeds();
    (environment, workspace)
}

#[tokio::test]
async fn the_conversations_of_a_registered_workspace_are_copied() {
    let (environment, workspace) = registered().await;
    workspace.say("ann", "2026-01-02T10:00:00.000000Z", "hello");
    let report = environment.odx("sync once --json").await.json();
    assert_eq!((&report[0]["tenant"], &report[0]["created"]), (&json!("acme"), &json!(1)));
    assert_eq!(environment.odx("sync once --tenant acme --json").await.json()[0]["created"], 0);
}

#[tokio::test]
async fn a_token_is_checked_before_it_is_stored_and_shown_by_no_command() {
    let environment = TestEnvironment::with_acme().await;
    let workspace = Workspace::start(10).await.expect("a workspace");
    let register = format!("sync register --tenant acme {}", workspace.address);
    let refused = environment.odx_with_input(&register, "wrong-token").await;
    refused.says(&["the workspace cannot be read", "refused the token with status 401"]);
    assert_eq!(refused.code, Some(1));
    let registered = environment.odx_with_input(&format!("{register} --json"), &format!("{TOKEN}\n")).await;
    let listed = environment.odx("sync list --json").await;
    for output in [&refused, &registered, &listed] {
        assert!(![&output.out, &output.err].iter().any(|text| text.contains(TOKEN) || text.contains("wrong-token")));
    }
    assert_eq!(listed.json().as_array().expect("a list").len(), 1);
}

#[tokio::test]
async fn a_workspace_that_is_registered_again_goes_on_where_it_was() {
    let (environment, workspace) = registered().await;
    environment.odx("sync once").await.succeeds();
    let until = |listed: serde_json::Value| listed[0]["synced_until"].clone();
    let before = until(environment.odx("sync list --json").await.json());
    let again = format!("sync register --tenant acme {}", workspace.address);
    environment.odx_with_input(&again, TOKEN).await.succeeds();
    assert_eq!(until(environment.odx("sync list --json").await.json()), before);
}

#[tokio::test]
async fn a_workspace_that_fails_ends_the_command_with_1_and_is_listed_with_the_reason() {
    let (environment, workspace) = registered().await;
    workspace.always(Misbehavior::Status(404, None));
    assert_eq!(environment.odx("sync once").await.code, Some(1));
    let listed = environment.odx("sync list --json").await.json();
    assert_eq!(listed[0]["last_error"], "OpenDialog answered with status 404");
}

#[tokio::test]
async fn what_cannot_be_registered_or_removed_is_refused_with_the_reason() {
    let environment = TestEnvironment::with_acme().await;
    let register = "sync register --tenant acme http://acme.example";
    let usage = environment.odx_with_input(register, TOKEN).await;
    usage.says(&["must be the https origin of a workspace"]);
    assert_eq!(usage.code, Some(2));
    let register = "sync register --tenant nobody https://acme.example";
    environment.odx_with_input(register, TOKEN).await.fails(&["there is no tenant `nobody`"]);
    let register = "sync register --tenant acme https://acme.example";
    environment.odx_with_input(register, "two words").await.fails(&["the token has characters that no token has"]);
    environment.odx("sync remove --tenant acme").await.fails(&["the tenant `acme` has no workspace"]);
    environment.odx("sync once --tenant acme").await.fails(&["the tenant `acme` has no workspace"]);
}

#[tokio::test]
async fn a_workspace_that_is_removed_is_not_copied_any_more() {
    let (environment, workspace) = registered().await;
    environment.odx("sync remove --tenant acme").await.succeeds();
    drop(workspace.requests());
    assert_eq!(environment.odx("sync once --json").await.json(), json!([]));
    assert_eq!(workspace.requests().len(), 0);
}
