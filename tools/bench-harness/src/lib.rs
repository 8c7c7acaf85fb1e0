//! What the benchmarks share: rounds and medians, measurements with their goals, and their output.

mod report;
mod rounds;

pub use report::{Goal, Measurement, OutputArgs, Report, table};
pub use rounds::{median, medians};
