//! Data of a user other than interactions: contexts and profiles.

pub(super) mod context_updates;
pub(super) mod contexts;
pub(super) mod profiles;
