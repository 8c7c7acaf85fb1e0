//! The people of a table: each row a person, each column an attribute. All are checked before anything is made.

use super::sheet::{Row, Sheet};
use anyhow::{Result, bail};
use serde_json::{Map, Value, json};
use shared::model::{Attributes, UserId};
use std::collections::HashSet;

/// Wrong rows that are named.
const NAMED: usize = 20;
const USER_ID: &str = "user_id";
/// What is added to a table.
pub(crate) const ADDED: [&str; 2] = ["url", "link_id"];

/// Each row as requests have it; none for a row without anything in it.
pub(crate) fn people(sheet: &Sheet) -> Result<Vec<Option<Value>>> {
    let names = names(sheet)?;
    let mut people = Vec::with_capacity(sheet.rows.len());
    let mut wrong = Vec::new();
    for row in &sheet.rows {
        match person(&names, row) {
            Ok(person) => people.push(person),
            Err(reason) => wrong.push(format!("line {}: {reason}", row.line)),
        }
    }
    if wrong.is_empty() {
        return Ok(people);
    }
    let number = wrong.len();
    wrong.truncate(NAMED);
    bail!("{number} rows are wrong, and nothing was made:\n  {}", wrong.join("\n  "))
}

fn names(sheet: &Sheet) -> Result<Vec<&str>> {
    let names: Vec<_> = sheet.header.iter().map(str::trim).collect();
    let mut known = HashSet::new();
    for (number, name) in (1..).zip(&names) {
        if name.is_empty() {
            bail!("column {number} has no name in the header");
        }
        if ADDED.contains(name) {
            bail!(
                "there is a column `{name}` already, which is added to what is written: rename it, or is this a table that was written?"
            );
        }
        if !known.insert(name) {
            bail!("the header has two columns `{name}`");
        }
    }
    Ok(names)
}

/// An empty cell is no attribute.
fn person(names: &[&str], row: &Row) -> Result<Option<Value>, String> {
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
    let rule = |wrong: Vec<(String, shared::model::Invalid)>| match wrong.into_iter().next() {
        Some((name, invalid)) if name.is_empty() => invalid.to_string(),
        Some((name, invalid)) => format!("{name}: {invalid}"),
        None => "wrong".to_owned(),
    };
    Attributes::check(cells.clone(), &[]).map_err(rule)?;
    Ok(Some(match user {
        Some(user) => json!({"user_id": user, "attributes": cells}),
        None => json!({"attributes": cells}),
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Vec<Option<Value>>, String> {
        people(&Sheet::read(text.as_bytes()).unwrap()).map_err(|error| error.to_string())
    }

    #[test]
    fn a_row_is_a_person_and_an_empty_cell_is_nothing() {
        let expected = [
            Some(json!({"user_id": "ann", "attributes": {"name": "Ann", "age": "7"}})),
            Some(json!({"attributes": {"name": "Ben"}})),
            None,
            Some(json!({"user_id": "zoe", "attributes": {}})),
        ];
        assert_eq!(read(" name ,user_id,age\nAnn,ann,7\nBen,,\n,,\n,zoe,\n").unwrap(), expected);
    }

    #[test]
    fn wrong_headers_and_rows_are_named_and_values_are_not() {
        for (text, says) in [
            ("a,,b\n1,2,3\n", "column 2 has no name in the header"),
            ("a,a\n1,2\n", "the header has two columns `a`"),
            ("a,url\n1,2\n", "there is a column `url` already"),
            (
                &format!("user_id,a\nann,x\n{},secret\n", "u".repeat(385)),
                "1 rows are wrong, and nothing was made:\n  line 3: user_id: ",
            ),
            (
                &format!("a\n{}\n", "secret".repeat(4000)),
                "line 2: The attributes of a user must not have more than 16 KB",
            ),
        ] {
            let error = read(text).unwrap_err();
            assert!(error.contains(says) && !error.contains("secret"), "{error}");
        }
    }
}
