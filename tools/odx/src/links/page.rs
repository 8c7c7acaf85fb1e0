//! The part of a page that links and funnels have in common.

use serde::Deserialize;

/// The `meta` of a page.
#[derive(Deserialize)]
pub(super) struct PageMeta {
    /// The cursor of the next page; `None` on the last page.
    pub(super) next_cursor: Option<String>,
}
