//! `cargo simulation`: the day of a mailing. It draws the requests of each second, and takes what one request costs from the
//! measured table of docs/deploy.md.

mod args;
mod bill;
mod costs;
mod day;
mod keys;
mod table;

use anyhow::{Context as _, Result};
use clap::Parser as _;
use costs::Costs;
use day::Day;
use std::path::Path;

const BEGIN: &str = "<!-- cargo simulation -->";
const END: &str = "<!-- end -->";

fn main() -> Result<()> {
    let args = args::Args::parse();
    let page = std::fs::read_to_string(&args.costs).with_context(|| format!("cannot read {}", args.costs.display()))?;
    let costs = Costs::parse(&page)?;
    let day = Day::simulate(&args);
    let sections = [day.table(), keys::table(&day, &costs, &args)?, bill::table(&day, &costs, &args)?];
    let text = sections.join("\n\n");
    match &args.write {
        None => println!("{text}"),
        Some(file) => write(file, &text)?,
    }
    Ok(())
}

/// Replaces what the page has between the two comments.
fn write(file: &Path, text: &str) -> Result<()> {
    let page = std::fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))?;
    let parts = page.split_once(BEGIN).and_then(|(head, rest)| Some((head, rest.split_once(END)?.1)));
    let (head, tail) = parts.with_context(|| format!("{} has no lines `{BEGIN}` and `{END}`", file.display()))?;
    std::fs::write(file, format!("{head}{BEGIN}\n\n{text}\n\n{END}{tail}"))
        .with_context(|| format!("cannot write {}", file.display()))
}
