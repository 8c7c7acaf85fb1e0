//! SHA-256 (FIPS 180-4), the one place that hashes without a key.

use aws_lc_rs::digest;

/// The SHA-256 of bytes.
///
/// ```
/// assert_eq!(shared::crypto::sha256(b"")[..4], [0xe3, 0xb0, 0xc4, 0x42]);
/// ```
#[must_use]
pub fn sha256(bytes: &[u8]) -> [u8; 32] {
    finished(&digest::digest(&digest::SHA256, bytes))
}

/// The SHA-256 of bytes that are added piece by piece. A clone continues after the same bytes.
#[derive(Clone)]
pub struct Sha256(digest::Context);

impl Sha256 {
    /// Starts with no bytes.
    #[must_use]
    pub fn new() -> Self {
        Self(digest::Context::new(&digest::SHA256))
    }

    /// Adds bytes.
    pub fn update(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    /// The hash of all bytes.
    #[must_use]
    pub fn finish(self) -> [u8; 32] {
        finished(&self.0.finish())
    }
}

impl Default for Sha256 {
    fn default() -> Self {
        Self::new()
    }
}

impl std::fmt::Debug for Sha256 {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Sha256(..)")
    }
}

fn finished(digest: &digest::Digest) -> [u8; 32] {
    digest.as_ref().try_into().expect("SHA-256 has 32 bytes")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{EventIds, EventShape};
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn the_hash_does_not_depend_on_how_the_bytes_are_cut(pieces: Vec<Vec<u8>>) {
            let mut hash = Sha256::new();
            for piece in &pieces {
                hash.update(piece);
            }
            prop_assert_eq!(hash.finish(), sha256(&pieces.concat()));
        }
    }

    #[test]
    fn the_examples_of_fips_180_4_hash_as_published() {
        let hex = |bytes: &[u8]| hex::encode(sha256(bytes));
        assert_eq!(hex(b"abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
        let long = b"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq";
        assert_eq!(hex(long), "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
    }

    #[test]
    fn the_derived_id_of_an_event_never_changes_because_the_table_holds_it() {
        let json = r#"{"user_id":"ann","type":"text","date":"2022-09-21 08:19:33","text":"yes"}"#;
        let shape: EventShape = serde_json::from_str(json).unwrap();
        let now = crate::model::time::from_seconds(1_700_000_000);
        let event = shape.check(now, &mut EventIds::new(sha256)).unwrap();
        assert_eq!(event.interaction.id, "00000-e4e1f58a5db896bc");
    }
}
