//! The bill of the day.

use crate::args::Args;
use crate::costs::Costs;
use crate::day::{Day, Kind};
use crate::keys::rows;
use crate::table::{markdown, number};
use anyhow::Result;

/// Reads of the whole funnel in the day: once an hour.
const FUNNELS: f64 = 24.0;
/// Times that an hourly export of the day so far reads a message, on average, if the messages arrive in one hour before noon.
const EXPORTS: f64 = 13.0;

pub(crate) fn table(day: &Day, costs: &Costs, args: &Args) -> Result<String> {
    let messages = day.total(Kind::First) + day.total(Kind::Further);
    let lines = [
        ("links made", rows::LINK, day.total(Kind::Link)),
        ("redirects", rows::REDIRECT, day.total(Kind::Redirect)),
        ("`preload.js`", rows::PRELOAD, day.total(Kind::Preload)),
        ("exchanges", rows::EXCHANGE, day.total(Kind::Exchange)),
        ("first messages", rows::FIRST, day.total(Kind::First)),
        ("further messages", rows::FURTHER, day.total(Kind::Further)),
        ("changes, read once", rows::CHANGED, messages),
        ("an export of the day so far, each hour", rows::EXPORTED, messages * EXPORTS),
        ("the campaign's funnel, each hour, by 10,000 links", rows::FUNNEL, FUNNELS * f64::from(args.links) / 10_000.0),
    ];
    let mut sums = [0.0; 6];
    let mut table = Vec::new();
    for (what, row, count) in lines {
        let cost = costs.of(row)?;
        let [table_dollars, functions, gateway, all] = cost.dollars.map(|dollars| dollars * count / 1e6);
        let numbers = [cost.read * count, cost.write * count, table_dollars, functions, gateway, all];
        for (sum, number) in sums.iter_mut().zip(numbers) {
            *sum += number;
        }
        table.push(cells(what, &number(count), numbers));
    }
    table.push(cells("**sum**", "", sums));
    let columns = ["what", "number", "read units", "write units", "table", "functions", "gateway", "sum"];
    Ok(markdown("The bill of the day", &columns, &table))
}

fn cells(what: &str, count: &str, [read, write, table, functions, gateway, sum]: [f64; 6]) -> Vec<String> {
    let mut cells = vec![what.to_owned(), count.to_owned(), number(read), number(write)];
    cells.extend([table, functions, gateway, sum].map(|dollars| format!("${dollars:.2}")));
    cells
}
