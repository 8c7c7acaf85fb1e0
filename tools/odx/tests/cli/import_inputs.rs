//! Files of interactions as programs write them: byte order marks, UTF-16, large numbers, CSV.

use crate::environment::TestEnvironment;
use crate::export_environment::ExportEnvironment;
use rstest::rstest;
use serde_json::json;

const LINES: &str = "{\"user_id\": \"nd-1\", \"type\": \"text\", \"date\": \"2023-05-01T08:00:01Z\", \"text\": \"one\"}\r\n\
    {\"user_id\": \"nd-1\", \"type\": \"text\", \"date\": \"2023-05-01T08:00:02Z\", \"text\": \"zwei ä\"}\r\n";

fn utf_16_le(text: &str) -> Vec<u8> {
    text.encode_utf16().flat_map(u16::to_le_bytes).collect()
}

#[rstest]
#[case::utf_8_with_a_byte_order_mark(format!("\u{feff}{LINES}").into_bytes())]
#[case::utf_16_of_powershell(utf_16_le(&format!("\u{feff}{LINES}")))]
#[case::utf_16_without_a_mark(utf_16_le(LINES))]
#[tokio::test]
async fn lines_in_another_encoding_are_imported_over_http_and_directly(#[case] file: Vec<u8>) {
    let environment = TestEnvironment::with_acme().await;
    let (url, token) = environment.serve().await;
    let file = environment.write("events.ndjson", file);
    let import = environment.odx(&format!("import --url {url} --token {token} {file}")).await.succeeds();
    assert_eq!(import, "2 created, 0 duplicate, 0 conflict, 0 refused\n");
    let import = environment.odx(&format!("import --tenant acme {file}")).await.succeeds();
    assert_eq!(import, "0 created, 2 duplicate, 0 conflict, 0 refused\n");
    let path = "/public/api/user-interactions?from=2023-05-01&to=2023-05-02";
    let (_, body) = environment.get(path, &token).await;
    assert_eq!(body["data"][0]["nd-1"]["interactions"][1]["text"], "zwei ä");
}

#[tokio::test]
async fn a_line_with_a_number_of_too_many_digits_is_refused() {
    let environment = TestEnvironment::with_acme().await;
    let event = |order: &str| {
        format!(
            r#"{{"user_id":"nd-10","type":"form_response","date":"2023-05-01T08:00:01Z","text":"","data":{{"order":{order},"u64":18446744073709551615,"cents":0.1,"big":1e200}}}}"#
        )
    };
    let lines = format!("{}\n{}\n", event("12345678901234567890123"), event("\"12345678901234567890123\""));
    let output = environment.odx_with_input("import --tenant acme -", &lines).await;
    assert_eq!(output.out, "1 created, 0 duplicate, 0 conflict, 1 refused\n");
    output.says(&["line 1: line: has a number with more digits than can be kept: write it as a string"]);
    let token = environment.token("acme").await;
    let path = "/public/api/user-interactions?from=2023-05-01&to=2023-05-02";
    let (_, body) = environment.get(path, &token).await;
    let data = &body["data"][0]["nd-10"]["interactions"][0]["data"];
    assert_eq!(data["order"], "12345678901234567890123");
    assert_eq!(data["u64"], u64::MAX);
}

#[rstest]
#[tokio::test]
async fn an_export_in_csv_is_imported_under_its_own_ids(#[values("", "--bom")] options: &str) {
    let exports = ExportEnvironment::new().await;
    let ExportEnvironment { environment, token, proxy } = &exports;
    let export = exports.to_file("all.csv", &format!("--format csv {options}"));
    environment.odx(export.trim()).await.succeeds();
    let file = exports.file("all.csv");
    let import = format!("import --url {} --token {token} {} --json", proxy.url, file.display());
    let counts = json!({"created": 0, "duplicate": 600, "conflict": 0, "refused": 0, "problems": []});
    assert_eq!(environment.odx(&import).await.json(), counts);
}

#[tokio::test]
async fn csv_with_a_column_that_no_interaction_has_is_refused() {
    let environment = TestEnvironment::with_acme().await;
    let csv = "user_id,type,date,mood\nann,text,2023-05-01,good\n";
    environment.odx_with_input("import --tenant acme -", csv).await.fails(&["has a column `mood`"]);
}

#[tokio::test]
async fn an_invalid_row_of_csv_is_named_by_its_line_and_the_others_are_stored() {
    let environment = TestEnvironment::with_acme().await;
    let csv = "user_id;type;date;text;data\nann;text;2023-05-01;hello;\nann;text;2023-05-02;secret;noise\n;text;2023-05-03;hi;\n";
    let output = environment.odx_with_input("import --tenant acme -", csv).await;
    assert_eq!(output.out, "1 created, 0 duplicate, 0 conflict, 2 refused\n");
    output.says(&["-: line 3: line: has data that is not JSON", "-: line 4: user_id: "]);
    assert!(!output.err.contains("secret"), "{}", output.err);
}
