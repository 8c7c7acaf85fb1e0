//! The connections of the local server: their number, the time of a request's head, and the end of the server.

use crate::support::Server;
use sandbox::serving::{HEAD_TIMEOUT, MAX_CONNECTIONS, SHUTDOWN_TIMEOUT};
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::{Duration, Instant};
use tempfile::tempdir;

fn connect(server: &Server) -> TcpStream {
    let address = server.base.trim_start_matches("http://");
    let stream = TcpStream::connect(address).expect("a connection");
    stream.set_read_timeout(Some(Duration::from_secs(30))).expect("a timeout");
    stream
}

/// Sends a text and returns the answer until the server closes the connection.
fn exchange(server: &Server, text: &str) -> String {
    let mut stream = connect(server);
    stream.write_all(text.as_bytes()).expect("sent");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("text");
    answer
}

fn half_a_head(server: &Server) -> TcpStream {
    let mut stream = connect(server);
    stream.write_all(b"GET /api/token HTTP/1.1\r\nHost: a\r\n").expect("sent");
    stream
}

#[test]
fn the_most_connections_with_half_a_head_delay_others_until_the_time_of_a_head_is_over() {
    let data = tempdir().unwrap();
    let server = Server::start(data.path(), &[]);
    let begun = Instant::now();
    let held: Vec<_> = (0..MAX_CONNECTIONS).map(|_| half_a_head(&server)).collect();
    let answer = exchange(&server, "GET /docs HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    let waited = begun.elapsed();
    assert!(waited + Duration::from_secs(1) >= HEAD_TIMEOUT, "{waited:?}");
    assert!(waited < HEAD_TIMEOUT + Duration::from_secs(5), "{waited:?}");
    assert_eq!(held.len(), 512);
}

#[test]
fn a_connection_with_half_a_head_does_not_keep_the_server_from_ending() {
    let data = tempdir().unwrap();
    let server = Server::start(data.path(), &[]);
    let held = half_a_head(&server);
    std::thread::sleep(Duration::from_millis(200));
    let begun = Instant::now();
    assert!(server.signal("TERM").contains("Stopped."));
    assert!(begun.elapsed() < SHUTDOWN_TIMEOUT + Duration::from_secs(3), "{:?}", begun.elapsed());
    drop(held);
}

#[test]
fn a_request_has_exactly_one_host() {
    let data = tempdir().unwrap();
    let server = Server::start(data.path(), &[]);
    for hosts in ["", "Host: a\r\nHost: b\r\n"] {
        let answer = exchange(&server, &format!("GET /docs HTTP/1.1\r\n{hosts}Connection: close\r\n\r\n"));
        assert!(answer.starts_with("HTTP/1.1 400"), "{answer}");
        assert!(answer.contains("\"code\":\"request_malformed\""), "{answer}");
    }
    let old = exchange(&server, "GET /docs HTTP/1.0\r\n\r\n");
    assert!(old.starts_with("HTTP/1.0 200"), "{old}");
}

#[test]
fn a_request_with_more_than_100_headers_is_431() {
    let data = tempdir().unwrap();
    let server = Server::start(data.path(), &[]);
    let headers = |count: usize| (0..count - 2).map(|number| format!("X-{number}: 1\r\n")).collect::<Vec<_>>().concat();
    let send = |count| {
        exchange(&server, &format!("GET /docs HTTP/1.1\r\nHost: a\r\nConnection: close\r\n{}\r\n", headers(count)))
    };
    assert!(send(100).starts_with("HTTP/1.1 200"));
    let refused = send(101);
    assert!(refused.starts_with("HTTP/1.1 431"), "{refused}");
}
