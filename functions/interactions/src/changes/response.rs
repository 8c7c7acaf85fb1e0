//! A page of the changes feed, as it is written.

use crate::record::Record;
use serde::Serialize;
use utoipa::ToSchema;

/// Changes, and the position after them.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({"data": [{"user_id": "ann", "id": "00000-9f86d081884c7d65", "author": "us", "type": "text",
        "date": "2022-09-21T08:19:33.000000Z", "text": "hello", "data": null, "scenario_id": "0x420"},
        {"erased": {"user_id": "bob", "at": "2026-01-01T08:00:00.000000Z"}}],
    "meta": {"next_cursor": "eyJ…", "complete_until": "2026-01-01T08:00:01.000000Z", "caught_up": true}}))]
pub(crate) struct Changes<'a> {
    data: Vec<Change<'a>>,
    meta: ChangesMeta,
}

/// An interaction that was stored, or a user who was erased.
#[derive(Serialize, ToSchema)]
#[serde(untagged)]
#[expect(dead_code, reason = "the OpenAPI schema of `data`, whose elements are written one by one")]
enum Change<'a> {
    Stored(Record<'a>),
    Erased(ErasedUser<'a>),
}

#[derive(Serialize, ToSchema)]
pub(crate) struct ErasedUser<'a> {
    pub(crate) erased: Erased<'a>,
}

/// Every interaction of the user that was stored before was deleted.
#[derive(Serialize, ToSchema)]
pub(crate) struct Erased<'a> {
    pub(crate) user_id: &'a str,
    /// When the erasure began.
    #[schema(format = DateTime)]
    pub(crate) at: String,
}

#[derive(Serialize, ToSchema)]
pub(crate) struct ChangesMeta {
    /// The `cursor` of the next page. It advances even if a page is empty.
    pub(crate) next_cursor: String,
    /// This page and those before it contain everything that was stored before this instant.
    #[schema(format = DateTime)]
    pub(crate) complete_until: String,
    /// Whether there are no more changes for now. Poll again after a minute.
    pub(crate) caught_up: bool,
}
