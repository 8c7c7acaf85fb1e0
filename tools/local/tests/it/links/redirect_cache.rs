//! The long-lived mode of the local server: links are cached for two seconds, and clicks are written in groups, each once.

use crate::support::{Fault, FaultInjector, Server, TestEnvironment, paths, stored_link_activity};
use rstest::rstest;
use serde_json::{Value, json};
use shared::store::Store;
use std::path::Path;
use std::time::Duration;
use tempfile::tempdir;

async fn env() -> (FaultInjector, TestEnvironment) {
    let faults = FaultInjector::new();
    let env = TestEnvironment::with(&[], |client| faults.install(client)).await.long_lived();
    (faults, env)
}

#[tokio::test]
async fn a_link_is_read_once_and_the_clicks_of_many_are_written_together() {
    let (faults, env) = env().await;
    let acme = env.create_tenant("acme").await;
    let rows: Vec<Value> = (0..120).map(|_| json!({"attributes": {}})).collect();
    let links = paths(&env.generate(&acme, rows.into()).await);
    faults.reset();
    for link in &links {
        for _ in 0..3 {
            assert_eq!(env.visit(link, &[]).await.status, 302);
        }
    }
    let reads = faults.calls("BatchGetItem");
    assert!((120..240).contains(&reads), "{reads} reads of 360 visits");
    assert_eq!((faults.calls("UpdateItem"), faults.calls("TransactWriteItems")), (0, 0));
    assert_eq!(env.link_activity(&links[0]).await.clicks, 0, "clicks wait in memory");
    env.app.store.clicks_write().await.expect("written");
    assert_eq!((faults.calls("UpdateItem"), faults.calls("TransactWriteItems")), (0, 2));
    for link in &links {
        let state = env.link_activity(link).await;
        assert_eq!(state.clicks, 3, "{state:?}");
        assert!(state.first_clicked_at.is_some(), "{state:?}");
    }
    let first = env.link_activity(&links[0]).await.first_clicked_at;
    env.advance_clock(60);
    env.visit(&links[0], &[]).await;
    faults.reset();
    env.app.store.clicks_write().await.expect("written");
    env.app.store.clicks_write().await.expect("nothing to write");
    assert_eq!(faults.calls("TransactWriteItems"), 1);
    let state = env.link_activity(&links[0]).await;
    assert_eq!((state.clicks, state.first_clicked_at), (4, first));
}

#[rstest]
#[case::that_fails(|| Fault::Fail500)]
#[case::that_is_throttled(|| Fault::Throttle)]
#[case::that_breaks(|| Fault::DropBefore)]
#[case::whose_response_is_lost(|| Fault::DropAfter)]
#[tokio::test]
async fn clicks_are_counted_once_after_a_write(#[case] fault: fn() -> Fault) {
    let (faults, env) = env().await;
    let acme = env.create_tenant("acme").await;
    let link = env.create_link(&acme, "ann", json!({})).await;
    faults.inject(move |request, _| if request.operation == "TransactWriteItems" { fault() } else { Fault::Pass });
    for _ in 0..2 {
        env.visit(&link, &[]).await;
        env.app.store.clicks_write().await.expect_err("no response");
    }
    faults.clear();
    env.app.store.clicks_write().await.expect("written");
    assert_eq!(env.link_activity(&link).await.clicks, 2);
}

#[tokio::test]
async fn a_link_that_another_process_revokes_stops_within_two_seconds() {
    let (_, env) = env().await;
    let acme = env.create_tenant("acme").await;
    let elsewhere = Store::connect(&env.app.config);
    let links = [env.create_link(&acme, "ann", json!({})).await, env.create_campaign_link(&acme, "spring").await];
    for link in &links {
        assert_eq!(env.visit(link, &[]).await.status, 302);
    }
    let now = env.app.clock.now();
    elsewhere.link_revoke(&env.link_record(&links[0]).await, now).await.expect("revoked");
    assert!(elsewhere.campaign_revoke(&acme.tenant.id, &"spring".parse().unwrap(), now).await.expect("revoked"));
    // The cache has tokio's clock. It is paused only here, because a paused clock jumps to the next time-out whenever the
    // test waits for the table.
    tokio::time::pause();
    tokio::time::advance(Duration::from_secs(2)).await;
    tokio::time::resume();
    for link in &links {
        env.visit(link, &[]).await.assert_problem(410, "This link is no longer valid.");
    }
}

