//! Measurements, their goals, and their output as a table or as JSON.

use anyhow::Result;
use clap::Args;
use comfy_table::{CellAlignment, Table, presets::ASCII_MARKDOWN};
use serde::Serialize;
use std::process::ExitCode;

/// The options of the output, the same for every benchmark.
#[derive(Clone, Copy, Debug, Args)]
pub struct OutputArgs {
    /// Print JSON
    #[arg(long)]
    pub json: bool,
    /// Exit with an error if a goal is missed
    #[arg(long)]
    pub check: bool,
}

/// A bound of a measurement: of its ratio to the floor, or of its value if it has no floor.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Goal {
    /// The upper bound.
    AtMost(f64),
    /// The lower bound.
    AtLeast(f64),
}

impl Goal {
    fn is_met(self, number: f64) -> bool {
        match self {
            Self::AtMost(most) => number <= most,
            Self::AtLeast(least) => number >= least,
        }
    }

    fn text(self) -> String {
        match self {
            Self::AtMost(most) => format!("≤ {most}"),
            Self::AtLeast(least) => format!("≥ {least}"),
        }
    }
}

/// A measured number, next to its floor: the same work done by the least code.
#[derive(Clone, Debug, Serialize)]
pub struct Measurement {
    name: String,
    value: f64,
    floor: Option<f64>,
    ratio: Option<f64>,
    goal: Option<Goal>,
    met: bool,
}

impl Measurement {
    /// A number without a floor and without a goal.
    pub fn new(name: impl Into<String>, value: f64) -> Self {
        Self { name: name.into(), value, floor: None, ratio: None, goal: None, met: true }
    }

    /// Adds a floor. A goal is then a bound of the ratio to it.
    #[must_use]
    pub fn with_floor(mut self, floor: f64) -> Self {
        (self.floor, self.ratio) = (Some(floor), Some(self.value / floor));
        self
    }

    /// Adds an upper bound: of the ratio if there is a floor, else of the value.
    #[must_use]
    pub fn at_most(self, most: f64) -> Self {
        self.with_goal(Goal::AtMost(most))
    }

    /// Adds a lower bound: of the ratio if there is a floor, else of the value.
    #[must_use]
    pub fn at_least(self, least: f64) -> Self {
        self.with_goal(Goal::AtLeast(least))
    }

    fn with_goal(mut self, goal: Goal) -> Self {
        (self.goal, self.met) = (Some(goal), goal.is_met(self.ratio.unwrap_or(self.value)));
        self
    }

    /// The cells that are not empty, in one line.
    fn line(&self) -> String {
        let cells: Vec<_> = self.cells().into_iter().filter(|cell| !cell.is_empty()).collect();
        cells.join(" | ")
    }

    fn cells(&self) -> [String; 5] {
        let goal = self.goal.map_or(String::new(), Goal::text);
        [
            self.name.clone(),
            figure(self.value),
            self.floor.map_or(String::new(), figure),
            self.ratio.map_or(String::new(), |ratio| format!("{ratio:.3}")),
            if self.met { goal } else { format!("{goal} MISSED") },
        ]
    }
}

/// The measurements of a run.
#[derive(Debug, Default)]
pub struct Report {
    measurements: Vec<Measurement>,
}

impl Report {
    /// Adds a measurement, and prints it to standard error, because a run takes minutes.
    pub fn add(&mut self, measurement: Measurement) {
        eprintln!("{}", measurement.line());
        self.measurements.push(measurement);
    }

    /// The measurements, for output as JSON.
    #[must_use]
    pub fn measurements(&self) -> &[Measurement] {
        &self.measurements
    }

    /// Prints the measurements as a table or as JSON.
    ///
    /// # Errors
    /// Returns [`serde_json::Error`] if the JSON cannot be written, which no measurement causes.
    pub fn print(&self, output: OutputArgs) -> Result<ExitCode> {
        if output.json {
            println!("{}", serde_json::to_string_pretty(&self.measurements)?);
        } else {
            let rows = self.measurements.iter().map(Measurement::cells);
            println!("{}", table(["", "measured", "floor", "ratio", "goal"], rows));
        }
        Ok(self.exit_code(output))
    }

