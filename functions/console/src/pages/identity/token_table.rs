//! Tokens as a table, with what can be done to each.

use crate::table::Column::Text;
use crate::table::table;
use crate::texts::EN;
use crate::time::{day, minute};
use chrono::{DateTime, TimeDelta, Utc};
use maud::{Markup, html};
use serde::Deserialize;

/// How long before its end a token has a warning.
const WARNING: TimeDelta = TimeDelta::days(14);

/// A token, as the API lists it.
#[derive(Deserialize)]
pub(super) struct Token {
    pub(super) id: String,
    pub(super) account: String,
    pub(super) name: String,
    pub(super) kind: Kind,
    pub(super) scopes: Vec<String>,
    pub(super) created_at: DateTime<Utc>,
    pub(super) expires_at: DateTime<Utc>,
    pub(super) revoked_at: Option<DateTime<Utc>>,
    pub(super) last_used_at: Option<DateTime<Utc>>,
}

#[derive(Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Kind {
    Api,
    Console,
}

/// Scopes, one beside the other.
pub(super) fn scopes<'a>(scopes: impl Iterator<Item = &'a str>) -> Markup {
    html! { @for scope in scopes { code { (scope) } " " } }
}

/// Tokens, each with its actions if it is live.
pub(super) fn token_table(tokens: &[Token], csrf: &Markup, now: DateTime<Utc>, can_rotate: bool) -> Markup {
    let columns = [
        Text(EN.name),
        Text(EN.account),
        Text(EN.scopes),
        Text(EN.created),
        Text(EN.last_used),
        Text(EN.expires),
        Text(EN.actions),
    ];
    html! {
        (table(&columns, &html! {
            @for token in tokens {
                tr {
                    th scope="row" { (token.name) br; small { (token.id) } }
                    td { (token.account) }
                    td { (scopes(token.scopes.iter().map(String::as_str))) }
                    td { (day(token.created_at)) }
                    td { @match token.last_used_at { Some(at) => (minute(at)), None => (EN.never) } }
                    td { (state(token, now)) }
                    td { (actions(token, csrf, now, can_rotate)) }
                }
            }
        }))
    }
}

/// When a token ends, with a warning if that is soon.
fn state(token: &Token, now: DateTime<Utc>) -> Markup {
    html! {
        @if token.revoked_at.is_some() { (EN.revoked) }
        @else if token.expires_at <= now { (EN.expired) }
        @else {
            (day(token.expires_at))
            @if token.kind == Kind::Api && token.expires_at - now < WARNING { br; strong.warning { (EN.expires_soon) } }
        }
    }
}

fn actions(token: &Token, csrf: &Markup, now: DateTime<Utc>, can_rotate: bool) -> Markup {
    let is_live = token.revoked_at.is_none() && token.expires_at > now;
    html! {
        @if is_live {
            @if can_rotate {
                form method="post" action={ "/console/tokens/" (token.id) "/rotate" } {
                    (csrf)
                    button type="submit" aria-label={ (EN.rotate) " " (token.name) } { (EN.rotate) }
                }
            }
            form method="post" action={ "/console/tokens/" (token.id) "/revoke" } {
                (csrf)
                button.danger type="submit" aria-label={ (EN.revoke) " " (token.name) } { (EN.revoke) }
            }
        }
    }
}
