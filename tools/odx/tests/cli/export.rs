//! `odx export`: one file, whole and checked, in every format.

use crate::proxy::{Act, Proxy};
use crate::support::{Installation, odx_alone};
use axum::http::StatusCode;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;

/// Users of `acme` who say 600 things on three days of January 2025, and the file they were imported from.
pub(crate) const GENERATE: &str = "generate --users 30 --days 3 --interactions 600";

/// What a test of exports stands on.
pub(crate) struct Exports {
    pub(crate) installation: Installation,
    pub(crate) proxy: Proxy,
    pub(crate) token: String,
}

impl Exports {
    /// An API with interactions behind a proxy that lets pages have 50 lines.
    pub(crate) async fn new() -> Self {
        let installation = Installation::with_acme().await;
        installation.odx(&format!("{GENERATE} --load --tenant acme")).await.done();
        let (url, token) = installation.serve().await;
        let proxy = Proxy::start(&url, |_| Act::Pass).await;
        Self { installation, proxy, token }
    }

    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.installation.file(name)
    }

    /// The command that exports all of it.
    pub(crate) fn command(&self, options: &str) -> String {
        let Self { proxy, token, .. } = self;
        format!("export --url {} --token {token} --from 2025-01-01 --to 2025-01-03 {options}", proxy.url)
            .trim()
            .to_owned()
    }

    /// The command that exports all of it into a file.
    pub(crate) fn to_file(&self, name: &str, options: &str) -> String {
        self.command(&format!("--out {} {options}", self.file(name).display()))
    }
}

/// What an interaction is, whichever way it was written.
type Told = BTreeSet<(String, String, String, String, String)>;

fn told(user: &Value, said: &Value) -> (String, String, String, String, String) {
    let text = |value: &Value| value.as_str().expect("text").to_owned();
    (text(user), text(&said["date"]), text(&said["type"]), text(&said["text"]), said["data"].to_string())
}

fn of_lines(lines: &str) -> Told {
    let lines = lines.lines().map(|line| serde_json::from_str::<Value>(line).expect("JSON"));
    lines.filter(|line| line.get("_meta").is_none()).map(|said| told(&said["user_id"], &said)).collect()
}

/// The events as they were made up, their callback merged into the data.
async fn generated() -> Told {
    let events = odx_alone(GENERATE).await.done();
    let merged = events.lines().map(|line| {
        let mut event: Value = serde_json::from_str(line).expect("JSON");
        event["data"]["callback_id"] = event["callback_id"].take();
        event.to_string()
    });
    of_lines(&merged.collect::<Vec<_>>().join("\n"))
}

fn of_csv(text: &str) -> Told {
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let names = reader.headers().expect("names").clone();
    let of = |record: csv::StringRecord| {
        let cell = |name: &str| {
            let cell = &record[names.iter().position(|other| other == name).expect("a column")];
            cell.strip_prefix('\'').unwrap_or(cell).to_owned()
        };
        (cell("user_id"), cell("date"), cell("type"), cell("text"), cell("data"))
    };
    reader.records().map(|record| of(record.expect("a record"))).collect()
}

fn of_json(text: &str) -> Told {
    let whole: Value = serde_json::from_str(text).expect("one JSON document");
    let users = whole["data"].as_array().expect("data").iter().flat_map(|user| user.as_object().expect("one key"));
    let said = users.flat_map(|(id, user)| {
        user["interactions"].as_array().expect("interactions").iter().map(move |said| told(&json!(id), said))
    });
    let said: Vec<_> = said.collect();
    assert_eq!(whole["meta"]["interactions"], said.len());
    said.into_iter().collect()
}

#[tokio::test]
async fn every_format_holds_exactly_what_was_imported_and_its_checksum_is_that_of_the_file() {
    let exports = Exports::new().await;
    let generated = generated().await;
    assert_eq!(generated.len(), 600);
    for (format, read) in [("ndjson", of_lines as fn(&str) -> Told), ("csv", of_csv), ("json", of_json)] {
        let summary =
            exports.installation.odx(&exports.to_file(format, &format!("--format {format} --json"))).await.json();
        let written = fs::read(exports.file(format)).expect("the file");
        assert!(summary["pages"].as_u64().is_some_and(|pages| pages > 3), "{summary}");
        assert_eq!((&summary["interactions"], &summary["bytes"]), (&json!(600), &json!(written.len())), "{format}");
        assert_eq!(summary["sha256"], sha256(&written), "{format}");
        assert!(read(std::str::from_utf8(&written).expect("text")) == generated, "{format}");
        let left = ["partial", "state"].map(|left| exports.file(&format!("{format}.{left}")).exists());
        assert_eq!(left, [false, false]);
    }
}

fn sha256(bytes: &[u8]) -> String {
    hex::encode(aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, bytes))
}

#[tokio::test]
async fn standard_output_gets_the_same_bytes_and_the_trailer_proves_the_lines_before_it() {
    let exports = Exports::new().await;
    let printed = exports.installation.odx(&exports.command("")).await;
    assert!(printed.err.contains("600 interactions"), "{printed:?}");
    let printed = printed.done();
    exports.installation.odx(&exports.to_file("whole", "")).await.done();
    let (lines, trailer) = printed.trim_end().rsplit_once('\n').expect("lines");
    let trailer: Value = serde_json::from_str(trailer).expect("a trailer");
    assert_eq!(trailer["_meta"]["interactions"], 600);
    assert_eq!(trailer["_meta"]["sha256"], sha256(format!("{lines}\n").as_bytes()));
    assert_eq!(trailer["_meta"]["next_cursor"], Value::Null);
    let written = fs::read_to_string(exports.file("whole")).expect("the file");
    assert_eq!(written.rsplit_once("\n{").map(|(lines, _)| lines), printed.rsplit_once("\n{").map(|(lines, _)| lines));
}

