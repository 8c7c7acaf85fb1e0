//! The files that the tools share: `keys.env`, and files that are written completely or not at all.
//!
//! `odx` and the sandbox both need them, and `odx` does not link the sandbox with its functions and engine.

mod atomic;
mod env_file;

pub use atomic::{PRIVATE, PUBLIC, write_atomic};
pub use env_file::{EnvFileError, parse_env_file};

/// The file with the settings of an installation, one `NAME=value` a line. [`parse_env_file`] reads it.
pub const KEYS_ENV: &str = "keys.env";

/// The file with the address of a local server's table and the key that its engine accepts, in the form of [`KEYS_ENV`].
pub const ENGINE_ENV: &str = "engine.env";

/// The file with the private key that signs API tokens.
pub const TOKEN_KEY: &str = "token-key";
