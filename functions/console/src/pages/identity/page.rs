//! The page.

use crate::layout::Section;
use crate::page_error::PageError;
use crate::pages::identity::account_table::{AccountList, account_table, invite_form};
use crate::pages::identity::token_table::{Token, scopes, token_table};
use crate::query::with_query;
use crate::session::SignedIn;
use crate::texts::EN;
use axum::extract::{Query, State};
use axum::response::Response;
use maud::{Markup, html};
use serde::Deserialize;
use shared::app::App;
use shared::http::{Caller, ListMeta};
use shared::model::Role;

/// The lifetimes that the form offers, in days.
pub(super) const LIFETIMES: [u32; 4] = [7, 30, 90, 365];

#[derive(Deserialize)]
struct TokenList {
    data: Vec<Token>,
    meta: ListMeta,
}

/// The pages of the lists of tokens and of sessions.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Lists {
    tokens: String,
    sessions: String,
}

/// `GET /console/identity`.
pub(crate) async fn show(
    State(app): State<App>,
    person: SignedIn,
    Query(lists): Query<Lists>,
) -> Result<Response, PageError> {
    page_of(&app, &person, &lists, &html! {}).await
}

/// The page with a notice at its top.
///
/// # Errors
/// Returns [`PageError`] if the API refuses a request.
pub(super) async fn page(app: &App, person: &SignedIn, notice: &Markup) -> Result<Response, PageError> {
    page_of(app, person, &Lists::default(), notice).await
}

async fn page_of(app: &App, person: &SignedIn, lists: &Lists, notice: &Markup) -> Result<Response, PageError> {
    let list = |kind, cursor| with_query("/api/tokens", &[("kind", kind), ("cursor", cursor)]);
    let (api, console) = (list("api", &lists.tokens), list("console", &lists.sessions));
    let (tokens, sessions) =
        tokio::try_join!(person.api.get::<TokenList>(&api), person.api.get::<TokenList>(&console))?;
    let me = &*person.caller;
    let accounts = if me.account.role == Role::Admin {
        Some(person.api.get::<AccountList>("/internal/accounts").await?.data)
    } else {
        None
    };
    let (now, frame) = (app.clock.now(), person.frame());
    let can_sign = app.config.token_signing_key.is_some();
    let content = html! {
        h1 { (EN.identity) }
        (notice)
        section aria-labelledby="me" {
            h2 #me { (EN.me) }
            dl.facts {
                dt { (EN.account) } dd { (me.account.id) }
                dt { (EN.tenant) } dd { (me.tenant.id) }
                dt { (EN.role) } dd { (me.account.role.as_str()) }
                dt { (EN.scopes) } dd { (scopes(me.scopes.iter().map(|scope| scope.as_str()))) }
                dt { (EN.requests_per_minute) }
                dd { (me.tenant.limits.requests_per_minute) " / " (me.tenant.limits.tenant_requests_per_minute) }
                dt { (EN.users_per_request) } dd { (me.tenant.limits.users_per_request) }
            }
        }
        section aria-labelledby="tokens" {
            h2 #tokens { (EN.tokens) }
            @if tokens.data.is_empty() { p { (EN.no_tokens) } } @else {
                (token_table(&tokens.data, &frame.csrf_field(), now, can_sign))
                (next("tokens", &tokens.meta))
            }
        }
        section aria-labelledby="create" {
            h2 #create { (EN.create_token) }
            @if can_sign { (create_form(me, &frame.csrf_field())) } @else { p { (EN.signing_disabled) } }
        }
        section aria-labelledby="sessions" {
            h2 #sessions { (EN.sessions) }
            p { (EN.sessions_advice) }
            (token_table(&sessions.data, &frame.csrf_field(), now, false))
            (next("sessions", &sessions.meta))
        }
        @if let Some(accounts) = accounts {
            section aria-labelledby="accounts" {
                h2 #accounts { (EN.accounts) }
                p { (EN.accounts_advice) }
                (account_table(&accounts))
            }
            section aria-labelledby="invite" {
                h2 #invite { (EN.create_account) }
                (invite_form(&me.scopes, &frame.csrf_field()))
            }
        }
    };
    Ok(frame.page(Section::Identity, EN.identity, &content))
}

/// The link to the next page of a list.
fn next(list: &str, meta: &ListMeta) -> Markup {
    html! {
        @if let Some(cursor) = &meta.next_cursor {
            p { a.button href={ (with_query("/console/identity", &[(list, cursor)])) "#" (list) } { (EN.next_page) } }
        }
    }
}

fn create_form(me: &Caller, csrf: &Markup) -> Markup {
    html! {
        form.stack method="post" action="/console/tokens" {
            (csrf)
            label { (EN.name) input name="name" required maxlength="100" autocomplete="off"; }
            fieldset {
                legend { (EN.scopes) }
                @for scope in &me.scopes {
                    label.check { input type="checkbox" name="scope" value=(scope.as_str()); code { (scope.as_str()) } }
                }
            }
            label {
                (EN.lifetime)
                select name="days" {
                    @for days in LIFETIMES {
                        option value=(days) selected[days == 90] { (days) " " (EN.days) }
                    }
                }
            }
            button type="submit" { (EN.create_token) }
        }
    }
}
