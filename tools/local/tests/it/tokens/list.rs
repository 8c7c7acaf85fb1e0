//! Lists of tokens, their last use, and their revocation.

use crate::support::{TestEnvironment, TestTenant};
use http::StatusCode;
use serde_json::{Value, json};
use shared::model::{Account, Role, Scope, Scopes};
use std::collections::BTreeSet;

/// An environment whose tenant has an admin, an editor, and an integration with the scope `tokens:manage`.
struct Office {
    env: TestEnvironment,
    acme: TestTenant,
    /// The account, its token, and the token's id.
    editor: (Account, String, String),
    manager: (Account, String, String),
}

impl Office {
    async fn new() -> Self {
        let env = TestEnvironment::new().await;
        let acme = env.create_tenant("acme").await;
        let editor = env.create_account(&acme.tenant, "editor", Role::Editor, &[]).await;
        let (token, record) = env.issue_token(&acme.tenant, &editor, &[Scope::LinksRead]).await;
        let editor = (editor, token, record.id.as_str().to_owned());
        let scopes = [Scope::TokensManage];
        let manager = env.create_account(&acme.tenant, "manager", Role::Integration, &scopes).await;
        let (token, record) = env.issue_token(&acme.tenant, &manager, &scopes).await;
        let manager = (manager, token, record.id.as_str().to_owned());
        Self { env, acme, editor, manager }
    }

    async fn list(&self, token: &str) -> Vec<Value> {
        let response = self.env.get("/api/tokens", token).await;
        assert_eq!(response.status, 200, "{}", response.text());
        response.json()["data"].as_array().expect("a list").clone()
    }

    async fn revoke(&self, id: &str, token: &str) -> StatusCode {
        self.env.delete(&format!("/api/tokens/{id}"), token).await.status
    }

    async fn admins_token_id(&self) -> String {
        self.env.get("/api/token", &self.acme.token).await.json()["token"]["id"].as_str().expect("an id").to_owned()
    }
}

fn ids(tokens: &[Value]) -> BTreeSet<String> {
    tokens.iter().map(|token| token["id"].as_str().expect("an id").to_owned()).collect()
}

#[tokio::test]
async fn an_account_lists_its_own_tokens_and_a_manager_of_tokens_lists_all() {
    let office = Office::new().await;
    let (editor, second) = (&office.editor, office.env.issue_token(&office.acme.tenant, &office.editor.0, &[]).await.1);
    let own = office.list(&editor.1).await;
    assert_eq!(ids(&own), BTreeSet::from([editor.2.clone(), second.id.as_str().to_owned()]));
    assert_eq!(own[0]["id"], second.id.as_str(), "the newest comes first");
    assert!(own.iter().all(|token| token["account"] == "editor"));
    for all in [office.list(&office.acme.token).await, office.list(&office.manager.1).await] {
        let accounts: BTreeSet<_> = all.iter().map(|token| token["account"].as_str().expect("a name")).collect();
        assert_eq!(accounts, BTreeSet::from(["admin", "editor", "manager"]));
        assert_eq!(all.len(), 4);
        assert!(all.iter().map(|token| token["created_at"].as_str().expect("a date")).is_sorted_by(|a, b| a >= b));
    }
}

#[tokio::test]
async fn a_list_shows_every_field_of_a_token_except_its_secret() {
    let office = Office::new().await;
    let (account, token, id) = &office.editor;
    let response = office.env.get("/api/tokens", &office.acme.token).await;
    let all = response.json()["data"].as_array().expect("a list").clone();
    let listed = all.iter().find(|listed| listed["id"] == *id).expect("the editor's").as_object().expect("an object");
    let members: Vec<_> = listed.keys().map(String::as_str).collect();
    let known = ["id", "account", "name", "kind", "scopes", "created_at", "expires_at", "revoked_at", "last_used_at"];
    assert_eq!(members, known);
    assert_eq!(listed["account"], account.id.as_str());
    assert_eq!(listed["scopes"], json!(["links:read"]));
    assert_eq!((&listed["revoked_at"], &listed["last_used_at"]), (&Value::Null, &Value::Null));
    let claims = token.split('.').nth(1).expect("claims");
    assert!(!response.text().contains("odx_"), "{}", response.text());
    assert!(!response.text().contains(claims), "{}", response.text());
    let claims: Value =
        serde_json::from_slice(&shared::crypto::from_base64url(claims).expect("base64url")).expect("JSON");
    assert!(!response.text().contains(claims["jti"].as_str().expect("an id")));
}

#[tokio::test]
async fn the_last_use_of_a_token_is_stored() {
    let office = Office::new().await;
    let (_, token, id) = &office.editor;
    let before = office.env.app.clock.now();
    office.env.advance_clock(3600);
    office.env.get("/api/token", token).await;
    let all = office.list(&office.acme.token).await;
    let listed = all.iter().find(|listed| listed["id"] == *id).expect("the editor's");
    let used: chrono::DateTime<chrono::Utc> = listed["last_used_at"].as_str().expect("a date").parse().expect("a date");
    let after = (used - before).num_seconds();
    assert!((3600..3660).contains(&after), "{after}");
}