    /// The number of goals that are met, and a line for each that is missed.
    #[must_use]
    pub fn summary(&self) -> String {
        let goals: Vec<_> = self.measurements.iter().filter(|measurement| measurement.goal.is_some()).collect();
        let missed: Vec<_> = goals.iter().filter(|measurement| !measurement.met).collect();
        let mut lines = vec![format!("{} of {} goals are met", goals.len() - missed.len(), goals.len())];
        lines.extend(missed.into_iter().map(|missed| missed.line()));
        lines.join("\n")
    }

    /// A failure if the goals are checked and one is missed.
    #[must_use]
    pub fn exit_code(&self, output: OutputArgs) -> ExitCode {
        let missed = self.measurements.iter().any(|measurement| !measurement.met);
        if output.check && missed { ExitCode::FAILURE } else { ExitCode::SUCCESS }
    }
}

impl FromIterator<Measurement> for Report {
    fn from_iter<I: IntoIterator<Item = Measurement>>(measurements: I) -> Self {
        Self { measurements: measurements.into_iter().collect() }
    }
}

/// A table in Markdown. All columns but the first are aligned to the right.
pub fn table<const N: usize>(header: [&str; N], rows: impl IntoIterator<Item = [String; N]>) -> String {
    let mut table = Table::new();
    table.load_style(ASCII_MARKDOWN).set_header(header).add_rows(rows);
    table.column_iter_mut().skip(1).for_each(|column| column.set_cell_alignment(CellAlignment::Right));
    table.to_string()
}

/// A number with one digit after the point, or two if it is small.
fn figure(value: f64) -> String {
    if value >= 10.0 { format!("{value:.1}") } else { format!("{value:.2}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CHECK: OutputArgs = OutputArgs { json: false, check: true };

    fn report(measurement: Measurement) -> Report {
        [measurement].into_iter().collect()
    }

    #[test]
    fn a_goal_bounds_the_ratio_if_there_is_a_floor_and_the_value_otherwise() {
        let met = [
            Measurement::new("links/s", 80.0).with_floor(100.0).at_least(0.8),
            Measurement::new("read units", 105.0).with_floor(100.0).at_most(1.05),
            Measurement::new("ms", 15.0).at_most(15.0),
        ];
        assert_eq!(met.map(|measurement| measurement.met), [true; 3]);
        let missed = [
            Measurement::new("links/s", 79.0).with_floor(100.0).at_least(0.8),
            Measurement::new("read units", 106.0).with_floor(100.0).at_most(1.05),
            Measurement::new("ms", 15.1).at_most(15.0),
        ];
        assert_eq!(missed.map(|measurement| measurement.met), [false; 3]);
    }

    #[test]
    fn a_number_that_cannot_be_compared_misses_its_goal() {
        assert!(!Measurement::new("links/s", 0.0).with_floor(0.0).at_most(1.0).met);
    }

    #[test]
    fn only_a_missed_goal_that_is_checked_is_a_failure() {
        let (met, missed) = (Measurement::new("ms", 1.0).at_most(2.0), Measurement::new("ms", 3.0).at_most(2.0));
        assert_eq!(report(met).exit_code(CHECK), ExitCode::SUCCESS);
        assert_eq!(report(missed.clone()).exit_code(CHECK), ExitCode::FAILURE);
        assert_eq!(report(missed).exit_code(OutputArgs { check: false, ..CHECK }), ExitCode::SUCCESS);
    }

    #[test]
    fn the_summary_names_each_missed_goal() {
        let measurements = [
            Measurement::new("size, MB", 9.5).at_most(9.0),
            Measurement::new("ready", 1.0).with_floor(1.0).at_most(1.3),
            Measurement::new("pages", 3.0),
        ];
        let report: Report = measurements.into_iter().collect();
        assert_eq!(report.summary(), "1 of 2 goals are met\nsize, MB | 9.50 | ≤ 9 MISSED");
    }
}
