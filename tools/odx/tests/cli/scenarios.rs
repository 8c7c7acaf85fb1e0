//! `odx scenario`: where a tenant's webchat lives.

use crate::support::Installation;
use serde_json::json;

const PAGE: &str = "https://www.example.com/chat";

#[tokio::test]
async fn a_scenario_is_put_with_an_alias_and_what_is_not_named_later_stays() {
    let installation = Installation::with_acme().await;
    let put = "scenario put --tenant acme 0x420 --name Support --alias support --app-key 4f2a --json";
    let made = installation.odx(&format!("{put} --page {PAGE} --contact mailto:help@example.com")).await.json();
    assert_eq!((&made["id"], &made["alias"], &made["page"]), (&json!("0x420"), &json!("support"), &json!(PAGE)));
    assert_eq!(installation.odx("scenario list --tenant acme --json").await.json(), json!([made]));

    let mut moved = made;
    moved["page"] = json!("https://www.example.com/new");
    let put = "scenario put --tenant acme 0x420 --page https://www.example.com/new --json";
    assert_eq!(installation.odx(put).await.json(), moved);
    let list = installation.odx("scenario list --tenant acme").await.done();
    let row = list.lines().nth(1).unwrap_or_default();
    assert!(["0x420", "support", "Support", "/new", "mailto:help@example.com"].iter().all(|cell| row.contains(cell)));
}

#[tokio::test]
async fn an_alias_leads_to_one_scenario_and_is_free_again_when_that_has_another() {
    let installation = Installation::with_acme().await;
    let put = async |rest: &str| installation.odx(&format!("scenario put --tenant acme {rest}")).await;
    put("0x420 --name Support --alias support").await.done();
    let taken = ["`support` already leads to scenario `0x420`", "choose another alias"];
    put("0x421 --name Sales --alias support").await.fails(&taken);
    put("0x421 --name Sales").await.done();
    put("0x421 --alias support").await.fails(&taken);
    put("support --name Sales").await.fails(&["`support` is the alias of scenario `0x420`"]);
    put("0x420 --alias help").await.done();
    put("0x421 --alias support").await.done();
}

#[tokio::test]
async fn what_cannot_be_a_scenario_is_refused_and_nothing_is_put() {
    let installation = Installation::with_acme().await;
    for (rest, says) in [
        ("0x420", "give it a name with --name"),
        ("0x420 --name S --page ftp://www.example.com/", "page must be an http or https URL"),
        ("0x420 --name S --page https://me:pw@www.example.com/", "without credentials"),
        ("0x420 --name S --contact javascript:alert(1)", "contact must be"),
    ] {
        installation.odx(&format!("scenario put --tenant acme {rest}")).await.fails(&[says]);
    }
    let said = installation.odx("scenario list --tenant acme").await;
    assert!(said.err.contains("has no scenarios: `odx scenario put --tenant acme ID --name NAME`"), "{said:?}");
    assert_eq!(said.done(), "");
}
