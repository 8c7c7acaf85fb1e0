//! Files of recipients as people have them: encodings, delimiters, blank rows, quotes, spellings of the user id.

use crate::links_environment::LinksEnvironment;
use rstest::rstest;
use serde_json::{Value, json};

/// UTF-8 in all rows but the last, which has a dash of Windows-1252.
const MIXED: &[u8] =
    b"user_id,first_name,phone\r\nkd-1,J\xc3\xbcrgen,+43 660 1234567\r\nkd-3,Bj\xc3\xb6rn,0660 10 \x96 20\r\n";
const TWO: &str = "user_id,first_name,phone\r\nkd-1,Jürgen,+43 660 1234567\r\nkd-2,Zoë,0664 7654321\r\n";

/// Creates links and returns what the first of them tells the webchat.
async fn first_session(file: impl AsRef<[u8]>, options: &str) -> Value {
    let links = LinksEnvironment::new().await;
    links.create(file, options).await.succeeds();
    let written = links.written();
    let url = written.lines().nth(1).and_then(|line| line.split([',', '|']).find(|cell| cell.starts_with("http")));
    links.open(url.expect("a link")).await
}

#[rstest]
#[case::with_a_byte_of_another_encoding(MIXED.to_vec(), &["line 3 is not UTF-8, but other lines are", "--encoding"])]
#[case::with_a_nul(TWO.replace("0664", "06\x0064").into_bytes(), &["line 3 has a NUL"])]
#[case::with_a_quote_that_is_never_closed(
    b"user_id,note\r\nkd-1,\"left open\r\nkd-2,plain\r\nkd-3,plain\r\n".to_vec(),
    &["line 2: a quote opens a cell and is never closed"]
)]
#[case::with_all_names_in_one_column(b"\"user_id,first_name\"\r\n\"kd-1,Ann\"\r\n".to_vec(), &["the header is one column"])]
#[tokio::test]
async fn a_file_that_would_be_misread_creates_no_link(#[case] file: Vec<u8>, #[case] expected: &[&str]) {
    let links = LinksEnvironment::new().await;
    links.create(file, "").await.fails(expected);
    assert_eq!(links.list("").await, Vec::<Value>::new());
    assert!(!links.environment.file("people.links.csv").exists());
}

#[tokio::test]
async fn a_named_encoding_is_used_whatever_the_bytes_tell() {
    let session = first_session(MIXED, "--encoding windows-1252").await;
    assert_eq!(session["attributes"]["first_name"], "JÃ¼rgen");
}

#[tokio::test]
async fn another_encoding_with_the_same_file_creates_other_links() {
    let links = LinksEnvironment::new().await;
    links.create(b"user_id,name\nann,Zo\xeb\n", "--encoding windows-1252").await.succeeds();
    links.create(b"user_id,name\nann,Zo\xeb\n", "--encoding windows-1250").await.succeeds();
    assert_eq!(links.list("").await.len(), 2);
}

#[tokio::test]
async fn an_encoding_that_was_guessed_is_said() {
    let links = LinksEnvironment::new().await;
    links.create(b"user_id,name\nann,Zo\xeb\n", "").await.says(&["was read as windows-1252", "--encoding"]);
}

#[tokio::test]
async fn an_unknown_encoding_is_wrong_usage() {
    let links = LinksEnvironment::new().await;
    let output = links.create(TWO, "--encoding klingon").await;
    assert_eq!(output.code, Some(2), "{output:?}");
}

#[tokio::test]
async fn a_bar_separates_cells() {
    let session = first_session(TWO.replace(',', "|"), "").await;
    assert_eq!(session["user_id"], "kd-1");
    assert_eq!(session["attributes"], json!({"first_name": "Jürgen", "phone": "+43 660 1234567"}));
}

#[tokio::test]
async fn blank_rows_are_skipped_and_counted() {
    let links = LinksEnvironment::new().await;
    let output = links.create(format!("{TWO},,\r\n, ,\r\n,,\r\n\r\n"), "--json").await;
    output.says(&["skipped 3 blank rows"]);
    let summary = output.json();
    assert_eq!(summary["links"], 2);
    assert_eq!(summary["blank_rows"], 3);
    assert_eq!(links.list("").await.len(), 2);
}

#[rstest]
#[tokio::test]
async fn the_user_id_has_several_spellings(
    #[values("user_id", "userId", "User_ID", "User ID", "USERID", "user-id")] spelling: &str,
) {
    let session = first_session(TWO.replace("user_id", spelling), "").await;
    assert_eq!(session["user_id"], "kd-1");
    assert_eq!(session["attributes"], json!({"first_name": "Jürgen", "phone": "+43 660 1234567"}));
}

#[tokio::test]
async fn a_column_that_looks_like_the_user_id_is_named_before_links_are_made() {
    let links = LinksEnvironment::new().await;
    let output = links.create(TWO.replace("user_id", "customer_id"), "").await;
    output.says(&["no column is named `user_id`", "rename the column `customer_id`"]);
}

#[tokio::test]
async fn user_ids_that_the_api_makes_up_are_in_their_column_of_the_written_table() {
    let links = LinksEnvironment::new().await;
    links.create("user_id,name\nann,Ann\n,Ben\n", "").await.succeeds();
    let written = links.written();
    let cells: Vec<Vec<&str>> = written.lines().map(|line| line.split(',').collect()).collect();
    assert_eq!(cells[0], ["user_id", "name", "url", "link_id"]);
    assert_eq!(cells[1][0], "ann");
    assert_eq!(links.open(cells[2][2]).await["user_id"], cells[2][0]);
    assert_eq!(cells[2][0].len(), 36, "a UUID: {written}");
}

#[tokio::test]
async fn user_ids_of_a_table_without_a_column_for_them_get_one() {
    let links = LinksEnvironment::new().await;
    links.create("name\nAnn\n", "").await.succeeds();
    let written = links.written();
    let cells: Vec<Vec<&str>> = written.lines().map(|line| line.split(',').collect()).collect();
    assert_eq!(cells[0], ["name", "user_id", "url", "link_id"]);
    assert_eq!(links.open(cells[1][2]).await["user_id"], cells[1][1]);
}

#[rstest]
#[tokio::test]
async fn the_table_can_go_to_standard_output(#[values("-", "/dev/stdout")] out: &str) {
    let links = LinksEnvironment::new().await;
    let output = links.create(TWO, &format!("--out {out}")).await;
    output.says(&["2 links of campaign"]);
    let printed = output.succeeds();
    assert_eq!(printed.lines().count(), 3, "{printed}");
    assert!(printed.starts_with("user_id,first_name,phone,url,link_id\n"), "{printed}");
    assert!(!std::path::Path::new("-").exists());
}
