//! `odx import --tenant`: conversations from files, directly into the table.

use crate::environment::TestEnvironment;
use rstest::rstest;
use sandbox::demo::EXPORT;
use serde_json::{Value, json};

const IMPORT: &str = "import --tenant acme";

/// The interactions and properties of a user of `acme`, as the API returns them.
async fn user_data(environment: &TestEnvironment, user: &str) -> Value {
    let token = environment.odx("token create --tenant acme --account ann --name reader").await.succeeds();
    let path = format!("/public/api/user-interactions?from=2000-01-01&to=2100-01-01&user_id={user}");
    let (status, body) = environment.get(&path, token.trim()).await;
    assert_eq!(status, 200, "{body}");
    body["data"][0][user].clone()
}

/// The texts of a user's interactions.
async fn texts(environment: &TestEnvironment, user: &str) -> Vec<String> {
    let data = user_data(environment, user).await;
    let interactions = data["interactions"].as_array().expect("interactions");
    interactions.iter().map(|interaction| interaction["text"].as_str().expect("text").to_owned()).collect()
}

/// The context attributes of a user of `acme`.
async fn context(environment: &TestEnvironment, user: &str) -> Value {
    let store = &environment.app.store;
    let tenant = "acme".parse().unwrap();
    let user_hash = store.data_key().user_hash(&tenant, &user.parse().unwrap());
    let context = store.context_get(&tenant, &user_hash).await.expect("a context");
    context.iter().map(|(name, value, _)| (name.to_owned(), value.clone())).collect()
}

fn counts(created: u64, duplicate: u64) -> Value {
    json!({"created": created, "duplicate": duplicate, "conflict": 0, "refused": 0, "problems": []})
}

#[tokio::test]
async fn the_second_import_of_a_user_data_export_finds_only_duplicates() {
    let environment = TestEnvironment::with_acme().await;
    let file = environment.write("export.json", EXPORT);
    let import = format!("{IMPORT} {file}");
    let with_users = |mut counts: Value| {
        counts["attributes"] = json!(2);
        counts
    };
    assert_eq!(environment.odx(&format!("{import} --json")).await.json(), with_users(counts(15, 0)));
    assert_eq!(environment.odx(&format!("{import} --json")).await.json(), with_users(counts(0, 15)));
    let printed = environment.odx(&import).await.succeeds();
    assert_eq!(printed, "0 created, 15 duplicate, 0 conflict, 0 refused, attributes of 2 users\n");
}

#[tokio::test]
async fn an_imported_user_data_export_is_returned_by_the_api() {
    let environment = TestEnvironment::with_acme().await;
    let file = environment.write("export.json", EXPORT);
    environment.odx(&format!("{IMPORT} {file}")).await.succeeds();
    let ann = user_data(&environment, "ann").await;
    assert_eq!(ann["chatbot_user_data"]["last_name"], "Gruber");
    assert!(ann["interactions"].as_array().is_some_and(|interactions| !interactions.is_empty()), "{ann}");
}

#[tokio::test]
async fn the_attributes_of_a_user_data_export_are_added_to_the_context() {
    let environment = TestEnvironment::with_acme().await;
    let file = environment.write("export.json", EXPORT);
    environment.odx(&format!("{IMPORT} {file}")).await.succeeds();
    let ann = context(&environment, "ann").await;
    assert_eq!(ann["policy_number"], "P-77120", "{ann}");
    assert_eq!(ann["claims"], 2, "{ann}");
    assert_eq!(context(&environment, "ben").await["first_name"], "Ben");
}

#[tokio::test]
async fn ndjson_is_read_from_files_and_from_standard_input() {
    let environment = TestEnvironment::with_acme().await;
    let event = |text: &str| json!({"user_id": "eve", "type": "text", "date": "2022-09-21T08:00:00Z", "text": text});
    let lines = format!("{}\n\n{}\n", event("hello"), event("yes"));
    let file = environment.write("events.ndjson", &lines);
    assert_eq!(environment.odx(&format!("{IMPORT} {file} --json")).await.json(), counts(2, 0));
    let import = environment.odx_with_input(&format!("{IMPORT} - --json"), &lines).await;
    assert_eq!(import.json(), counts(0, 2));
    assert_eq!(environment.odx(&format!("{IMPORT} {file} {file} --json")).await.json(), counts(0, 4));
    assert_eq!(texts(&environment, "eve").await, ["hello", "yes"]);
}

