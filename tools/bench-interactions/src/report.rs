//! What was measured beside its floor, and whether that is good enough.

use comfy_table::{CellAlignment, Table, presets::ASCII_MARKDOWN};
use serde::Serialize;

/// Something that was measured.
#[derive(Debug, Serialize)]
pub(crate) struct Row {
    what: &'static str,
    is: f64,
    /// The least, or the most, that it could be.
    floor: f64,
    /// What it may be of the floor.
    goal: f64,
    /// Whether more is better.
    more: bool,
}

impl Row {
    /// At most so many times the floor.
    pub(crate) fn at_most(what: &'static str, is: f64, floor: f64, goal: f64) -> Self {
        Self { what, is, floor, goal, more: false }
    }

    /// At least so many times the floor.
    pub(crate) fn at_least(what: &'static str, is: f64, floor: f64, goal: f64) -> Self {
        Self { what, is, floor, goal, more: true }
    }

    /// As much in a large table as in a small one.
    pub(crate) fn same(what: &'static str, small: f64, large: f64) -> Self {
        Self::at_most(what, large, small, 1.0)
    }

    /// No more than so much.
    pub(crate) fn up_to(what: &'static str, is: f64, most: f64) -> Self {
        Self::at_most(what, is, most, 1.0)
    }

    fn ratio(&self) -> f64 {
        self.is / self.floor
    }

    /// Whether the goal is reached.
    pub(crate) fn holds(&self) -> bool {
        if self.more { self.ratio() >= self.goal } else { self.ratio() <= self.goal }
    }
}

/// The rows as a table in Markdown.
pub(crate) fn text(rows: &[Row]) -> String {
    let mut table = Table::new();
    table.load_style(ASCII_MARKDOWN);
    table.set_header(["", "is", "floor", "×", "goal", ""]);
    for row in rows {
        let goal = if row.more { format!("≥ {}", row.goal) } else { format!("≤ {}", row.goal) };
        let held = if row.holds() { "" } else { "missed" };
        let number = |number: f64| format!("{number:.1}");
        table.add_row([
            row.what.to_owned(),
            number(row.is),
            number(row.floor),
            format!("{:.3}", row.ratio()),
            goal,
            held.to_owned(),
        ]);
    }
    table.column_iter_mut().skip(1).for_each(|column| column.set_cell_alignment(CellAlignment::Right));
    table.to_string()
}

/// The middle of some values; 0 of none.
pub(crate) fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or_default()
}
