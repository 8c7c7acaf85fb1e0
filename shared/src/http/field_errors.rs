//! Errors about the fields of a request.

use std::collections::BTreeMap;

/// Sentences by the path of the field they are about (`dataset.1.user_id`).
pub type FieldErrors = BTreeMap<String, Vec<String>>;

/// [`FieldErrors`] with one sentence about one field.
pub fn field_error(path: impl Into<String>, sentence: impl Into<String>) -> FieldErrors {
    FieldErrors::from([(path.into(), vec![sentence.into()])])
}
