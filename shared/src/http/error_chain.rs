//! The text of an error for the log.

use std::error::Error;

/// An error and its sources, joined by colons.
pub(in crate::http) fn chain(error: &(dyn Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        text = format!("{text}: {cause}");
        next = cause.source();
    }
    text
}
