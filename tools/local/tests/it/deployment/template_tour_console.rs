//! The tour of the console: every page and form.

use crate::console::Person;
use crate::deployment::template_tour::Tour;
use crate::support::{GENERATE_PATHS, paths};
use chrono::TimeDelta;
use serde_json::json;
use shared::model::{Account, Email, time};

impl Tour {
    /// What the first sign-in of a person with a mail address asks of the table.
    async fn first_sign_in(&mut self) {
        let (store, tenant, now) = (&self.env.app.store, &self.acme.tenant.id, self.env.app.clock.now());
        let account = store.account_get(tenant, &self.acme.account.id).await.expect("a table").expect("an account");
        let email = Email::read("ann@example.com").expect("an address");
        assert!(store.account_set_person(tenant, &account, Some(&email), None, now).await.expect("a table"));
        let waiting = store.person_accounts(&store.data_key().email_hash(&email)).await.expect("a table");
        assert_eq!(waiting, [(tenant.clone(), account.id.clone())]);
        let (account, identity) = (
            Account { email: Some(email.clone()), ..account },
            store.data_key().identity_hash("https://a.example.com", "1"),
        );
        let bound = store.account_set_person(tenant, &account, Some(&email), Some(&identity), now).await;
        assert!(bound.expect("a table"));
        self.check_function("console", "the first sign-in of a person");
    }

    /// Opens every page and sends every form.
    pub(super) async fn console(&mut self) {
        let body = json!({"scenario_id": "0x420", "campaign": "console", "expires_at": "2099-12-31",
            "dataset": [{"user_id": "eve", "attributes": {"first_name": "Eve"}}]});
        let made = self.env.post(GENERATE_PATHS[1], &self.acme.token, &body).await;
        let session = self.env.open_session(&paths(&made).remove(0)).await;
        assert_eq!(self.env.send_message(&session, "eve", "console", "hello").await.status, 200);
        let ahead = time::format(self.env.app.clock.now() + TimeDelta::minutes(4));
        self.env.ingest(&self.acme, json!([{"user_id": "eve", "type": "text", "date": ahead, "text": "hi"}])).await;
        self.faults.reset();
        self.first_sign_in().await;
        let cookie = Person::sign_in(&self.env, &self.acme.tenant.id, &self.acme.account.id).await.cookie;
        self.check_function("console", "the sign-in");
        let today = self.env.app.clock.now().date_naive();
        let period = format!("from={today}&to={today}&user_id=eve");
        let pages = [
            "/console",
            "/console/identity",
            "/console/campaigns",
            "/console/campaigns/console",
            "/console/campaigns/console/unopened",
            &format!("/console/conversations?from={today}&to={today}"),
            &format!("/console/conversations/user?{period}"),
            &format!("/console/conversations/file?{period}&format=csv"),
            "/console/people?user_id=eve",
            "/console/people/file?user_id=eve",
        ];
        for page in pages {
            Person { env: &self.env, cookie: cookie.clone() }.page(page).await;
            self.check_function("console", page);
        }
        let created = self.env.post("/api/tokens", &self.acme.token, &json!({"name": "x"})).await.json();
        self.check_function("console", "a new token");
        let id = created["id"].as_str().expect("an id");
        self.interaction_of_the_next_hour("eve").await;
        let forms = [
            (format!("/console/tokens/{id}/rotate"), vec![]),
            (format!("/console/tokens/{id}/revoke"), vec![]),
            ("/console/accounts".to_owned(), vec![("id", "eve"), ("email", "eve@example.com"), ("role", "analyst")]),
            ("/console/accounts/eve/role".to_owned(), vec![("role", "editor")]),
            ("/console/accounts/eve/email".to_owned(), vec![("email", "eva@example.com")]),
            ("/console/accounts/eve/remove".to_owned(), vec![("confirmation", "eve")]),
            ("/console/campaigns/console/end".to_owned(), vec![("expires_at", "2099-01-31")]),
            ("/console/campaigns/console/revoke".to_owned(), vec![("confirmation", "console")]),
            ("/console/people/erase".to_owned(), vec![("user_id", "eve"), ("confirmation", "eve")]),
            ("/console/sign-out".to_owned(), vec![]),
        ];
        for (path, fields) in forms {
            let response = Person { env: &self.env, cookie: cookie.clone() }.submit(&path, &fields).await;
            assert!(response.status.is_success() || response.status == 303, "{path}: {}", response.text());
            self.check_function("console", &path);
        }
    }
}
