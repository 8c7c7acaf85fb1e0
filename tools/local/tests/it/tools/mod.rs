//! The local server and the README.

pub(crate) mod engine;
pub(crate) mod engine_host;
pub(crate) mod readme;
pub(crate) mod server;
pub(crate) mod server_connections;
pub(crate) mod server_files;
