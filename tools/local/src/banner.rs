//! The text that the server prints when it starts: its addresses, and commands to paste.

use crate::pages::Home;
use std::net::IpAddr;
use url::Url;

/// The last line. After it, the server answers requests.
const READY: &str = "Ready. Stop with Ctrl-C.";

/// What the demo offers to try.
pub(crate) struct Demo {
    /// A personal link.
    pub(crate) link: String,
    /// A link that signs in to the console.
    pub(crate) console: Url,
}

/// The text of a server with a demo to try, or without one.
pub(crate) fn text(home: &Home, demo: Option<&Demo>) -> String {
    let Home { base, token_path, table, engine } = home;
    let head =
        format!("External APIs on {base}   table `{table}`, {engine}\nHome page: {base}/   Reference: {base}/docs\n");
    let Some(Demo { link, console }) = demo else {
        return format!(
            "{head}\nNo demo here. `cargo odx --help` shows how to create a tenant, a scenario and a token.\n\n{READY}"
        );
    };
    let (read, generate) = (home.read_command(), home.link_command());
    format!(
        "{head}
The demo token is in {token_path}.

1. Read the interactions of the chatbot's users:

   {read}

2. Generate two personal webchat links:

   {generate}

3. Open one of them in a browser, or this one, generated for Ann just now:

   {link}

4. Open the console. This link signs you in once, within ten minutes; `cargo odx console --local DIR` prints another:

   {console}

{READY}"
    )
}

/// The warning of an engine that listens on more than the loopback interface.
pub(crate) fn exposed(host: IpAddr, endpoint: &str) -> String {
    let clients = if host.is_unspecified() { "every network of this machine" } else { "the network of that address" };
    format!(
        "Warning: the table is open on {host} ({endpoint}). Every program that reaches it from {clients} and has the \
         key in engine.env can read and write everything in it, and the requests are not encrypted. Use demo data only."
    )
}
