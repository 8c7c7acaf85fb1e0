//! The local server as a process of its own, so that a test can kill it.

use local::args::Args;
use std::net::{IpAddr, Ipv4Addr};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

/// The variable with the data folder of the server process.
const FOLDER: &str = "ODX_TEST_SERVER_FOLDER";

/// A running server.
pub(crate) struct Server {
    child: Child,
    pub(crate) url: String,
}

impl Server {
    /// Starts the server of a data folder, and waits until it listens.
    pub(crate) async fn start(data: &Path) -> Self {
        drop(std::fs::remove_file(data.join("url")));
        let mut command = Command::new(std::env::current_exe().expect("this program"));
        command.args(["--exact", "server::serve", "--ignored", "--nocapture"]).env(FOLDER, data);
        let child = command.stdout(Stdio::null()).spawn().expect("the server starts");
        let mut server = Self { child, url: String::new() };
        for _ in 0..3_000 {
            if let Ok(url) = std::fs::read_to_string(data.join("url"))
                && data.join("token").exists()
            {
                server.url = url;
                return server;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        panic!("the server did not start")
    }

    /// Kills the server without a chance to clean up (SIGKILL).
    pub(crate) fn kill(mut self) {
        self.child.kill().expect("it runs");
        self.child.wait().expect("it ends");
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // The process may have ended already.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "the server process, which other tests start"]
async fn serve() {
    let Some(data) = shared::config::variable(FOLDER).map(PathBuf::from) else { return };
    let host = IpAddr::V4(Ipv4Addr::LOCALHOST);
    let log = "error".to_owned();
    let args = Args {
        data,
        port: 0,
        host,
        engine_host: host,
        endpoint: None,
        unflushed: true,
        sync: false,
        oidc_issuer: None,
        oidc_client_id: None,
        empty: false,
        log,
    };
    local::server::run(&args).await.expect("a server that runs");
}
