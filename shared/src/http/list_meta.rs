//! The continuation of a list.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// The continuation of a list.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct ListMeta {
    /// The cursor of the next page, valid for a day; null after the last page. An empty page may have one too.
    pub next_cursor: Option<String>,
}
