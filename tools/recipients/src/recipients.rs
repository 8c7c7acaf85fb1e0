//! The recipients in a spreadsheet: each row is a recipient, each column an attribute.

use crate::user_column::{USER_ID, column_name};
use serde_json::{Map, Value, json};
use shared::model::{Attributes, Invalid, UserId};
use spreadsheet::{Row, Spreadsheet};
use std::collections::HashSet;
use std::fmt;

/// Maximum number of invalid rows that an error names.
const MAX_NAMED: usize = 20;
/// The columns that are added to the table.
pub(crate) const ADDED_COLUMNS: [&str; 2] = ["url", "link_id"];
/// Last words of names that columns of ids have.
const ID_WORDS: [&str; 7] = ["id", "ids", "uid", "uuid", "guid", "user", "username"];

/// The recipients of a table.
#[derive(Debug)]
pub struct Recipients {
    /// The rows in the form of a request; `None` for a blank row.
    pub rows: Vec<Option<Value>>,
    /// The index of the column with the user ids.
    pub user_column: Option<usize>,
    /// The columns that look like user ids if none is the column of the user ids.
    pub unused_ids: Vec<String>,
}

/// Why a table is no list of recipients. The sentences quote no cells, because they are personal data.
#[derive(Debug, PartialEq, Eq)]
pub enum Problems {
    /// The header is wrong: a sentence.
    Header(String),
    /// Rows are invalid: the line of the file, and the reason.
    Rows(Vec<(u64, String)>),
}

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let rows = match self {
            Self::Header(sentence) => return f.write_str(sentence),
            Self::Rows(rows) => rows,
        };
        write!(f, "{} rows are invalid, and no link was created:", rows.len())?;
        for (line, reason) in rows.iter().take(MAX_NAMED) {
            write!(f, "\n  line {line}: {reason}")?;
        }
        match rows.len().checked_sub(MAX_NAMED) {
            None | Some(0) => Ok(()),
            Some(more) => write!(f, "\n  and {more} more"),
        }
    }
}

impl Recipients {
    /// Reads the recipients of a table.
    ///
    /// # Errors
    /// Returns [`Problems`] that name what is wrong with the header, or all rows that are invalid.
    pub fn read(sheet: &Spreadsheet) -> Result<Self, Problems> {
        let names = names(sheet).map_err(Problems::Header)?;
        let mut rows = Vec::with_capacity(sheet.rows.len());
        let mut invalid = Vec::new();
        for row in &sheet.rows {
            match recipient(&names, row) {
                Ok(recipient) => rows.push(recipient),
                Err(reason) => invalid.push((row.line, reason)),
            }
        }
        if !invalid.is_empty() {
            return Err(Problems::Rows(invalid));
        }
        let user_column = names.iter().position(|name| *name == USER_ID);
        let ids = names.iter().filter(|name| user_column.is_none() && looks_like_an_id(name));
        let unused_ids = ids.map(|name| (*name).to_owned()).collect();
        Ok(Self { rows, user_column, unused_ids })
    }
}

/// The names of the columns; that of the user ids in the spelling of the API.
fn names(sheet: &Spreadsheet) -> Result<Vec<&str>, String> {
    let names: Vec<_> = sheet.header.iter().map(|name| column_name(name.trim())).collect();
    let mut known = HashSet::new();
    for (number, name) in (1..).zip(&names) {
        if name.is_empty() {
            return Err(format!("column {number} has no name in the header"));
        }
        if ADDED_COLUMNS.contains(name) {
            return Err(format!(
                "the table already has a column `{name}`, which is added to the output: rename it, or use the original file"
            ));
        }
        if !known.insert(name) {
            return Err(format!("the header has two columns `{name}`"));
        }
    }
    Ok(names)
}

/// Whether the last word of a name is one of [`ID_WORDS`]: `id`, `customerId`, `Kunden-ID`.
fn looks_like_an_id(name: &str) -> bool {
    let is_separator = |character: char| !character.is_alphanumeric();
    let last = name.trim_end_matches(is_separator).rsplit(is_separator).next().unwrap_or_default();
    // `customerId` has two words, `ID` one.
    let humps = last
        .char_indices()
        .rev()
        .find(|(at, letter)| letter.is_uppercase() && last[..*at].chars().next_back().is_some_and(char::is_lowercase));
    let word = humps.map_or(last, |(at, _)| &last[at..]);
    ID_WORDS.iter().any(|id| word.eq_ignore_ascii_case(id))
}

/// A row in the form of a request. An empty cell is no attribute.
fn recipient(names: &[&str], row: &Row) -> Result<Option<Value>, String> {
    if row.is_blank() {
        return Ok(None);
    }
    let mut cells: Map<String, Value> = names
        .iter()
        .zip(&row.cells)
        .filter(|(_, cell)| !cell.is_empty())
        .map(|(name, cell)| ((*name).into(), cell.into()))
        .collect();
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

    fn read_text(text: &str) -> Result<Recipients, String> {
        Recipients::read(&Spreadsheet::read(text.as_bytes(), None).unwrap()).map_err(|error| error.to_string())
    }

    fn recipients(text: &str) -> Result<Vec<Option<Value>>, String> {
        read_text(text).map(|recipients| recipients.rows)
    }

    #[rstest]
    #[case("user_id")]
    #[case("userId")]
    #[case("User_ID")]
    #[case("User ID")]
    #[case("USERID")]
    #[case(" user-id ")]
    fn every_spelling_of_the_user_id_names_the_user(#[case] spelling: &str) {
        let read = read_text(&format!("name,{spelling}\nAnn,ann\n")).unwrap();
        assert_eq!(read.rows, [Some(json!({"user_id": "ann", "attributes": {"name": "Ann"}}))]);
        assert_eq!(read.user_column, Some(1));
    }

    #[rstest]
    #[case("id")]
    #[case("customer_id")]
    #[case("customerId")]
    #[case("Kunden-ID")]
    #[case("UUID")]
    #[case("User")]
    fn a_column_that_looks_like_an_id_is_reported(#[case] name: &str) {
        assert_eq!(read_text(&format!("{name},b\n1,2\n")).unwrap().unused_ids, [name]);
        assert_eq!(read_text(&format!("{name},user_id\n1,2\n")).unwrap().unused_ids, [""; 0]);
    }

    #[rstest]
    #[case("paid")]
    #[case("first_name")]
    #[case("Madrid")]
    #[case("id_card")]
    fn another_column_is_not_reported(#[case] name: &str) {
        assert_eq!(read_text(&format!("{name},b\n1,2\n")).unwrap().unused_ids, [""; 0]);
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
    #[case::two_spellings_of_the_user_id("userId,User ID\n1,2\n", "the header has two columns `user_id`")]
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
