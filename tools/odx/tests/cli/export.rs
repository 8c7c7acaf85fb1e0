//! `odx export`: one file, complete and checked, in every format.

use crate::environment::{odx_alone, program};
use crate::export_environment::{ExportEnvironment, GENERATE};
use crate::proxy::Reaction;
use axum::http::StatusCode;
use rstest::rstest;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::fs;
use std::time::{Duration, Instant};

/// Interactions as user, date, type, text and data, which every format has.
type Interactions = BTreeSet<(String, String, String, String, String)>;

fn interaction(user: &Value, value: &Value) -> (String, String, String, String, String) {
    let text = |value: &Value| value.as_str().expect("text").to_owned();
    (text(user), text(&value["date"]), text(&value["type"]), text(&value["text"]), value["data"].to_string())
}

fn of_ndjson(lines: &str) -> Interactions {
    let lines = lines.lines().map(|line| serde_json::from_str::<Value>(line).expect("JSON"));
    lines.filter(|line| line.get("_meta").is_none()).map(|line| interaction(&line["user_id"], &line)).collect()
}

/// The generated events. An export has the callback of an event in its data.
async fn generated() -> Interactions {
    let events = odx_alone(GENERATE).await.succeeds();
    let merged = events.lines().map(|line| {
        let mut event: Value = serde_json::from_str(line).expect("JSON");
        event["data"]["callback_id"] = event["callback_id"].take();
        event.to_string()
    });
    of_ndjson(&merged.collect::<Vec<_>>().join("\n"))
}

fn of_csv(text: &str) -> Interactions {
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let names = reader.headers().expect("column names").clone();
    let of = |record: csv::StringRecord| {
        let cell = |name: &str| {
            let cell = &record[names.iter().position(|other| other == name).expect("a column")];
            let parts = cell.split_inclusive([';', '\t', '\r', '\n']);
            parts.map(|part| part.strip_prefix('\'').unwrap_or(part)).collect::<String>()
        };
        (cell("user_id"), cell("date"), cell("type"), cell("text"), cell("data"))
    };
    reader.records().map(|record| of(record.expect("a record"))).collect()
}

fn of_json(text: &str) -> Interactions {
    let document: Value = serde_json::from_str(text).expect("one JSON document");
    let users = document["data"].as_array().expect("data").iter().flat_map(|user| user.as_object().expect("one key"));
    let interactions = users.flat_map(|(id, user)| {
        user["interactions"].as_array().expect("interactions").iter().map(move |value| interaction(&json!(id), value))
    });
    let interactions: Vec<_> = interactions.collect();
    assert_eq!(document["meta"]["interactions"], interactions.len());
    interactions.into_iter().collect()
}

fn sha256(bytes: &[u8]) -> String {
    hex::encode(shared::crypto::sha256(bytes))
}

#[rstest]
// 600 lines are twelve full pages and an empty last one; 30 users are five pages of at most seven.
#[case::ndjson("ndjson", of_ndjson as fn(&str) -> Interactions, 13)]
#[case::csv("csv", of_csv as fn(&str) -> Interactions, 13)]
#[case::json("json", of_json as fn(&str) -> Interactions, 5)]
#[tokio::test]
async fn an_export_has_exactly_the_stored_interactions_and_the_checksum_of_its_file(
    #[case] format: &str,
    #[case] read: fn(&str) -> Interactions,
    #[case] pages: u64,
) {
    let exports = ExportEnvironment::new().await;
    let generated = generated().await;
    assert_eq!(generated.len(), 600);
    let command = exports.to_file(format, &format!("--format {format} --json"));
    let summary = exports.environment.odx(&command).await.json();
    let written = fs::read(exports.file(format)).expect("the file");
    assert_eq!(summary["pages"], pages);
    assert_eq!(summary["interactions"], 600);
    assert_eq!(summary["bytes"], written.len());
    assert_eq!(summary["sha256"], sha256(&written));
    assert!(read(std::str::from_utf8(&written).expect("text")) == generated, "other interactions than generated");
    assert!(!exports.file(&format!("{format}.partial")).exists());
    assert!(!exports.file(&format!("{format}.state")).exists());
}

#[tokio::test]
async fn no_record_is_empty_where_two_pages_of_csv_meet() {
    let exports = ExportEnvironment::new().await;
    exports.environment.odx(&exports.to_file("pages.csv", "--format csv")).await.succeeds();
    let written = fs::read_to_string(exports.file("pages.csv")).expect("the file");
    // A generated text may have a LF, but no CR: so each CRLF ends a record.
    let records: Vec<_> = written.split_terminator("\r\n").collect();
    assert_eq!(records.len(), 601, "the column names and 600 interactions");
    assert_eq!(records.iter().filter(|record| record.starts_with('\n')).count(), 0);
    assert_eq!(records.iter().filter(|record| record.starts_with("user_id")).count(), 1);
}

#[tokio::test]
async fn standard_output_gets_the_same_bytes_as_a_file() {
    let exports = ExportEnvironment::new().await;
    let printed = exports.environment.odx(&exports.command("")).await;
    printed.says(&["600 interactions"]);
    let printed = printed.succeeds();
    exports.environment.odx(&exports.to_file("whole", "")).await.succeeds();
    let written = fs::read_to_string(exports.file("whole")).expect("the file");
    // The trailers differ: they have the time of the first page.
    assert_eq!(written.rsplit_once("\n{").map(|(lines, _)| lines), printed.rsplit_once("\n{").map(|(lines, _)| lines));
}

