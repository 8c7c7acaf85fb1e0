//! Imports the conversations of a file into a tenant: OpenDialog's user-data-export, our NDJSON or our
//! CSV, detected by content.

mod format;
mod outcome;
mod reader;
mod records;
mod source_record;
mod writer;

pub use outcome::{ImportError, ImportOutcome, Problem, SourceLocation};
pub use reader::Reader;
pub use source_record::SourceRecord;

use shared::app::App;
use shared::model::Tenant;
use shared::store::ErasedUserPolicy;
use std::io::BufRead;
use writer::Writer;

/// Imports one file. Calls `progress` with the outcome so far after every chunk.
///
/// The attributes of an export are merged into the users' contexts with the date of each user's last interaction in the
/// file, so they do not overwrite what a later link brought.
///
/// # Errors
/// Returns [`ImportError`] if the file cannot be read or has neither format, or if the table fails. An invalid event is
/// no error: the outcome counts it.
pub async fn import(
    input: impl BufRead,
    app: &App,
    tenant: &Tenant,
    erased_users: ErasedUserPolicy,
    progress: impl FnMut(&ImportOutcome),
) -> Result<ImportOutcome, ImportError> {
    let mut writer = Writer::new(app, tenant, erased_users, progress);
    writer.write_all(Reader::new(input)?).await?;
    Ok(writer.finish().await?)
}
