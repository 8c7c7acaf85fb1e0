//! A new campaign: a table of people, checked and shown first, then a personal link for each of them.

pub(crate) mod check;
pub(crate) mod create;
mod created;
mod fields;
pub(crate) mod page;
mod people;
pub(crate) mod qr;
mod terms;
