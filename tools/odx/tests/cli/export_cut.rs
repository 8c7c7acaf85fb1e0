//! An export that was cut off goes on where it was, or says why it cannot.

use crate::export::Exports;
use crate::proxy::Act;
use crate::support::program;
use std::fs;
use std::path::Path;

/// The lines of an export: the trailer's time is that of its first page.
fn lines(file: &Path) -> String {
    let text = fs::read_to_string(file).expect("the file");
    text.rsplit_once("\n{\"_meta\"").map_or(text.clone(), |(lines, _)| lines.to_owned())
}

#[tokio::test]
async fn killed_in_the_middle_it_goes_on_and_the_file_is_that_of_an_undisturbed_run() {
    let exports = Exports::new().await;
    for format in ["ndjson", "csv", "json"] {
        let options = format!("--format {format}");
        exports.installation.odx(&exports.to_file(&format!("{format}-calm"), &options)).await.done();
        let command = exports.to_file(format, &options);
        // Killed while a page is on its way, twice, and with half a page behind what the state tells.
        for _ in 0..2 {
            exports.proxy.plan(|asked| if asked == 2 { Act::Hold } else { Act::Pass });
            let mut child = program().args(command.split(' ')).spawn().expect("odx starts");
            exports.proxy.until(3).await;
            child.kill().await.expect("it runs");
            assert!(!exports.file(format).exists());
        }
        let partial = exports.file(&format!("{format}.partial"));
        let torn = [fs::read(&partial).unwrap(), b"{\"user_id\":\"torn".to_vec()].concat();
        fs::write(&partial, torn).unwrap();
        exports.proxy.plan(|_| Act::Pass);
        let again = exports.installation.odx(&command).await;
        assert!(again.err.contains("going on after"), "{again:?}");
        again.done();
        if format == "json" {
            let end = |name: &str| fs::read_to_string(exports.file(name)).unwrap().replace("complete_until", "");
            assert_eq!(end(format).rsplit_once("\n]").unwrap().0, end("json-calm").rsplit_once("\n]").unwrap().0);
        } else {
            assert_eq!(lines(&exports.file(format)), lines(&exports.file(&format!("{format}-calm"))));
        }
    }
}

#[tokio::test]
async fn other_options_do_not_go_on_with_it_and_restart_begins_again() {
    let exports = Exports::new().await;
    let cut = exports.to_file("cut", "");
    exports.proxy.plan(|asked| if asked == 2 { Act::Alter } else { Act::Pass });
    exports.installation.odx(&cut).await.fails(&["after 100 interactions"]);
    let other = format!("{cut} --format csv");
    exports.installation.odx(&other).await.fails(&["of an export with other options", "--restart"]);
    exports.proxy.plan(|_| Act::Pass);
    let again = exports.installation.odx(&format!("{other} --restart")).await;
    assert!(!again.err.contains("going on"), "{again:?}");
    assert!(again.done().contains("600 interactions"));
}

#[tokio::test]
async fn what_was_changed_meanwhile_is_not_taken_for_the_export() {
    let exports = Exports::new().await;
    let cut = exports.to_file("cut", "");
    exports.proxy.plan(|asked| if asked == 2 { Act::Alter } else { Act::Pass });
    exports.installation.odx(&cut).await.fails(&["after 100 interactions"]);
    exports.proxy.plan(|_| Act::Pass);
    let partial = exports.file("cut.partial");
    let whole = fs::read_to_string(&partial).unwrap();
    for changed in [whole.replacen('e', "3", 1), whole[..whole.len() - 1].to_owned()] {
        fs::write(&partial, changed).unwrap();
        exports.installation.odx(&cut).await.fails(&["has changed since", "--restart"]);
    }
    fs::write(&partial, whole).unwrap();
    assert!(exports.installation.odx(&cut).await.done().contains("600 interactions"));
}

#[tokio::test]
async fn after_a_day_or_with_another_tenants_token_it_has_to_begin_again() {
    let exports = Exports::new().await;
    let cut = exports.to_file("cut", "");
    exports.proxy.plan(|asked| if asked == 2 { Act::Alter } else { Act::Pass });
    exports.installation.odx(&cut).await.fails(&["after 100 interactions"]);
    exports.proxy.plan(|_| Act::Pass);
    exports.installation.odx("tenant create beta").await.done();
    let beta = exports.installation.token("beta").await;
    let of_beta = cut.replace(&exports.token, &beta);
    exports.installation.odx(&of_beta).await.fails(&["another tenant", "--restart"]);
    exports.installation.app.clock.advance(chrono::TimeDelta::hours(25));
    exports.installation.odx(&cut).await.fails(&["more than a day ago", "--restart"]);
    assert!(exports.installation.odx(&format!("{cut} --restart")).await.done().contains("600 interactions"));
}
