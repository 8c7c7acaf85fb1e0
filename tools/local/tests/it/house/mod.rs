//! The rules of the source tree that the compiler does not check.

mod circles;
mod imports;
mod language;
mod layers;
mod release;
mod sources;

use crate::support::source::{Source, rust};
use regex::Regex;

/// Asserts that no file matches a pattern, but for the files named.
#[track_caller]
fn assert_nowhere(files: &[Source], pattern: &str, but_in: &[&str], rule: &str) {
    let pattern = Regex::new(pattern).expect("a pattern");
    for Source { path, text } in files.iter().filter(|source| !but_in.contains(&source.path.as_str())) {
        for (number, line) in (1..).zip(text.lines()) {
            assert!(!pattern.is_match(line), "{path}:{number}: {rule}:\n{line}");
        }
    }
}

/// Every Rust file of the tree.
fn all_rust() -> Vec<Source> {
    ["shared", "functions", "tools"].into_iter().flat_map(rust).collect()
}
