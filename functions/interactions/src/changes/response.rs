//! A page of changes, as it is written.

use crate::record::Line;
use serde::Serialize;
use utoipa::ToSchema;

/// What was written, and how far that is.
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
#[expect(dead_code, reason = "describes what is written change by change")]
enum Change<'a> {
    Stored(Line<'a>),
    Erased(ErasedUser<'a>),
}

#[derive(Serialize, ToSchema)]
pub(crate) struct ErasedUser<'a> {
    pub(crate) erased: Erased<'a>,
}

/// Everything of the user from before is gone.
#[derive(Serialize, ToSchema)]
pub(crate) struct Erased<'a> {
    pub(crate) user_id: &'a str,
    /// When the erasure began.
    pub(crate) at: String,
}

#[derive(Serialize, ToSchema)]
pub(crate) struct ChangesMeta {
    /// Where the next page begins. It moves on even where a page is empty.
    pub(crate) next_cursor: String,
    /// Everything that was stored up to then is in this page and those before it.
    pub(crate) complete_until: String,
    /// Whether that is all there is for now: ask again in a minute.
    pub(crate) caught_up: bool,
}
