//! `odx token`: made once, shown once, and what the API then makes of them.

use crate::support::Installation;
use chrono::TimeDelta;
use serde_json::json;
use shared::crypto::TokenIssuer;

const CREATE: &str = "token create --tenant acme --account crm --name CRM";

#[tokio::test]
async fn the_secret_is_printed_alone_and_works() {
    let installation = Installation::with_acme().await;
    let said = installation.odx(CREATE).await;
    assert!(said.err.contains("made token `tok_") && said.err.contains("shown this once"), "{said:?}");
    let out = said.done();
    let secret = out.strip_suffix('\n').expect("one line");
    assert!(secret.starts_with("odx_") && !secret.contains(char::is_whitespace), "{out}");
    let (status, whoami) = installation.get("/api/token", secret).await;
    assert_eq!(status, 200, "{whoami}");
    assert_eq!((&whoami["tenant"], &whoami["account"]), (&json!("acme"), &json!("crm")));
    assert_eq!(whoami["token"]["name"], "CRM");
    assert_eq!(installation.get("/public/api/user-interactions?from=2022-01-01&to=2022-01-02", secret).await.0, 200);
}

#[tokio::test]
async fn as_json_the_secret_comes_with_what_it_is_good_for() {
    let installation = Installation::with_acme().await;
    let line = format!("{CREATE} --scope links:read --expires-at 2035-01-01 --json");
    let made = installation.odx(&line).await.json();
    assert_eq!((&made["scopes"], &made["name"]), (&json!(["links:read"]), &json!("CRM")));
    assert_eq!(made["expires_at"], "2035-01-01T00:00:00.000000Z");
    let (status, whoami) = installation.get("/api/token", made["token"].as_str().unwrap()).await;
    assert_eq!((status, &whoami["token"]["id"]), (200, &made["id"]));
    let (status, _) = installation
        .get("/public/api/user-interactions?from=2022-01-01&to=2022-01-02", made["token"].as_str().unwrap())
        .await;
    assert_eq!(status, 403);
}

