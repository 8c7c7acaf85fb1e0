//! Lines of CSV whose cells no spreadsheet executes.

use csv::{QuoteStyle, Terminator, WriterBuilder};
use shared::http::ApiError;

/// The characters that begin a formula: OWASP names the full-width forms too, and NFKC makes ASCII of the small ones.
const FORMULA: [char; 12] = ['=', '+', '-', '@', '＝', '＋', '－', '＠', '﹦', '﹢', '﹣', '﹫'];
/// The characters after which a spreadsheet may begin a new cell inside a text.
const SEPARATORS: [char; 4] = [';', '\t', '\r', '\n'];

/// The line of the column names (RFC 4180).
///
/// # Errors
/// Returns [`ApiError::Unexpected`] if the line cannot be written.
pub fn column_names<'a>(names: impl Iterator<Item = &'a str>) -> Result<Vec<u8>, ApiError> {
    line(QuoteStyle::Necessary, names.map(guarded))
}

/// The line of a record, with every cell in quotes, and guarded against formulas.
///
/// # Errors
/// Returns [`ApiError::Unexpected`] if the line cannot be written.
pub fn record<'a>(cells: impl IntoIterator<Item = &'a str>) -> Result<Vec<u8>, ApiError> {
    line(QuoteStyle::Always, cells.into_iter().map(guarded))
}

fn line<C: AsRef<[u8]>>(quotes: QuoteStyle, cells: impl IntoIterator<Item = C>) -> Result<Vec<u8>, ApiError> {
    let mut line = WriterBuilder::new().quote_style(quotes).terminator(Terminator::CRLF).from_writer(Vec::new());
    line.write_record(cells).map_err(|error| ApiError::Unexpected(Box::new(error)))?;
    line.into_inner().map_err(|error| ApiError::Unexpected(error.to_string().into()))
}

/// The text with an apostrophe wherever a spreadsheet could see the beginning of a formula (OWASP, "CSV Injection"): at
/// its beginning, and after each semicolon, tab and line end. A spreadsheet whose list separator is the semicolon, as in
/// most of Europe, begins a cell there, and ignores the quotes around it.
///
/// What follows needs an apostrophe if its first character that is not blank begins a formula, or if it begins with an
/// apostrophe itself. So a client restores the text by removing one apostrophe at the beginning and after each semicolon,
/// tab and line end.
fn guarded(text: &str) -> String {
    let mut guarded = String::with_capacity(text.len() + 1);
    let mut rest = text;
    loop {
        let is_formula = rest.trim_start_matches(is_blank).starts_with(FORMULA);
        // OWASP also names a cell that begins with a tab or a line end.
        if is_formula || rest.starts_with('\'') || (guarded.is_empty() && rest.starts_with(['\t', '\r', '\n'])) {
            guarded.push('\'');
        }
        let Some(end) = rest.find(SEPARATORS) else { break };
        let (cell, after) = rest.split_at(end + 1);
        guarded.push_str(cell);
        rest = after;
    }
    guarded + rest
}

/// Whether a program may skip a character before a formula: white space, control characters, and characters without
/// width. Separators are not among them: another cell begins after each.
fn is_blank(character: char) -> bool {
    let has_no_width = matches!(character, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{feff}');
    !SEPARATORS.contains(&character) && (character.is_whitespace() || character.is_control() || has_no_width)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use rstest::rstest;

    /// The text that a client restores from a guarded one.
    fn restored(guarded: &str) -> String {
        let mut text = String::new();
        let mut begins = true;
        for character in guarded.chars() {
            if !(begins && character == '\'') {
                text.push(character);
            }
            begins = SEPARATORS.contains(&character);
        }
        text
    }

    #[rstest]
    #[case::of_ascii("=1", "'=1")]
    #[case::of_a_phone_number("+43 660", "'+43 660")]
    #[case::of_a_negative_number("-1", "'-1")]
    #[case::of_a_function("@SUM(A1)", "'@SUM(A1)")]
    #[case::of_full_width("＝1+1", "'＝1+1")]
    #[case::of_full_width_plus("＋1", "'＋1")]
    #[case::of_full_width_minus("－1", "'－1")]
    #[case::of_full_width_at("＠SUM(A1)", "'＠SUM(A1)")]
    #[case::after_a_blank(" =1", "' =1")]
    #[case::after_a_no_break_space("\u{a0}=1", "'\u{a0}=1")]
    #[case::after_a_byte_order_mark("\u{feff}=1", "'\u{feff}=1")]
    #[case::after_a_zero_width_space("\u{200b}=1", "'\u{200b}=1")]
    #[case::after_a_nul("\0=1", "'\0=1")]
    #[case::after_a_vertical_tab("\u{b}=1", "'\u{b}=1")]
    #[case::after_a_semicolon("x;=1", "x;'=1")]
    #[case::after_a_semicolon_and_a_blank("x; =1", "x;' =1")]
    #[case::after_a_tab("x\t=1", "x\t'=1")]
    #[case::after_a_line_end("x\n=1", "x\n'=1")]
    #[case::after_a_line_end_at_the_beginning("\n=1", "'\n'=1")]
    #[case::at_several_places("=1;@x;y", "'=1;'@x;y")]
    fn a_formula_has_an_apostrophe_before_it(#[case] text: &str, #[case] expected: &str) {
        assert_eq!(guarded(text), expected);
    }

    #[rstest]
    #[case::a_word("hello")]
    #[case::a_sign_inside("1+1=2; a-b")]
    #[case::an_apostrophe_inside("it's; I'm")]
    #[case::nothing("")]
    #[case::json(r#"{"a":"=1","b":[-1]}"#)]
    fn another_text_is_left_as_it_is(#[case] text: &str) {
        assert_eq!(guarded(text), text);
    }

    #[test]
    fn every_cell_is_in_quotes() {
        assert_eq!(record(["a", "", "x;=1"]).unwrap(), b"\"a\",\"\",\"x;'=1\"\r\n");
    }

    proptest! {
        #[test]
        fn a_text_is_restored_by_removing_apostrophes(text in "[=+@';\\t\\n\\r x\u{a0}＝-]{0,12}") {
            prop_assert_eq!(restored(&guarded(&text)), text);
        }

        #[test]
        fn no_cell_of_any_separator_is_a_formula(text in "[=+@';\\t\\n\\r x\u{a0}＝-]{0,12}") {
            for cell in guarded(&text).split(SEPARATORS) {
                prop_assert!(!cell.trim_start_matches(is_blank).starts_with(FORMULA), "{cell}");
            }
        }
    }
}
