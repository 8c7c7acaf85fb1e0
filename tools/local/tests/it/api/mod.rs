//! Behaviour that every endpoint shares.

pub(crate) mod bodies;
pub(crate) mod body_memory;
pub(crate) mod content_types;
pub(crate) mod docs;
pub(crate) mod error_codes;
pub(crate) mod error_responses;
pub(crate) mod faults;
pub(crate) mod limits_page;
pub(crate) mod limits_provoked;
pub(crate) mod openapi;
pub(crate) mod openapi_examples;
pub(crate) mod openapi_schemas;
pub(crate) mod postman;
pub(crate) mod problems;
pub(crate) mod retries;
pub(crate) mod smoke;
pub(crate) mod transactions;
pub(crate) mod unprocessed;