#[tokio::test]
async fn an_export_of_one_user_or_of_few_is_as_the_api_filters() {
    let exports = Exports::new().await;
    let all = exports.installation.odx(&exports.command("")).await.done();
    let first: Value = serde_json::from_str(all.lines().next().expect("a line")).expect("JSON");
    let user = first["user_id"].as_str().expect("a user");
    let mut program = crate::support::program();
    program.args(exports.command("--user-id").split(' ')).arg(user);
    let said = program.output().await.expect("it runs");
    let own = of_lines(std::str::from_utf8(&said.stdout).expect("text"));
    let expected: Told = of_lines(&all).into_iter().filter(|(of, ..)| of == user).collect();
    assert!(own == expected && !own.is_empty());
    let few = exports.installation.odx(&exports.command("--filter browser=firefox")).await.done();
    assert!((1..600).contains(&of_lines(&few).len()), "{}", few.lines().count());
}

#[tokio::test]
async fn the_last_day_is_exported_to_its_end_and_nothing_is_a_whole_export_too() {
    let exports = Exports::new().await;
    let command = exports.command("").replace("--from 2025-01-01", "--from 2025-01-03");
    let day = of_lines(&exports.installation.odx(&command).await.done());
    assert!(day.iter().any(|(_, date, ..)| date.starts_with("2025-01-03T1")), "not the first second of the day alone");
    assert!(day.iter().all(|(_, date, ..)| date.starts_with("2025-01-03")));
    let nothing = exports.to_file("nothing", "--json").replace("2025-", "1999-");
    assert_eq!(exports.installation.odx(&nothing).await.json()["interactions"], 0);
    assert_eq!(of_lines(&fs::read_to_string(exports.file("nothing")).unwrap()).len(), 0);
    let json = exports.to_file("nothing", "--format json").replace("2025-", "1999-");
    exports.installation.odx(&json).await.done();
    assert_eq!(of_json(&fs::read_to_string(exports.file("nothing")).unwrap()).len(), 0);
}

#[tokio::test]
async fn a_page_that_was_altered_or_cut_short_is_refused_in_every_format_and_no_file_is_there() {
    let exports = Exports::new().await;
    for (act, format, says) in [
        (Act::Alter, "ndjson", "a page was altered on its way"),
        (Act::Alter, "csv", "a page was altered on its way"),
        (Act::Shorten, "ndjson", "it has no trailer"),
        (Act::Shorten, "csv", "a page"),
        (Act::Shorten, "json", "not what it should be"),
    ] {
        exports.proxy.plan(move |asked| if asked == 2 { act } else { Act::Pass });
        let file = format!("{format}-{act:?}");
        let command = exports.to_file(&file, &format!("--format {format}"));
        exports.installation.odx(&command).await.fails(&["the export stopped after", says]);
        assert!(!exports.file(&file).exists(), "{file}");
        // The good pages stay: the same command goes on with the one that was bad.
        exports.proxy.plan(|_| Act::Pass);
        let again = exports.installation.odx(&command).await;
        assert!(again.err.contains("going on after"), "{again:?}");
        assert!(exports.proxy.asked()[0].contains("cursor="), "{:?}", exports.proxy.asked());
        assert!(again.done().contains(": 600 interactions"));
    }
}

#[tokio::test]
async fn an_api_that_is_busy_is_asked_again_not_before_it_says_so() {
    let exports = Exports::new().await;
    exports.proxy.plan(|asked| match asked {
        1 => Act::Busy(StatusCode::TOO_MANY_REQUESTS, Some(2)),
        3 | 4 => Act::Busy(StatusCode::SERVICE_UNAVAILABLE, None),
        _ => Act::Pass,
    });
    let begun = std::time::Instant::now();
    let said = exports.installation.odx(&exports.to_file("busy", "")).await;
    assert!(said.err.contains("429 Too Many Requests: trying again in 2."), "{said:?}");
    assert_eq!(said.err.matches("503 Service Unavailable: trying again in").count(), 2, "{said:?}");
    assert!(said.done().contains("600 interactions") && begun.elapsed().as_secs() >= 2);
}

#[tokio::test]
async fn what_is_in_the_way_is_named_with_what_to_do() {
    let exports = Exports::new().await;
    let Exports { installation, proxy, .. } = &exports;
    let period = "--from 2025-01-01 --to 2025-01-03";
    odx_alone(&format!("export {period}")).await.fails(&["where is the API?", "--url", "ODX_URL", "--local DIR"]);
    odx_alone(&format!("export --url {} {period}", proxy.url)).await.fails(&["ODX_TOKEN"]);
    odx_alone(&format!("export --url {} --token odx_nonsense {period}", proxy.url))
        .await
        .fails(&["401", "odx token create"]);
    installation.odx("account create --tenant acme bot --role integration --scope links:read").await.done();
    let links = installation.odx("token create --tenant acme --account bot --name links").await.done();
    odx_alone(&format!("export --url {} --token {} {period}", proxy.url, links.trim()))
        .await
        .fails(&["403", "lacks the scope interactions:read"]);
    let elsewhere = exports.command("").replace(&proxy.url, &format!("{}/docs", proxy.url));
    installation.odx(&elsewhere).await.fails(&["404", "Is the address that of the API"]);
    proxy.plan(|_| Act::Busy(StatusCode::TOO_MANY_REQUESTS, Some(86_400)));
    installation.odx(&exports.command("")).await.fails(&["429", "try again later"]);
}
