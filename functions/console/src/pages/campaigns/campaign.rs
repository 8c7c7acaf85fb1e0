//! One campaign: its funnel, its days, its end and its revocation.

use crate::chart;
use crate::days_table::days_table;
use crate::form::Form;
use crate::funnel::{Counts, Funnel};
use crate::layout::Section;
use crate::notice::refusal;
use crate::page_error::PageError;
use crate::query::segment;
use crate::session::SignedIn;
use crate::texts::EN;
use axum::extract::Path;
use axum::response::{IntoResponse as _, Redirect, Response};
use http::Method;
use maud::{Markup, html};
use serde_json::json;

/// Pages of a funnel that are read, of up to 10,000 clicked links each.
const FUNNEL_PAGES: usize = 20;

/// `GET /console/campaigns/{campaign}`.
pub(crate) async fn show(person: SignedIn, Path(name): Path<String>) -> Result<Response, PageError> {
    page(&person, &name, &html! {}).await
}

/// `POST /console/campaigns/{campaign}/end`: changes when its links end.
pub(crate) async fn set_end(Path(name): Path<String>, form: Form) -> Result<Response, PageError> {
    let path = api_path(&name)?;
    let body = json!({"expires_at": form.field("expires_at")});
    match form.person.api.send(Method::PATCH, &path, Some(&body)).await {
        Ok(_) => Ok(Redirect::to(&format!("/console/campaigns/{name}")).into_response()),
        Err(error) => page(&form.person, &name, &refusal(&error.into_sentences()?)).await,
    }
}

/// `POST /console/campaigns/{campaign}/revoke`: revokes all links, if the name was typed.
pub(crate) async fn revoke(Path(name): Path<String>, form: Form) -> Result<Response, PageError> {
    if form.field("confirmation") != name {
        return page(&form.person, &name, &refusal(&[EN.not_confirmed.to_owned()])).await;
    }
    form.person.api.send(Method::DELETE, &api_path(&name)?, None).await?;
    Ok(Redirect::to(&format!("/console/campaigns/{name}")).into_response())
}

async fn page(person: &SignedIn, name: &str, notice: &Markup) -> Result<Response, PageError> {
    let name = segment(name).ok_or(PageError::NotFound)?;
    let funnel = Funnel::read(&person.api, name, FUNNEL_PAGES).await?;
    let csrf = person.frame().csrf_field();
    let content = html! {
        p { a href="/console/campaigns" { "← " (EN.campaigns) } }
        h1 { (EN.campaign) " " (name) }
        (notice)
        (totals(&funnel))
        section aria-labelledby="days" {
            h2 #days { (EN.by_day) }
            (chart::by_day(&funnel.by_day))
            (days_table(&funnel.by_day))
        }
        section aria-labelledby="files" {
            h2 #files { (EN.unopened) }
            p { (EN.unopened_advice) }
            p { a.button href={ "/console/campaigns/" (name) "/unopened" } { (EN.download) " CSV" } }
        }
        section aria-labelledby="end" {
            h2 #end { (EN.change_end) }
            form.row method="post" action={ "/console/campaigns/" (name) "/end" } {
                (csrf)
                label { (EN.ends) " (UTC)" input type="date" name="expires_at" required; }
                button type="submit" { (EN.change_end) }
            }
        }
        section aria-labelledby="revoke" {
            h2 #revoke { (EN.revoke_campaign) }
            p { (EN.revoke_advice) }
            form.row method="post" action={ "/console/campaigns/" (name) "/revoke" } {
                (csrf)
                label { (EN.type_name) " " code { (name) } input name="confirmation" required autocomplete="off"; }
                button.danger type="submit" { (EN.revoke_campaign) }
            }
        }
    };
    Ok(person.frame().page(Section::Campaigns, name, &content))
}

fn totals(funnel: &Funnel) -> Markup {
    let Counts { made, clicked, opened, conversed } = funnel.total;
    let share = |count: u64| (count * 100).checked_div(made).map_or(String::new(), |share| format!(" ({share} %)"));
    html! {
        dl.totals {
            div { dt { (EN.made) } dd { (made) } }
            div { dt { (EN.clicked) } dd { (clicked) (share(clicked)) } }
            div { dt { (EN.opened) } dd { (opened) (share(opened)) } }
            div { dt { (EN.conversed) } dd { (conversed) (share(conversed)) } }
        }
        @if !funnel.is_whole() { p.warning { (EN.counted_in_part) } }
    }
}

fn api_path(name: &str) -> Result<String, PageError> {
    Ok(format!("/public/api/campaigns/{}", segment(name).ok_or(PageError::NotFound)?))
}
