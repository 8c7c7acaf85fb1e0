//! What is stored about a user besides interactions: contexts and profiles.

pub(super) mod contexts;
pub(super) mod profiles;
