//! The local server: the routes of every function on one port, over an embedded engine.

pub mod args;
mod banner;
pub mod pages;
pub mod server;
mod sync_timer;