#[tokio::test]
async fn the_trailer_has_the_number_and_the_checksum_of_the_lines_before_it() {
    let exports = ExportEnvironment::new().await;
    let printed = exports.environment.odx(&exports.command("")).await.succeeds();
    let (lines, trailer) = printed.trim_end().rsplit_once('\n').expect("lines");
    let trailer: Value = serde_json::from_str(trailer).expect("a trailer");
    assert_eq!(trailer["_meta"]["interactions"], 600);
    assert_eq!(trailer["_meta"]["sha256"], sha256(format!("{lines}\n").as_bytes()));
    assert_eq!(trailer["_meta"]["next_cursor"], Value::Null);
}

#[tokio::test]
async fn an_export_of_one_user_has_all_interactions_of_that_user() {
    let exports = ExportEnvironment::new().await;
    let all = exports.environment.odx(&exports.command("")).await.succeeds();
    let first: Value = serde_json::from_str(all.lines().next().expect("a line")).expect("JSON");
    let user = first["user_id"].as_str().expect("a user");
    let mut command = program();
    command.args(exports.command("--user-id").split(' ')).arg(user); // an id may contain spaces
    let output = command.output().await.expect("odx runs");
    let own = of_ndjson(std::str::from_utf8(&output.stdout).expect("text"));
    let expected: Interactions = of_ndjson(&all).into_iter().filter(|(of, ..)| of == user).collect();
    assert!(!own.is_empty());
    assert_eq!(own, expected);
}

#[tokio::test]
async fn a_filter_exports_only_matching_users() {
    let exports = ExportEnvironment::new().await;
    let all = exports.environment.odx(&exports.command("")).await.succeeds();
    let some = exports.environment.odx(&exports.command("--filter browser=firefox")).await.succeeds();
    let (all, some) = (of_ndjson(&all), of_ndjson(&some));
    assert!(!some.is_empty());
    assert!(some.len() < 600);
    assert!(some.is_subset(&all));
}

#[tokio::test]
async fn a_date_alone_as_the_end_means_the_whole_day() {
    let exports = ExportEnvironment::new().await;
    let command = exports.command("").replace("--from 2025-01-01", "--from 2025-01-03");
    let day = of_ndjson(&exports.environment.odx(&command).await.succeeds());
    let expected: Interactions =
        generated().await.into_iter().filter(|(_, date, ..)| date.starts_with("2025-01-03")).collect();
    assert!(day.iter().any(|(_, date, ..)| date.starts_with("2025-01-03T1")), "only the first second of the day");
    assert_eq!(day, expected);
}

#[rstest]
#[case::ndjson("ndjson", of_ndjson as fn(&str) -> Interactions)]
#[case::json("json", of_json as fn(&str) -> Interactions)]
#[tokio::test]
async fn an_empty_period_is_a_complete_export(#[case] format: &str, #[case] read: fn(&str) -> Interactions) {
    let exports = ExportEnvironment::new().await;
    let command = exports.to_file("nothing", &format!("--format {format} --json")).replace("2025-", "1999-");
    assert_eq!(exports.environment.odx(&command).await.json()["interactions"], 0);
    assert_eq!(read(&fs::read_to_string(exports.file("nothing")).unwrap()).len(), 0);
}

#[rstest]
#[case::altered_ndjson(Reaction::Alter, "ndjson", "a page was altered in transit")]
#[case::altered_csv(Reaction::Alter, "csv", "a page was altered in transit")]
#[case::shortened_ndjson(Reaction::Shorten, "ndjson", "it has no trailer")]
#[case::shortened_csv(Reaction::Shorten, "csv", "a page")]
#[case::shortened_json(Reaction::Shorten, "json", "not what the API sends")]
#[tokio::test]
async fn a_wrong_page_is_refused_and_the_same_command_continues_with_it(
    #[case] reaction: Reaction,
    #[case] format: &str,
    #[case] expected: &str,
) {
    let exports = ExportEnvironment::new().await;
    exports.proxy.plan(move |request| if request == 2 { reaction } else { Reaction::Pass });
    let command = exports.to_file("file", &format!("--format {format}"));
    exports.environment.odx(&command).await.fails(&["the export was interrupted after", expected]);
    assert!(!exports.file("file").exists());

    exports.proxy.plan(|_| Reaction::Pass);
    let again = exports.environment.odx(&command).await;
    again.says(&["continuing after"]);
    assert!(exports.proxy.requests()[0].contains("cursor="), "{:?}", exports.proxy.requests());
    let printed = again.succeeds();
    assert!(printed.contains(": 600 interactions"), "{printed}");
}

#[tokio::test]
async fn a_busy_api_is_asked_again_and_not_before_its_retry_after() {
    let exports = ExportEnvironment::new().await;
    exports.proxy.plan(|request| match request {
        1 => Reaction::Refuse(StatusCode::TOO_MANY_REQUESTS, Some(1)),
        3 | 4 => Reaction::Refuse(StatusCode::SERVICE_UNAVAILABLE, None),
        _ => Reaction::Pass,
    });
    let started = Instant::now();
    let output = exports.environment.odx(&exports.to_file("busy", "")).await;
    assert!(started.elapsed() >= Duration::from_secs(1));
    output.says(&["429 Too Many Requests: trying again in 1."]);
    assert_eq!(output.err.matches("503 Service Unavailable: trying again in").count(), 2, "{output:?}");
    let printed = output.succeeds();
    assert!(printed.contains("600 interactions"), "{printed}");
}

#[tokio::test]
async fn an_api_that_asks_for_a_day_of_patience_is_not_asked_again() {
    let exports = ExportEnvironment::new().await;
    exports.proxy.plan(|_| Reaction::Refuse(StatusCode::TOO_MANY_REQUESTS, Some(86_400)));
    exports.environment.odx(&exports.command("")).await.fails(&["429", "try again later"]);
    assert_eq!(exports.proxy.requests().len(), 1);
}
