//! An interrupted export continues where it stopped, or says why it cannot.

use crate::environment::program;
use crate::export_environment::ExportEnvironment;
use crate::proxy::Reaction;
use rstest::rstest;
use std::fs;

/// An environment with an export to the file `cut` that was interrupted after two pages, and its command.
async fn interrupted() -> (ExportEnvironment, String) {
    let exports = ExportEnvironment::new().await;
    let command = exports.to_file("cut", "");
    exports.proxy.plan(|request| if request == 2 { Reaction::Alter } else { Reaction::Pass });
    exports.environment.odx(&command).await.fails(&["after 100 interactions"]);
    exports.proxy.plan(|_| Reaction::Pass);
    (exports, command)
}

/// Asserts that a command exports all interactions.
async fn assert_complete(exports: &ExportEnvironment, command: &str) {
    let printed = exports.environment.odx(command).await.succeeds();
    assert!(printed.contains("600 interactions"), "{printed}");
}

/// An export without its end, which has the time of its first page.
fn without_end<'a>(export: &'a str, end: &str) -> &'a str {
    if end.is_empty() { export } else { export.rsplit_once(end).expect("the end").0 }
}

#[rstest]
#[case::ndjson("ndjson", "\n{\"_meta\"")]
#[case::csv("csv", "")]
#[case::json("json", "\n]")]
#[tokio::test]
async fn an_export_that_is_killed_twice_ends_as_the_file_of_an_undisturbed_one(
    #[case] format: &str,
    #[case] end: &str,
) {
    let exports = ExportEnvironment::new().await;
    let options = format!("--format {format}");
    exports.environment.odx(&exports.to_file("calm", &options)).await.succeeds();
    let command = exports.to_file("killed", &options);
    for _ in 0..2 {
        exports.proxy.plan(|request| if request == 2 { Reaction::Hold } else { Reaction::Pass });
        let mut child = program().args(command.split(' ')).spawn().expect("odx starts");
        exports.proxy.until(3).await;
        child.kill().await.expect("it runs");
        assert!(!exports.file("killed").exists());
    }
    // A part of a page behind what the state describes.
    let partial = exports.file("killed.partial");
    let torn = [fs::read(&partial).unwrap(), b"{\"user_id\":\"torn".to_vec()].concat();
    fs::write(&partial, torn).unwrap();
    exports.proxy.plan(|_| Reaction::Pass);
    let again = exports.environment.odx(&command).await;
    again.says(&["continuing after"]);
    again.succeeds();
    let read = |name: &str| fs::read_to_string(exports.file(name)).expect("the file");
    assert_eq!(without_end(&read("killed"), end), without_end(&read("calm"), end));
}

#[tokio::test]
async fn an_export_with_other_options_does_not_continue_it() {
    let (exports, cut) = interrupted().await;
    let other = format!("{cut} --format csv");
    exports.environment.odx(&other).await.fails(&["belongs to an export with other options", "--restart"]);
}

#[tokio::test]
async fn restart_starts_again_with_any_options() {
    let (exports, cut) = interrupted().await;
    let again = exports.environment.odx(&format!("{cut} --format csv --restart")).await;
    assert!(!again.err.contains("continuing"), "{again:?}");
    let printed = again.succeeds();
    assert!(printed.contains("600 interactions"), "{printed}");
}

#[rstest]
#[case::altered(|whole: &str| whole.replacen('e', "3", 1))]
#[case::shortened(|whole: &str| whole[..whole.len() - 1].to_owned())]
#[tokio::test]
async fn a_partial_file_that_has_changed_is_not_continued(#[case] change: fn(&str) -> String) {
    let (exports, cut) = interrupted().await;
    let partial = exports.file("cut.partial");
    let whole = fs::read_to_string(&partial).unwrap();
    fs::write(&partial, change(&whole)).unwrap();
    exports.environment.odx(&cut).await.fails(&["has changed since", "--restart"]);
    fs::write(&partial, whole).unwrap();
    assert_complete(&exports, &cut).await;
}

#[tokio::test]
async fn another_tenants_token_cannot_continue_it() {
    let (exports, cut) = interrupted().await;
    exports.environment.odx("tenant create beta").await.succeeds();
    let beta = exports.environment.token("beta").await;
    exports.environment.odx(&cut.replace(&exports.token, &beta)).await.fails(&["another tenant", "--restart"]);
}

#[tokio::test]
async fn after_a_day_it_has_to_start_again() {
    let (exports, cut) = interrupted().await;
    exports.environment.app.clock.advance(chrono::TimeDelta::hours(25));
    exports.environment.odx(&cut).await.fails(&["more than a day ago", "--restart"]);
    assert_complete(&exports, &format!("{cut} --restart")).await;
}
