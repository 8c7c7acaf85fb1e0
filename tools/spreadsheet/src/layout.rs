//! The layout of a table in a text: its delimiter and its quotes.

use shared::model::Invalid;

/// The delimiters that programs write, the most common first.
pub(super) const DELIMITERS: [u8; 4] = *b",;\t|";

/// The delimiter that Excel's line `sep=;` names, the text of the table, and the number of lines before it.
pub(super) fn named_delimiter(text: &str) -> (Option<u8>, &str, u64) {
    let (first, rest) = text.split_once('\n').unwrap_or((text, ""));
    match first.trim_end().strip_prefix("sep=").map(str::as_bytes) {
        Some([delimiter]) if DELIMITERS.contains(delimiter) => (Some(*delimiter), rest, 1),
        _ => (None, text, 0),
    }
}

/// The delimiters in the header, the one that occurs most often first. On a tie the more common one is first.
pub(super) fn delimiters(text: &str) -> Vec<u8> {
    let mut counts = DELIMITERS.map(|delimiter| (delimiter, 0));
    let mut quoted = false;
    for byte in text.bytes() {
        quoted ^= byte == b'"';
        if byte == b'\n' && !quoted {
            break;
        }
        if let Some((_, count)) = counts.iter_mut().find(|(delimiter, _)| *delimiter == byte && !quoted) {
            *count += 1;
        }
    }
    counts.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    let found: Vec<u8> = counts.iter().filter(|(_, count)| *count > 0).map(|(delimiter, _)| *delimiter).collect();
    if found.is_empty() { vec![DELIMITERS[0]] } else { found }
}

/// The part of a cell that a byte belongs to.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    Start,
    Bare,
    Quoted,
    /// After a quote inside a quoted cell: its end, or the first half of a quote in its text.
    Quote,
    /// After the end of a quoted cell.
    Blank,
}

/// Checks that each quote at the beginning of a cell is closed where the cell ends. A reader of CSV takes everything up to
/// the next quote, or to the end of the file, for the text of that cell.
///
/// # Errors
/// Returns [`Invalid`] with the line on which the quote opens, after `skipped` lines.
pub(super) fn check_quotes(text: &str, delimiter: u8, skipped: u64) -> Result<(), Invalid> {
    let (mut place, mut line, mut opened) = (Place::Start, skipped + 1, 0);
    for byte in text.bytes() {
        let is_end = byte == delimiter || byte == b'\n' || byte == b'\r';
        place = match (place, byte) {
            (Place::Start, b'"') => {
                opened = line;
                Place::Quoted
            }
            (Place::Quoted, b'"') => Place::Quote,
            (Place::Quoted, _) | (Place::Quote, b'"') => Place::Quoted,
            _ if is_end => Place::Start,
            (Place::Start | Place::Bare, _) => Place::Bare,
            (Place::Quote | Place::Blank, b' ') => Place::Blank,
            (Place::Quote | Place::Blank, _) => {
                return Err(Invalid::new(format!(
                    "line {opened}: text follows the quote that closes a cell: double each quote inside a cell, and close \
                 each quote that opens one"
                )));
            }
        };
        line += u64::from(byte == b'\n');
    }
    if place == Place::Quoted {
        return Err(Invalid::new(format!(
            "line {opened}: a quote opens a cell and is never closed: close it, or remove it"
        )));
    }
    Ok(())
}
