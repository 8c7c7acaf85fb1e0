//! The HTTP client of the External API: its address and token, its requests and its errors.

mod address;
mod backoff;
mod client;
mod problem;
mod response;

pub(crate) use address::Address;
pub(crate) use client::Api;
pub(crate) use response::ApiResponse;
