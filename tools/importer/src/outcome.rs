//! The outcome of an import: counts, problems and errors.

use shared::model::Invalid;
use shared::store::StoreError;
use std::{fmt, io};

/// Counts of an import so far, and its first problems.
#[derive(Clone, Debug, Default)]
pub struct ImportOutcome {
    /// Bytes of the file that have been processed. For an export, the file's size times the share of its events that
    /// have been processed.
    pub bytes: u64,
    /// Events that this import stored.
    pub created: u64,
    /// Events that were stored before with the same content.
    pub duplicate: u64,
    /// Events that were stored before with other content, and were left unchanged.
    pub conflict: u64,
    /// Lines, events and users that are not valid.
    pub refused: u64,
    /// Users whose attributes were merged into their contexts.
    pub attributes: u64,
    /// The first problems among the refused and conflicting ones.
    pub problems: Vec<Problem>,
}

/// Why a part of a file was not stored. Contains nothing of the file's content.
#[derive(Clone, Debug)]
pub struct Problem {
    /// The location in the file.
    pub location: SourceLocation,
    /// The field that is not valid.
    pub field: &'static str,
    /// The rule that the field breaks.
    pub reason: Invalid,
}

/// A location in a file, counted from 1. Users are numbered, not named: their ids are personal data.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SourceLocation {
    /// A line of NDJSON.
    Line(usize),
    /// A user of an export.
    User(usize),
    /// A user of an export, and one of the user's interactions.
    Interaction(usize, usize),
}

impl fmt::Display for SourceLocation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Line(line) => write!(f, "line {line}"),
            Self::User(user) => write!(f, "user {user}"),
            Self::Interaction(user, interaction) => write!(f, "user {user}, interaction {interaction}"),
        }
    }
}

/// A file was not imported to its end. Events that are stored already stay, and the next import counts them as
/// duplicates.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// The file cannot be read.
    #[error("the file cannot be read")]
    Read(#[from] io::Error),
    /// The file has neither format.
    #[error(transparent)]
    Format(#[from] Invalid),
    /// The table failed.
    #[error("the import stopped on the way: run it again, what is stored already will count as duplicate")]
    Store(#[from] StoreError),
}
