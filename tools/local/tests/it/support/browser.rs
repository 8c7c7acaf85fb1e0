//! Headless Chromium, driven through chromedriver. It ends with the test.

use fantoccini::wd::WebDriverCompatibleCommand;
use fantoccini::{Client, ClientBuilder, Locator, key::Key};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::{Value, json};
use std::fmt::Debug;
use std::io::{BufRead as _, BufReader};
use std::os::unix::process::CommandExt as _;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::time::Duration;
use tempfile::TempDir;
use tokio::sync::{Mutex, MutexGuard};
use url::Url;

/// The time limit of each step.
const TIMEOUT: Duration = Duration::from_secs(20);
/// The time between two looks at a page while a test waits for a text.
const POLL_INTERVAL: Duration = Duration::from_millis(50);

const ARGUMENTS: [&str; 9] = [
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
];

/// Held by the one open browser: several at once exceed the time limits on a machine with two cores.
static TURN: Mutex<()> = Mutex::const_new(());

/// A browser with one tab and an empty profile.
pub(crate) struct Browser {
    client: Client,
    // Dropped in this order: first the processes, then the folder that they write to, then the turn.
    _driver: Driver,
    _profile: TempDir,
    _turn: MutexGuard<'static, ()>,
}

impl Browser {
    /// Opens a browser. Returns `None` and reports a skipped test if the machine has no Chromium.
    pub(crate) async fn open() -> Option<Self> {
        for needed in ["chromium", "chromedriver"] {
            if Command::new(needed).arg("--version").output().is_err() {
                super::report_skipped(&format!("this machine has no {needed}: no page was opened in a browser"));
                return None;
            }
        }
        let turn = TURN.lock().await;
        let profile = tempfile::tempdir().expect("a profile");
        let arguments = ARGUMENTS.map(str::to_owned).into_iter();
        let arguments: Vec<_> = arguments.chain([format!("--user-data-dir={}", profile.path().display())]).collect();
        let Value::Object(capabilities) = json!({
            "goog:chromeOptions": {"args": arguments},
            "goog:loggingPrefs": {"browser": "ALL"},
        }) else {
            unreachable!("it is an object");
        };
        let driver = Driver::start(&profile);
        let mut session = ClientBuilder::new(HttpConnector::new());
        let client = within("the browser starts", session.capabilities(capabilities).connect(&driver.url)).await;
        Some(Self { client, _driver: driver, _profile: profile, _turn: turn })
    }

    /// Opens a URL and waits until the page is loaded.
    pub(crate) async fn goto(&self, url: &str) {
        within(url, self.client.goto(url)).await;
    }

    pub(crate) async fn back(&self) {
        within("back", self.client.back()).await;
    }

    pub(crate) async fn forward(&self) {
        within("forward", self.client.forward()).await;
    }

    pub(crate) async fn reload(&self) {
        within("reload", self.client.refresh()).await;
    }

    /// Clicks the element that a selector finds.
    pub(crate) async fn click(&self, selector: &str) {
        let found = within(selector, self.client.find(Locator::Css(selector))).await;
        within(selector, found.click()).await;
    }

    /// Opens another tab and switches to it.
    pub(crate) async fn new_tab(&self) {
        let tab = within("a tab", self.client.new_window(true)).await;
        within("a tab", self.client.switch_to_window(tab.handle)).await;
    }

    /// Switches to the first tab.
    pub(crate) async fn first_tab(&self) {
        let tabs = within("tabs", self.client.windows()).await;
        within("a tab", self.client.switch_to_window(tabs.into_iter().next().expect("a tab"))).await;
    }

    /// The URL of the page.
    pub(crate) async fn current_url(&self) -> String {
        self.evaluate("location.href").await.as_str().expect("an address").to_owned()
    }

    /// Evaluates a JavaScript expression.
    pub(crate) async fn evaluate(&self, expression: &str) -> Value {
        within(expression, self.client.execute(&format!("return {expression}"), Vec::new())).await
    }

    /// The visible text of the page.
    pub(crate) async fn text(&self) -> String {
        self.evaluate("document.body.innerText").await.as_str().expect("text").to_owned()
    }

