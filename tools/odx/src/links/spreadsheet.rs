//! Tables as spreadsheet programs save them: CSV in several encodings and with several delimiters.

use anyhow::{Context as _, Result, anyhow, bail};
use csv::{Position, ReaderBuilder, StringRecord};
use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252};

const DELIMITERS: [u8; 3] = *b",;\t";

/// A table with a header.
#[derive(Debug)]
pub(super) struct Spreadsheet {
    pub(super) delimiter: u8,
    /// Whether the output needs a byte order mark, without which the program that saved this file would not read it as
    /// UTF-8.
    pub(super) byte_order_mark: bool,
    pub(super) header: StringRecord,
    pub(super) rows: Vec<Row>,
}

/// A row of the table.
#[derive(Debug)]
pub(super) struct Row {
    /// The line of the file on which the row begins.
    pub(super) line: u64,
    pub(super) cells: StringRecord,
}

impl Spreadsheet {
    /// Reads a file.
    ///
    /// # Errors
    /// Returns an error if the file is not text, has no rows, or has a row of another length than the header. It names
    /// the line and quotes no cells, because they are personal data.
    pub(super) fn read(bytes: &[u8]) -> Result<Self> {
        let (text, byte_order_mark) = decode(bytes)?;
        let (delimiter, text, skipped) = delimiter(&text);
        let mut reader = ReaderBuilder::new().delimiter(delimiter).from_reader(text.as_bytes());
        let header = reader.headers().context("the header cannot be read")?.clone();
        let mut rows = Vec::new();
        for cells in reader.into_records() {
            let cells = cells.map_err(|error| without_cells(&error, text, skipped))?;
            rows.push(Row { line: line(cells.position(), text, skipped), cells });
        }
        if rows.is_empty() {
            bail!("there are no rows below the header");
        }
        Ok(Self { delimiter, byte_order_mark, header, rows })
    }
}

/// The line of a record, after `skipped` lines. The position of a record may be before the blank lines above it.
fn line(position: Option<&Position>, text: &str, skipped: u64) -> u64 {
    let Some(position) = position else { return 0 };
    let start = usize::try_from(position.byte()).expect("a position in a text in memory");
    let before = text.bytes().skip(start);
    let blank = before.take_while(|byte| b"\r\n".contains(byte)).filter(|byte| *byte == b'\n');
    position.line() + blank.map(|_| 1).sum::<u64>() + skipped
}

fn without_cells(error: &csv::Error, text: &str, skipped: u64) -> anyhow::Error {
    let line = line(error.position(), text, skipped);
    match error.kind() {
        csv::ErrorKind::UnequalLengths { expected_len, len, .. } => {
            anyhow!(
                "line {line} has {len} cells, but the header has {expected_len}: put cells with a delimiter in quotes"
            )
        }
        _ => anyhow!("line {line} cannot be read as CSV"),
    }
}

/// The text of a file, and whether it was anything but plain UTF-8.
fn decode(bytes: &[u8]) -> Result<(String, bool)> {
    let (encoding, bytes, byte_order_mark) = match Encoding::for_bom(bytes) {
        Some((encoding, length)) => (encoding, &bytes[length..], true),
        None => (guess(bytes), bytes, guess(bytes) != UTF_8),
    };
    let (text, malformed) = encoding.decode_without_bom_handling(bytes);
    if malformed {
        bail!("the file is not text in {}: save it again as CSV in UTF-8", encoding.name());
    }
    Ok((text.into_owned(), byte_order_mark))
}

/// The encoding of a file without a byte order mark. UTF-16 has zeros, in Western text every other byte. What is not
/// UTF-8 comes from a Windows program that saves the code page of its system.
fn guess(bytes: &[u8]) -> &'static Encoding {
    let zeros = |parity: usize| bytes.iter().skip(parity).step_by(2).filter(|byte| **byte == 0).count();
    match (zeros(0), zeros(1)) {
        (0, 0) if std::str::from_utf8(bytes).is_ok() => UTF_8,
        (0, 0) => WINDOWS_1252,
        (even, odd) if even > odd => UTF_16BE,
        _ => UTF_16LE,
    }
}

