//! `odx generate`: conversations made up.

use crate::support::{Installation, odx_alone};

#[tokio::test]
async fn the_same_options_give_the_same_bytes_to_a_file_and_to_standard_output() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("events.ndjson");
    let generate = "generate --users 20 --days 3 --interactions 200 --seed 7 --bot";
    let printed = odx_alone(generate).await.done();
    assert_eq!(odx_alone(generate).await.done(), printed);
    let said = odx_alone(&format!("{generate} --out {} --json", file.display())).await.json();
    assert_eq!(said["interactions"], 200);
    assert_eq!(std::fs::read_to_string(&file).unwrap(), printed);
    assert_ne!(odx_alone(&generate.replace("--seed 7", "--seed 8")).await.done(), printed);
}

#[tokio::test]
async fn what_is_loaded_is_what_an_import_would_have_stored() {
    let installation = Installation::with_acme().await;
    let generate = "generate --users 20 --days 3 --interactions 200 --bot";
    installation.odx(&format!("{generate} --load --tenant acme")).await.done();
    let events = odx_alone(generate).await.done();
    let again = installation.odx_reads("import --tenant acme - --json", &events).await.json();
    assert_eq!((&again["created"], &again["duplicate"]), (&0.into(), &events.lines().count().into()));
    // The days' headers, the users' days and the active months are those of an import too.
    let (url, token) = installation.serve().await;
    let export = format!("export --url {url} --token {token} --from 2025-01-01 --to 2025-01-31 --format json");
    let loaded = odx_alone(&export).await.done();
    installation.odx("tenant create beta").await.done();
    installation.odx_reads("import --tenant beta -", &events).await.done();
    let imported = odx_alone(&export.replace(&token, &installation.token("beta").await)).await.done();
    assert_eq!(sorted(&loaded), sorted(&imported));
}

/// The users of an export, in an order of their own, without the time that it was made.
fn sorted(export: &str) -> Vec<&str> {
    let is_user = |line: &&str| line.starts_with("{\"") && !line.starts_with("{\"data");
    let mut users: Vec<_> = export.lines().filter(is_user).map(|user| user.trim_end_matches(',')).collect();
    assert!(users.len() > 10, "{export}");
    users.sort_unstable();
    users
}

#[tokio::test]
async fn only_an_empty_tenant_is_loaded_into_and_only_with_what_is_past() {
    let installation = Installation::with_acme().await;
    let load = "generate --users 5 --days 2 --load --tenant acme";
    installation.odx(load).await.done();
    installation.odx(load).await.fails(&["has interactions in 2025-01 already", "--from"]);
    installation.odx(&format!("{load} --from 2120-01-01")).await.fails(&["2120-01-01 is ahead", "--from"]);
}
