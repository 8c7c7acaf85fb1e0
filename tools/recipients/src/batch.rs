//! The rows of one request.

use serde_json::Value;
use std::iter::Peekable;

/// Bytes of recipients after which a request gets no more: the API accepts a body of 4 MB and answers with up to 6 MB.
const MAX_BYTES: usize = 3_000_000;

/// The rows of one request.
#[derive(Debug)]
pub struct Batch {
    /// Whether each row is a recipient; blank rows are not.
    pub rows: Vec<bool>,
    /// The recipients in the form of a request.
    pub recipients: Vec<Value>,
}

impl Batch {
    /// Takes as many rows as fit into a request of at most `max` recipients.
    pub fn take(rows: &mut Peekable<impl Iterator<Item = Option<Value>>>, max: usize) -> Self {
        let (mut batch, mut size) = (Self { rows: Vec::new(), recipients: Vec::new() }, 0);
        while let Some(recipient) = rows.next_if(|_| batch.recipients.len() < max && size < MAX_BYTES) {
            batch.rows.push(recipient.is_some());
            size += recipient.as_ref().map_or(0, |recipient| recipient.to_string().len());
            batch.recipients.extend(recipient);
        }
        batch
    }

    /// The links of the batch's recipients, one for each row; `None` for a blank row.
    pub fn spread<T>(&self, links: impl IntoIterator<Item = T>) -> Vec<Option<T>> {
        let mut links = links.into_iter();
        self.rows.iter().map(|is_recipient| if *is_recipient { links.next() } else { None }).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_batch_has_no_more_recipients_than_a_request_and_blank_rows_do_not_count() {
        let rows = [Some(json!(1)), None, Some(json!(2)), None, Some(json!(3))];
        let mut rows = rows.into_iter().peekable();
        let batch = Batch::take(&mut rows, 2);
        assert_eq!((&batch.rows[..], &batch.recipients[..]), (&[true, false, true][..], &[json!(1), json!(2)][..]));
        assert_eq!(batch.spread(["a", "b"]), [Some("a"), None, Some("b")]);
        assert_eq!(Batch::take(&mut rows, 2).rows, [false, true]);
        assert_eq!(Batch::take(&mut rows, 2).rows, [false; 0]);
    }

    #[test]
    fn a_batch_ends_after_3_mb() {
        let mut rows = std::iter::repeat_with(|| Some(json!("x".repeat(1_000_000)))).take(5).peekable();
        assert_eq!(Batch::take(&mut rows, 100).rows.len(), 3);
        assert_eq!(Batch::take(&mut rows, 100).rows.len(), 2);
    }
}
