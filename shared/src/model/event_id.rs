//! Ids of events that come without one.

use crate::model::interaction::{Author, Data, Interaction};

use crate::model::user::UserId;
use chrono::{DateTime, Utc};
use std::collections::HashMap;

/// A function that hashes bytes with SHA-256; callers pass `crypto::sha256`. The model does
/// not hash by itself, because it names no cryptographic library.
pub type Sha256Fn = fn(&[u8]) -> [u8; 32];

/// Derives ids for the events of one request or file that have none.
///
/// An id has the event's ordinal among those of the same user, second and author, then the digit of the author, then a
/// hash of the content: `00010-9f86d081884c7d65`. So two equal messages in one second stay two, ids keep the order of
/// the source, and reading the same source again gives the same ids. An export with the chatbot's turns gives the
/// user's turns the same ids as an export without them (decisions 0003 and 0012).
#[derive(Debug)]
pub struct EventIds {
    sha256: Sha256Fn,
    next: HashMap<[u8; 16], u32>,
}

impl EventIds {
    /// Starts a new request or file.
    #[must_use]
    pub fn new(sha256: Sha256Fn) -> Self {
        Self { sha256, next: HashMap::new() }
    }

    /// The next ordinal of a user, second and author, from 0.
    pub(super) fn next_ordinal(&mut self, user: &UserId, date: DateTime<Utc>, author: Author) -> u32 {
        let second = date.timestamp().to_string();
        let next = self.next.entry(hash(self.sha256, &[user.as_str(), &second, digit(author)])).or_default();
        *next += 1;
        *next - 1
    }

    /// The id of the interaction with an ordinal.
    pub(super) fn derive(&self, ordinal: u32, interaction: &Interaction) -> String {
        let data = interaction.data.as_ref().map(Data::as_str).unwrap_or_default();
        let content = hash(self.sha256, &[&interaction.kind, &interaction.text, data]);
        let content = u64::from_be_bytes(*content.first_chunk().expect("16 bytes"));
        format!("{ordinal:04}{}-{content:016x}", digit(interaction.author))
    }
}

fn digit(author: Author) -> &'static str {
    match author {
        Author::User => "0",
        Author::Bot => "1",
    }
}

/// The first half of the hash of some parts. The length precedes each part, so that no two lists of parts hash alike.
fn hash(sha256: Sha256Fn, parts: &[&str]) -> [u8; 16] {
    let mut bytes = Vec::with_capacity(parts.iter().map(|part| 8 + part.len()).sum());
    for part in parts {
        bytes.extend((part.len() as u64).to_be_bytes());
        bytes.extend(part.as_bytes());
    }
    *sha256(&bytes).first_chunk().expect("32 bytes")
}
