//! The medians of each case, their ratios to the baseline, and the goals.

use crate::cases::{Case, LARGE};
use crate::process::Run;
use bench_harness::{Measurement, median};
use serde::Serialize;

/// The medians of one case, in milliseconds and bytes.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Row {
    name: String,
    size: u64,
    ready: f64,
    ready_cpu: f64,
    first: f64,
    first_cpu: f64,
    warm: f64,
    warm_cpu: f64,
    peak: f64,
    /// The name of the baseline's case.
    floor: &'static str,
}

impl Row {
    pub(crate) fn new(case: &Case, runs: &[Run], size: u64) -> Self {
        let of = |value: fn(&Run) -> f64| median(runs.iter().map(value).collect());
        Self {
            name: case.name.clone(),
            size,
            ready: of(|run| run.ready.wall),
            ready_cpu: of(|run| run.ready.cpu),
            first: of(|run| run.first.wall),
            first_cpu: of(|run| run.first.cpu),
            warm: of(|run| run.warm.wall),
            warm_cpu: of(|run| run.warm.cpu),
            peak: of(|run| run.peak) * 1024.0,
            floor: case.floor,
        }
    }
}

/// The goals of the cases that were measured.
pub(crate) fn goals(rows: &[Row]) -> Vec<Measurement> {
    let mut goals = Vec::new();
    let ratio = |name: String, value, floor| Measurement::new(name, value).with_floor(floor);
    for row in rows.iter().filter(|row| !row.name.starts_with("bare")) {
        let Some(floor) = rows.iter().find(|floor| floor.name == row.floor) else { continue };
        let name = &row.name;
        if !name.starts_with(LARGE) {
            goals.push(ratio(format!("{name}: ready, ms"), row.ready, floor.ready).at_most(1.3));
        }
        if name.starts_with("redirect") {
            goals.push(ratio(format!("{name}: first, ms"), row.first, floor.first).at_most(1.5));
            goals.push(ratio(format!("{name}: warm, ms"), row.warm, floor.warm).at_most(1.2));
            goals.push(Measurement::new(format!("{name}: size, MB"), megabytes(row.size)).at_most(9.0));
        }
        goals.push(Measurement::new(format!("{name}: memory, MB"), row.peak / 1e6).at_most(40.0));
    }
    goals
}

/// The rows as a table in Markdown.
pub(crate) fn table(rows: &[Row]) -> String {
    let header = ["", "MB", "×", "ready ms (CPU)", "×", "first ms (CPU)", "×", "warm ms (CPU)", "×", "memory MB", "×"];
    let cells = rows.iter().map(|row| {
        // A case that was measured without its baseline is compared with itself.
        let floor = rows.iter().find(|floor| floor.name == row.floor).unwrap_or(row);
        let both = |wall: f64, cpu: f64| format!("{wall:.2} ({cpu:.2})");
        [
            row.name.clone(),
            format!("{:.2}", megabytes(row.size)),
            format!("{:.2}", megabytes(row.size) / megabytes(floor.size)),
            both(row.ready, row.ready_cpu),
            both(row.ready / floor.ready, row.ready_cpu / floor.ready_cpu),
            both(row.first, row.first_cpu),
            both(row.first / floor.first, row.first_cpu / floor.first_cpu),
            both(row.warm, row.warm_cpu),
            both(row.warm / floor.warm, row.warm_cpu / floor.warm_cpu),
            format!("{:.1}", row.peak / 1e6),
            format!("{:.2}", row.peak / floor.peak),
        ]
    });
    bench_harness::table(header, cells)
}

#[expect(clippy::cast_precision_loss, reason = "sizes of files are far below 2^52")]
fn megabytes(bytes: u64) -> f64 {
    bytes as f64 / 1e6
}