#[tokio::test]
async fn invalid_lines_are_named_by_number_without_quoting_them_and_valid_ones_are_stored() {
    let environment = TestEnvironment::with_acme().await;
    let lines = [
        r#"{"user_id":"eve","type":"text","date":"2022-09-21T08:00:00Z","text":"first"}"#,
        r#"{"user_id":"eve","text":"my secret"#,
        r#"{"user_id":"eve","type":"text","date":"yesterday","text":"my secret"}"#,
        r#"{"user_id":"eve","type":"text","date":"2022-09-21T08:00:02Z","text":"last"}"#,
    ];
    let file = environment.write("events.ndjson", lines.join("\n"));
    let import = environment.odx(&format!("{IMPORT} {file}")).await;
    assert_eq!(import.code, Some(1), "{import:?}");
    assert_eq!(import.out, "2 created, 0 duplicate, 0 conflict, 2 refused\n");
    import.says(&[
        "events.ndjson: line 2: line: is not JSON",
        "events.ndjson: line 3: date: The date is not a valid date",
    ]);
    assert!(!import.err.contains("secret"), "{import:?}");
    assert!(!import.err.contains("eve:"), "{import:?}");
    assert_eq!(texts(&environment, "eve").await, ["first", "last"]);
}

#[tokio::test]
async fn an_event_with_the_key_of_a_stored_one_and_other_content_is_a_conflict_and_changes_nothing() {
    let environment = TestEnvironment::with_acme().await;
    let event = |text: &str| {
        json!({"id": "1", "user_id": "eve", "type": "text", "date": "2022-09-21T08:00:00Z", "text": text}).to_string()
    };
    environment.odx_with_input(&format!("{IMPORT} -"), &event("hello")).await.succeeds();
    let import = environment.odx_with_input(&format!("{IMPORT} - --json"), &event("goodbye")).await;
    assert_eq!(import.code, Some(1), "{import:?}");
    let summary: Value = serde_json::from_str(&import.out).expect("JSON");
    assert_eq!(summary["conflict"], 1);
    assert_eq!(summary["problems"][0]["place"], "line 1");
    assert_eq!(texts(&environment, "eve").await, ["hello"]);
}

#[tokio::test]
async fn a_missing_file_is_named() {
    let environment = TestEnvironment::with_acme().await;
    let gone = environment.file("gone.json");
    environment.odx(&format!("{IMPORT} {}", gone.display())).await.fails(&["gone.json", "the file cannot be opened"]);
}

#[tokio::test]
async fn an_error_in_a_later_file_reports_the_files_before_it() {
    let environment = TestEnvironment::with_acme().await;
    let good = environment.write("export.json", EXPORT);
    let import = format!("{IMPORT} {good} {}", environment.file("gone.json").display());
    environment.odx(&import).await.fails(&[
        "the files before `",
        "15 created, 0 duplicate",
        "the file cannot be opened",
    ]);
}

#[tokio::test]
async fn a_truncated_user_data_export_is_refused() {
    let environment = TestEnvironment::with_acme().await;
    let file = environment.write("half.json", &EXPORT[..EXPORT.len() / 2]);
    let import = environment.odx(&format!("{IMPORT} {file}")).await;
    import.fails(&["half.json", "is not an OpenDialog user-data-export"]);
}

#[tokio::test]
async fn twenty_problems_are_shown_and_the_others_counted() {
    let environment = TestEnvironment::with_acme().await;
    let import = environment.odx_with_input(&format!("{IMPORT} -"), &"noise\n".repeat(30)).await;
    assert_eq!(import.code, Some(1), "{import:?}");
    assert_eq!(import.out, "0 created, 0 duplicate, 0 conflict, 30 refused\n");
    assert_eq!(import.err.matches("is not a JSON object").count(), 20, "{import:?}");
    import.says(&["further problems are not shown, but all are counted"]);
}

#[rstest]
#[case::nothing("")]
#[case::blank_lines("\n\n")]
#[tokio::test]
async fn an_empty_file_is_an_import_of_nothing(#[case] input: &str) {
    let environment = TestEnvironment::with_acme().await;
    assert_eq!(environment.odx_with_input(&format!("{IMPORT} - --json"), input).await.json(), counts(0, 0));
}
