//! The recipients in a spreadsheet: each row is a recipient, each column an attribute.

use crate::links::spreadsheet::{Row, Spreadsheet};
use anyhow::{Result, bail};
use serde_json::{Map, Value, json};
use shared::model::{Attributes, Invalid, UserId};
use std::collections::HashSet;

/// Maximum number of invalid rows that an error names.
const MAX_NAMED: usize = 20;
const USER_ID: &str = "user_id";
/// The columns that are added to the table.
pub(super) const ADDED_COLUMNS: [&str; 2] = ["url", "link_id"];

/// The rows in the form of a request; `None` for an empty row.
///
/// # Errors
/// Returns an error that names the invalid columns, or the first [`MAX_NAMED`] invalid rows. It quotes no cells, because
/// they are personal data.
pub(super) fn read(sheet: &Spreadsheet) -> Result<Vec<Option<Value>>> {
    let names = names(sheet)?;
    let mut recipients = Vec::with_capacity(sheet.rows.len());
    let mut errors = Vec::new();
    for row in &sheet.rows {
        match recipient(&names, row) {
            Ok(recipient) => recipients.push(recipient),
            Err(reason) => errors.push(format!("line {}: {reason}", row.line)),
        }
    }
    if errors.is_empty() {
        return Ok(recipients);
    }
    let count = errors.len();
    errors.truncate(MAX_NAMED);
    let more = if count > MAX_NAMED { format!("\n  and {} more", count - MAX_NAMED) } else { String::new() };
    bail!("{count} rows are invalid, and no link was created:\n  {}{more}", errors.join("\n  "))
}

fn names(sheet: &Spreadsheet) -> Result<Vec<&str>> {
    let names: Vec<_> = sheet.header.iter().map(str::trim).collect();
    let mut known = HashSet::new();
    for (number, name) in (1..).zip(&names) {
        if name.is_empty() {
            bail!("column {number} has no name in the header");
        }
        if ADDED_COLUMNS.contains(name) {
            bail!(
                "the table already has a column `{name}`, which is added to the output: rename it, or use the original file"
            );
        }
        if !known.insert(name) {
            bail!("the header has two columns `{name}`");
        }
    }
    Ok(names)
}

/// A row in the form of a request. An empty cell is no attribute.
fn recipient(names: &[&str], row: &Row) -> Result<Option<Value>, String> {
    let mut cells: Map<String, Value> = names
        .iter()
        .zip(&row.cells)
        .filter(|(_, cell)| !cell.is_empty())
        .map(|(name, cell)| ((*name).into(), cell.into()))
        .collect();
    if cells.is_empty() {
        return Ok(None);
    }
    let user = cells.shift_remove(USER_ID);
    if let Some(user) = user.as_ref().and_then(Value::as_str) {
        user.parse::<UserId>().map_err(|invalid| format!("{USER_ID}: {invalid}"))?;
    }
    Attributes::check(cells.clone(), &[]).map_err(|errors| sentence(&errors))?;
    Ok(Some(match user {
        Some(user) => json!({"user_id": user, "attributes": cells}),
        None => json!({"attributes": cells}),
    }))
}

/// Errors of attributes in one line. An error of all attributes together has no name.
fn sentence(errors: &[(String, Invalid)]) -> String {
    let sentence = |(name, error): &(String, Invalid)| {
        if name.is_empty() { error.to_string() } else { format!("{name}: {error}") }
    };
    errors.iter().map(sentence).collect::<Vec<_>>().join("; ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    fn recipients(text: &str) -> Result<Vec<Option<Value>>, String> {
        read(&Spreadsheet::read(text.as_bytes()).unwrap()).map_err(|error| error.to_string())
    }

    #[test]
    fn a_row_is_a_recipient_and_an_empty_cell_is_no_attribute() {
        let expected = [
            Some(json!({"user_id": "ann", "attributes": {"name": "Ann", "age": "7"}})),
            Some(json!({"attributes": {"name": "Ben"}})),
            None,
            Some(json!({"user_id": "zoe", "attributes": {}})),
        ];
        assert_eq!(recipients(" name ,user_id,age\nAnn,ann,7\nBen,,\n,,\n,zoe,\n").unwrap(), expected);
    }

    #[rstest]
    #[case::a_column_without_a_name("a,,b\n1,2,3\n", "column 2 has no name in the header")]
    #[case::two_columns_of_a_name("a,a\n1,2\n", "the header has two columns `a`")]
    #[case::a_column_that_is_added("a,url\n1,2\n", "the table already has a column `url`")]
    #[case::a_user_id_that_is_too_long(
        &format!("user_id,a\nann,x\n{},secret\n", "u".repeat(385)),
        "1 rows are invalid, and no link was created:\n  line 3: user_id: ",
    )]
    #[case::attributes_that_are_too_large(
        &format!("a\n{}\n", "secret".repeat(4000)),
        "line 2: The attributes of a user must not have more than 16 KB",
    )]
    fn an_invalid_table_is_refused_without_quoting_its_cells(#[case] text: &str, #[case] expected: &str) {
        let error = recipients(text).unwrap_err();
        assert!(error.contains(expected), "{error}");
        assert!(!error.contains("secret"), "{error}");
    }

    #[test]
    fn twenty_invalid_rows_are_named_and_the_others_counted() {
        let error = recipients(&format!("user_id\n{}", format!("{}\n", "u".repeat(385)).repeat(22))).unwrap_err();
        assert_eq!(error.matches("\n  line ").count(), 20, "{error}");
        assert!(error.starts_with("22 rows are invalid"), "{error}");
        assert!(error.ends_with("\n  and 2 more"), "{error}");
    }
}
