//! The texts of the console, in one table: another language is another value.

mod english;
mod table;

pub(crate) use english::EN;
