//! Data of a user other than interactions: contexts and profiles.

pub(super) mod contexts;
pub(super) mod profiles;
