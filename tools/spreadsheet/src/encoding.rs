//! The text of a file: its encoding, named by the user or told by its bytes.

use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252};
use shared::model::Invalid;

/// Of how many UTF-16 units one is ASCII at least: each line of a table has a delimiter, a line end and digits.
const UNITS_PER_ASCII: usize = 16;

/// A text, and where it comes from.
#[derive(Debug)]
pub(super) struct Decoded {
    pub(super) text: String,
    /// The encoding of the file.
    pub(super) encoding: &'static Encoding,
    /// Whether the file begins with a byte order mark.
    pub(super) has_mark: bool,
    /// Whether nothing in the file names its encoding.
    pub(super) is_guessed: bool,
}

/// Parses the name of an encoding, as web pages use it.
///
/// # Errors
/// Returns an error if there is no such encoding.
pub fn parse_encoding(name: &str) -> Result<&'static Encoding, String> {
    let encoding = Encoding::for_label(name.as_bytes());
    encoding.ok_or_else(|| "is not a known encoding: utf-8, utf-16le, windows-1250, windows-1252, …".to_owned())
}

/// Decodes a file. Without a name and a byte order mark it is UTF-8, UTF-16 by its zeros, or Windows-1252.
///
/// # Errors
/// Returns [`Invalid`] that names the line of the first byte that is not text, or that is in another encoding than the rest.
pub(super) fn decode(bytes: &[u8], named: Option<&'static Encoding>) -> Result<Decoded, Invalid> {
    let (marked, length) = Encoding::for_bom(bytes).unzip();
    let text = &bytes[length.unwrap_or(0)..];
    let (encoding, is_guessed) = match (named, marked) {
        (Some(encoding), _) | (None, Some(encoding)) => (encoding, false),
        (None, None) => guess(text)?,
    };
    let has_mark = marked == Some(encoding);
    let bytes = if has_mark { text } else { bytes };
    let text = strict(encoding, bytes)?;
    // Windows-1252 has no character for five bytes; the standard of web pages decodes them as control characters.
    if let Some(at) = text.find(|character| matches!(character, '\0' | '\u{80}'..='\u{9f}')) {
        let line = text[..at].matches('\n').count() + 1;
        if text[at..].starts_with('\0') {
            return Err(Invalid::new(format!(
                "line {line} has a NUL, which no text has: remove it, or save the table again as CSV in UTF-8"
            )));
        }
        return Err(Invalid::new(format!(
            "line {line} has a character that {} does not have: {NAME_IT}",
            encoding.name()
        )));
    }
    Ok(Decoded { text, encoding, has_mark, is_guessed })
}

const NAME_IT: &str = "name the encoding of the file with --encoding, or save the table again as CSV in UTF-8";

/// The encoding of a file without a byte order mark, and whether it is only a guess. What is not UTF-8 comes from a Windows
/// program that saves the code page of its system.
fn guess(bytes: &[u8]) -> Result<(&'static Encoding, bool), Invalid> {
    if let Some(utf_16) = utf_16(bytes) {
        return Ok((utf_16, false));
    }
    let Err(error) = std::str::from_utf8(bytes) else { return Ok((UTF_8, false)) };
    // Bytes beyond ASCII in sequences of UTF-8 are no accident, so the others are a mistake.
    let is_mixed = bytes.utf8_chunks().any(|chunk| !chunk.valid().is_ascii());
    if is_mixed {
        let line = line_at(bytes, error.valid_up_to());
        return Err(Invalid::new(format!("line {line} is not UTF-8, but other lines are: {NAME_IT}")));
    }
    Ok((WINDOWS_1252, true))
}

/// UTF-16, if the file has zeros as such a file has: in every other byte, and often.
fn utf_16(bytes: &[u8]) -> Option<&'static Encoding> {
    let zeros = |parity: usize| bytes.iter().skip(parity).step_by(2).filter(|byte| **byte == 0).count();
    let often = |count: usize| count * UNITS_PER_ASCII >= bytes.len() / 2;
    let encoding = match (zeros(0), zeros(1)) {
        (even, 0) if even > 0 && often(even) => UTF_16BE,
        (0, odd) if odd > 0 && often(odd) => UTF_16LE,
        _ => return None,
    };
    let text = encoding.decode_without_bom_handling_and_without_replacement(bytes)?;
    text.contains('\n').then_some(encoding)
}

/// The text of bytes that are all in an encoding.
fn strict(encoding: &'static Encoding, bytes: &[u8]) -> Result<String, Invalid> {
    if let Some(text) = encoding.decode_without_bom_handling_and_without_replacement(bytes) {
        return Ok(text.into_owned());
    }
    let (decoded, _) = encoding.decode_without_bom_handling(bytes);
    let before = decoded.split('\u{fffd}').next().unwrap_or_default();
    let line = before.matches('\n').count() + 1;
    Err(Invalid::new(format!("line {line} is not text in {}: {NAME_IT}", encoding.name())))
}

/// The line of a byte, counted from 1.
fn line_at(bytes: &[u8], position: usize) -> usize {
    bytes.iter().take(position).filter(|byte| **byte == b'\n').count() + 1
}
