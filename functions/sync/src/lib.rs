//! Copies conversations from OpenDialog workspaces: for hosted webchat pages, on which no script of ours can run.
//!
//! A run reads OpenDialog's `user-data-export` of every [source](shared::model::SyncSource) from a quarter of an hour before
//! the last run on, and stores what is new. Interactions have no id there, so theirs follow from their content: reading one
//! twice stores it once.

mod conversed;
mod export;
mod handler;
mod period;
mod report;
mod run;
mod sync_error;
mod write;

pub use handler::{RunFailed, handle};
pub use report::{Report, SourceReport};
pub use run::{CheckFailed, Sync};
