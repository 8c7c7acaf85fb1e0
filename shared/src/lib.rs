//! What the functions have in common. Read the modules in this order; each uses only those above it.
//!
//! 1. [`model`]: the nouns, pure: no I/O, no clock, no AWS.
//! 2. [`crypto`]: the keys: what a user or a code is called in the table, and who signed what.
//! 3. [`config`]: every setting, read once.
//! 4. [`log`]: what a function logs, as Lambda wants it.
//! 5. [`store`]: the table: the only place that knows AWS and key formats.
//! 6. [`app`]: the state of every router.
//! 7. [`metrics`]: business numbers, counted.
//! 8. [`import`]: conversations of a file, into a tenant.
//! 9. [`http`]: the edge: errors, callers, JSON, the service around the routes.

pub mod model;

pub mod crypto;

pub mod config;

pub mod log;

pub mod store;

pub mod app;

pub mod metrics;

pub mod import;

pub mod http;
