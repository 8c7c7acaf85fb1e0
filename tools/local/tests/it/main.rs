//! The product through its front door: the merged routers over a real engine, one table for each test.
//! `TEST_DYNAMODB_ENDPOINT` names another engine than the embedded one.

mod support;

mod account;
mod answers;
mod bodies;
mod credentials;
mod generate;
mod generate_errors;
mod interactions;
mod interactions_dates;
mod interactions_filters;
mod interactions_size;
mod interactions_users;
mod links_limits;
mod links_list;
mod links_repeat;
mod openapi;
mod readme;
mod server;
mod session_traps;
mod smoke;
mod tenancy;
mod token_traps;
