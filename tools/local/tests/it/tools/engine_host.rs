//! The address of the local server's embedded engine.

use crate::support::Server;
use reqwest::Url;
use std::fs;
use std::net::TcpStream;
use std::path::Path;
use tempfile::tempdir;

/// The URL of the engine in a data folder.
fn endpoint(data: &Path) -> Url {
    let settings = fs::read_to_string(data.join("engine.env")).expect("settings");
    let line = settings.lines().find_map(|line| line.strip_prefix("AWS_ENDPOINT_URL_DYNAMODB="));
    line.expect("an endpoint").parse().expect("a URL")
}

/// Whether the engine answers on another address of this machine than 127.0.0.1.
fn answers_elsewhere(data: &Path) -> bool {
    TcpStream::connect(("127.0.0.2", endpoint(data).port().expect("a port"))).is_ok()
}

#[test]
fn the_engine_answers_only_on_127_0_0_1_by_default() {
    let (data, log) = (tempdir().unwrap(), tempfile::NamedTempFile::new().unwrap());
    let _server = Server::start_logging(data.path(), &[], log.path());
    assert_eq!(endpoint(data.path()).host_str(), Some("127.0.0.1"));
    assert!(!answers_elsewhere(data.path()));
    assert_eq!(fs::read_to_string(log.path()).unwrap(), "", "no warning");
}

#[test]
fn an_address_for_the_server_does_not_open_the_engine() {
    let data = tempdir().unwrap();
    let _server = Server::start(data.path(), &["--host", "0.0.0.0"]);
    assert!(!answers_elsewhere(data.path()));
}

#[test]
fn an_engine_on_every_address_answers_there_and_the_server_warns_what_that_exposes() {
    let (data, log) = (tempdir().unwrap(), tempfile::NamedTempFile::new().unwrap());
    let _server = Server::start_logging(data.path(), &["--engine-host", "0.0.0.0"], log.path());
    assert!(answers_elsewhere(data.path()));
    assert_eq!(endpoint(data.path()).host_str(), Some("127.0.0.1"), "the address of 0.0.0.0 on this machine");
    let warning = fs::read_to_string(log.path()).unwrap();
    assert!(warning.starts_with("Warning: the table is open on 0.0.0.0"), "{warning}");
    assert!(warning.contains("every network of this machine"), "{warning}");
}

#[test]
fn an_engine_address_of_another_machine_is_refused_with_advice() {
    let refusal = Server::refused(tempdir().unwrap().path(), &["--engine-host", "192.0.2.1"]);
    assert!(refusal.contains("the engine cannot listen on 192.0.2.1: is it an address of this machine?"), "{refusal}");
}

#[test]
fn an_engine_address_is_refused_together_with_another_dynamodb() {
    let args = ["--engine-host", "0.0.0.0", "--endpoint", "http://127.0.0.1:1"];
    let refusal = Server::refused(tempdir().unwrap().path(), &args);
    assert!(refusal.contains("cannot be used with"), "{refusal}");
}
