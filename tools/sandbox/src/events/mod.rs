//! The events in `events/`: requests as API Gateway sends them, one file for each case. Placeholders in them take the
//! place of secrets.

mod files;
mod fixtures;

pub use files::{ENV, EXPECTED, EventFile, read, replace};
pub use fixtures::EventFixtures;
