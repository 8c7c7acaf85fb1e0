//! The product through its front door: the merged routers over a real engine, one table for each test.
//! `TEST_DYNAMODB_ENDPOINT` names another engine than the embedded one.

mod support;

mod account;
mod account_tokens;
mod answers;
mod bodies;
mod browser;
mod browser_limits;
mod credentials;
mod credentials_refused;
mod docs;
mod events;
mod exchange;
mod exchange_browser;
mod faults;
mod generate;
mod generate_errors;
mod incoming;
mod incoming_faults;
mod interactions;
mod interactions_dates;
mod interactions_filters;
mod interactions_size;
mod interactions_users;
mod links_limits;
mod links_list;
mod links_repeat;
mod metrics;
mod openapi;
mod openapi_examples;
mod passed_on;
mod readme;
mod redirect;
mod redirect_faults;
mod server;
mod session_traps;
mod smoke;
mod template;
mod template_rights;
mod template_tour;
mod tenancy;
mod tidy;
mod token_key_traps;
mod token_traps;
mod units;
