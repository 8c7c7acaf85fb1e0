//! One person: everything that is kept about a user, as a page and as a file, and the erasure.

use crate::form::Form;
use crate::layout::Section;
use crate::notice::refusal;
use crate::page_error::PageError;
use crate::pages::conversations::turn::{shown, turns_of};
use crate::query::with_query;
use crate::session::SignedIn;
use crate::table::Column::{Number, Text};
use crate::table::table;
use crate::texts::EN;
use axum::extract::Query;
use axum::response::Response;
use http::{HeaderValue, Method, header};
use http_body_util::BodyExt as _;
use maud::{Markup, html};
use serde::Deserialize;
use serde_json::{Map, Value};

const EXPORT: &str = "/public/api/users/export";
const USERS: &str = "/public/api/users";

/// The query of the page.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Search {
    user_id: String,
    cursor: String,
}

/// The state of an erasure.
#[derive(Deserialize)]
struct Erasure {
    interactions: u64,
    links: u64,
    begun_at: String,
    completed_at: Option<String>,
    backups_until: Option<String>,
}

/// `GET /console/people`.
pub(crate) async fn show(person: SignedIn, Query(search): Query<Search>) -> Result<Response, PageError> {
    page(&person, &search, &html! {}).await
}

/// `GET /console/people/file`: the export as the API returns it.
pub(crate) async fn file(person: SignedIn, Query(search): Query<Search>) -> Result<Response, PageError> {
    let mut response = person.api.send(Method::GET, &search.export_path(), None).await?;
    let name = HeaderValue::from_static("attachment; filename=\"user.ndjson\"");
    response.headers_mut().insert(header::CONTENT_DISPOSITION, name);
    Ok(response)
}

/// `POST /console/people/erase`: erases a user, if the id was typed. Each request erases for some seconds; the page says
/// whether there is more to do.
pub(crate) async fn erase(form: Form) -> Result<Response, PageError> {
    let search = Search { user_id: form.exact("user_id").to_owned(), cursor: String::new() };
    if form.exact("confirmation") != search.user_id {
        return page(&form.person, &search, &refusal(&[EN.not_confirmed.to_owned()])).await;
    }
    let path = with_query(USERS, &[("user_id", &search.user_id)]);
    let notice = match form.person.api.delete::<Erasure>(&path).await {
        Ok(erasure) => receipt(&erasure, &search, &form.person.frame().csrf_field()),
        Err(error) => refusal(&error.into_sentences()?),
    };
    page(&form.person, &search, &notice).await
}

impl Search {
    fn export_path(&self) -> String {
        with_query(EXPORT, &[("user_id", &self.user_id), ("cursor", &self.cursor)])
    }
}

async fn page(person: &SignedIn, search: &Search, notice: &Markup) -> Result<Response, PageError> {
    let user = &search.user_id;
    let found = if user.is_empty() {
        html! {}
    } else {
        records(person, search).await?
    };
    let content = html! {
        h1 { (EN.people) }
        p { (EN.people_advice) }
        form.row method="get" action="/console/people" {
            label { (EN.user) input name="user_id" value=(user) required maxlength="384" autocomplete="off"; }
            button type="submit" { (EN.search) }
        }
        (notice)
        (found)
    };
    Ok(person.frame().page(Section::People, EN.people, &content))
}

/// What is kept about a user, a page of it.
async fn records(person: &SignedIn, search: &Search) -> Result<Markup, PageError> {
    let response = person.api.send(Method::GET, &search.export_path(), None).await?;
    let body = response.into_body().collect().await.map_err(PageError::unexpected)?.to_bytes();
    let written = body.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
    let mut records: Vec<Value> =
        written.map(serde_json::from_slice).collect::<Result<_, _>>().map_err(PageError::unexpected)?;
    let trailer = records.pop().ok_or_else(|| PageError::unexpected("an export without a trailer"))?;
    let next = trailer.pointer("/_meta/next_cursor").and_then(Value::as_str);
    let of = |kind: &str| records.iter().filter(|record| record["record"] == kind).cloned().collect::<Vec<_>>();
    let (attributes, links, turns) = (of("attribute"), of("link"), of("interaction"));
    let user = &search.user_id;
    Ok(html! {
        @if records.is_empty() { p { (EN.nothing_kept) } }
        @for erasure in of("erasure") { p.notice { (EN.erased) " " (shown(&erasure["begun_at"])) } }
        @if !records.is_empty() {
            p { a.button href=(with_query("/console/people/file", &[("user_id", user)])) { (EN.download) " NDJSON" } }
        }
        @if !attributes.is_empty() {
            section aria-labelledby="attributes" {
                h2 #attributes { (EN.attributes) }
                dl.facts { @for record in &attributes { dt { (shown(&record["name"])) } dd { (shown(&record["value"])) } } }
            }
        }
        @if !links.is_empty() { (links_table(&links)) }
        @if !turns.is_empty() {
            section aria-labelledby="conversation" {
                h2 #conversation { (EN.conversation) }
                (turns_of(&turns)?)
            }
        }
        @if let Some(cursor) = next {
            p { a.button href=(with_query("/console/people", &[("user_id", user), ("cursor", cursor)])) { (EN.next_page) } }
        }
        @if !records.is_empty() {
            section aria-labelledby="erase" {
                h2 #erase { (EN.erase) }
                p { (EN.erase_advice) }
                form.row method="post" action="/console/people/erase" {
                    (person.frame().csrf_field())
                    input type="hidden" name="user_id" value=(user);
                    label { (EN.type_name) " " code { (user) } input name="confirmation" required autocomplete="off"; }
                    button.danger type="submit" { (EN.erase) }
                }
            }
        }
    })
}

fn links_table(links: &[Value]) -> Markup {
    let columns =
        [Text(EN.campaign), Text(EN.attributes), Text(EN.created), Number(EN.clicked), Number(EN.uses), Text(EN.ends)];
    html! {
        section aria-labelledby="links" {
            h2 #links { (EN.links) }
            (table(&columns, &html! {
                @for link in links {
                    tr {
                        th scope="row" { (shown(&link["campaign"])) }
                        td { (attributes(link["attributes"].as_object())) }
                        td { (shown(&link["created_at"])) }
                        td.number { (link["clicks"]) }
                        td.number { (link["uses"]) }
                        td { (link["expires_at"].as_str().unwrap_or(EN.never)) }
                    }
                }
            }))
        }
    }
}

/// Names and values, one a line.
fn attributes(attributes: Option<&Map<String, Value>>) -> Markup {
    html! { dl.data { @for (name, value) in attributes.into_iter().flatten() { dt { (name) } dd { (shown(value)) } } } }
}

/// The receipt of an erasure, or a button that goes on with it.
fn receipt(erasure: &Erasure, search: &Search, csrf: &Markup) -> Markup {
    let Erasure { interactions, links, begun_at, completed_at, backups_until } = erasure;
    html! {
        section.notice role="status" {
            @match completed_at {
                Some(at) => p { (EN.erasure_complete) " " (at) },
                None => {
                    p { (EN.erasure_runs) }
                    form method="post" action="/console/people/erase" {
                        (csrf)
                        input type="hidden" name="user_id" value=(search.user_id);
                        input type="hidden" name="confirmation" value=(search.user_id);
                        button type="submit" { (EN.go_on) }
                    }
                }
            }
            dl.facts {
                dt { (EN.begun) } dd { (begun_at) }
                dt { (EN.interactions) } dd { (interactions) }
                dt { (EN.links) } dd { (links) }
                @if let Some(until) = backups_until { dt { (EN.backups_until) } dd { (until) } }
            }
        }
    }
}
