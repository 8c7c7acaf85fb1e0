//! The product through its front door: the merged routers over a real engine, one table for each test.
//! `TEST_DYNAMODB_ENDPOINT` names another engine than the embedded one.

mod support;

mod api;
mod console;
mod deployment;
mod house;
mod interactions;
mod links;
mod sync;
mod tokens;
mod tools;
mod users;
mod webchat;
