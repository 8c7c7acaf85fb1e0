//! Imports and exports while the server is killed.

use crate::environment::{odx_alone, program};
use crate::proxy::{Proxy, Reaction};
use crate::server::Server;
use serde_json::{Value, json};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use tempfile::TempDir;
use tokio::process::Child;

const EVENTS: u64 = 50_000;
const EXPORT: &str = "export --from 2025-01-01 --to 2025-01-31";

/// A data folder with the keys of another. With the same keys, exports have the same order and can be compared.
fn data_folder(keys: Option<&Path>) -> TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    for key in ["keys.env", "token-key"] {
        if let Some(keys) = keys {
            fs::copy(keys.join(key), folder.path().join(key)).expect("a key");
        }
    }
    folder
}

fn start(line: &str) -> Child {
    program().args(line.split(' ')).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().expect("odx starts")
}

async fn summary(child: Child) -> Value {
    let output = child.wait_with_output().await.expect("it ends");
    assert!(output.status.success(), "{output:?}");
    serde_json::from_slice(&output.stdout).expect("JSON")
}

/// The number and the checksum of all interactions.
async fn exported(data: &Path) -> (Value, String) {
    let line = odx_alone(&format!("--local {} {EXPORT}", data.display())).await.succeeds();
    let (_, trailer) = line.trim_end().rsplit_once('\n').expect("lines");
    let trailer: Value = serde_json::from_str(trailer).expect("a trailer");
    (trailer["_meta"]["interactions"].clone(), trailer["_meta"]["sha256"].to_string())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_import_that_is_repeated_after_the_server_was_killed_ends_as_an_undisturbed_one() {
    let disturbed = data_folder(None);
    let server = Server::start(disturbed.path()).await;
    let calm = data_folder(Some(disturbed.path()));
    let calm_server = Server::start(calm.path()).await;
    let file: PathBuf = disturbed.path().join("events.ndjson");
    let generate = format!("generate --users 2000 --days 31 --interactions {EVENTS} --out {}", file.display());
    odx_alone(&generate).await.succeeds();
    let import = |data: &Path| format!("--local {} import --json {}", data.display(), file.display());
    let undisturbed = tokio::spawn(summary(start(&import(calm.path()))));

    // The proxy counts the requests; the server is killed in the middle of them.
    let proxy = Proxy::start(&server.url, |_| Reaction::Pass).await;
    let token = fs::read_to_string(disturbed.path().join("token")).expect("a token");
    let mut cut = start(&format!("import --url {} --token {} {}", proxy.url, token.trim(), file.display()));
    proxy.until(25).await;
    server.kill();
    cut.kill().await.expect("it runs");
    let server = Server::start(disturbed.path()).await;
    let (kept, _) = exported(disturbed.path()).await;
    let kept = kept.as_u64().expect("a number");
    assert!((10_000..EVENTS).contains(&kept), "{kept} events were stored when the server was killed");

    let repeated = summary(start(&import(disturbed.path()))).await;
    let counts = |created: u64| json!({"created": created, "duplicate": EVENTS - created, "conflict": 0, "refused": 0, "problems": []});
    assert_eq!(repeated, counts(EVENTS - kept));
    assert_eq!(undisturbed.await.expect("it ends"), counts(EVENTS));
    let (interactions, checksum) = exported(disturbed.path()).await;
    assert_eq!(interactions, EVENTS);
    assert_eq!((interactions, checksum), exported(calm.path()).await);
    drop((server, calm_server));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_export_continues_with_the_server_that_follows_a_killed_one() {
    let data = data_folder(None);
    let mut server = Server::start(data.path()).await;
    let local = format!("--local {}", data.path().display());
    let load = "generate --users 30 --days 3 --interactions 600 --load --tenant demo";
    odx_alone(&format!("{local} {load}")).await.succeeds();
    let calm = data.path().join("calm");
    odx_alone(&format!("{local} {EXPORT} --out {}", calm.display())).await.succeeds();
    let proxy = Proxy::start(&server.url, |_| Reaction::Pass).await;
    let token = fs::read_to_string(data.path().join("token")).expect("a token");
    let out = data.path().join("out");
    let export = format!("{EXPORT} --url {} --token {} --out {}", proxy.url, token.trim(), out.display());
    // Killed between two pages. The next server listens before the last retry.
    proxy.plan(|request| if request == 3 { Reaction::Hold } else { Reaction::Pass });
    let child = start(&export);
    proxy.until(4).await;
    server.kill();
    proxy.plan(|_| Reaction::Refuse(axum::http::StatusCode::BAD_GATEWAY, None));
    server = Server::start(data.path()).await;
    proxy.target(&server.url);
    proxy.plan(|_| Reaction::Pass);
    let output = child.wait_with_output().await.expect("it ends");
    assert!(output.status.success(), "{output:?}");
    let lines = |file: &Path| fs::read_to_string(file).unwrap().rsplit_once("\n{\"_meta\"").unwrap().0.to_owned();
    assert_eq!(lines(&out), lines(&calm));
    drop(server);
}