#[tokio::test]
async fn a_list_shows_every_token_and_no_secret() {
    let installation = Installation::with_acme().await;
    let said = installation.odx("token list --tenant acme --account crm").await;
    assert!(said.err.contains("has no tokens: `odx token create` makes one"), "{said:?}");
    let secret = installation.odx(CREATE).await.done();
    installation.odx(&format!("{CREATE}-2")).await.done();
    let text = installation.odx("token list --tenant acme --account crm").await.done();
    let json = installation.odx("token list --tenant acme --account crm --json").await;
    assert!(!text.contains("odx_") && !json.out.contains("odx_") && !json.out.contains(secret.trim()), "{text}");
    let list = json.json();
    let names: Vec<_> = list.as_array().unwrap().iter().map(|token| token["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["CRM-2", "CRM"]);
    assert_eq!((&list[0]["state"], &list[0]["last_used_at"]), (&json!("live"), &json!(null)));
    for token in list.as_array().unwrap() {
        assert!(text.contains(token["id"].as_str().unwrap()), "{text}");
    }
}

#[tokio::test]
async fn a_revoked_token_stops_at_once_and_for_good() {
    let installation = Installation::with_acme().await;
    let made = installation.odx(&format!("{CREATE} --json")).await.json();
    let (id, secret) = (made["id"].as_str().unwrap(), made["token"].as_str().unwrap());
    assert_eq!(installation.get("/api/token", secret).await.0, 200);
    let revoke = format!("token revoke --tenant acme --account crm {id}");
    installation.odx(&revoke).await.done();
    assert_eq!(installation.get("/api/token", secret).await.0, 401);
    installation.odx(&revoke).await.done();
    let list = installation.odx("token list --tenant acme --account crm --json").await.json();
    assert_eq!(list[0]["state"], "revoked");
    let rotate = format!("token rotate --tenant acme --account crm {id}");
    installation.odx(&rotate).await.fails(&["works no more", "odx token create"]);
    let other = "token revoke --tenant acme --account ann";
    installation.odx(&format!("{other} {id}")).await.fails(&["account `ann` has no token", "odx token list"]);
}

#[tokio::test]
async fn a_rotated_token_lives_through_its_grace_and_no_longer() {
    let installation = Installation::with_acme().await;
    let old = installation.odx(&format!("{CREATE} --scope links:read --json")).await.json();
    let (id, old_secret) = (old["id"].as_str().unwrap(), old["token"].as_str().unwrap());
    let before = installation.app.clock.now();
    let rotate = format!("token rotate --tenant acme --account crm {id} --grace 1h --expires-in 30d --json");
    let said = installation.odx(&rotate).await;
    assert!(said.err.contains(&format!("the old token `{id}` works until ")), "{said:?}");
    let new = said.json();
    assert_eq!((&new["name"], &new["scopes"]), (&json!("CRM"), &json!(["links:read"])));
    let new_secret = new["token"].as_str().unwrap();

    let records = installation.tokens("crm").await;
    let record = records.iter().find(|token| token.id.as_str() == id).expect("the old one");
    let grace = record.expires_at - before;
    assert!(grace >= TimeDelta::hours(1) && grace < TimeDelta::minutes(62), "{grace}");
    assert_eq!(installation.get("/api/token", old_secret).await.0, 200);
    assert_eq!(installation.get("/api/token", new_secret).await.0, 200);
    installation.app.clock.advance(TimeDelta::minutes(62));
    assert_eq!(installation.get("/api/token", old_secret).await.0, 401);
    assert_eq!(installation.get("/api/token", new_secret).await.0, 200);
}

#[tokio::test]
async fn a_grace_never_makes_a_token_live_longer_and_none_ends_it_now() {
    let installation = Installation::with_acme().await;
    let first = installation.odx(&format!("{CREATE} --expires-in 30m --json")).await.json();
    let rotate = format!("token rotate --tenant acme --account crm {}", first["id"].as_str().unwrap());
    let second = installation.odx(&format!("{rotate} --json")).await.json();
    let oldest = installation.tokens("crm").await.pop().expect("the first");
    assert_eq!(shared::model::time::format(oldest.expires_at), first["expires_at"].as_str().unwrap());
    let rotate = format!("token rotate --tenant acme --account crm {}", second["id"].as_str().unwrap());
    installation.odx(&format!("{rotate} --grace 0s")).await.done();
    assert_eq!(installation.get("/api/token", second["token"].as_str().unwrap()).await.0, 401);
}

#[tokio::test]
async fn a_scope_beyond_the_role_and_an_expiry_in_the_past_are_refused_and_make_nothing() {
    let installation = Installation::with_acme().await;
    for (rest, words) in [
        ("--scope users:erase", ["the account may not users:erase", "odx account role"]),
        ("--expires-at 2020-01-01", ["the expiry is over already", "later"]),
    ] {
        installation.odx(&format!("{CREATE} {rest}")).await.fails(&words);
    }
    installation
        .odx("token create --tenant acme --account nobody --name x")
        .await
        .fails(&["has no account `nobody`", "odx account list --tenant acme"]);
    assert!(installation.tokens("crm").await.is_empty());
}

#[tokio::test]
async fn a_key_that_functions_do_not_know_makes_no_token() {
    let installation = Installation::with_acme().await;
    let private = TokenIssuer::generate();
    let public = TokenIssuer::read(&private).expect("a key").public();
    let key = installation.write("other-key", &private);
    let said = installation.odx(&format!("{CREATE} --key {key}")).await;
    assert!(!said.err.contains(private.trim()), "the private key is not repeated");
    said.fails(&["does not belong to TOKEN_PUBLIC_KEYS", &format!("add its public key {public}")]);
    let key = installation.write("no-key", "nothing of a key");
    installation.odx(&format!("{CREATE} --key {key}")).await.fails(&["is not a private key for tokens"]);
    installation.odx(&format!("{CREATE} --key {key}.gone")).await.fails(&["cannot be read"]);
    assert!(installation.tokens("crm").await.is_empty());
}
