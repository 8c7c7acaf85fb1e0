//! The local server as a process.

use sandbox::data_dir::DataDir;
use sandbox::engine::Engine;
use shared::app::App;
use shared::model::{Code, LinkActivity};
use shared::store::Freshness;
use std::fs::File;
use std::io::{BufRead as _, BufReader, Read as _};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::time::Duration;

/// A running server. It is killed when the test ends.
pub(crate) struct Server {
    child: Child,
    /// Its base URL, without a slash at the end.
    pub(crate) base: String,
    /// The text that it printed when it was ready.
    pub(crate) welcome: String,
}

impl Server {
    /// Starts a server on a free port and waits until it is ready.
    pub(crate) fn start(data: &Path, args: &[&str]) -> Self {
        Self::started(&mut command(data, args))
    }

    /// Starts a server that logs to a file.
    pub(crate) fn start_logging(data: &Path, args: &[&str], log: &Path) -> Self {
        Self::started(command(data, args).stderr(File::create(log).expect("a file")))
    }

    /// Starts a server over an engine of this process that logs to a file.
    pub(crate) fn start_over(engine: &Engine, data: &Path, log: &Path) -> Self {
        let mut command = command(data, &["--endpoint", &engine.endpoint(), "--log", "info"]);
        Self::started(command.envs(engine.settings()).stderr(File::create(log).expect("a file")))
    }

    fn started(command: &mut Command) -> Self {
        let mut child = command.stdout(Stdio::piped()).spawn().expect("the server starts");
        let mut lines = BufReader::new(child.stdout.take().expect("its output"));
        let mut welcome = String::new();
        while !welcome.contains("\nReady.") {
            let read = lines.read_line(&mut welcome).expect("its output");
            assert!(read > 0, "the server stopped: {welcome}");
        }
        let base = welcome.split_whitespace().find(|word| word.starts_with("http://")).expect("its address").to_owned();
        child.stdout = Some(lines.into_inner());
        Self { child, base, welcome }
    }

    /// The link of the user Ann in the welcome text.
    pub(crate) fn link(&self) -> &str {
        let after = self.welcome.split("for Ann just now:").nth(1).expect("a link");
        after.split_whitespace().next().expect("a link")
    }

    /// Runs a server that must fail to start, and returns its standard error.
    pub(crate) fn refused(data: &Path, args: &[&str]) -> String {
        let Output { status, stderr, .. } = command(data, args).output().expect("the server starts");
        assert!(!status.success());
        String::from_utf8(stderr).expect("text")
    }

    /// A line of the process's status in kB, for example the peak of its memory, `VmHWM`.
    pub(crate) fn memory(&self, line: &str) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).expect("it runs");
        let line = status.lines().find_map(|text| text.strip_prefix(line)?.strip_prefix(':')).expect("a line");
        line.trim_end_matches("kB").trim().parse().expect("a number")
    }

    /// Kills the server without a chance to write.
    pub(crate) fn kill(mut self) {
        self.child.kill().expect("it runs");
        self.child.wait().expect("it ends");
    }

    /// Sends a signal by name, waits for a successful exit, and returns the output after the welcome.
    pub(crate) fn signal(mut self, name: &str) -> String {
        let sent = Command::new("kill").args([&format!("-{name}"), &self.child.id().to_string()]).status();
        assert!(sent.expect("kill").success());
        let mut rest = String::new();
        self.child.stdout.take().expect("its output").read_to_string(&mut rest).expect("text");
        assert!(self.child.wait().expect("it ends").success());
        rest
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended already.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

fn command(data: &Path, args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_local"));
    command.arg("--data").arg(data);
    if !args.contains(&"--port") {
        command.args(["--port", "0"]);
    }
    command.args(args);
    command
}

/// Requests a URL of a running server until it returns a status, for 10 s at most.
pub(crate) async fn wait_for_status(url: &str, expected: u16) {
    let client = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build().expect("a client");
    for _ in 0..500 {
        if client.get(url).send().await.expect("a response").status() == expected {
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("{url} did not return {expected}");
}

/// Runs a shell command and returns its output. Returns `None` and reports a skipped test if the machine has no `bash` or
/// `curl`.
pub(crate) fn shell(line: &str) -> Option<String> {
    for needed in ["bash", "curl"] {
        if Command::new(needed).arg("--version").output().is_err() {
            super::report_skipped(&format!(
                "this machine has no {needed}: the commands that people paste were not run"
            ));
            return None;
        }
    }
    let Output { status, stdout, stderr } = Command::new("bash").args(["-c", line]).output().expect("bash");
    assert!(status.success(), "{line}\n{}", String::from_utf8_lossy(&stderr));
    Some(String::from_utf8(stdout).expect("text"))
}

/// The counters of a link, read from the table of a server that has ended.
pub(crate) async fn stored_link_activity(data: &Path, link: &str) -> LinkActivity {
    let engine = Engine::open(&data.join("table.db")).expect("the table");
    let config = DataDir::open(data).expect("the folder").config(&engine.settings()).expect("settings");
    let app = App::new(config);
    let code: Code = link.rsplit('/').next().expect("a path").parse().expect("a code");
    let link = app.store.link_get(&app.store.data_key().link_hash(&code), Freshness::Consistent).await;
    link.expect("the table").expect("a link").activity
}
