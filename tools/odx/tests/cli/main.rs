//! The command line as people run it: the real program over a real engine, and what a token does afterwards.

mod doctor;
mod help;
mod import;
mod scenarios;
mod support;
mod tables;
mod tenants;
mod tokens;
