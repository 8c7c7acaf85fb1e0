//! Primitives over the SDK: items, batches and retries.

pub(super) mod batch;
pub(super) mod item;
pub(super) mod retry;
