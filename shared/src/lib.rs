//! The code that all functions share. Each module uses only itself and the modules before it in this list.
//!
//! 1. [`model`]: the types of the domain, without I/O, clock or AWS.
//! 2. [`crypto`]: hashes, the data key, which names users and codes in the table, and the signing keys.
//! 3. [`config`]: the settings, read once at start.
//! 4. [`store`]: the table. No other module knows AWS or the format of a key.
//! 5. [`app`]: the state of every router, and the clock.
//! 6. [`telemetry`]: logs and business metrics.
//! 7. [`http`]: extractors, errors and the service around the routes.

pub mod model;

pub mod crypto;

pub mod config;

pub mod store;

pub mod app;

pub mod telemetry;

pub mod http;
