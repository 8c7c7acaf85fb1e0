//! The tour of the console: every page and form.

use crate::console::Person;
use crate::deployment::template_tour::Tour;
use crate::support::{GENERATE_PATHS, paths};
use chrono::TimeDelta;
use serde_json::json;
use shared::model::time;

impl Tour {
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
