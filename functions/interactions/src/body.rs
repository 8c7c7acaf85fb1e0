//! The body of an answer as it grows, within what Lambda passes on.

use shared::http::{MAX_ESCAPED_BYTES, escaped_len};

/// An answer has at most so many bytes.
pub(crate) const MAX_BYTES: usize = 3_500_000;
/// What stands around what is written: `data`, `meta`, a trailer.
const AROUND: usize = 10_000;

/// A body that does not grow beyond what an answer may have: 3.5 MB, and 6 MB as a text within Lambda's answer.
#[derive(Debug, Default)]
pub(crate) struct Body {
    bytes: Vec<u8>,
    escaped: usize,
}

impl Body {
    /// Whether so much more fits.
    pub(crate) fn fits(&self, more: &[u8]) -> bool {
        self.bytes.len() + more.len() <= MAX_BYTES - AROUND
            && self.escaped + escaped_len(more) <= MAX_ESCAPED_BYTES - 2 * AROUND
    }

    /// Takes more, if it fits.
    pub(crate) fn push(&mut self, more: &[u8]) -> bool {
        let fits = self.fits(more);
        if fits {
            self.bytes.extend_from_slice(more);
            self.escaped += escaped_len(more);
        }
        fits
    }

    pub(crate) fn len(&self) -> usize {
        self.bytes.len()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    pub(crate) fn into_bytes(self) -> Vec<u8> {
        self.bytes
    }
}