#[tokio::test]
async fn a_link_that_this_process_revokes_or_uses_up_stops_at_once() {
    let (_, env) = env().await;
    let acme = env.create_tenant("acme").await;
    let once = json!({"scenario_id": "0x420", "max_uses": 1, "dataset": [{"user_id": "ann", "attributes": {}}]});
    let used_up = paths(&env.post("/public/api/generate-webchat-deep-link", &acme.token, &once).await).remove(0);
    let made = env.generate(&acme, json!([{"user_id": "ann", "attributes": {}}])).await;
    let (revoked, id) = (paths(&made).remove(0), made.json()[0]["link_id"].as_str().unwrap().to_owned());
    let of_campaign = env.create_campaign_link(&acme, "spring").await;
    for link in [&used_up, &revoked, &of_campaign] {
        assert_eq!(env.visit(link, &[]).await.status, 302);
    }
    env.open_session(&used_up).await;
    env.visit(&used_up, &[]).await.assert_problem(410, "This link is no longer valid.");
    assert_eq!(env.delete(&format!("/public/api/links/{id}"), &acme.token).await.status, 204);
    env.visit(&revoked, &[]).await.assert_problem(410, "This link is no longer valid.");
    assert_eq!(env.delete("/public/api/campaigns/spring", &acme.token).await.status, 204);
    env.visit(&of_campaign, &[]).await.assert_problem(410, "This link is no longer valid.");
}

/// Creates links through the API of a server and returns their URLs.
async fn links(server: &Server, data: &Path, number: usize) -> Vec<String> {
    let token = std::fs::read_to_string(data.join("token")).expect("a token");
    let rows: Vec<Value> = (0..number).map(|_| json!({"attributes": {}})).collect();
    let post = reqwest::Client::new().post(format!("{}/public/api/generate-webchat-deep-link", server.base));
    let post = post.bearer_auth(token).json(&json!({"scenario_id": "0x420", "dataset": rows}));
    let made: Value = post.send().await.expect("a response").json().await.expect("JSON");
    made.as_array().expect("links").iter().map(|made| made["url"].as_str().expect("a URL").to_owned()).collect()
}

/// Visits every link `times` times.
async fn visit(links: &[String], times: usize) {
    let client = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build().expect("a client");
    for link in links.iter().cycle().take(links.len() * times) {
        assert_eq!(client.get(link).send().await.expect("a response").status(), 302);
    }
}

#[rstest]
#[tokio::test]
async fn a_clean_stop_counts_every_click(#[values("TERM", "INT")] signal: &str) {
    let data = tempdir().unwrap();
    let server = Server::start(data.path(), &[]);
    let links = links(&server, data.path(), 3).await;
    visit(&links, 7).await;
    server.signal(signal);
    for link in &links {
        assert_eq!(stored_link_activity(data.path(), link).await.clicks, 7);
    }
}

#[tokio::test]
async fn a_click_is_durable_within_a_second() {
    let data = tempdir().unwrap();
    let server = Server::start(data.path(), &[]);
    let links = links(&server, data.path(), 3).await;
    visit(&links, 5).await;
    tokio::time::sleep(Duration::from_secs(1)).await; // the promise is a time, and the process has its own clock
    server.kill();
    for link in &links {
        assert_eq!(stored_link_activity(data.path(), link).await.clicks, 5);
    }
}
