//! What the tests stand on.

mod answer;
mod browser;
mod customer;
pub(crate) mod exported;
pub(crate) mod forge;
mod made;
mod operations;
mod said;
pub(crate) mod schema;
mod server;
pub(crate) mod source;
pub(crate) mod template;
mod wire;
mod world;

pub(crate) use answer::Answer;
pub(crate) use browser::Browser;
pub(crate) use customer::Customer;
pub(crate) use made::{GENERATE, paths};
pub(crate) use operations::{Operation, description, guarded, operations};
pub(crate) use said::{LEGACY, PUBLIC, texts, users, with_query};
pub(crate) use server::{Server, shell, state_after};
pub(crate) use wire::{Asked, Fault, Wire};
pub(crate) use world::{PAGE_ORIGIN, Tenancy, World};

/// Says plainly that something was not tested, past the test runner, which swallows what a passing test prints. Where
/// `CI` is set nothing may be skipped.
pub(crate) fn skipped(what: &str) {
    use std::io::Write as _;
    assert!(shared::config::variable("CI").is_none(), "in CI nothing is skipped, but {what}");
    writeln!(std::io::stderr(), "SKIPPED: {what}").expect("standard error");
}
