//! Importing conversations into a tenant: OpenDialog's own user-data-export, or our NDJSON, told apart by content.

mod format;
mod reader;
mod user_data_export;
mod writer;

pub use reader::{Found, Reader};

use shared::app::App;
use shared::model::{Invalid, Tenant};
use shared::store::{ErasedUserPolicy, StoreError};
use std::fmt;
use std::io::{self, BufRead};
use writer::Import;

/// What became of a file so far.
#[derive(Clone, Debug, Default)]
pub struct Imported {
    /// Bytes of the file that are done with; while an export is written, its size times the share of its events.
    pub bytes: u64,
    /// Events that are stored now.
    pub created: u64,
    /// Events that were stored before.
    pub duplicate: u64,
    /// Events that were stored before with another content, and left as they were.
    pub conflict: u64,
    /// What is not an event, or breaks a rule.
    pub refused: u64,
    /// The first problems of what was refused or in conflict.
    pub problems: Vec<Problem>,
}

/// Why something of a file was not stored. It repeats nothing of the content.
#[derive(Clone, Debug)]
pub struct Problem {
    /// Where it stands.
    pub place: Place,
    /// The field that is wrong.
    pub field: &'static str,
    /// The rule that it breaks.
    pub reason: Invalid,
}

/// A place in a file, counted from one: chatbot users are personal data and not named.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// A line of NDJSON.
    Line(usize),
    /// A user of an export.
    User(usize),
    /// An interaction of a user of an export.
    Interaction(usize, usize),
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Line(line) => write!(f, "line {line}"),
            Self::User(user) => write!(f, "user {user}"),
            Self::Interaction(user, interaction) => write!(f, "user {user}, interaction {interaction}"),
        }
    }
}

/// A file was not imported to its end. What was written stays, and counts as duplicate the next time.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// The file could not be read.
    #[error("the file cannot be read")]
    Read(#[from] io::Error),
    /// The file is of neither kind.
    #[error(transparent)]
    Format(#[from] Invalid),
    /// The table's error.
    #[error("the import stopped on the way: run it again, what is stored already will count as duplicate")]
    Store(#[from] StoreError),
}

/// Imports one file; `progress` is told what became of it after every chunk.
///
/// An export's attributes join the users' contexts as told at each user's last interaction of the file: what a link
/// told later stays.
///
/// # Errors
/// See [`ImportError`]; a bad event is none, it is counted.
pub async fn import(
    input: impl BufRead,
    app: &App,
    tenant: &Tenant,
    erased_users: ErasedUserPolicy,
    progress: impl FnMut(&Imported),
) -> Result<Imported, ImportError> {
    let mut import = Import::new(app, tenant, erased_users, progress);
    import.take_all(Reader::new(input)?).await?;
    Ok(import.finish().await?)
}
