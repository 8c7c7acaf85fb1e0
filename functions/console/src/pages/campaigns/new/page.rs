//! The page with the form of a new campaign.

use crate::layout::Section;
use crate::notice::refusal;
use crate::page_error::PageError;
use crate::pages::campaigns::new::fields::fields;
use crate::pages::campaigns::new::terms::Terms;
use crate::session::SignedIn;
use crate::texts::EN;
use axum::response::Response;
use maud::html;

/// `GET /console/new-campaign`.
pub(crate) async fn show(person: SignedIn) -> Result<Response, PageError> {
    page(&person, &Terms::default(), &[]).await
}

/// The page, with sentences that say what was wrong.
///
/// # Errors
/// Returns [`PageError`] if the API refuses a request.
pub(super) async fn page(person: &SignedIn, terms: &Terms, problems: &[String]) -> Result<Response, PageError> {
    let content = html! {
        p { a href="/console/campaigns" { (EN.campaigns) } }
        h1 { (EN.new_campaign) }
        @if !problems.is_empty() { (refusal(problems)) }
        p { (EN.new_campaign_advice) }
        (fields(person, terms).await?)
    };
    Ok(person.frame().page(Section::Campaigns, EN.new_campaign, &content))
}