    /// Waits until the element that a selector finds shows a text.
    pub(crate) async fn wait_for_text(&self, selector: &str, text: &str) {
        let shows = format!("[...document.querySelectorAll('{selector}')].some(e => e.innerText.includes('{text}'))");
        for _ in 0..TIMEOUT.as_millis() / POLL_INTERVAL.as_millis() {
            if self.evaluate(&shows).await == true {
                return;
            }
            tokio::time::sleep(POLL_INTERVAL).await;
        }
        panic!("no {selector} shows “{text}”, the page shows:\n{}", self.text().await);
    }

    /// Types a line into the field that a selector finds.
    pub(crate) async fn type_line(&self, selector: &str, text: &str) {
        let field = within(selector, self.client.find(Locator::Css(selector))).await;
        within("focus", field.click()).await;
        // By the protocol, as an input method does it: ChromeDriver types no character beyond the BMP.
        self.devtools("Input.insertText", json!({ "text": text })).await;
        within("Enter", field.send_keys(&char::from(Key::Enter).to_string())).await;
    }

    /// The URLs of every resource that the page has loaded.
    pub(crate) async fn loaded_urls(&self) -> Vec<String> {
        let loaded = self.evaluate("performance.getEntriesByType('resource').map(entry => entry.name)").await;
        serde_json::from_value(loaded).expect("addresses")
    }

    /// The URLs of the tab's history.
    pub(crate) async fn history(&self) -> Vec<String> {
        let history = self.devtools("Page.getNavigationHistory", json!({})).await;
        let entries = history["entries"].as_array().expect("entries");
        entries.iter().map(|entry| entry["url"].as_str().expect("an address").to_owned()).collect()
    }

    /// Sends a command of the Chrome `DevTools` Protocol.
    pub(crate) async fn devtools(&self, command: &str, parameters: Value) -> Value {
        self.command("goog/cdp/execute", json!({"cmd": command, "params": parameters})).await
    }

    /// The console's new entries since the last call: warnings, errors, and resources that the policy blocked.
    pub(crate) async fn console_entries(&self) -> Vec<Value> {
        let log = self.command("se/log", json!({"type": "browser"})).await;
        log.as_array().expect("entries").clone()
    }

    async fn command(&self, path: &'static str, body: Value) -> Value {
        within(path, self.client.issue_cmd(ChromiumCommand { path, body })).await
    }
}

/// Waits for a step until [`TIMEOUT`].
async fn within<T, E: Debug>(what: &str, done: impl Future<Output = Result<T, E>>) -> T {
    let done = tokio::time::timeout(TIMEOUT, done).await.unwrap_or_else(|_| panic!("{what}: took too long"));
    done.unwrap_or_else(|error| panic!("{what}: {error:?}"))
}

/// A `WebDriver` command that only Chromium has.
#[derive(Debug)]
struct ChromiumCommand {
    path: &'static str,
    body: Value,
}

impl WebDriverCompatibleCommand for ChromiumCommand {
    fn endpoint(&self, base: &Url, session: Option<&str>) -> Result<Url, url::ParseError> {
        base.join(&format!("session/{}/{}", session.unwrap_or_default(), self.path))
    }

    fn method_and_body(&self, _: &Url) -> (http::Method, Option<String>) {
        (http::Method::POST, Some(self.body.to_string()))
    }
}

/// A running chromedriver and its browsers, in a process group of their own.
struct Driver {
    child: Child,
    url: String,
}

impl Driver {
    fn start(profile: &TempDir) -> Self {
        let mut command = Command::new("chromedriver");
        command.env("TMPDIR", profile.path());
        command.arg("--port=0").process_group(0).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut child = command.spawn().expect("chromedriver starts");
        let lines = BufReader::new(child.stdout.take().expect("its output")).lines();
        let mut driver = Self { child, url: String::new() };
        let (told, url) = mpsc::channel();
        std::thread::spawn(move || {
            let port =
                |line: String| Some(line.split_once("successfully on port ")?.1.trim_end_matches('.').to_owned());
            let urls = lines.map_while(Result::ok).filter_map(port).map(|port| format!("http://127.0.0.1:{port}"));
            urls.for_each(|url| drop(told.send(url)));
        });
        driver.url = url.recv_timeout(TIMEOUT).expect("chromedriver says its port");
        driver
    }
}

impl Drop for Driver {
    /// Kills the whole group: if only chromedriver is killed, its browsers keep running.
    fn drop(&mut self) {
        let end = format!("kill -s KILL -- -{}", self.child.id());
        drop(Command::new("sh").args(["-c", &end]).status());
        drop(self.child.wait());
    }
}
