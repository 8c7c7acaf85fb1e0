//! The users of a period.

use crate::layout::Section;
use crate::notice::refusal;
use crate::page_error::PageError;
use crate::pages::conversations::search::{Conversation, Export, Search, USERS, User, downloads};
use crate::session::SignedIn;
use crate::table::Column::{Number, Text};
use crate::table::table;
use crate::texts::EN;
use crate::time::minute;
use axum::extract::{Query, State};
use axum::response::Response;
use maud::{Markup, html};
use shared::app::App;

/// `GET /console/conversations`.
pub(crate) async fn show(
    State(app): State<App>,
    person: SignedIn,
    Query(search): Query<Search>,
) -> Result<Response, PageError> {
    let search = search.or_last_days(app.clock.now());
    let found = person.api.get::<Export>(&search.users_path(USERS, &search.cursor)).await;
    let content = html! {
        h1 { (EN.conversations) }
        (form(&search))
        @match found {
            Ok(export) => (users(&search, &export)),
            Err(error) => (refusal(&error.into_sentences()?)),
        }
    };
    Ok(person.frame().page(Section::Conversations, EN.conversations, &content))
}

/// The filters of the API, with their labels.
const FILTERS: [(&str, &str); 9] = [
    ("country", EN.country),
    ("email", EN.email),
    ("browser", EN.browser),
    ("os", EN.os),
    ("platform", EN.platform),
    ("browser_language", EN.browser_language),
    ("timezone", EN.timezone),
    ("selected_scenario", EN.scenario),
    ("ip_address", EN.ip_address),
];

fn form(search: &Search) -> Markup {
    html! {
        form.row method="get" action="/console/conversations" {
            label { (EN.from) input type="date" name="from" required value=(search.from); }
            label { (EN.to) input type="date" name="to" required value=(search.to); }
            label { (EN.user) input name="user_id" value=(search.user_id) maxlength="384" autocomplete="off"; }
            button type="submit" { (EN.search) }
            details.filters open[search.has_filters()] {
                summary { (EN.filters) }
                p { (EN.filters_advice) }
                div.fields {
                    @for (name, label) in FILTERS {
                        label { (label) input name=(name) value=(search.filter(name)) maxlength="100" autocomplete="off"; }
                    }
                }
            }
        }
    }
}

fn users(search: &Search, export: &Export) -> Markup {
    let users: Vec<_> = export.data.iter().flatten().collect();
    let columns = [Text(EN.user), Text(EN.name), Number(EN.by_the_user), Number(EN.by_the_chatbot), Text(EN.last)];
    html! {
        @if users.is_empty() {
            p { (EN.no_conversations) }
        } @else {
            p {
                @if let Some(pagination) = &export.meta.pagination { (pagination.total) " " (EN.users_in_period) " " }
                (downloads(search))
            }
                (table(&columns, &html! {
                    @for (id, conversation) in users { (row(search, id, conversation)) }
                }))
            }
        @if let Some(cursor) = &export.meta.next_cursor {
            p { a.button href=(search.path("/console/conversations", &[("user_id", &search.user_id), ("cursor", cursor)])) { (EN.next_page) } }
        }
    }
}

fn row(search: &Search, id: &str, conversation: &Conversation) -> Markup {
    let by_user = conversation.interactions.iter().filter(|turn| turn.is_of_user()).count();
    let User { first_name, last_name } = &conversation.chatbot_user_data;
    html! {
        tr {
            th scope="row" { a href=(search.path("/console/conversations/user", &[("user_id", id)])) { (id) } }
            td { (first_name) " " (last_name) }
            td.number { (by_user) }
            td.number { @if search.has_filters() { "–" } @else { (conversation.interactions.len() - by_user) } }
            td { @if let Some(last) = conversation.interactions.last() { (minute(last.date)) } }
        }
    }
}
