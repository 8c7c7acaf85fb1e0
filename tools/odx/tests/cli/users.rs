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
