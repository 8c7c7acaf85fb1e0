//! What the functions have in common. Each module uses only the modules above it in this list.
//!
//! 1. [`model`]: the nouns, pure: no I/O, no clock, no AWS.
//! 2. [`crypto`]: the data key, which names users and codes in the table, and the signing keys.
//! 3. [`config`]: every setting, read once.
//! 4. [`store`]: the table; the only module that knows AWS and key formats.
//! 5. [`app`]: the state of every router.
//! 6. [`telemetry`]: logs and business metrics.
//! 7. [`http`]: the edge: extractors, errors and the service around the routes.

pub mod model;

pub mod crypto;

pub mod config;

pub mod store;

pub mod app;

pub mod telemetry;

pub mod http;
