//! Tests of tables: every encoding and delimiter, and what is refused.

use super::*;
use encoding_rs::WINDOWS_1252;
use proptest::prelude::*;
use rstest::rstest;

const TABLE: &str = "user_id;Grüße;note\r\nann;\"a;b\";\"x\r\ny\"\r\n;é,è;\r\n";

fn cells(sheet: &Spreadsheet) -> Vec<Vec<&str>> {
    [&sheet.header].into_iter().chain(sheet.rows.iter().map(|row| &row.cells)).map(|row| row.iter().collect()).collect()
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
#[case::bars(with("|").into_bytes(), b'|', false)]
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
    let sheet = Spreadsheet::read(&bytes, None).unwrap();
    assert_eq!(cells(&sheet), [["user_id", "Grüße", "note"], ["ann", "a;b", "x\r\ny"], ["", "é,è", ""]]);
    assert_eq!(sheet.delimiter, delimiter);
    assert_eq!(sheet.byte_order_mark, byte_order_mark);
}

#[rstest]
#[case::after_blank_lines_and_line_breaks_in_cells("a,b\n1,2\n\n\"3\n4\",5\n6,7\n", &[2, 4, 6])]
#[case::with_the_line_ends_of_windows("a,b\r\n1,2\r\n\r\n3,4\r\n", &[2, 4])]
#[case::after_a_line_that_names_the_delimiter("sep=,\na,b\n1,2\n", &[3])]
fn a_row_knows_the_line_of_the_file_that_it_begins_on(#[case] text: &str, #[case] expected: &[u64]) {
    let sheet = Spreadsheet::read(text.as_bytes(), None).unwrap();
    assert_eq!(sheet.rows.iter().map(|row| row.line).collect::<Vec<_>>(), expected);
}

#[rstest]
#[case::a_row_of_another_length(
    "a,b\nAnn,1\nBen,2,secret\n",
    "line 3 has 3 cells, but the header has 2: put cells with a delimiter in quotes"
)]
#[case::a_quote_that_is_never_closed(
    "a,b\nAnn,1\nBen,\"secret\nCem,2\n",
    "line 3: a quote opens a cell and is never closed: close it, or remove it"
)]
#[case::a_quote_that_another_row_closes(
    "a,b\nAnn,\"secret\nBen,\"x\"\n",
    "line 2: text follows the quote that closes a cell: double each quote inside a cell, and close each quote that opens one"
)]
#[case::a_header_in_one_quoted_cell(
    "\"a,b\"\n\"Ann,1\"\n",
    "the header is one column `a,b`: separate its names by one delimiter, without quotes around all of them"
)]
#[case::a_nul(
    "a,b\nAnn,1\nB\0n,2\n",
    "line 3 has a NUL, which no text has: remove it, or save the table again as CSV in UTF-8"
)]
#[case::an_empty_file("", "there are no rows below the header")]
#[case::a_header_alone("a,b\n", "there are no rows below the header")]
fn a_malformed_table_is_refused_without_quoting_its_cells(#[case] text: &str, #[case] expected: &str) {
    assert_eq!(Spreadsheet::read(text.as_bytes(), None).unwrap_err().to_string(), expected);
}

const MIXED: &[u8] = b"user_id,name\r\nann,J\xc3\xbcrgen\r\nben,10 \x96 20\r\n";

#[test]
fn a_file_of_utf_8_with_a_byte_of_another_encoding_is_refused_with_the_line() {
    let error = Spreadsheet::read(MIXED, None).unwrap_err().to_string();
    assert!(error.starts_with("line 3 is not UTF-8, but other lines are: name the encoding"), "{error}");
}

#[test]
fn a_named_encoding_decodes_the_file_whatever_its_bytes_tell() {
    let sheet = Spreadsheet::read(MIXED, Some(WINDOWS_1252)).unwrap();
    assert_eq!(cells(&sheet)[1..], [["ann", "JÃ¼rgen"], ["ben", "10 – 20"]]);
    assert_eq!(sheet.guessed, None);
}

#[test]
fn a_file_that_is_not_in_the_named_encoding_is_refused_with_the_line() {
    let error = Spreadsheet::read(MIXED, Some(UTF_8)).unwrap_err().to_string();
    assert!(error.starts_with("line 3 is not text in UTF-8"), "{error}");
}

#[test]
fn a_guessed_encoding_is_said() {
    let sheet = Spreadsheet::read(b"a,b\nZo\xeb,1\n", None).unwrap();
    assert_eq!(sheet.guessed, Some("windows-1252"));
    assert_eq!(cells(&sheet)[1], ["Zoë", "1"]);
}

#[test]
fn a_byte_that_windows_1252_does_not_have_is_refused_with_the_line() {
    let error = Spreadsheet::read(b"a,b\nZo\xeb,\x81\n", None).unwrap_err().to_string();
    assert!(error.starts_with("line 2 has a character that windows-1252 does not have"), "{error}");
}

#[test]
fn rows_of_blank_cells_are_marked_whatever_their_length() {
    let sheet = Spreadsheet::read(b"a,b\n1,2\n,\n , \n,,,\n  \n3,\n", None).unwrap();
    assert_eq!(sheet.rows.iter().map(Row::is_blank).collect::<Vec<_>>(), [false, true, true, true, true, false]);
    assert_eq!(sheet.rows.iter().map(|row| row.cells.len()).collect::<Vec<_>>(), [2; 6]);
}

#[test]
fn a_delimiter_inside_names_of_the_header_divides_nothing() {
    let sheet = Spreadsheet::read(b"pet (cat|dog|fish),name\ncat,Ann\n", None).unwrap();
    assert_eq!(cells(&sheet), [["pet (cat|dog|fish)", "name"], ["cat", "Ann"]]);
}

#[test]
fn a_quote_inside_a_bare_cell_and_a_doubled_one_are_text() {
    let sheet = Spreadsheet::read(b"a,b\n5\" pipe,\"say \"\"hi\"\"\"\n", None).unwrap();
    assert_eq!(cells(&sheet)[1], ["5\" pipe", "say \"hi\""]);
}

#[test]
fn cyrillic_utf_16_without_a_mark_is_read() {
    let text = "user_id;имя\r\nann;Анна\r\n";
    assert_eq!(cells(&Spreadsheet::read(&utf_16_le(text), None).unwrap())[1], ["ann", "Анна"]);
}

proptest! {
    #[test]
    fn any_bytes_are_a_table_or_an_error(bytes: Vec<u8>) {
        drop(Spreadsheet::read(&bytes, None));
    }
}
