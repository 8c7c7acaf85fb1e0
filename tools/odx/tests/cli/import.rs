//! `odx import`: conversations from files, as often as one likes.

use crate::support::Installation;
use sandbox::demo::EXPORT;
use serde_json::{Value, json};

/// What a user of `acme` said, as the API tells it.
async fn said(installation: &Installation, user: &str) -> Value {
    let token = installation.odx("token create --tenant acme --account ann --name reader").await.done();
    let path = format!("/public/api/user-interactions?from=2000-01-01&to=2100-01-01&user_id={user}");
    let (status, answer) = installation.get(&path, token.trim()).await;
    assert_eq!(status, 200, "{answer}");
    answer["data"][0][user].clone()
}

/// What the links and imports of a user of `acme` have told.
async fn context(installation: &Installation, user: &str) -> Value {
    let store = &installation.app.store;
    let tenant = "acme".parse().unwrap();
    let user_hash = store.data_key().user_hash(&tenant, &user.parse().unwrap());
    let context = store.context_get(&tenant, &user_hash).await.expect("the table");
    context.iter().map(|(name, value, _)| (name.to_owned(), value.clone())).collect()
}

fn counts(created: u64, duplicate: u64, conflict: u64, refused: u64) -> Value {
    json!({"created": created, "duplicate": duplicate, "conflict": conflict, "refused": refused, "problems": []})
}

#[tokio::test]
async fn an_export_of_opendialog_is_taken_and_the_second_time_it_is_all_duplicate() {
    let installation = Installation::with_acme().await;
    let file = installation.write("export.json", EXPORT);
    let import = format!("import --tenant acme {file}");
    assert_eq!(installation.odx(&format!("{import} --json")).await.json(), counts(15, 0, 0, 0));
    assert_eq!(installation.odx(&format!("{import} --json")).await.json(), counts(0, 15, 0, 0));
    assert_eq!(installation.odx(&import).await.done(), "0 created, 15 duplicate, 0 conflict, 0 refused\n");
    let ann = said(&installation, "ann").await;
    assert_eq!(ann["chatbot_user_data"]["last_name"], "Gruber");
    assert!(ann["interactions"].as_array().is_some_and(|interactions| !interactions.is_empty()), "{ann}");
}

#[tokio::test]
async fn the_attributes_of_an_export_join_the_context() {
    let installation = Installation::with_acme().await;
    let file = installation.write("export.json", EXPORT);
    installation.odx(&format!("import --tenant acme {file}")).await.done();
    let ann = context(&installation, "ann").await;
    assert_eq!((&ann["policy_number"], &ann["claims"]), (&json!("P-77120"), &json!(2)), "{ann}");
    assert_eq!(context(&installation, "ben").await["first_name"], "Ben");
}

#[tokio::test]
async fn ndjson_is_taken_from_files_and_from_standard_input() {
    let installation = Installation::with_acme().await;
    let event = |text: &str| json!({"user_id": "eve", "type": "text", "date": "2022-09-21T08:00:00Z", "text": text});
    let lines = format!("{}\n\n{}\n", event("hello"), event("yes"));
    let file = installation.write("events.ndjson", &lines);
    let import = installation.odx(&format!("import --tenant acme {file} --json")).await;
    assert_eq!(import.json(), counts(2, 0, 0, 0));
    let import = installation.odx_reads("import --tenant acme - --json", &lines).await;
    assert_eq!(import.json(), counts(0, 2, 0, 0));
    let again = format!("import --tenant acme {file} {file} --json");
    assert_eq!(installation.odx(&again).await.json(), counts(0, 4, 0, 0));
    let eve = said(&installation, "eve").await;
    assert_eq!((&eve["interactions"][0]["text"], &eve["interactions"][1]["text"]), (&json!("hello"), &json!("yes")));
}

#[tokio::test]
async fn broken_lines_are_refused_by_number_without_repeating_them_and_the_good_ones_are_in() {
    let installation = Installation::with_acme().await;
    let lines = [
        r#"{"user_id":"eve","type":"text","date":"2022-09-21T08:00:00Z","text":"first"}"#,
        r#"{"user_id":"eve","text":"my secret"#,
        r#"{"user_id":"eve","type":"text","date":"yesterday","text":"my secret"}"#,
        r#"{"user_id":"eve","type":"text","date":"2022-09-21T08:00:02Z","text":"last"}"#,
    ];
    let file = installation.write("events.ndjson", lines.join("\n"));
    let import = installation.odx(&format!("import --tenant acme {file}")).await;
    assert_eq!((import.code, import.out.as_str()), (Some(1), "2 created, 0 duplicate, 0 conflict, 2 refused\n"));
    assert!(import.err.contains("events.ndjson: line 2: line: is not JSON"), "{import:?}");
    assert!(import.err.contains("events.ndjson: line 3: date: The date is not a valid date"), "{import:?}");
    assert!(!import.err.contains("secret") && !import.err.contains("eve:"), "{import:?}");
    let eve = said(&installation, "eve").await;
    let texts: Vec<_> = eve["interactions"].as_array().unwrap().iter().map(|one| one["text"].clone()).collect();
    assert_eq!(texts, ["first", "last"]);
}

#[tokio::test]
async fn the_same_place_with_another_content_is_a_conflict_and_changes_nothing() {
    let installation = Installation::with_acme().await;
    let event = |text: &str| {
        json!({"id": "1", "user_id": "eve", "type": "text", "date": "2022-09-21T08:00:00Z", "text": text}).to_string()
    };
    installation.odx_reads("import --tenant acme -", &event("hello")).await.done();
    let import = installation.odx_reads("import --tenant acme - --json", &event("goodbye")).await;
    let summary: Value = serde_json::from_str(&import.out).expect("JSON");
    assert_eq!(
        (import.code, &summary["conflict"], &summary["problems"][0]["place"]),
        (Some(1), &json!(1), &json!("line 1"))
    );
    assert_eq!(said(&installation, "eve").await["interactions"][0]["text"], "hello");
}

#[tokio::test]
async fn what_is_no_file_of_either_kind_is_named() {
    let installation = Installation::with_acme().await;
    let gone = installation.file("gone.json");
    installation
        .odx(&format!("import --tenant acme {}", gone.display()))
        .await
        .fails(&["gone.json", "the file cannot be opened"]);
    let good = installation.write("export.json", EXPORT);
    installation.odx(&format!("import --tenant acme {good} {}", gone.display())).await.fails(&[
        "the files before `",
        "15 created, 0 duplicate",
        "the file cannot be opened",
    ]);
    let file = installation.write("half.json", &EXPORT[..EXPORT.len() / 2]);
    installation
        .odx(&format!("import --tenant acme {file}"))
        .await
        .fails(&["half.json", "is not an OpenDialog user-data-export"]);
    let noise = installation.odx_reads("import --tenant acme -", &"noise\n".repeat(30)).await;
    assert_eq!((noise.code, noise.out.as_str()), (Some(1), "0 created, 0 duplicate, 0 conflict, 30 refused\n"));
    assert_eq!(noise.err.matches("is not a JSON object").count(), 20);
    assert!(noise.err.contains("no more problems are shown, all are counted"), "{noise:?}");
    let import = installation.odx_reads("import --tenant acme - --json", "").await;
    assert_eq!(import.json(), counts(0, 0, 0, 0));
}
