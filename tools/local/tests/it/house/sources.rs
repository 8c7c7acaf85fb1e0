//! Rules about the source files: their first line, their length, lints, clock and environment.

use super::{all_rust, assert_nowhere};
use crate::support::source::{Source, root, sources};
use regex::Regex;

#[test]
fn one_file_reads_the_environment_and_one_the_clock() {
    let all = all_rust();
    let environment = concat!(r"\benv::", r"(var|vars|var_os|vars_os)\b");
    assert_nowhere(&all, environment, &["shared/src/config/mod.rs"], "settings are read in shared::config");
    let clock = concat!(r"\b(Utc|Local|System", r"Time)::now\b");
    assert_nowhere(&all, clock, &["shared/src/app.rs"], "the clock is shared::app's");
}

#[test]
fn no_table_is_ever_read_from_end_to_end() {
    assert_nowhere(
        &all_rust(),
        concat!(r"\.sc", r"an\(\)|operation::sc", r"an\b"),
        // One item, to tell an empty table from a foreign one; and the table of a test that looks for items that stay.
        &["shared/src/store/table/mod.rs", "tools/local/tests/it/links/kept_until.rs"],
        "no operation reads the whole table",
    );
}

#[test]
fn lints_are_expected_with_a_reason_and_never_allowed() {
    assert_nowhere(&all_rust(), concat!(r"#!?\[al", r"low\("), &[], "expect it, with a reason");
    let expected = Regex::new(r"#!?\[expect\(([^\]]*)\)\]").expect("a pattern");
    for Source { path, text } in all_rust() {
        for found in expected.captures_iter(&text) {
            assert!(found[1].contains("reason = \""), "{path}: {} without a reason", &found[0]);
        }
    }
}

#[test]
fn every_file_says_first_what_it_is() {
    for Source { path, text } in all_rust() {
        let first = text.lines().next().unwrap_or_default();
        assert!(first.starts_with("//! ") && first.len() > 8, "{path} does not begin with a line of `//!`");
    }
}

#[test]
fn a_file_is_short_enough_to_be_read_at_once() {
    for Source { path, text } in all_rust() {
        assert!(text.lines().count() <= 230, "{path} has {} lines", text.lines().count());
    }
}

#[test]
fn nothing_in_the_tree_names_a_folder_of_somebodys_machine() {
    let here = root().to_str().expect("Unicode").to_owned();
    let machine = Regex::new(concat!(r"(^|[^\w.])/(ho", r"me|Us", r"ers|ro", r"ot)/\w")).expect("a pattern");
    for Source { path, text } in sources("") {
        assert!(!text.contains(&here), "{path} names the folder that the tree lies in");
        assert!(!machine.is_match(&text), "{path} names somebody's folder");
    }
}
