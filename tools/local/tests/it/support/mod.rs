//! What the tests stand on.

mod answer;
mod browser;
mod customer;
mod environment;
pub(crate) mod exported;
mod fault_injector;
mod ingestion;
mod links;
mod operations;
pub(crate) mod schema;
mod server;
pub(crate) mod source;
pub(crate) mod template;
pub(crate) mod token_forge;

pub(crate) use answer::Answer;
pub(crate) use browser::Browser;
pub(crate) use customer::Customer;
pub(crate) use environment::{PAGE_ORIGIN, TestEnvironment, TestTenant};
pub(crate) use fault_injector::{Asked, Fault, FaultInjector};
pub(crate) use ingestion::{LEGACY, PUBLIC, texts, users, with_query};
pub(crate) use links::{GENERATE, paths};
pub(crate) use operations::{Operation, description, guarded, operations};
pub(crate) use server::{Server, shell, state_after};

/// Says plainly that something was not tested, past the test runner, which swallows what a passing test prints. Where
/// `CI` is set nothing may be skipped.
pub(crate) fn skipped(what: &str) {
    use std::io::Write as _;
    assert!(shared::config::variable("CI").is_none(), "in CI nothing is skipped, but {what}");
    writeln!(std::io::stderr(), "SKIPPED: {what}").expect("standard error");
}
