//! Runs the assertions of every row of a large table, and reports all failed rows at once.

use std::any::Any;
use std::fmt::Display;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// The failed rows of a table. When it is dropped, it panics if there are any, naming each.
///
/// For tables that a test derives from the OpenAPI document. A fixed table is a list of `rstest` cases.
#[derive(Default)]
pub(crate) struct Failures(Vec<String>);

impl Failures {
    /// Runs the assertions of one row.
    pub(crate) fn check(&mut self, row: impl Display, assertions: impl FnOnce()) {
        if let Err(panic) = catch_unwind(AssertUnwindSafe(assertions)) {
            self.0.push(format!("{row}: {}", message(panic.as_ref())));
        }
    }
}

impl Drop for Failures {
    fn drop(&mut self) {
        let failed = self.0.len();
        assert!(failed == 0 || std::thread::panicking(), "{failed} rows failed:\n{}", self.0.join("\n"));
    }
}

fn message(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<&str>().copied();
    text.or_else(|| panic.downcast_ref::<String>().map(String::as_str)).unwrap_or("a panic without a message")
}

#[test]
#[should_panic(expected = "2 rows failed:\nodd: 1 is odd\nlarge: 12 is large")]
fn every_failed_row_is_named() {
    let mut failures = Failures::default();
    failures.check("odd", || panic!("{} is odd", 1));
    failures.check("good", || assert_eq!(2, 2));
    failures.check("large", || panic!("12 is large"));
}
