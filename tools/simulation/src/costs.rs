//! What one operation costs, from the measured table of docs/deploy.md.

use anyhow::{Context as _, Result, ensure};
use std::collections::BTreeMap;

/// The columns after the name: units for one, requests for one, and dollars for a million.
const COLUMNS: usize = 7;

/// What one operation costs.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Cost {
    /// Read units of one.
    pub(crate) read: f64,
    /// Write units of one.
    pub(crate) write: f64,
    /// Requests to the gateway for one.
    pub(crate) requests: f64,
    /// Dollars for a million: table, functions, gateway, sum.
    pub(crate) dollars: [f64; 4],
}

/// The rows of the table, by their first column.
#[derive(Debug)]
pub(crate) struct Costs(BTreeMap<String, Cost>);

impl Costs {
    /// Reads the table of the page whose first column is headed "a million".
    pub(crate) fn parse(page: &str) -> Result<Self> {
        let table = page.split_once("\n| a million |").context("the page has no table of costs")?.1;
        let rows = table.lines().skip(2).take_while(|line| line.starts_with('|')).map(|line| {
            let mut cells = line.trim_matches('|').split('|').map(str::trim);
            let name = cells.next().unwrap_or_default().to_owned();
            let numbers = cells.map(|cell| cell.trim_start_matches('$').parse());
            let numbers: Vec<f64> = numbers.collect::<Result<_, _>>().with_context(|| format!("in {line}"))?;
            ensure!(numbers.len() == COLUMNS, "not {COLUMNS} numbers in {line}");
            let dollars = [numbers[3], numbers[4], numbers[5], numbers[6]];
            Ok((name, Cost { read: numbers[0], write: numbers[1], requests: numbers[2], dollars }))
        });
        Ok(Self(rows.collect::<Result<_>>()?))
    }

    /// The costs of a row.
    pub(crate) fn of(&self, row: &str) -> Result<Cost> {
        self.0.get(row).copied().with_context(|| format!("the table of costs has no row `{row}`"))
    }
}

#[cfg(test)]
mod tests {
    use super::{Cost, Costs};

    const PAGE: &str = "# Costs\n\n| a million | read | write | requests | table | functions | gateway | sum |\n|---|---|---|---|---|---|---|---|\n\
                        | redirects | 1.05 | 1.00 | 1 | $0.76 | $0.23 | $1.00 | $1.99 |\n\nText.\n\n| other | 1 |\n";

    #[test]
    fn a_row_has_the_numbers_of_its_columns() {
        let cost = Costs::parse(PAGE).unwrap().of("redirects").unwrap();
        assert_eq!(cost, Cost { read: 1.05, write: 1.0, requests: 1.0, dollars: [0.76, 0.23, 1.0, 1.99] });
    }

    #[test]
    fn a_row_that_the_page_does_not_have_is_named() {
        let missing = Costs::parse(PAGE).unwrap().of("funnels").unwrap_err();
        assert_eq!(missing.to_string(), "the table of costs has no row `funnels`");
    }

    #[test]
    fn a_cell_that_is_no_number_is_refused() {
        let refused = Costs::parse(&PAGE.replace("1.05", "about one")).unwrap_err();
        assert!(refused.to_string().starts_with("in | redirects | about one |"), "{refused}");
    }
}
