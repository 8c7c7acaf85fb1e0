//! One conversation as it was.

use crate::layout::Section;
use crate::page_error::PageError;
use crate::pages::conversations::search::{Export, Search, USERS, downloads};
use crate::pages::conversations::turn::turns;
use crate::query::with_query;
use crate::session::SignedIn;
use crate::texts::EN;
use axum::extract::{Query, State};
use axum::response::Response;
use maud::html;
use shared::app::App;

/// `GET /console/conversations/user`.
pub(crate) async fn show(
    State(app): State<App>,
    person: SignedIn,
    Query(search): Query<Search>,
) -> Result<Response, PageError> {
    let search = search.or_last_days(app.clock.now());
    let export: Export = person.api.get(&search.export_path(USERS, &search.cursor)).await?;
    let found = export.data.iter().flatten().find(|(user, _)| **user == search.user_id);
    let more = export.meta.next_cursor.as_deref();
    let content = html! {
        p { a href=(search.path("/console/conversations", &[])) { "← " (EN.conversations) } }
        h1 { (EN.conversation) }
        p.facts { (EN.user) ": " code { (search.user_id) } " · " (search.from) " – " (search.to) " (UTC)" }
        p {
            a href=(with_query("/console/people", &[("user_id", &search.user_id)])) { (EN.person_page) } " · "
            (downloads(&search))
        }
        @match found {
            None => p { (EN.no_messages) },
            Some((_, conversation)) => (turns(&conversation.interactions)),
        }
        @if let Some(cursor) = more {
            p { a.button href=(search.path("/console/conversations/user", &[("user_id", &search.user_id), ("cursor", cursor)])) { (EN.next_page) } }
        }
    };
    Ok(person.frame().page(Section::Conversations, EN.conversation, &content))
}
