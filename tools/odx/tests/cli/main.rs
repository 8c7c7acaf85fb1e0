//! The command line as people run it: the real program over a real engine, and what a token does afterwards.

mod doctor;
mod export;
mod export_cut;
mod generate;
mod help;
mod import;
mod import_http;
mod killed;
mod links;
mod proxy;
mod scenarios;
mod server;
mod site;
mod support;
mod tables;
mod tenants;
mod tokens;
