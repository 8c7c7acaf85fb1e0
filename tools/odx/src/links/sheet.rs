//! Tables as spreadsheets save them: whatever the encoding, whatever stands between the cells.

use anyhow::{Context as _, Result, bail};
use csv::{Position, ReaderBuilder, StringRecord};
use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252};

const DELIMITERS: [char; 3] = [',', ';', '\t'];

/// A table with a header.
#[derive(Debug)]
pub(crate) struct Sheet {
    pub(crate) delimiter: u8,
    /// Whether spreadsheets need a mark at the beginning to take what is written for UTF-8.
    pub(crate) marked: bool,
    pub(crate) header: StringRecord,
    pub(crate) rows: Vec<Row>,
}

/// A row and the line of the file that it begins on.
#[derive(Debug)]
pub(crate) struct Row {
    pub(crate) line: u64,
    pub(crate) cells: StringRecord,
}

impl Sheet {
    /// Reads a file.
    pub(crate) fn read(bytes: &[u8]) -> Result<Self> {
        let (text, marked) = decode(bytes)?;
        let (delimiter, text, skipped) = delimiter(&text);
        let mut reader = ReaderBuilder::new().delimiter(delimiter).from_reader(text.as_bytes());
        let header = reader.headers().context("the header cannot be read")?.clone();
        let mut rows = Vec::new();
        for cells in reader.into_records() {
            let cells = cells.map_err(|error| wrong(&error, text, skipped))?;
            rows.push(Row { line: line(cells.position(), text, skipped), cells });
        }
        if rows.is_empty() {
            bail!("there are no rows below the header");
        }
        Ok(Self { delimiter, marked, header, rows })
    }
}

/// The line of a record; its position may be before blank lines.
fn line(position: Option<&Position>, text: &str, skipped: u64) -> u64 {
    let Some(position) = position else { return 0 };
    let before = text.bytes().skip(usize::try_from(position.byte()).unwrap_or(usize::MAX));
    let blank = before.take_while(|byte| b"\r\n".contains(byte)).filter(|byte| *byte == b'\n');
    position.line() + blank.map(|_| 1).sum::<u64>() + skipped
}

/// The error without the cells, which are personal.
fn wrong(error: &csv::Error, text: &str, skipped: u64) -> anyhow::Error {
    let line = line(error.position(), text, skipped);
    match error.kind() {
        csv::ErrorKind::UnequalLengths { expected_len, len, .. } => {
            anyhow::anyhow!("line {line} has {len} cells and the header {expected_len}: is something not in quotes?")
        }
        _ => anyhow::anyhow!("line {line} cannot be read"),
    }
}

/// The text of a file, and whether it was something else than plain UTF-8.
fn decode(bytes: &[u8]) -> Result<(String, bool)> {
    let (encoding, bytes, marked) = match Encoding::for_bom(bytes) {
        Some((encoding, length)) => (encoding, &bytes[length..], true),
        None => (guess(bytes), bytes, guess(bytes) != UTF_8),
    };
    let (text, broken) = encoding.decode_without_bom_handling(bytes);
    if broken {
        bail!("this is no text in {}, as its beginning says", encoding.name());
    }
    Ok((text.into_owned(), marked))
}

/// Texts in UTF-16 have zeros, with western letters at every other place; what is no UTF-8 is from an old Windows.
fn guess(bytes: &[u8]) -> &'static Encoding {
    let zeros = |parity: usize| bytes.iter().skip(parity).step_by(2).filter(|byte| **byte == 0).count();
    match (zeros(0), zeros(1)) {
        (0, 0) if std::str::from_utf8(bytes).is_ok() => UTF_8,
        (0, 0) => WINDOWS_1252,
        (even, odd) if even > odd => UTF_16BE,
        _ => UTF_16LE,
    }
}

