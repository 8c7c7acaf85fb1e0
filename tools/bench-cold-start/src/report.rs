//! Medians, ratios to the bare function, and the goals.

use crate::cases::{Case, LARGE};
use crate::process::Run;
use comfy_table::{CellAlignment, Table, presets::ASCII_MARKDOWN};
use serde::Serialize;

/// The medians of one case: milliseconds, bytes; and the ratios to its floor.
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
    floor: &'static str,
}

/// Something that has to hold.
#[derive(Debug, Serialize)]
pub(crate) struct Goal {
    what: String,
    is: f64,
    at_most: f64,
    pub(crate) held: bool,
}

impl Row {
    pub(crate) fn new(case: &Case, runs: &[Run], size: u64) -> Self {
        let of = |what: fn(&Run) -> f64| median(runs.iter().map(what).collect());
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
pub(crate) fn goals(rows: &[Row]) -> Vec<Goal> {
    let mut goals = Vec::new();
    let mut goal = |what: String, is: f64, at_most: f64| goals.push(Goal { what, is, at_most, held: is <= at_most });
    for row in rows.iter().filter(|row| !row.name.starts_with("bare")) {
        let Some(floor) = rows.iter().find(|floor| floor.name == row.floor) else { continue };
        let name = &row.name;
        if !name.starts_with(LARGE) {
            goal(format!("{name}: ready, × bare"), row.ready / floor.ready, 1.3);
        }
        if name.starts_with("redirect") {
            goal(format!("{name}: first, × {}", row.floor), row.first / floor.first, 1.5);
            goal(format!("{name}: warm, × {}", row.floor), row.warm / floor.warm, 1.2);
            goal(format!("{name}: size, MB"), megabytes(row.size), 9.0);
        }
        goal(format!("{name}: memory, MB"), row.peak / 1e6, 40.0);
    }
    goals
}

/// The rows as a table in Markdown, and the goals below.
pub(crate) fn text(rows: &[Row], goals: &[Goal]) -> String {
    let mut table = Table::new();
    table.load_style(ASCII_MARKDOWN);
    table.set_header([
        "",
        "MB",
        "×",
        "ready ms (CPU)",
        "×",
        "first ms (CPU)",
        "×",
        "warm ms (CPU)",
        "×",
        "memory MB",
        "×",
    ]);
    for row in rows {
        let floor = rows.iter().find(|floor| floor.name == row.floor).unwrap_or(row);
        let both = |wall: f64, cpu: f64| format!("{wall:.2} ({cpu:.2})");
        table.add_row([
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
        ]);
    }
    table.column_iter_mut().skip(1).for_each(|column| column.set_cell_alignment(CellAlignment::Right));
    let missed = goals.iter().filter(|goal| !goal.held);
    let missed = missed.map(|goal| format!("missed: {}: {:.2}, at most {:.2}\n", goal.what, goal.is, goal.at_most));
    let missed = missed.collect::<Vec<_>>().concat();
    let held = goals.iter().filter(|goal| goal.held).count();
    format!("{table}\n\n{held} of {} goals hold\n{missed}", goals.len())
}

#[expect(clippy::cast_precision_loss, reason = "sizes of files are far below 2^52")]
fn megabytes(bytes: u64) -> f64 {
    bytes as f64 / 1e6
}

/// The middle of some values; 0 of none.
pub(crate) fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or_default()
}