#[tokio::test]
async fn a_revoked_token_stops_at_once_and_revoking_it_again_changes_nothing() {
    let office = Office::new().await;
    let (_, token, id) = &office.editor;
    let response = office.env.delete(&format!("/api/tokens/{id}"), token).await;
    assert_eq!((response.status.as_u16(), response.body.len()), (204, 0));
    office.env.get("/api/token", token).await.assert_problem(401, "Unauthenticated.");
    let listed = |all: Vec<Value>| all.into_iter().find(|listed| listed["id"] == *id).expect("the editor's");
    let first = listed(office.list(&office.acme.token).await);
    assert!(first["revoked_at"].is_string());
    assert!(first["last_used_at"].is_string());
    office.env.advance_clock(60);
    office.env.get("/api/token", token).await.assert_problem(401, "Unauthenticated.");
    assert_eq!(office.revoke(id, &office.acme.token).await, 204);
    assert_eq!(listed(office.list(&office.acme.token).await), first);
}

#[tokio::test]
async fn a_manager_of_tokens_revokes_any_but_an_admins() {
    let office = Office::new().await;
    let admins = office.admins_token_id().await;
    let response = office.env.delete(&format!("/api/tokens/{admins}"), &office.manager.1).await;
    let problem = response.assert_problem(403, "This action is unauthorized.");
    assert_eq!(problem["detail"], "The token of an admin can only be changed by an admin.");
    assert_eq!(office.env.get("/api/token", &office.acme.token).await.status, 200);
    assert_eq!(office.revoke(&office.editor.2, &office.manager.1).await, 204);
    assert_eq!(office.revoke(&office.manager.2, &office.manager.1).await, 204);
    assert_eq!(office.revoke(&admins, &office.acme.token).await, 204);
}

#[tokio::test]
async fn a_token_that_the_caller_cannot_list_cannot_be_revoked() {
    let office = Office::new().await;
    let globex = office.env.create_tenant("globex").await;
    let whoami = office.env.get("/api/token", &globex.token).await.json();
    let foreign = whoami["token"]["id"].as_str().expect("an id");
    for (id, token) in [
        ("tok_doesnotexist", &office.acme.token),
        (foreign, &office.acme.token),
        ("a%20b", &office.acme.token),
        ("a%2Fb", &office.acme.token),
        ("%FF", &office.acme.token),
        (office.manager.2.as_str(), &office.editor.1),
    ] {
        let response = office.env.delete(&format!("/api/tokens/{id}"), token).await;
        response.assert_problem(404, "Resource not found.");
    }
    for token in [&globex.token, &office.manager.1] {
        assert_eq!(office.env.get("/api/token", token).await.status, 200);
    }
}

#[tokio::test]
async fn an_account_without_scopes_reads_and_revokes_its_own_token() {
    let office = Office::new().await;
    let nobody = Account::new("nobody".parse().expect("a name"), Role::Integration, Scopes::new());
    office.env.app.store.account_create(&office.acme.tenant.id, &nobody).await.expect("an account");
    let (token, record) = office.env.issue_token(&office.acme.tenant, &nobody, &[]).await;
    assert_eq!(office.env.get("/api/token", &token).await.json()["scopes"], json!([]));
    assert_eq!(ids(&office.list(&token).await), BTreeSet::from([record.id.as_str().to_owned()]));
    assert_eq!(office.revoke(record.id.as_str(), &token).await, 204);
    assert_eq!(office.env.get("/api/tokens", &token).await.status, 401);
}

#[tokio::test]
async fn tokens_are_listed_by_pages_and_by_kind() {
    let office = Office::new().await;
    let tenant = &office.acme.tenant;
    for _ in 0..5 {
        office.env.issue_token(tenant, &office.editor.0, &[]).await;
        office.env.advance_clock(1);
    }
    let (mut listed, mut cursor) = (Vec::new(), String::new());
    for expected in [3, 3, 2] {
        let path = format!("/api/tokens?limit=3{cursor}");
        let page = office.env.get(&path, &office.acme.token).await.json();
        let data = page["data"].as_array().expect("a list").clone();
        assert_eq!(data.len(), expected);
        listed.extend(data);
        cursor = page["meta"]["next_cursor"].as_str().map_or(String::new(), |next| format!("&cursor={next}"));
    }
    assert_eq!(cursor, "", "the last page has no cursor");
    let ids = |tokens: &[Value]| tokens.iter().map(|token| token["id"].clone()).collect::<Vec<_>>();
    assert_eq!(ids(&listed), ids(&office.list(&office.acme.token).await), "every token once, in the same order");
    let sessions = office.env.get("/api/tokens?kind=console", &office.acme.token).await.json();
    assert_eq!(sessions["data"], json!([]));
    let programs = office.env.get("/api/tokens?kind=api", &office.acme.token).await.json();
    assert_eq!(programs["data"].as_array().expect("a list").len(), 8);
}

#[tokio::test]
async fn a_cursor_of_tokens_is_of_one_tenant_and_query() {
    let office = Office::new().await;
    office.env.issue_token(&office.acme.tenant, &office.editor.0, &[]).await;
    let page = office.env.get("/api/tokens?limit=1", &office.acme.token).await.json();
    let cursor = page["meta"]["next_cursor"].as_str().expect("a cursor");
    let globex = office.env.create_tenant("globex").await;
    for (path, token) in [
        (format!("/api/tokens?limit=1&cursor={cursor}"), &globex.token),
        (format!("/api/tokens?limit=1&kind=api&cursor={cursor}"), &office.acme.token),
    ] {
        assert_eq!(office.env.get(&path, token).await.status, 422);
    }
    let response = office.env.get("/api/tokens?kind=other", &office.acme.token).await;
    assert_eq!(response.status, 422);
}
