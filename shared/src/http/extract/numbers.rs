//! Numbers of a body that cannot be kept: refused, because a response would show other digits.

use crate::http::field_errors::FieldErrors;
use crate::model::altered_numbers;

const SENTENCE: &str = "The number has more digits than can be kept: send it as a string.";

/// A sentence for each of the first `max` numbers of a JSON text that cannot be kept, by the path of its field.
pub(in crate::http) fn errors(json: &[u8], max: usize) -> FieldErrors {
    altered_numbers(json, max).into_iter().map(|path| (path, vec![SENTENCE.to_owned()])).collect()
}
