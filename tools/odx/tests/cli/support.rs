//! An installation for one test: keys, an engine in memory, and the program to run over them.

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

/// The longest that a command may take.
const PATIENCE: Duration = Duration::from_mins(1);

/// Keys and engine of a local server. There is no table yet.
pub(crate) struct Installation {
    pub(crate) app: App,
    folder: TempDir,
    engine: Engine,
}

impl Installation {
    /// A fresh one.
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let engine = Engine::in_memory().expect("an engine");
        let data = DataDir::open(folder.path()).expect("keys");
        data.write("endpoint", &engine.endpoint()).expect("a folder that can be written");
        let app = App::new(data.config(&engine.endpoint(), true).expect("settings"));
        Self { app, folder, engine }
    }

    /// One with a table and the tenant `acme`, which has an admin `ann` and an editor `crm`.
    pub(crate) async fn with_acme() -> Self {
        let installation = Self::new();
        for line in [
            "table create",
            "tenant create acme",
            "account create --tenant acme ann --role admin",
            "account create --tenant acme crm --role editor",
        ] {
            installation.odx(line).await.done();
        }
        installation
    }

    /// A file of the data folder.
    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Writes a file into the data folder and returns its path.
    pub(crate) fn write(&self, name: &str, text: impl AsRef<[u8]>) -> String {
        fs::write(self.file(name), text).expect("a folder that can be written");
        self.file(name).to_str().expect("Unicode").to_owned()
    }

    /// Lets nobody answer at the address that the data folder names.
    pub(crate) fn stop_engine(self) -> Stopped {
        let Self { folder, engine, .. } = self;
        drop(engine);
        Stopped { folder }
    }

    /// Runs a command, its words separated by spaces.
    pub(crate) async fn odx(&self, line: &str) -> StoredInteraction {
        odx(&self.folder, line, "").await
    }

    /// Runs a command that reads from standard input.
    pub(crate) async fn odx_reads(&self, line: &str, input: &str) -> StoredInteraction {
        odx(&self.folder, line, input).await
    }

    /// Serves the API, every function's routes over the same table, and returns its address and a token of `acme`.
    pub(crate) async fn serve(&self) -> (String, String) {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let service = shared::http::service(sandbox::routes(), self.app.clone());
        tokio::spawn(async move { axum::serve(listener, service).await });
        (url, self.token("acme").await)
    }

    /// A token of a tenant with every scope; its admin is made, if there is none.
    pub(crate) async fn token(&self, tenant: &str) -> String {
        self.odx(&format!("account create --tenant {tenant} root --role admin")).await;
        self.odx(&format!("token create --tenant {tenant} --account root --name test")).await.done().trim().to_owned()
    }

    /// Asks the API, every function's routes over the same table, and returns status and body.
    pub(crate) async fn get(&self, path: &str, token: &str) -> (u16, Value) {
        let service = shared::http::service(sandbox::routes(), self.app.clone());
        let request = axum::http::Request::get(path).header("host", "api.example.com");
        let request = request.header("authorization", format!("Bearer {token}")).body(Body::empty());
        let answer = service.oneshot(request.expect("a request")).await.expect("an answer");
        let status = answer.status().as_u16();
        let body = answer.into_body().collect().await.expect("a body").to_bytes();
        (status, serde_json::from_slice(&body).expect("JSON"))
    }

    /// The records of the tokens of an account of `acme`, the newest first.
    pub(crate) async fn tokens(&self, account: &str) -> Vec<Token> {
        let (tenant, account): (TenantId, AccountId) = ("acme".parse().unwrap(), account.parse().unwrap());
        self.app.store.token_list(&tenant, &account).await.expect("tokens")
    }
}

/// An installation whose engine is gone.
pub(crate) struct Stopped {
    folder: TempDir,
}

impl Stopped {
    pub(crate) async fn odx(&self, line: &str) -> StoredInteraction {
        odx(&self.folder, line, "").await
    }
}

/// What a command said, and how it ended.
#[derive(Debug)]
pub(crate) struct StoredInteraction {
    pub(crate) code: Option<i32>,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl StoredInteraction {
    /// It did what it was asked; what it printed.
    #[track_caller]
    pub(crate) fn done(self) -> String {
        assert_eq!(self.code, Some(0), "{self:?}");
        self.out
    }

    /// It did what it was asked; what it printed as JSON.
    #[track_caller]
    pub(crate) fn json(self) -> Value {
        serde_json::from_str(&self.done()).expect("JSON")
    }

    /// It failed, printed no data, and its advice has all of these words.
    #[track_caller]
    pub(crate) fn fails(self, words: &[&str]) {
        assert_eq!((self.code, self.out.as_str()), (Some(1), ""), "{self:?}");
        assert!(words.iter().all(|word| self.err.contains(word)), "{words:?} are not all in: {}", self.err);
        assert!(!self.err.contains("panicked"), "{}", self.err);
    }
}

/// Runs the program without a folder.
pub(crate) async fn odx_alone(line: &str) -> StoredInteraction {
    run(line.split(' ').map(str::to_owned).collect(), "").await
}

async fn odx(folder: &TempDir, line: &str, input: &str) -> StoredInteraction {
    let folder = folder.path().to_str().expect("Unicode").to_owned();
    run(["--local".to_owned(), folder].into_iter().chain(line.split(' ').map(str::to_owned)).collect(), input).await
}

/// The program with nothing in its environment.
pub(crate) fn program() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_odx"));
    command.env_clear().kill_on_drop(true);
    command
}

async fn run(arguments: Vec<String>, input: &str) -> StoredInteraction {
    let mut command = program();
    command.args(&arguments);
    let mut child =
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("odx starts");
    // Whoever reads nothing has closed its input already.
    let mut to = child.stdin.take().expect("its input");
    let input = input.to_owned();
    tokio::spawn(async move { drop(to.write_all(input.as_bytes()).await) });
    let ended = tokio::time::timeout(PATIENCE, child.wait_with_output()).await;
    let ended = ended.unwrap_or_else(|_| panic!("odx {arguments:?} took too long")).expect("its output");
    let text = |bytes| String::from_utf8(bytes).expect("text");
    StoredInteraction { code: ended.status.code(), out: text(ended.stdout), err: text(ended.stderr) }
}
