//! `odx user`: exports and erases over HTTP.

use crate::links_environment::LinksEnvironment;
use chrono::TimeDelta;
use serde_json::Value;

/// A tenant with a link of each of three users.
async fn environment() -> LinksEnvironment {
    let links = LinksEnvironment::new().await;
    links.create("user_id,first_name\nann,Ann\nben,Ben\ncem,Cem\n", "").await.succeeds();
    links
}

#[tokio::test]
async fn an_export_has_the_records_of_the_user_one_a_line() {
    let links = environment().await;
    let out = links.environment.file("ann.ndjson");
    let printed = links.environment.odx(&format!("user export ann --out {}", out.display())).await.succeeds();
    assert!(printed.starts_with("1 records are in"), "{printed}");
    let written = std::fs::read_to_string(out).expect("a file");
    let records: Vec<Value> = written.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    assert_eq!(records.len(), 1);
    assert_eq!(records[0]["record"], "link");
    assert_eq!(records[0]["attributes"]["first_name"], "Ann");
}

#[tokio::test]
async fn an_export_to_standard_output_is_the_records_alone() {
    let links = environment().await;
    let printed = links.environment.odx("user export ann --out -").await.succeeds();
    assert_eq!(printed.lines().count(), 1, "{printed}");
}

#[tokio::test]
async fn a_user_is_shown_in_short() {
    let links = environment().await;
    let url = links.file().lines().nth(1).and_then(|line| line.split(',').nth(2)).expect("a link").to_owned();
    let path = url.rsplit('/').next().expect("a code");
    links.open(&format!("/{path}")).await;
    let shown = links.environment.odx("user show ann --json").await.json();
    assert_eq!(shown["attributes"], serde_json::json!({"first_name": "Ann"}));
    assert_eq!((&shown["by_the_user"], &shown["links"][0]["uses"]), (&0.into(), &1.into()));
    assert_eq!((&shown["links"][0]["revoked_at"], &shown["erasure"]), (&Value::Null, &Value::Null));
    let text = links.environment.odx("user show ann").await.succeeds();
    assert!(
        text.starts_with("ann\n  first_name: Ann\n  messages: 0 by the user, 0 by the chatbot\n  link: "),
        "{text}"
    );
    assert!(text.ends_with("clicks 1, uses 1\n"), "{text}");
}

#[tokio::test]
async fn a_user_of_whom_nothing_is_kept_is_told_so() {
    let links = environment().await;
    let output = links.environment.odx("user show nobody --json").await;
    output.says(&["nothing is kept about this user"]);
    assert_eq!(output.json()["links"], serde_json::json!([]));
}

#[tokio::test]
async fn an_erased_user_has_a_receipt_alone() {
    let links = environment().await;
    let (tenant, user) = ("acme".parse().expect("a name"), "ann".parse().expect("a user id"));
    links.environment.app.store.erasure_begin(&tenant, &user, links.environment.app.clock.now()).await.expect("begun");
    let shown = links.environment.odx("user show ann --json").await.json();
    assert!(shown["erasure"]["begun_at"].is_string(), "{shown}");
}

#[tokio::test]
async fn nothing_is_erased_without_yes() {
    let links = environment().await;
    links.environment.odx("user erase ann ben").await.fails(&["this erases 2 users for good", "--yes"]);
    assert_eq!(links.list("--user-id ann").await.len(), 1);
}

#[tokio::test]
async fn the_users_of_a_file_are_erased_and_their_receipts_printed() {
    let links = environment().await;
    let csv = links.environment.write("leavers.csv", "User ID;name\nann;Ann\nben;Ben\nann;Ann\n;\n");
    let app = &links.environment.app;
    for user in ["ann", "ben"] {
        let (tenant, user) = ("acme".parse().expect("a name"), user.parse().expect("a user id"));
        app.store.erasure_begin(&tenant, &user, app.clock.now()).await.expect("begun");
    }
    // A minute after its beginning an erasure can be complete. The command waits for the last second, as the API says.
    app.clock.advance(TimeDelta::seconds(60));
    let receipts = links.environment.odx(&format!("user erase --csv {csv} --yes --json")).await.json();
    let users: Vec<_> = receipts.as_array().expect("receipts").iter().map(|receipt| &receipt["user_id"]).collect();
    assert_eq!(users, ["ann", "ben"]);
    assert_eq!(receipts[0]["links"], 1);
    assert_eq!(links.list("").await.len(), 1);
}

#[tokio::test]
async fn a_file_without_user_ids_is_refused() {
    let links = environment().await;
    let csv = links.environment.write("leavers.csv", "name\nAnn\n");
    let output = links.environment.odx(&format!("user erase --csv {csv} --yes")).await;
    output.fails(&["the table has no column `user_id`"]);
}
