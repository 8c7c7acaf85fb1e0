//! Metrics on standard output, which are on only if the setting `METRICS_NAMESPACE` is set.

use crate::support::Server;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fs;
use tempfile::tempdir;

/// The sum of each metric in the lines of an output.
fn counted(output: &str) -> BTreeMap<String, u64> {
    let mut sums = BTreeMap::new();
    for line in output.lines().filter(|line| line.starts_with("{\"_aws\"")) {
        let line: Value = serde_json::from_str(line).expect("JSON");
        let described = &line["_aws"]["CloudWatchMetrics"][0];
        assert_eq!(described["Namespace"], "ExternalApi/test");
        assert_eq!(line.as_object().expect("members").len(), 2, "the metric and its description: {line}");
        let name = described["Metrics"][0]["Name"].as_str().expect("a name");
        *sums.entry(name.to_owned()).or_default() += line[name].as_u64().expect("a number");
    }
    sums
}

#[tokio::test]
async fn links_and_interactions_are_counted_if_a_namespace_is_set() {
    let data = tempdir().unwrap();
    let quiet = Server::start(data.path(), &[]);
    assert_eq!(counted(&quiet.welcome), BTreeMap::new());
    quiet.kill();
    let keys = data.path().join("keys.env");
    let settings = fs::read_to_string(&keys).unwrap();
    fs::write(&keys, settings + "METRICS_NAMESPACE=ExternalApi/test\n").unwrap();
    let server = Server::start(data.path(), &[]);
    let (base, link) = (server.base.clone(), server.link().to_owned());
    let client = reqwest::Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none()).build().unwrap();

    let followed = client.get(link).send().await.unwrap();
    let target = followed.headers()["location"].to_str().unwrap().to_owned();
    let handoff = target.split("handoff=").nth(1).expect("a handoff");
    let exchange = json!({"handoff": handoff, "nonce": "0123456789abcdef"});
    let exchange = client.post(format!("{base}/webchat/exchange")).header("origin", &base).json(&exchange);
    let opened: Value = exchange.send().await.unwrap().json().await.unwrap();
    let message = json!({"notification": "message", "user_id": opened["user_id"], "message_id": "m1",
        "content": {"type": "text", "data": {"text": "hello"}}});
    let session = opened["session"].as_str().expect("a session");
    for _ in 0..2 {
        let sent = client.post(format!("{base}/incoming/webchat")).bearer_auth(session).json(&message);
        assert_eq!(sent.send().await.unwrap().status(), 200);
    }
    for unknown in ["0123456789abcdef", "favicon.ico"] {
        assert_eq!(client.get(format!("{base}/{unknown}")).send().await.unwrap().status(), 404);
    }
    let token = fs::read_to_string(data.path().join("token")).unwrap();
    let event = |text: &str| json!({"user_id": "eve", "type": "text", "date": "2022-09-22", "text": text});
    for events in [json!([event("a"), event("b")]), json!([event("a"), event("b"), {}])] {
        let written = client.post(format!("{base}/public/api/interactions")).bearer_auth(token.trim()).json(&events);
        assert_eq!(written.send().await.unwrap().status(), 200);
    }
    let period = "from=2022-09-22&to=2022-09-23&user_id=ann";
    let read = client.get(format!("{base}/api/user-interactions?{period}")).bearer_auth(token.trim()).send().await;
    assert_eq!(read.unwrap().status(), 200);

    let before = counted(&server.welcome);
    assert_eq!(before, BTreeMap::from([("LinksMade".to_owned(), 1)]), "the server creates a link at its start");
    let expected = [
        ("CodesUnknown", 1),
        ("InteractionsRead", 1),
        ("InteractionsWritten", 3),
        ("LinksClicked", 1),
        ("LinksOpened", 1),
    ];
    let after = counted(&server.signal("TERM"));
    assert_eq!(after.keys().map(String::as_str).collect::<Vec<_>>(), expected.map(|(name, _)| name));
    for (name, number) in expected.into_iter().filter(|(name, _)| *name != "InteractionsRead") {
        assert_eq!(after[name], number, "{name}");
    }
}
