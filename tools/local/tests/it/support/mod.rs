//! What the tests stand on.

mod answer;
mod world;

pub(crate) use answer::Answer;
pub(crate) use world::{PAGE_ORIGIN, Tenancy, World};
