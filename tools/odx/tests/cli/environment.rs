//! An installation for one test: keys, an engine in memory, and the real program to run over them.

use axum::body::Body;
use http_body_util::BodyExt as _;
use sandbox::data_dir::DataDir;
use sandbox::engine::Engine;
use serde_json::Value;
use shared::app::App;
use shared::model::{AccountId, TenantId, Token};
use std::fs;
use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;
use tempfile::TempDir;
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpListener;
use tokio::process::Command;
use tower::ServiceExt as _;

/// Longest run of a command.
const TIMEOUT: Duration = Duration::from_mins(1);

/// The data folder and the engine of a local server.
pub(crate) struct TestEnvironment {
    pub(crate) app: App,
    folder: TempDir,
    engine: Engine,
}

impl TestEnvironment {
    /// An environment without a table.
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let engine = Engine::in_memory().expect("an engine");
        let data = DataDir::open(folder.path()).expect("keys");
        data.write_engine(&engine.settings()).expect("a writable folder");
        let app = App::new(data.config(&engine.settings()).expect("settings"));
        Self { app, folder, engine }
    }

    /// An environment with a table and the tenant `acme`, which has the admin `ann` and the editor `crm`.
    pub(crate) async fn with_acme() -> Self {
        let environment = Self::new();
        for line in [
            "table create",
            "tenant create acme",
            "account create --tenant acme ann --role admin",
            "account create --tenant acme crm --role editor",
        ] {
            environment.odx(line).await.succeeds();
        }
        environment
    }

    /// The path of a file in the data folder.
    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Writes a file into the data folder and returns its path.
    pub(crate) fn write(&self, name: &str, text: impl AsRef<[u8]>) -> String {
        fs::write(self.file(name), text).expect("a writable folder");
        self.file(name).to_str().expect("a Unicode path").to_owned()
    }

    /// Stops the engine. The data folder still names its address.
    pub(crate) fn stop_engine(self) -> StoppedEnvironment {
        let Self { folder, engine, .. } = self;
        drop(engine);
        StoppedEnvironment { folder }
    }

    /// Runs a command, its words separated by spaces.
    pub(crate) async fn odx(&self, line: &str) -> CommandOutput {
        odx(&self.folder, line, "").await
    }

    /// Runs a command with a text as its standard input.
    pub(crate) async fn odx_with_input(&self, line: &str, input: &str) -> CommandOutput {
        odx(&self.folder, line, input).await
    }

    /// Serves the API on a free port. Returns its address and a token of `acme`.
    pub(crate) async fn serve(&self) -> (String, String) {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let service = shared::http::service(sandbox::routes(), self.app.clone());
        tokio::spawn(async move { axum::serve(listener, service).await });
        (url, self.token("acme").await)
    }

    /// A token of a tenant with every scope.
    pub(crate) async fn token(&self, tenant: &str) -> String {
        // The account may exist already.
        self.odx(&format!("account create --tenant {tenant} root --role admin")).await;
        let token = self.odx(&format!("token create --tenant {tenant} --account root --name test")).await;
        token.succeeds().trim().to_owned()
    }

    /// Sends a request to the API in this process. Returns the status and the body.
    pub(crate) async fn get(&self, path: &str, token: &str) -> (u16, Value) {
        let service = shared::http::service(sandbox::routes(), self.app.clone());
        let request = axum::http::Request::get(path).header("host", "api.example.com");
        let request = request.header("authorization", format!("Bearer {token}")).body(Body::empty());
        let response = service.oneshot(request.expect("a request")).await.expect("a response");
        let status = response.status().as_u16();
        let body = response.into_body().collect().await.expect("a body").to_bytes();
        (status, serde_json::from_slice(&body).expect("JSON"))
    }

    /// The status of a request to `GET /api/token`.
    pub(crate) async fn token_status(&self, token: &str) -> u16 {
        self.get("/api/token", token).await.0
    }

    /// The token records of an account of `acme`, newest first.
    pub(crate) async fn tokens(&self, account: &str) -> Vec<Token> {
        let (tenant, account): (TenantId, AccountId) = ("acme".parse().unwrap(), account.parse().unwrap());
        self.app.store.token_list(&tenant, &account).await.expect("tokens")
    }
}

/// An environment whose engine has stopped.
pub(crate) struct StoppedEnvironment {
    folder: TempDir,
}

impl StoppedEnvironment {
    pub(crate) async fn odx(&self, line: &str) -> CommandOutput {
        odx(&self.folder, line, "").await
    }
}

/// The exit code and the output of a command.
#[derive(Debug)]
pub(crate) struct CommandOutput {
    pub(crate) code: Option<i32>,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl CommandOutput {
    /// Asserts that the command succeeded. Returns its standard output.
    #[track_caller]
    pub(crate) fn succeeds(self) -> String {
        assert_eq!(self.code, Some(0), "{self:?}");
        self.out
    }

    /// Asserts that the command succeeded. Returns its standard output, parsed as JSON.
    #[track_caller]
    pub(crate) fn json(self) -> Value {
        serde_json::from_str(&self.succeeds()).expect("JSON")
    }

    /// Asserts that the command failed without data on standard output and without a panic, and that its message
    /// contains each of these texts.
    #[track_caller]
    pub(crate) fn fails(self, texts: &[&str]) {
        assert_eq!(self.code, Some(1), "{self:?}");
        assert_eq!(self.out, "", "{self:?}");
        self.says(texts);
        assert!(!self.err.contains("panicked"), "{}", self.err);
    }

    /// Asserts that the messages on standard error contain each of these texts.
    #[track_caller]
    pub(crate) fn says(&self, texts: &[&str]) {
        for text in texts {
            assert!(self.err.contains(text), "`{text}` is not in: {}", self.err);
        }
    }
}

/// Runs the program without a data folder.
pub(crate) async fn odx_alone(line: &str) -> CommandOutput {
    run(line.split(' ').map(str::to_owned).collect(), "").await
}

async fn odx(folder: &TempDir, line: &str, input: &str) -> CommandOutput {
    let folder = folder.path().to_str().expect("a Unicode path").to_owned();
    run(["--local".to_owned(), folder].into_iter().chain(line.split(' ').map(str::to_owned)).collect(), input).await
}

/// The program with an empty environment.
pub(crate) fn program() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_odx"));
    command.env_clear().kill_on_drop(true);
    command
}

async fn run(arguments: Vec<String>, input: &str) -> CommandOutput {
    let mut command = program();
    command.args(&arguments);
    let mut child =
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("odx starts");
    let mut stdin = child.stdin.take().expect("its input");
    let input = input.to_owned();
    // A command that reads no input closes it, so that writing fails.
    tokio::spawn(async move { drop(stdin.write_all(input.as_bytes()).await) });
    let output = tokio::time::timeout(TIMEOUT, child.wait_with_output()).await;
    let output = output.unwrap_or_else(|_| panic!("odx {arguments:?} took too long")).expect("its output");
    let text = |bytes| String::from_utf8(bytes).expect("text");
    CommandOutput { code: output.status.code(), out: text(output.stdout), err: text(output.stderr) }
}
