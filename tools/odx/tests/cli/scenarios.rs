//! `odx scenario`: the scenarios of a tenant, each with its webchat page.

use crate::environment::{TestEnvironment, odx_alone};
use rstest::rstest;
use serde_json::json;

const PAGE: &str = "https://www.example.com/chat";

#[tokio::test]
async fn a_field_that_is_not_named_keeps_its_value() {
    let environment = TestEnvironment::with_acme().await;
    let put = "scenario put --tenant acme 0x420 --name Support --alias support --app-key 4f2a --json";
    let created = environment.odx(&format!("{put} --page {PAGE} --contact mailto:help@example.com")).await.json();
    assert_eq!(created["id"], "0x420");
    assert_eq!(created["alias"], "support");
    assert_eq!(created["page"], PAGE);
    assert_eq!(environment.odx("scenario list --tenant acme --json").await.json(), json!([created]));

    let mut changed = created;
    changed["page"] = json!("https://www.example.com/new");
    let put = "scenario put --tenant acme 0x420 --page https://www.example.com/new --json";
    assert_eq!(environment.odx(put).await.json(), changed);
    let list = environment.odx("scenario list --tenant acme").await.succeeds();
    let row = list.lines().nth(1).unwrap_or_default();
    for cell in ["0x420", "support", "Support", "/new", "mailto:help@example.com"] {
        assert!(row.contains(cell), "`{cell}` is not in: {row}");
    }
}

#[tokio::test]
async fn a_token_lists_the_scenarios_over_http() {
    let environment = TestEnvironment::with_acme().await;
    environment.odx("scenario put --tenant acme 0x420 --name Support --alias support").await.succeeds();
    let (url, token) = environment.serve().await;
    let list = format!("scenario list --url {url} --token {token}");
    let expected = json!([{"id": "0x420", "alias": "support", "name": "Support"}]);
    assert_eq!(odx_alone(&format!("{list} --json")).await.json(), expected);
    let printed = odx_alone(&list).await.succeeds();
    assert_eq!(printed.lines().count(), 2, "{printed}");
}

#[tokio::test]
async fn without_a_tenant_and_an_address_both_ways_are_named() {
    odx_alone("scenario list").await.fails(&["use --tenant ID", "ODX_URL"]);
}

#[tokio::test]
async fn preload_is_off_until_it_is_set_and_stays_until_it_is_unset() {
    let environment = TestEnvironment::with_acme().await;
    let put = async |rest: &str| environment.odx(&format!("scenario put --tenant acme 0x420 {rest}")).await.succeeds();
    let listed = async || environment.odx("scenario list --tenant acme --json").await.json()[0]["preload"].clone();
    put("--name Support --mode opendialog").await;
    assert_eq!(listed().await, false);
    put("--preload").await;
    assert_eq!(listed().await, true);
    put("--name Sales").await;
    assert_eq!(listed().await, true);
    let list = environment.odx("scenario list --tenant acme").await.succeeds();
    let columns = |line: usize| list.lines().nth(line).unwrap_or_default().split_whitespace().collect::<Vec<_>>();
    let at = columns(0).iter().position(|name| *name == "preload").expect("a column of this name");
    // The alias is empty, so the row has one word less.
    assert_eq!(columns(1)[at - 1], "true", "{list}");
    put("--preload false").await;
    assert_eq!(listed().await, false);
}

#[tokio::test]
async fn an_alias_belongs_to_one_scenario_until_that_gets_another() {
    let environment = TestEnvironment::with_acme().await;
    let put = async |rest: &str| environment.odx(&format!("scenario put --tenant acme {rest}")).await;
    put("0x420 --name Support --alias support").await.succeeds();
    let taken = ["`support` is taken by scenario `0x420`", "choose another alias"];
    put("0x421 --name Sales --alias support").await.fails(&taken);
    put("0x421 --name Sales").await.succeeds();
    put("0x421 --alias support").await.fails(&taken);
    put("support --name Sales").await.fails(&["`support` is the alias of scenario `0x420`"]);
    put("0x420 --alias help").await.succeeds();
    put("0x421 --alias support").await.succeeds();
}

#[rstest]
#[case::without_a_name("0x420", "give it a name with --name")]
#[case::with_a_page_that_is_not_http(
    "0x420 --name S --page ftp://www.example.com/",
    "page must be an http or https URL"
)]
#[case::with_credentials_in_the_page("0x420 --name S --page https://me:pw@www.example.com/", "without credentials")]
#[case::with_a_script_as_contact("0x420 --name S --contact javascript:alert(1)", "contact must be")]
#[tokio::test]
async fn an_invalid_scenario_is_refused_and_not_stored(#[case] rest: &str, #[case] expected: &str) {
    let environment = TestEnvironment::with_acme().await;
    environment.odx(&format!("scenario put --tenant acme {rest}")).await.fails(&[expected]);
    let output = environment.odx("scenario list --tenant acme").await;
    output.says(&["has no scenarios: `odx scenario put --tenant acme ID --name NAME`"]);
    assert_eq!(output.succeeds(), "");
}
