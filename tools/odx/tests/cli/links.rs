//! `odx links`: links from files of recipients, over HTTP.

use crate::environment::odx_alone;
use crate::links_environment::{Fault, LinksEnvironment};
use rstest::rstest;
use serde_json::{Value, json};
use std::os::unix::fs::PermissionsExt as _;

#[tokio::test]
async fn a_file_of_recipients_is_written_again_with_their_links() {
    let links = LinksEnvironment::new().await;
    let file = "user_id;first_name;note\r\nann;Ann;\"a;b\"\r\n;Ben;\r\n;;\r\n";
    let printed = links.create(file, "--campaign spring").await.succeeds();
    assert!(printed.starts_with("2 links of campaign `spring` are in"), "{printed}");
    let written = links.written();
    let rows: Vec<_> = written.lines().collect();
    assert_eq!(rows.len(), 4);
    assert_eq!(rows[0], "user_id;first_name;note;url;link_id");
    assert!(rows[1].starts_with("ann;Ann;\"a;b\";http://go.example.com/"), "{written}");
    assert_eq!(rows[3], ";;;;");
    let listed = links.list("--campaign spring").await;
    assert_eq!(listed.len(), 2);
    let ben = rows[2].rsplit(';').next().unwrap();
    assert!(listed.iter().any(|link| link["link_id"] == ben), "{listed:?}");
}

#[tokio::test]
async fn a_link_leads_to_its_recipient() {
    let links = LinksEnvironment::new().await;
    links.create("user_id;first_name;note\r\nann;Ann;\"a;b\"\r\n", "").await.succeeds();
    let written = links.written();
    let session = links.open(written.lines().nth(1).unwrap().split(';').nth(4).unwrap()).await;
    assert_eq!(session["user_id"], "ann");
    assert_eq!(session["attributes"], json!({"first_name": "Ann", "note": "a;b"}));
}

#[tokio::test]
async fn only_the_owner_can_read_the_written_file() {
    let links = LinksEnvironment::new().await;
    links.create("user_id\nann\n", "").await.succeeds();
    let mode = std::fs::metadata(links.environment.file("people.links.csv")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600, "anybody with a URL can open it");
}

#[tokio::test]
async fn a_file_in_the_encoding_of_excel_is_written_as_excel_reads_it() {
    let links = LinksEnvironment::new().await;
    let text = "\u{feff}user_id\tGrüße\r\nann\tłé\r\n";
    links.create(text.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<_>>(), "").await.succeeds();
    let written = links.written();
    assert!(written.starts_with("\u{feff}user_id\tGrüße\turl\tlink_id\n"), "{written}");
    let url = written.lines().nth(1).unwrap().split('\t').nth(2).unwrap().to_owned();
    assert_eq!(links.open(&url).await["attributes"], json!({"Grüße": "łé"}));
}

const FIVE: &str = "first_name\nAnn\nBen\nCem\nDan\nEva\n";

/// An environment in which a request may have two recipients, so that [`FIVE`] needs three.
async fn with_small_requests() -> LinksEnvironment {
    let links = LinksEnvironment::new().await;
    links.environment.odx("tenant set acme --users-per-request 2").await.succeeds();
    links
}

#[tokio::test]
async fn an_interrupted_command_names_the_links_that_exist_and_writes_no_file() {
    let links = with_small_requests().await;
    links.serve(Fault::Refused(1)).await;
    let output = links.create(FIVE, "--expires-in 30d").await;
    output.fails(&["2 of 5 links are created; run the same command again"]);
    assert!(!links.environment.file("people.links.csv").exists());
    assert_eq!(links.list("").await.len(), 2);
}

#[tokio::test]
async fn a_repeated_command_continues_and_creates_no_link_twice() {
    let links = with_small_requests().await;
    links.serve(Fault::Refused(1)).await;
    links.create(FIVE, "--expires-in 30d").await.fails(&["2 of 5 links"]);
    links.serve(Fault::Lost(2)).await;
    links.create(FIVE, "--expires-in 30d").await.succeeds();
    // Another port serves each command, and a repeat keeps the URLs of the first.
    let (written, listed) = (links.file(), links.list("").await);
    assert_eq!(listed.len(), 5);
    for line in written.lines().skip(1) {
        let id = line.rsplit(',').next().unwrap();
        assert_eq!(listed.iter().filter(|link| link["link_id"] == id).count(), 1, "{line}");
    }
    for link in &listed {
        assert!(!link["expires_at"].is_null(), "{link}");
        assert_eq!(link["campaign"], listed[0]["campaign"]);
    }
    links.serve(Fault::None).await;
    links.create(FIVE, "--expires-in 30d").await.succeeds();
    assert_eq!(links.file(), written);
    assert_eq!(links.list("").await.len(), 5);
}

#[tokio::test]
async fn another_option_creates_other_links() {
    let links = with_small_requests().await;
    links.create(FIVE, "--expires-in 30d").await.succeeds();
    links.create(FIVE, "--campaign other").await.succeeds();
    assert_eq!(links.list("").await.len(), 10);
}

