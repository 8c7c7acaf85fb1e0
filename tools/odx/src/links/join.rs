//! The rows of a table of recipients whose links are in a list.

use crate::output_file::OutputFile;
use anyhow::{Context as _, Result, bail};
use csv::{QuoteStyle, WriterBuilder};
use recipients::{USER_ID, column_name};
use serde_json::Value;
use spreadsheet::Spreadsheet;
use std::collections::HashMap;
use std::path::Path;

const LINK_ID: &str = "link_id";

/// Prints the rows of a table whose links are among `links`; if `not_opened` is set, only those whose links nobody has
/// opened. A row is found by its `link_id`, as `odx links create` wrote it, or else by its `user_id`.
///
/// # Errors
/// Returns an error if the file cannot be read, or has neither column.
pub(super) fn run(path: &Path, not_opened: bool, links: &[Value]) -> Result<()> {
    let file = || format!("`{}`", path.display());
    let sheet = Spreadsheet::read(&std::fs::read(path).with_context(file)?, None).with_context(file)?;
    let names: Vec<_> = sheet.header.iter().map(|name| column_name(name.trim())).collect();
    let find = |column: &str| names.iter().position(|name| *name == column);
    let Some((member, column)) = [LINK_ID, USER_ID].into_iter().find_map(|name| Some((name, find(name)?))) else {
        bail!(
            "{} has neither a column `{LINK_ID}` nor a column `{USER_ID}`: use the table of `odx links create`",
            file()
        );
    };
    // A user may have several links: one that was opened is enough.
    let mut opened: HashMap<&str, bool> = HashMap::new();
    for link in links {
        let is_opened = !link["first_opened_at"].is_null();
        *opened.entry(link[member].as_str().unwrap_or_default()).or_default() |= is_opened;
    }
    let is_wanted = |id: &str| opened.get(id).is_some_and(|is_opened| !(not_opened && *is_opened));
    let mark = if sheet.byte_order_mark { "\u{feff}" } else { "" };
    let mut table =
        WriterBuilder::new().delimiter(sheet.delimiter).quote_style(QuoteStyle::Necessary).from_writer(mark.into());
    table.write_record(&sheet.header)?;
    let rows: Vec<_> = sheet.rows.iter().filter(|row| is_wanted(&row.cells[column])).collect();
    for row in &rows {
        table.write_record(&row.cells)?;
    }
    eprintln!("{} of {} rows", rows.len(), sheet.rows.iter().filter(|row| !row.is_blank()).count());
    let table: Vec<u8> = table.into_inner().map_err(|error| error.into_error())?;
    OutputFile::Stdout.write(&table)
}
