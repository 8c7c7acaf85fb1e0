//! Tables as spreadsheet programs save them: CSV in several encodings and with several delimiters.

mod encoding;
mod layout;
#[cfg(test)]
mod tests;

use csv::{Position, ReaderBuilder, StringRecord};
use encoding_rs::{Encoding, UTF_8};
use shared::model::Invalid;

pub use encoding::parse_encoding;

/// A table with a header.
#[derive(Debug)]
pub struct Spreadsheet {
    /// The delimiter of the cells.
    pub delimiter: u8,
    /// Whether the output needs a byte order mark, without which the program that saved this file would not read it as
    /// UTF-8.
    pub byte_order_mark: bool,
    /// The encoding, if nothing in the file names it and it is only a guess.
    pub guessed: Option<&'static str>,
    /// The names of the columns.
    pub header: StringRecord,
    /// The rows, each with as many cells as the header.
    pub rows: Vec<Row>,
}

/// A row of the table.
#[derive(Debug)]
pub struct Row {
    /// The line of the file on which the row begins.
    pub line: u64,
    /// The cells of the row.
    pub cells: StringRecord,
}

impl Row {
    /// Whether no cell has a text. Spreadsheets append such rows.
    #[must_use]
    pub fn is_blank(&self) -> bool {
        is_blank(&self.cells)
    }
}

impl Spreadsheet {
    /// Reads a file, in the encoding that the user names or that its bytes tell.
    ///
    /// # Errors
    /// Returns [`Invalid`] if the file is not text, has no rows, has a quote that is not closed, or a row of another length
    /// than the header. It names the line and quotes no cells, because they are personal data.
    pub fn read(bytes: &[u8], encoding: Option<&'static Encoding>) -> Result<Self, Invalid> {
        let decoded = encoding::decode(bytes, encoding)?;
        let (named, text, skipped) = layout::named_delimiter(&decoded.text);
        let delimiters = named.map_or_else(|| layout::delimiters(text), |delimiter| vec![delimiter]);
        let mut tables = delimiters.iter().map(|delimiter| table(text, skipped, *delimiter));
        // The most frequent delimiter of the header may belong to its names: `pet (cat|dog|fish),name`.
        let first = tables.next().expect("there is always a delimiter");
        let (delimiter, header, rows) = first.or_else(|error| tables.find_map(Result::ok).ok_or(error))?;
        if rows.is_empty() {
            return Err(Invalid::new("there are no rows below the header"));
        }
        Ok(Self {
            delimiter,
            byte_order_mark: decoded.has_mark || decoded.encoding != UTF_8,
            guessed: decoded.is_guessed.then(|| decoded.encoding.name()),
            header,
            rows,
        })
    }
}

/// The delimiter, the header and the rows of a text.
fn table(text: &str, skipped: u64, delimiter: u8) -> Result<(u8, StringRecord, Vec<Row>), Invalid> {
    layout::check_quotes(text, delimiter, skipped)?;
    let mut reader = ReaderBuilder::new().delimiter(delimiter).flexible(true).from_reader(text.as_bytes());
    let header = reader.headers().map_err(unreadable)?.clone();
    if let [name] = header.iter().collect::<Vec<_>>()[..]
        && name.bytes().any(|byte| layout::DELIMITERS.contains(&byte))
    {
        return Err(Invalid::new(format!(
            "the header is one column `{name}`: separate its names by one delimiter, without quotes around all of them"
        )));
    }
    let columns = header.len();
    let mut rows = Vec::new();
    for cells in reader.into_records() {
        let cells = cells.map_err(unreadable)?;
        let line = line(cells.position(), text, skipped);
        match cells.len() {
            _ if is_blank(&cells) => rows.push(Row { line, cells: std::iter::repeat_n("", columns).collect() }),
            length if length == columns => rows.push(Row { line, cells }),
            length => {
                return Err(Invalid::new(format!(
                    "line {line} has {length} cells, but the header has {columns}: put cells with a delimiter in quotes"
                )));
            }
        }
    }
    Ok((delimiter, header, rows))
}

/// A refusal without the reader's own error, which may quote cells.
fn unreadable(error: csv::Error) -> Invalid {
    drop(error);
    Invalid::new("cannot be read as CSV")
}

fn is_blank(cells: &StringRecord) -> bool {
    cells.iter().all(|cell| cell.trim().is_empty())
}

/// The line of a record, after `skipped` lines. The position of a record may be before the blank lines above it.
fn line(position: Option<&Position>, text: &str, skipped: u64) -> u64 {
    let Some(position) = position else { return 0 };
    let start = usize::try_from(position.byte()).expect("a position in a text in memory");
    let before = text.bytes().skip(start);
    let blank = before.take_while(|byte| b"\r\n".contains(byte)).filter(|byte| *byte == b'\n');
    position.line() + blank.map(|_| 1).sum::<u64>() + skipped
}
