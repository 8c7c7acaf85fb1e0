//! The parser of our CSV of interactions, as `odx export --format csv` writes it.

use crate::outcome::SourceLocation;
use crate::source_record::SourceRecord;
use serde_json::{Map, Value};
use shared::model::{ALTERED, Author, EventShape, Invalid, Snapshot, altered_numbers};
use spreadsheet::{Row, Spreadsheet};

/// The columns that an interaction may have, besides the fields of its user. The first three are required.
const COLUMNS: [&str; 8] = ["user_id", "type", "date", "id", "text", "data", "scenario_id", "author"];
const REQUIRED: usize = 3;

/// Whether a line is the header of such a file.
pub(crate) fn is_header(line: &[u8]) -> bool {
    let line = String::from_utf8_lossy(line);
    let names: Vec<_> = line.split([',', ';', '\t', '|']).map(|name| name.trim().trim_matches('"')).collect();
    COLUMNS.iter().take(REQUIRED).all(|required| names.contains(required))
}

/// Parses a file. A blank row is no interaction.
///
/// # Errors
/// Returns [`Invalid`] if the file is no table, or has a column that no interaction has.
pub(crate) fn parse(file: &[u8]) -> Result<Vec<(SourceLocation, SourceRecord)>, Invalid> {
    let sheet = Spreadsheet::read(file, None)?;
    let names: Vec<_> = sheet.header.iter().map(str::trim).collect();
    if let Some(unknown) = names.iter().find(|name| !COLUMNS.contains(name) && !Snapshot::is_field(name)) {
        return Err(Invalid::new(format!("has a column `{unknown}`, which no interaction has")));
    }
    let record = |row: &Row| {
        let event = event(&names, row).map_or_else(SourceRecord::Invalid, |event| SourceRecord::Event(Box::new(event)));
        (SourceLocation::Line(usize::try_from(row.line).expect("a line of a file in memory")), event)
    };
    Ok(sheet.rows.iter().filter(|row| !row.is_blank()).map(record).collect())
}

/// The interaction of a row. An empty cell is a member that is not given.
fn event(names: &[&str], row: &Row) -> Result<EventShape, Invalid> {
    let (mut event, mut user) = (EventShape::default(), Map::new());
    for (name, cell) in names.iter().zip(&row.cells).filter(|(_, cell)| !cell.is_empty()) {
        let cell = unguarded(cell);
        match *name {
            "user_id" => event.user_id = Some(cell.into()),
            "type" => event.kind = Some(cell),
            "date" => event.date = Some(cell),
            "id" => event.id = Some(cell),
            "text" => event.text = Some(cell),
            "data" => event.data = Some(data(&cell)?),
            "scenario_id" => event.scenario_id = Some(cell),
            "author" => event.author = Some(author(cell)?),
            field => drop(user.insert(field.to_owned(), cell.into())),
        }
    }
    event.user = (!user.is_empty()).then(|| snapshot(user)).transpose()?;
    Ok(event)
}

/// The data about the user in the fields of a row.
fn snapshot(fields: Map<String, Value>) -> Result<Snapshot, Invalid> {
    let (mut user, mut custom) = (Map::new(), Map::new());
    for (name, value) in fields {
        match name.strip_prefix("custom.") {
            Some(name) => custom.insert(name.to_owned(), value),
            None => user.insert(name, value),
        };
    }
    user.insert("custom".to_owned(), custom.into());
    serde_json::from_value(user.into()).map_err(|_| Invalid::new("has fields of the user that cannot be read"))
}

fn data(cell: &str) -> Result<Value, Invalid> {
    let data = serde_json::from_str(cell).map_err(|_| Invalid::new("has data that is not JSON"))?;
    if altered_numbers(cell.as_bytes(), 1).is_empty() { Ok(data) } else { Err(Invalid::new(ALTERED)) }
}

fn author(cell: String) -> Result<Author, Invalid> {
    serde_json::from_value(Value::String(cell)).map_err(|_| Invalid::new("has an author that is not us or them"))
}

/// The text of a cell: without the apostrophe at its beginning and after each semicolon, tab and line end, by which the
/// API keeps spreadsheets from executing it.
fn unguarded(cell: &str) -> String {
    let parts = cell.split_inclusive([';', '\t', '\r', '\n']);
    parts.map(|part| part.strip_prefix('\'').unwrap_or(part)).collect()
}
