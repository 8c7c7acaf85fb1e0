//! The cursors of the changes: how long they last, and whose they are.

use crate::interactions::while_writing::{CHANGES, PERIOD, changes, event};
use crate::support::exported::{JSON, next_cursor};
use crate::support::{PUBLIC, TestEnvironment, TestTenant, with_query};
use serde_json::{Value, json};

#[tokio::test]
async fn a_cursor_of_changes_expires_after_35_days_and_an_empty_page_renews_it() {
    let env = TestEnvironment::new().await;
    let acme = env.create_tenant("acme").await;
    let (none, cursor) = changes(&env, &acme, None, "10").await;
    assert_eq!(none, Vec::<Value>::new());
    env.advance_clock(34 * 86_400);
    let (token, _) = env.issue_token(&acme.tenant, &acme.account, &shared::model::Scope::ALL).await;
    let ask = async |cursor: &str| env.get(&with_query(CHANGES, &[("cursor", cursor)]), &token).await;
    let page = ask(&cursor).await;
    assert_eq!(page.status, 200, "{}", page.text());
    let moved = page.json()["meta"]["next_cursor"].as_str().unwrap().to_owned();
    assert_ne!(moved, cursor);
    env.advance_clock(86_400 + 61);
    let (token, _) = env.issue_token(&acme.tenant, &acme.account, &shared::model::Scope::ALL).await;
    let ask = async |cursor: &str| env.get(&with_query(CHANGES, &[("cursor", cursor)]), &token).await;
    let gone = "The changes since this cursor are no longer kept. Export again, then follow anew.";
    ask(&cursor).await.assert_problem(410, gone);
    assert_eq!(ask(&moved).await.status, 200);
}

#[tokio::test]
async fn changes_are_of_one_tenant_and_refuse_other_cursors_and_unknown_parameters() {
    let env = TestEnvironment::new().await;
    let (acme, other) = (env.create_tenant("acme").await, env.create_tenant("other").await);
    env.ingest(&acme, json!([event(1, 1, "secret")])).await;
    env.advance_clock(61);
    let (mine, cursor) = changes(&env, &acme, None, "10").await;
    assert_eq!(mine.len(), 1);
    assert_eq!(changes(&env, &other, None, "10").await.0, Vec::<Value>::new());
    let ask =
        async |tenant: &TestTenant, query: &[(&str, &str)]| env.get(&with_query(CHANGES, query), &tenant.token).await;
    let sentence = "The cursor is not one of this query, or is too old.";
    ask(&other, &[("cursor", &cursor)]).await.assert_invalid("cursor", sentence);
    ask(&acme, &[("cursor", &format!("{cursor}x"))]).await.assert_invalid("cursor", sentence);
    env.ingest(&acme, json!([event(2, 2, "of a second user")])).await;
    let export = env.export_page(&acme, PUBLIC, &[PERIOD[0], PERIOD[1], ("limit", "1")], JSON).await;
    let of_export = next_cursor(&export, JSON).expect("a second page");
    ask(&acme, &[("cursor", &of_export)]).await.assert_invalid("cursor", sentence);
    ask(&acme, &[("limit", "0")]).await.assert_invalid("limit", "The limit must be a whole number from 1 to 1000.");
    ask(&acme, &[("from", "2022")]).await.assert_invalid("from", "The from field is not known.");
}