/// The delimiter, the text of the table, and the number of lines before it. Excel's line `sep=;` names the delimiter.
/// Without it, the delimiter is the one that occurs most often in the header.
fn delimiter(text: &str) -> (u8, &str, u64) {
    let (first, rest) = text.split_once('\n').unwrap_or((text, ""));
    if let Some([delimiter]) = first.trim_end().strip_prefix("sep=").map(str::as_bytes)
        && DELIMITERS.contains(delimiter)
    {
        return (*delimiter, rest, 1);
    }
    let mut counts = [0; DELIMITERS.len()];
    let mut quoted = false;
    for byte in text.bytes() {
        quoted ^= byte == b'"';
        if byte == b'\n' && !quoted {
            break;
        }
        if let Some(index) = DELIMITERS.iter().position(|delimiter| *delimiter == byte && !quoted) {
            counts[index] += 1;
        }
    }
    // On a tie the first delimiter wins, as `max_by_key` returns the last maximum.
    let most = (0..counts.len()).rev().max_by_key(|index| counts[*index]).unwrap_or(0);
    (DELIMITERS[most], text, 0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use rstest::rstest;

    const TABLE: &str = "user_id;Grüße;note\r\nann;\"a;b\";\"x\r\ny\"\r\n;é,è;\r\n";

    fn cells(sheet: &Spreadsheet) -> Vec<Vec<&str>> {
        [&sheet.header]
            .into_iter()
            .chain(sheet.rows.iter().map(|row| &row.cells))
            .map(|row| row.iter().collect())
            .collect()
    }

    /// The table with another delimiter; the semicolon inside the quotes stays.
    fn with(delimiter: &str) -> String {
        TABLE.replace("a;b", "a\u{1}b").replace(';', delimiter).replace('\u{1}', ";")
    }

    fn utf_16_le(text: &str) -> Vec<u8> {
        text.encode_utf16().flat_map(u16::to_le_bytes).collect()
    }

    fn utf_16_be(text: &str) -> Vec<u8> {
        text.encode_utf16().flat_map(u16::to_be_bytes).collect()
    }

    #[rstest]
    #[case::utf_8(TABLE.as_bytes().to_vec(), b';', false)]
    #[case::utf_8_with_a_mark(["\u{feff}", TABLE].concat().into_bytes(), b';', true)]
    #[case::tabs(with("\t").into_bytes(), b'\t', false)]
    #[case::commas(with(",").replace("é,è", "\"é,è\"").into_bytes(), b',', false)]
    #[case::a_line_that_names_the_delimiter(["sep=;\r\n", TABLE].concat().into_bytes(), b';', false)]
    #[case::windows_1252(WINDOWS_1252.encode(TABLE).0.into_owned(), b';', true)]
    #[case::utf_16_with_a_mark(utf_16_le(&["\u{feff}", &with("\t")].concat()), b'\t', true)]
    #[case::big_endian_utf_16_with_a_mark(utf_16_be(&["\u{feff}", TABLE].concat()), b';', true)]
    #[case::utf_16(utf_16_le(TABLE), b';', true)]
    #[case::big_endian_utf_16(utf_16_be(TABLE), b';', true)]
    fn every_encoding_and_delimiter_gives_the_same_table(
        #[case] bytes: Vec<u8>,
        #[case] delimiter: u8,
        #[case] byte_order_mark: bool,
    ) {
        let sheet = Spreadsheet::read(&bytes).unwrap();
        assert_eq!(cells(&sheet), [["user_id", "Grüße", "note"], ["ann", "a;b", "x\r\ny"], ["", "é,è", ""]]);
        assert_eq!(sheet.delimiter, delimiter);
        assert_eq!(sheet.byte_order_mark, byte_order_mark);
    }

    #[rstest]
    #[case::after_blank_lines_and_line_breaks_in_cells("a,b\n1,2\n\n\"3\n4\",5\n6,7\n", &[2, 4, 6])]
    #[case::with_the_line_ends_of_windows("a,b\r\n1,2\r\n\r\n3,4\r\n", &[2, 4])]
    #[case::after_a_line_that_names_the_delimiter("sep=,\na,b\n1,2\n", &[3])]
    fn a_row_knows_the_line_of_the_file_that_it_begins_on(#[case] text: &str, #[case] expected: &[u64]) {
        let sheet = Spreadsheet::read(text.as_bytes()).unwrap();
        assert_eq!(sheet.rows.iter().map(|row| row.line).collect::<Vec<_>>(), expected);
    }

    #[rstest]
    #[case::a_row_of_another_length(
        "a,b\nAnn,1\nBen,2,secret\n",
        "line 3 has 3 cells, but the header has 2: put cells with a delimiter in quotes"
    )]
    #[case::an_empty_file("", "there are no rows below the header")]
    #[case::a_header_alone("a,b\n", "there are no rows below the header")]
    fn a_malformed_table_is_refused_without_quoting_its_cells(#[case] text: &str, #[case] expected: &str) {
        assert_eq!(Spreadsheet::read(text.as_bytes()).unwrap_err().to_string(), expected);
    }

    proptest! {
        #[test]
        fn any_bytes_are_a_table_or_an_error(bytes: Vec<u8>) {
            drop(Spreadsheet::read(&bytes));
        }
    }
}
