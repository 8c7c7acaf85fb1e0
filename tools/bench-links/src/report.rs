//! What was measured, beside its floor and its goal.

use comfy_table::{CellAlignment, Table, presets::ASCII_MARKDOWN};

/// Rows of a table in Markdown.
#[derive(Default)]
pub(crate) struct Report {
    rows: Vec<[String; 6]>,
    missed: bool,
}

impl Report {
    /// A figure that may be anything, beside another if there is one.
    pub(crate) fn note(&mut self, what: &str, unit: &str, ours: f64) {
        self.add([what.into(), unit.into(), figure(ours), String::new(), String::new(), String::new()]);
    }

    /// A figure and its floor; the first over the second must be at least so much.
    pub(crate) fn at_least(&mut self, what: &str, unit: &str, ours: f64, floor: f64, least: f64) {
        self.goal(what, unit, ours, floor, ours / floor >= least, format!("≥ {least}"));
    }

    /// A figure and its floor; the first over the second must be at most so much.
    pub(crate) fn at_most(&mut self, what: &str, unit: &str, ours: f64, floor: f64, most: f64) {
        self.goal(what, unit, ours, floor, ours / floor <= most, format!("≤ {most}"));
    }

    fn goal(&mut self, what: &str, unit: &str, ours: f64, floor: f64, held: bool, goal: String) {
        self.missed |= !held;
        let goal = if held { goal } else { format!("{goal} MISSED") };
        self.add([what.into(), unit.into(), figure(ours), figure(floor), format!("{:.2}", ours / floor), goal]);
    }

    /// What is known is said at once: a run takes long.
    fn add(&mut self, row: [String; 6]) {
        eprintln!("{}", row.join(" | "));
        self.rows.push(row);
    }

    pub(crate) fn missed(&self) -> bool {
        self.missed
    }

    pub(crate) fn text(&self) -> String {
        let mut table = Table::new();
        table.load_style(ASCII_MARKDOWN).set_header(["", "", "ours", "floor", "ratio", "goal"]).add_rows(&self.rows);
        table.column_iter_mut().skip(2).for_each(|column| column.set_cell_alignment(CellAlignment::Right));
        table.to_string()
    }
}

fn figure(value: f64) -> String {
    if value >= 100.0 { format!("{value:.0}") } else { format!("{value:.2}") }
}

/// The middle of some values; 0 of none.
pub(crate) fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or_default()
}
