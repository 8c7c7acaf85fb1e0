//! Shared parts of the tests.

mod browser;
mod customer_site;
mod environment;
pub(crate) mod exported;
mod failures;
mod fault_injector;
mod ingestion;
mod links;
mod minute;
mod operations;
mod response;
pub(crate) mod schema;
mod server;
pub(crate) mod source;
pub(crate) mod template;
pub(crate) mod token_forge;
mod widgets;

pub(crate) use browser::Browser;
pub(crate) use customer_site::{CustomerSite, REPORT, Site};
pub(crate) use environment::{PAGE_ORIGIN, TestEnvironment, TestTenant};
pub(crate) use failures::Failures;
pub(crate) use fault_injector::{Fault, FaultInjector, TableRequest};
pub(crate) use ingestion::{LEGACY, PUBLIC, texts, users, with_query};
pub(crate) use links::{GENERATE_PATHS, paths};
pub(crate) use operations::{Operation, description, operations, operations_requiring};
pub(crate) use response::TestResponse;
pub(crate) use server::{Server, shell, stored_link_activity, wait_for_status};
pub(crate) use widgets::Widget;

/// Reports a skipped test on standard error, because the test runner hides the output of a passing test. Panics if `CI` is
/// set: there every test must run.
pub(crate) fn report_skipped(what: &str) {
    use std::io::Write as _;
    assert!(shared::config::variable("CI").is_none(), "in CI nothing is skipped, but {what}");
    writeln!(std::io::stderr(), "SKIPPED: {what}").expect("standard error");
}
