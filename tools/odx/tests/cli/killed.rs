//! The server killed in the middle, as a power cut or an impatient operator would.

use crate::proxy::{Act, Proxy};
use crate::server::Server;
use crate::support::{odx_alone, program};
use serde_json::{Value, json};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use tempfile::TempDir;
use tokio::process::Child;

const EVENTS: u64 = 50_000;
const EXPORT: &str = "export --from 2025-01-01 --to 2025-01-31";

/// A data folder with keys: with the same keys the same events have the same places, and exports can be compared.
fn folder(keys: Option<&Path>) -> TempDir {
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
    let said = child.wait_with_output().await.expect("it ends");
    assert!(said.status.success(), "{said:?}");
    serde_json::from_slice(&said.stdout).expect("JSON")
}

/// What a whole export has, as its checksum tells, and how much.
async fn told(data: &Path) -> (Value, String) {
    let line = odx_alone(&format!("--local {} {EXPORT}", data.display())).await.done();
    let (_, trailer) = line.trim_end().rsplit_once('\n').expect("lines");
    let trailer: Value = serde_json::from_str(trailer).expect("a trailer");
    (trailer["_meta"]["interactions"].clone(), trailer["_meta"]["sha256"].to_string())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_server_killed_in_the_middle_of_an_import_of_50_000_events_and_the_import_repeated_is_an_undisturbed_run() {
    let disturbed = folder(None);
    let server = Server::start(disturbed.path()).await;
    let calm = folder(Some(disturbed.path()));
    let calm_server = Server::start(calm.path()).await;
    let file: PathBuf = disturbed.path().join("events.ndjson");
    let generate = format!("generate --users 2000 --days 31 --interactions {EVENTS} --out {}", file.display());
    odx_alone(&generate).await.done();
    let import = |data: &Path| format!("--local {} import --json {}", data.display(), file.display());
    let undisturbed = tokio::spawn(summary(start(&import(calm.path()))));

    // Through a proxy that tells how far it is; it is killed with requests under way.
    let proxy = Proxy::start(&server.url, |_| Act::Pass).await;
    let token = fs::read_to_string(disturbed.path().join("token")).expect("a token");
    let mut cut = start(&format!("import --url {} --token {} {}", proxy.url, token.trim(), file.display()));
    proxy.until(25).await;
    server.kill();
    cut.kill().await.expect("it runs");
    let server = Server::start(disturbed.path()).await;
    let (kept, _) = told(disturbed.path()).await;
    let kept = kept.as_u64().expect("a number");
    assert!((10_000..EVENTS).contains(&kept), "{kept} were stored when it was killed");

    let repeated = summary(start(&import(disturbed.path()))).await;
    let counts = |created: u64| json!({"created": created, "duplicate": EVENTS - created, "conflict": 0, "refused": 0, "problems": []});
    assert_eq!(repeated, counts(EVENTS - kept));
    assert_eq!(undisturbed.await.expect("it ends"), counts(EVENTS));
    let (interactions, checksum) = told(disturbed.path()).await;
    assert_eq!(interactions, EVENTS);
    assert_eq!((interactions, checksum), told(calm.path()).await);
    drop((server, calm_server));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_export_outlives_the_server_and_goes_on_with_the_next() {
    let data = folder(None);
    let mut server = Server::start(data.path()).await;
    let local = format!("--local {}", data.path().display());
    let load = "generate --users 30 --days 3 --interactions 600 --load --tenant demo";
    odx_alone(&format!("{local} {load}")).await.done();
    let calm = data.path().join("calm");
    odx_alone(&format!("{local} {EXPORT} --out {}", calm.display())).await.done();
    let proxy = Proxy::start(&server.url, |_| Act::Pass).await;
    let token = fs::read_to_string(data.path().join("token")).expect("a token");
    let out = data.path().join("out");
    let export = format!("{EXPORT} --url {} --token {} --out {}", proxy.url, token.trim(), out.display());
    // Killed between two pages; the next server is there before the program gives up.
    proxy.plan(|asked| if asked == 3 { Act::Hold } else { Act::Pass });
    let child = start(&export);
    proxy.until(4).await;
    server.kill();
    proxy.plan(|_| Act::Busy(axum::http::StatusCode::BAD_GATEWAY, None));
    server = Server::start(data.path()).await;
    proxy.target(&server.url);
    proxy.plan(|_| Act::Pass);
    let said = child.wait_with_output().await.expect("it ends");
    assert!(said.status.success(), "{said:?}");
    let lines = |file: &Path| fs::read_to_string(file).unwrap().rsplit_once("\n{\"_meta\"").unwrap().0.to_owned();
    assert_eq!(lines(&out), lines(&calm));
    drop(server);
}