#[rstest]
#[case::with_a_user_id_that_is_too_long(&format!("user_id,name\nann,Ann\n{},Ben\n", "u".repeat(385)), "line 3: user_id: ")]
#[case::with_two_columns_of_a_name("a,a\n1,2\n", "two columns `a`")]
#[case::with_a_row_of_another_length("a,b\n1,2,3\n", "line 2 has 3 cells")]
#[tokio::test]
async fn a_wrong_file_creates_no_link(#[case] file: &str, #[case] expected: &str) {
    let links = LinksEnvironment::new().await;
    links.create(file, "").await.fails(&["people.csv", expected]);
    assert_eq!(links.list("").await, Vec::<Value>::new());
    assert!(!links.environment.file("people.links.csv").exists());
}

#[rstest]
#[case::an_expiry_in_the_past("support --expires-at 2020-01-01", "The expires_at must be in the future.")]
#[case::an_unknown_scenario("nowhere", "The selected scenario does not exist.")]
#[tokio::test]
async fn options_that_the_api_refuses_create_no_link(#[case] scenario: &str, #[case] expected: &str) {
    let links = LinksEnvironment::new().await;
    let csv = links.environment.write("people.csv", "a\n1\n");
    links.environment.odx(&format!("links create --csv {csv} --scenario {scenario}")).await.fails(&[expected]);
    assert_eq!(links.list("").await, Vec::<Value>::new());
    assert!(!links.environment.file("people.links.csv").exists());
}

/// An environment with links of `ann`, `ben` and `cem` in the campaign `spring`.
/// Links that are kept for so long that their end can be moved to any date.
async fn with_spring() -> LinksEnvironment {
    let links = LinksEnvironment::new().await;
    links.create("user_id\nann\nben\ncem\n", "--campaign spring --expires-at 2099-12-31").await.succeeds();
    links
}

#[tokio::test]
async fn links_are_listed_up_to_a_limit() {
    let links = with_spring().await;
    assert_eq!(links.list("--limit 2").await.len(), 2);
    links.environment.odx("links list --limit 2").await.says(&["there are more links: raise --limit above 2"]);
}

#[tokio::test]
async fn links_are_listed_as_columns() {
    let links = with_spring().await;
    let id = links.list("--user-id ben").await[0]["link_id"].as_str().unwrap().to_owned();
    let listed = links.environment.odx("links list --campaign spring").await.succeeds();
    assert_eq!(listed.lines().count(), 4, "{listed}");
    let row = listed.lines().find(|line| line.contains(&id)).expect("the link of ben");
    assert!(row.contains("live"), "{row}");
}

#[tokio::test]
async fn a_revoked_link_leaves_the_others_alone() {
    let links = with_spring().await;
    let id = links.list("--user-id ben").await[0]["link_id"].as_str().unwrap().to_owned();
    links.environment.odx(&format!("links revoke {id}")).await.succeeds();
    assert_eq!(links.list("--user-id ben").await[0]["state"], "revoked");
    assert_eq!(links.list("--user-id ann").await[0]["state"], "live");
}

#[tokio::test]
async fn a_changed_link_has_its_new_end_and_uses_and_the_others_keep_theirs() {
    let links = with_spring().await;
    let id = links.list("--user-id ben").await[0]["link_id"].as_str().unwrap().to_owned();
    let before = links.list("--user-id ann").await;
    links.environment.odx(&format!("links edit --expires-at 2099-01-31 --max-uses 3 {id}")).await.succeeds();
    let link = links.list("--user-id ben").await[0].clone();
    assert_eq!((&link["expires_at"], &link["max_uses"]), (&json!("2099-01-31T00:00:00.000000Z"), &json!(3)));
    assert_eq!(links.list("--user-id ann").await, before);
}

#[tokio::test]
async fn a_changed_campaign_gives_its_links_a_new_end() {
    let links = with_spring().await;
    links.environment.odx("links edit --campaign spring --expires-at 2099-01-31").await.succeeds();
    assert_eq!(links.list("--user-id ann").await[0]["expires_at"], "2099-01-31T00:00:00.000000Z");
    let unknown = links.environment.odx("links edit --campaign summer --expires-at 2099-01-31").await;
    unknown.fails(&["there is no campaign `summer` of this tenant"]);
}

#[tokio::test]
async fn a_revoked_campaign_revokes_its_links() {
    let links = with_spring().await;
    links.environment.odx("links revoke --campaign spring").await.succeeds();
    assert_eq!(links.list("--user-id ann").await[0]["state"], "revoked");
}

#[tokio::test]
async fn an_unknown_link_or_campaign_is_named() {
    let links = LinksEnvironment::new().await;
    links.environment.odx("links revoke --campaign autumn").await.fails(&["there is no campaign `autumn`"]);
    links.environment.odx(&format!("links revoke {}", "x".repeat(32))).await.fails(&["there is no link"]);
    links.environment.odx("links funnel autumn").await.fails(&["there is no campaign `autumn`"]);
}

#[tokio::test]
async fn address_and_token_can_be_options() {
    let links = LinksEnvironment::new().await;
    let url = std::fs::read_to_string(links.environment.file("url")).unwrap();
    let csv = links.environment.write("people.csv", "a\n1\n");
    let line = format!("links create --csv {csv} --scenario support --url {url} --token {} --json", links.token);
    assert_eq!(odx_alone(&line).await.json()["links"], 1);
}

#[tokio::test]
async fn a_missing_address_names_the_variable() {
    odx_alone("links list").await.fails(&["ODX_URL"]);
}
