//! Conversations: the users of a period, one conversation as it was, and files.

pub(crate) mod conversation;
pub(crate) mod file;
mod lines;
pub(crate) mod list;
mod search;
pub(crate) mod turn;
