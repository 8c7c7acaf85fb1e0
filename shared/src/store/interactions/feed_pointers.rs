//! The sort keys of a feed entry as stored: JSON, compressed.
//!
//! A sort key has about 60 bytes, of which the user hash and most digits of the time repeat. An entry costs a write unit for
//! each KB, and a reader of changes pays for it as well.

use crate::store::error::StoreError;
use flate2::Compression;
use flate2::read::{DeflateDecoder, DeflateEncoder};
use std::io::Read;

/// The most bytes of the sort keys of an entry: 1,000 events with ids of 128 bytes have 190 KB.
const MOST_BYTES: u64 = 1024 * 1024;

/// Compresses sort keys.
///
/// # Panics
/// Never: strings are JSON, and reading from memory does not fail.
pub(in crate::store) fn compress(sort_keys: &[String]) -> Vec<u8> {
    let json = serde_json::to_vec(sort_keys).expect("strings are JSON");
    let mut compressed = Vec::new();
    DeflateEncoder::new(&*json, Compression::default()).read_to_end(&mut compressed).expect("memory can be read");
    compressed
}

/// The sort keys of compressed bytes.
///
/// # Errors
/// Returns [`StoreError`] if the bytes are not what [`compress`] makes, or if the sort keys exceed 1 MB.
pub(in crate::store) fn decompress(op: &'static str, compressed: &[u8]) -> Result<Vec<String>, StoreError> {
    let mut json = Vec::new();
    let read = DeflateDecoder::new(compressed).take(MOST_BYTES).read_to_end(&mut json);
    read.map_err(|_| StoreError::invalid(op, "the events of a feed entry cannot be decompressed"))?;
    serde_json::from_slice(&json).map_err(StoreError::json(op))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn sort_keys_are_read_back(sort_keys in prop::collection::vec(".{0,200}", 0..50)) {
            prop_assert_eq!(decompress("test", &compress(&sort_keys)).unwrap(), sort_keys);
        }

        #[test]
        fn other_bytes_are_an_error_and_never_a_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            prop_assert!(decompress("test", &bytes).is_err());
        }
    }

    #[test]
    fn an_entry_of_a_thousand_events_of_a_hundred_users_is_a_fourth_of_its_sort_keys() {
        let key = |number: u64| {
            let user = crate::crypto::sha256(&(number % 100).to_be_bytes());
            format!("U#{}#{:020}#m{number}", hex::encode(&user[..16]), 1_663_747_200_000_000 + number * 1_000_000)
        };
        let keys: Vec<_> = (0..1_000).map(key).collect();
        let plain: usize = keys.iter().map(String::len).sum();
        assert!(compress(&keys).len() * 4 < plain, "{} of {plain}", compress(&keys).len());
    }
}
