//! The data of a response as it grows, within the size limits of the API and of Lambda.

use crate::http::limits::{MAX_ESCAPED_BYTES, escaped_len};
use std::ops::Add;

/// Maximum bytes of a response, as documented in OpenAPI. [`ResponseBody`] checks Lambda's own limit, [`MAX_ESCAPED_BYTES`], as
/// well: a text that needs many escapes reaches it first.
pub const MAX_RESPONSE_BYTES: usize = 3_500_000;
/// Bytes reserved for what surrounds the data: `data`, `meta` or a trailer with a signed cursor of at most a few
/// kilobytes, and response headers.
const ENVELOPE_BYTES: usize = 10_000;

/// Bytes that a page of DynamoDB (at most 1 MB of items) mostly takes as records.
const DYNAMODB_PAGE_BYTES: usize = 1_500_000;

/// The size of a text that becomes a part of a response.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TextSize {
    bytes: usize,
    /// Bytes of the text inside the JSON string in which Lambda returns a body.
    escaped: usize,
}

impl TextSize {
    /// Measures a text.
    #[must_use]
    pub fn of(text: &[u8]) -> Self {
        Self { bytes: text.len(), escaped: escaped_len(text) }
    }
}

impl Add for TextSize {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self { bytes: self.bytes + other.bytes, escaped: self.escaped + other.escaped }
    }
}

/// The data of a response. It never grows beyond [`MAX_RESPONSE_BYTES`], nor beyond [`MAX_ESCAPED_BYTES`] once it is escaped.
#[derive(Debug, Default)]
pub struct ResponseBody {
    bytes: Vec<u8>,
    size: TextSize,
}

impl ResponseBody {
    /// Whether a text of this size fits.
    #[must_use]
    pub fn fits(&self, more: TextSize) -> bool {
        let size = self.size + more;
        // The envelope is JSON too, so its escaped form may take twice its bytes.
        size.bytes <= MAX_RESPONSE_BYTES - ENVELOPE_BYTES && size.escaped <= MAX_ESCAPED_BYTES - 2 * ENVELOPE_BYTES
    }

    /// Whether the records of another page of DynamoDB will mostly fit. If not, a response ends rather than read what would
    /// have to be read again.
    #[must_use]
    pub fn has_room_for_dynamodb_page(&self) -> bool {
        self.len() + DYNAMODB_PAGE_BYTES <= MAX_RESPONSE_BYTES
    }

    /// Appends the parts of a text if all of them fit, and returns whether they did.
    pub fn push(&mut self, parts: &[&[u8]]) -> bool {
        let size = parts.iter().fold(TextSize::default(), |size, part| size + TextSize::of(part));
        let fits = self.fits(size);
        if fits {
            self.bytes.extend(parts.iter().copied().flatten());
            self.size = self.size + size;
        }
        fits
    }

    /// Appends an element of a JSON array if it fits, after a comma unless it is the first.
    pub fn push_element(&mut self, parts: &[&[u8]]) -> bool {
        let comma: &[u8] = if self.is_empty() { b"" } else { b"," };
        self.push(&[&[comma], parts].concat())
    }

    /// The number of bytes.
    #[must_use]
    pub fn len(&self) -> usize {
        self.bytes.len()
    }

    /// Whether nothing was appended yet.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    /// The bytes that were appended.
    #[must_use]
    pub fn into_bytes(self) -> Vec<u8> {
        self.bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_element_that_fits_only_without_its_comma_leaves_the_body_as_it_was() {
        let mut body = ResponseBody::default();
        let room = MAX_RESPONSE_BYTES - ENVELOPE_BYTES;
        assert!(body.push_element(&[b"1"]));
        assert!(!body.push_element(&[&vec![b'x'; room - 1]]));
        assert_eq!(body.len(), 1);
        assert!(body.push_element(&[&vec![b'x'; room - 2]]));
        assert_eq!(body.len(), room);
    }

    #[test]
    fn a_text_of_quotes_reaches_lambdas_limit_first() {
        let mut body = ResponseBody::default();
        let most = (MAX_ESCAPED_BYTES - 2 * ENVELOPE_BYTES) / 2;
        assert!(!body.push(&[&vec![b'"'; most + 1]]));
        assert!(body.push(&[&vec![b'"'; most]]));
    }
}
