//! A process that lives long: links are read again after two seconds, clicks are written in groups, and none is lost or
//! counted twice.

use crate::support::{Fault, FaultInjector, Server, TestEnvironment, paths, state_after};
use serde_json::{Value, json};
use shared::store::Store;
use std::path::Path;
use std::time::Duration;
use tempfile::tempdir;

async fn env() -> (FaultInjector, TestEnvironment) {
    let wire = FaultInjector::new();
    let env = TestEnvironment::with(&[], |client| wire.plug(client)).await.long_lived();
    (wire, env)
}

#[tokio::test]
async fn a_link_is_read_once_and_the_clicks_of_many_are_written_together() {
    let (wire, env) = env().await;
    let acme = env.tenancy("acme").await;
    let rows: Vec<Value> = (0..120).map(|_| json!({"attributes": {}})).collect();
    let links = paths(&env.generate(&acme, rows.into()).await);
    wire.forget();
    for link in &links {
        for _ in 0..3 {
            assert_eq!(env.visit(link, &[]).await.status, 302);
        }
    }
    let reads = wire.calls("BatchGetItem");
    assert!((120..240).contains(&reads), "{reads} reads of 360 visits");
    assert_eq!((wire.calls("UpdateItem"), wire.calls("TransactWriteItems")), (0, 0));
    assert_eq!(env.state(&links[0]).await.clicks, 0, "they wait");
    env.app.store.clicks_write().await.expect("written");
    assert_eq!((wire.calls("UpdateItem"), wire.calls("TransactWriteItems")), (0, 2));
    for link in &links {
        let state = env.state(link).await;
        assert!(state.clicks == 3 && state.first_clicked_at.is_some(), "{state:?}");
    }
    let first = env.state(&links[0]).await.first_clicked_at;
    env.wait(60);
    env.visit(&links[0], &[]).await;
    wire.forget();
    env.app.store.clicks_write().await.expect("written");
    env.app.store.clicks_write().await.expect("nothing to write");
    assert_eq!(wire.calls("TransactWriteItems"), 1);
    let state = env.state(&links[0]).await;
    assert_eq!((state.clicks, state.first_clicked_at), (4, first));
}

#[tokio::test]
async fn clicks_whose_writing_fails_wait_and_those_whose_answer_is_lost_are_counted_once() {
    let (wire, env) = env().await;
    let acme = env.tenancy("acme").await;
    let link = env.link(&acme, "ann", json!({})).await;
    let mut clicks = 0;
    for fault in [|| Fault::Fail500, || Fault::Throttle, || Fault::DropBefore, || Fault::DropAfter] {
        wire.spoil(move |asked, _| if asked.operation == "TransactWriteItems" { fault() } else { Fault::Pass });
        for _ in 0..2 {
            env.visit(&link, &[]).await;
            clicks += 1;
            env.app.store.clicks_write().await.expect_err("no answer");
        }
        wire.heal();
        env.app.store.clicks_write().await.expect("written");
        assert_eq!(env.state(&link).await.clicks, clicks);
    }
}

#[tokio::test]
async fn what_another_process_revokes_stops_within_two_seconds() {
    let (_, env) = env().await;
    let acme = env.tenancy("acme").await;
    let elsewhere = Store::connect(&env.app.config);
    let links = [env.link(&acme, "ann", json!({})).await, env.link_of(&acme, "spring").await];
    for link in &links {
        assert_eq!(env.visit(link, &[]).await.status, 302);
    }
    let now = env.app.clock.now();
    elsewhere.link_revoke(&env.hash(&links[0]), now).await.expect("revoked");
    assert!(elsewhere.campaign_revoke(&acme.tenant.id, &"spring".parse().unwrap(), now).await.expect("revoked"));
    tokio::time::sleep(Duration::from_secs(2)).await;
    for link in &links {
        env.visit(link, &[]).await.assert_problem(410, "This link is no longer valid.");
    }
}

#[tokio::test]
async fn what_is_revoked_or_used_up_here_stops_at_once() {
    let (_, env) = env().await;
    let acme = env.tenancy("acme").await;
    let once = json!({"scenario_id": "0x420", "max_uses": 1, "dataset": [{"user_id": "ann", "attributes": {}}]});
    let used_up = paths(&env.post("/public/api/generate-webchat-deep-link", &acme.token, &once).await).remove(0);
    let made = env.generate(&acme, json!([{"user_id": "ann", "attributes": {}}])).await;
    let (revoked, id) = (paths(&made).remove(0), made.json()[0]["link_id"].as_str().unwrap().to_owned());
    let of_campaign = env.link_of(&acme, "spring").await;
    for link in [&used_up, &revoked, &of_campaign] {
        assert_eq!(env.visit(link, &[]).await.status, 302);
    }
    env.session(&used_up).await;
    env.visit(&used_up, &[]).await.assert_problem(410, "This link is no longer valid.");
    assert_eq!(env.delete(&format!("/public/api/links/{id}"), &acme.token).await.status, 204);
    env.visit(&revoked, &[]).await.assert_problem(410, "This link is no longer valid.");
    assert_eq!(env.delete("/public/api/campaigns/spring", &acme.token).await.status, 204);
    env.visit(&of_campaign, &[]).await.assert_problem(410, "This link is no longer valid.");
}

/// Makes links through the API of a server and returns their URLs.
async fn links(server: &Server, data: &Path, number: usize) -> Vec<String> {
    let token = std::fs::read_to_string(data.join("token")).expect("a token");
    let rows: Vec<Value> = (0..number).map(|_| json!({"attributes": {}})).collect();
    let post = reqwest::Client::new().post(format!("{}/public/api/generate-webchat-deep-link", server.base));
    let post = post.bearer_auth(token).json(&json!({"scenario_id": "0x420", "dataset": rows}));
    let made: Value = post.send().await.expect("an answer").json().await.expect("JSON");
    made.as_array().expect("links").iter().map(|made| made["url"].as_str().expect("a URL").to_owned()).collect()
}

/// Visits every link so many times.
async fn visit(links: &[String], times: usize) {
    let client = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build().expect("a client");
    for link in links.iter().cycle().take(links.len() * times) {
        assert_eq!(client.get(link).send().await.expect("an answer").status(), 302);
    }
}

#[tokio::test]
async fn a_clean_stop_counts_every_click() {
    for signal in ["TERM", "INT"] {
        let data = tempdir().unwrap();
        let server = Server::start(data.path(), &[]);
        let links = links(&server, data.path(), 3).await;
        visit(&links, 7).await;
        server.signal(signal);
        for link in &links {
            assert_eq!(state_after(data.path(), link).await.clicks, 7);
        }
    }
}

#[tokio::test]
async fn a_click_is_durable_within_a_second() {
    let data = tempdir().unwrap();
    let server = Server::start(data.path(), &[]);
    let links = links(&server, data.path(), 3).await;
    visit(&links, 5).await;
    tokio::time::sleep(Duration::from_secs(1)).await;
    server.kill();
    for link in &links {
        assert_eq!(state_after(data.path(), link).await.clicks, 5);
    }
}
