//! What a start prints: where things are, and commands to paste.

use crate::pages::Home;

/// The last line: from here on it answers.
const READY: &str = "Ready. Stop with Ctrl-C.";

/// The greeting of a server that runs.
pub(crate) fn text(home: &Home, link: Option<&str>) -> String {
    let Home { base, token_path, table, engine } = home;
    let head =
        format!("External APIs on {base}   table `{table}`, {engine}\nHome page: {base}/   Reference: {base}/docs\n");
    let Some(link) = link else {
        return format!(
            "{head}\nNo demo here. `cargo odx --help` shows how to make a tenant, a scenario and a token.\n\n{READY}"
        );
    };
    format!(
        r#"{head}
The demo token is in {token_path}.

1. What did the chatbot's users say?

   curl -s -H "Authorization: Bearer $(cat {token_path})" '{base}/public/api/user-interactions?from=2022-09-21%2000:00:00&to=2022-09-22%2023:59:59'

2. Make two personal webchat links:

   curl -s -H "Authorization: Bearer $(cat {token_path})" -H 'Content-Type: application/json' -d '{{"scenario_id":"customer_support","dataset":[{{"user_id":"ann","attributes":{{"first_name":"Ann","city":"Vienna"}}}},{{"attributes":{{"first_name":"Ben"}}}}]}}' {base}/public/api/generate-webchat-deep-link

3. Open one of them in a browser, or this one, made for Ann just now:

   {link}

{READY}"#
    )
}