/// What stands between the cells, the text of the table, and lines before it. Excel's line `sep=;` says so, else the
/// header shows it.
fn delimiter(text: &str) -> (u8, &str, u64) {
    let (first, rest) = text.split_once('\n').unwrap_or((text, ""));
    let said =
        first.trim_end().strip_prefix("sep=").and_then(|said| DELIMITERS.iter().find(|one| said == one.to_string()));
    if let Some(said) = said {
        return (u8::try_from(*said).unwrap_or(b','), rest, 1);
    }
    let mut counts = [0; DELIMITERS.len()];
    let mut quoted = false;
    for letter in text.chars() {
        quoted ^= letter == '"';
        if letter == '\n' && !quoted {
            break;
        }
        if let Some(place) = DELIMITERS.iter().position(|one| *one == letter && !quoted) {
            counts[place] += 1;
        }
    }
    let most = (0..counts.len()).rev().max_by_key(|place| counts[*place]).unwrap_or_default();
    (u8::try_from(DELIMITERS[most]).unwrap_or(b','), text, 0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const TABLE: &str = "user_id;Grüße;note\r\nann;\"a;b\";\"x\r\ny\"\r\n;é,è;\r\n";

    fn cells(sheet: &Sheet) -> Vec<Vec<&str>> {
        [&sheet.header]
            .into_iter()
            .chain(sheet.rows.iter().map(|row| &row.cells))
            .map(|row| row.iter().collect())
            .collect()
    }

    fn utf_16(text: &str, mark: bool, big: bool) -> Vec<u8> {
        let units = mark.then_some(0xfeff).into_iter().chain(text.encode_utf16());
        units.flat_map(|unit: u16| if big { unit.to_be_bytes() } else { unit.to_le_bytes() }).collect()
    }

    #[test]
    fn every_encoding_and_delimiter_of_a_spreadsheet_gives_the_same_table() {
        let expected = vec![vec!["user_id", "Grüße", "note"], vec!["ann", "a;b", "x\r\ny"], vec!["", "é,è", ""]];
        let with = |delimiter: &str| TABLE.replace("a;b", "a\u{1}b").replace(';', delimiter).replace('\u{1}', ";");
        let windows = WINDOWS_1252.encode(TABLE).0.into_owned();
        let files = [
            (TABLE.as_bytes().to_vec(), b';', false),
            (["\u{feff}", TABLE].concat().into_bytes(), b';', true),
            (with("\t").into_bytes(), b'\t', false),
            (with(",").replace("é,è", "\"é,è\"").into_bytes(), b',', false),
            (["sep=;\r\n", TABLE].concat().into_bytes(), b';', false),
            (windows, b';', true),
            (utf_16(&with("\t"), true, false), b'\t', true),
            (utf_16(TABLE, true, true), b';', true),
            (utf_16(TABLE, false, false), b';', true),
            (utf_16(TABLE, false, true), b';', true),
        ];
        for (bytes, delimiter, marked) in files {
            let sheet = Sheet::read(&bytes).unwrap();
            assert_eq!((cells(&sheet), sheet.delimiter, sheet.marked), (expected.clone(), delimiter, marked));
        }
    }

    #[test]
    fn rows_know_their_lines_and_wrong_ones_are_named_without_their_cells() {
        let lines =
            |text: &str| Sheet::read(text.as_bytes()).unwrap().rows.iter().map(|row| row.line).collect::<Vec<_>>();
        assert_eq!(lines("a,b\n1,2\n\n\"3\n4\",5\n6,7\n"), [2, 4, 6]);
        assert_eq!(lines("a,b\r\n1,2\r\n\r\n3,4\r\n"), [2, 4]);
        assert_eq!(lines("sep=,\na,b\n1,2\n"), [3]);
        let error = Sheet::read(b"a,b\nAnn,1\nBen,2,secret\n").unwrap_err().to_string();
        assert_eq!(error, "line 3 has 3 cells and the header 2: is something not in quotes?");
        for nothing in ["", "a,b\n"] {
            assert_eq!(Sheet::read(nothing.as_bytes()).unwrap_err().to_string(), "there are no rows below the header");
        }
    }

    proptest! {
        #[test]
        fn any_bytes_are_a_table_or_an_error(bytes: Vec<u8>) {
            drop(Sheet::read(&bytes));
        }
    }
}
