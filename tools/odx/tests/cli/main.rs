//! The command line as users run it: the real program over a real engine, and what the API makes of its results.

mod doctor;
mod environment;
mod export;
mod export_environment;
mod export_errors;
mod export_interrupted;
mod generate;
mod help;
mod import;
mod import_http;
mod import_inputs;
mod links;
mod links_environment;
mod links_funnel;
mod links_inputs;
mod links_letters;
mod output_files;
mod proxy;
mod scenarios;
mod server;
mod server_killed;
mod sync;
mod tables;
mod tenants;
mod tokens;
mod users;
