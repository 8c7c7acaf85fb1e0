//! The memory that the worst body of a route needs, compared with the memory of the route's function.

use crate::interactions::ingest::PATH as INGEST;
use crate::support::template::Template;
use crate::support::{GENERATE_PATHS, Server, report_skipped};
use rstest::rstest;
use std::fs;
use tempfile::tempdir;

/// Arrays in arrays: each value of two bytes needs a vector of its own.
fn arrays(bytes: usize) -> String {
    let part = format!("{}{},", "[".repeat(30), "]".repeat(30));
    format!("[{}[]]", part.repeat((bytes - 4) / part.len()))
}

/// Objects in objects: each value of six bytes needs a map and a name of its own.
fn objects(bytes: usize) -> String {
    let part = format!("{}1{},", "{\"a\":".repeat(30), "}".repeat(30));
    format!("[{}1]", part.repeat((bytes - 3) / part.len()))
}

/// The first 300,000 values of the shape, and then spaces.
fn within_the_number_of_values(shape: fn(usize) -> String, bytes: usize, values_per_kb: usize) -> String {
    let body = shape(bytes.min(299_000 * 1024 / values_per_kb));
    let spaces = " ".repeat(bytes.saturating_sub(body.len()));
    body + &spaces
}

#[rstest]
#[case::exchange("/webchat/exchange", 16 * 1024)]
#[case::ingest(INGEST, 4 * 1024 * 1024)]
#[case::links(GENERATE_PATHS[1], 4 * 1024 * 1024)]
#[tokio::test]
async fn the_worst_body_of_a_route_fits_three_times_into_the_memory_of_its_function(
    #[case] path: &str,
    #[case] bytes: usize,
) {
    if !cfg!(target_os = "linux") {
        return report_skipped("only Linux shows the peak of a process's memory");
    }
    let template = Template::read();
    let function = template.function_of(path);
    let memory = template.memory(&function);
    let worst = [
        ("too many arrays", arrays(bytes)),
        ("too many objects", objects(bytes)),
        ("the most arrays", within_the_number_of_values(arrays, bytes, 500)),
        ("the most objects", within_the_number_of_values(objects, bytes, 164)),
        ("one long text", format!("\"{}\"", "x".repeat(bytes - 2))),
    ];
    for (shape, body) in worst {
        let data = tempdir().unwrap();
        let server = Server::start(data.path(), &[]);
        let (idle, token) = (server.memory("VmRSS"), fs::read_to_string(data.path().join("token")).unwrap());
        let request = reqwest::Client::new().post(format!("{}{path}", server.base)).bearer_auth(token);
        let response = request.header("content-type", "application/json").body(body).send().await.unwrap();
        let status = response.status();
        assert!(status.is_client_error(), "{status}");
        let peak = server.memory("VmHWM");
        println!(
            "{path}, {shape}: {status}, {} MB idle, {} MB at its peak; the function has {memory} MB",
            idle / 1024,
            peak / 1024
        );
        // The server is all functions and the engine. A function has less beside the body.
        assert!(peak / 1024 * 3 < memory, "{path}, {shape}: {} MB", peak / 1024);
    }
}
