//! `--out`: devices, named pipes and symbolic links stay what they are; a closed pipe ends a command quietly.

use crate::environment::program;
use crate::export_environment::ExportEnvironment;
use rstest::rstest;
use std::fs;
use std::os::unix::fs::FileTypeExt as _;
use std::process::Stdio;
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::Command;

#[tokio::test]
async fn an_export_to_a_named_pipe_leaves_the_pipe_in_place() {
    let exports = ExportEnvironment::new().await;
    let pipe = exports.file("pipe");
    assert!(Command::new("mkfifo").arg(&pipe).status().await.expect("mkfifo runs").success());
    let reader = Command::new("cat").arg(&pipe).stdout(Stdio::piped()).spawn().expect("cat starts");
    let reader = tokio::spawn(reader.wait_with_output());
    exports.environment.odx(&exports.to_file("pipe", "--format csv")).await.succeeds();
    let read = reader.await.expect("the reader").expect("its output").stdout;
    assert_eq!(String::from_utf8(read).expect("text").matches("\r\n").count(), 601, "the column names and 600 records");
    assert!(fs::metadata(&pipe).expect("the pipe").file_type().is_fifo());
    assert!(!exports.file("pipe.partial").exists());
}

#[tokio::test]
async fn an_export_to_a_device_leaves_the_device_in_place() {
    let exports = ExportEnvironment::new().await;
    exports.environment.odx(&exports.command("--out /dev/null")).await.succeeds();
    assert!(fs::metadata("/dev/null").expect("the device").file_type().is_char_device());
}

#[tokio::test]
async fn an_export_follows_a_symbolic_link() {
    let exports = ExportEnvironment::new().await;
    let target = exports.environment.write("target.ndjson", "old");
    std::os::unix::fs::symlink(&target, exports.file("link.ndjson")).expect("a link");
    exports.environment.odx(&exports.to_file("link.ndjson", "")).await.succeeds();
    assert!(fs::symlink_metadata(exports.file("link.ndjson")).expect("the link").is_symlink());
    assert_eq!(fs::read_to_string(target).expect("the target").lines().count(), 601);
}

#[rstest]
#[tokio::test]
async fn a_minus_and_the_device_are_standard_output(#[values("-", "/dev/stdout")] out: &str) {
    let exports = ExportEnvironment::new().await;
    let printed = exports.environment.odx(&exports.command(&format!("--out {out}"))).await.succeeds();
    assert_eq!(printed.lines().count(), 601);
}

#[rstest]
#[tokio::test]
async fn a_reader_that_has_read_enough_ends_an_export_quietly(#[values("ndjson", "csv", "json")] format: &str) {
    let exports = ExportEnvironment::new().await;
    let mut command = program();
    command.args(exports.command(&format!("--format {format}")).split(' '));
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("odx starts");
    let mut lines = BufReader::new(child.stdout.take().expect("its output"));
    let mut first = String::new();
    lines.read_line(&mut first).await.expect("a line");
    drop(lines);
    let output = child.wait_with_output().await.expect("its end");
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
}

#[tokio::test]
async fn csv_has_fields_of_the_user_by_choice_and_is_imported_with_them() {
    let exports = ExportEnvironment::new().await;
    let command = exports.to_file("users.csv", "--format csv --fields first_name,browser,custom.selected_scenario");
    exports.environment.odx(&command).await.succeeds();
    let written = fs::read_to_string(exports.file("users.csv")).expect("the file");
    let names = "user_id,id,type,date,text,data,scenario_id,first_name,browser,custom.selected_scenario\r\n";
    assert!(written.starts_with(names), "{}", &written[..150]);
    let mut table = csv::Reader::from_reader(written.as_bytes());
    let rows: Vec<csv::StringRecord> = table.records().map(|row| row.expect("a record")).collect();
    assert_eq!(rows.len(), 600);
    assert_eq!(rows.iter().filter(|row| row[8].is_empty()).count(), 0, "every generated user has a browser");
    exports.environment.odx("tenant create beta").await.succeeds();
    let file = exports.file("users.csv");
    exports.environment.odx(&format!("import --tenant beta {}", file.display())).await.succeeds();
    let beta = exports.environment.token("beta").await;
    let again = command.replace(&exports.token, &beta).replace("users.csv", "beta.csv");
    exports.environment.odx(&again).await.succeeds();
    let sorted = |text: &str| {
        let mut lines: Vec<_> = text.lines().map(str::to_owned).collect();
        lines.sort();
        lines
    };
    let copied = fs::read_to_string(exports.file("beta.csv")).expect("the file");
    assert_eq!(sorted(&copied), sorted(&written));
}

#[tokio::test]
async fn csv_begins_with_a_byte_order_mark_only_by_choice() {
    let exports = ExportEnvironment::new().await;
    let plain = exports.environment.odx(&exports.command("--format csv")).await.succeeds();
    assert!(plain.starts_with("user_id,"), "{}", &plain[..20]);
    let marked = exports.environment.odx(&exports.command("--format csv --bom")).await.succeeds();
    assert_eq!(marked.strip_prefix('\u{feff}'), Some(plain.as_str()));
    exports.environment.odx(&exports.command("--bom")).await.fails(&["--bom and --fields are for --format csv"]);
}
