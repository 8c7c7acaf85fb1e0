//! The check of an uploaded table, before anything is made.

use crate::form::Upload;
use crate::layout::Section;
use crate::page_error::PageError;
use crate::pages::campaigns::new::page::page;
use crate::pages::campaigns::new::people::People;
use crate::pages::campaigns::new::terms::Terms;
use crate::texts::EN;
use axum::response::Response;
use maud::{Markup, html};
use recipients::USER_ID;
use serde_json::Value;
use shared::crypto::base64url;

/// Rows of the preview.
const PREVIEW: usize = 5;

/// `POST /console/new-campaign/check`: every problem of the table, or a preview of its first rows.
pub(crate) async fn check(Upload(form): Upload) -> Result<Response, PageError> {
    let (terms, file) = (Terms::of(&form), form.file("file"));
    let campaign = terms.campaign(file);
    let people = People::read(file);
    let members = campaign.clone().and_then(|campaign| terms.members(&campaign));
    let (people, campaign) = match (people, campaign, members) {
        (Ok(people), Ok(campaign), Ok(_)) => (people, campaign),
        (people, campaign, members) => {
            let of_terms = campaign.err().or(members.err());
            let problems: Vec<_> = of_terms.into_iter().chain(people.err().unwrap_or_default()).collect();
            return page(&form.person, &terms, &problems).await;
        }
    };
    let content = html! {
        p { a href="/console/new-campaign" { (EN.new_campaign) } }
        h1 { (EN.campaign) " " (campaign) }
        p { strong { (EN.people_in_file) " " (people.count()) } " " (EN.nothing_made_yet) }
        (warnings(&people))
        h2 { (EN.preview) }
        ol.preview { @for recipient in people.recipients.rows.iter().flatten().take(PREVIEW) { li { (shown(recipient)) } } }
        form.row method="post" action="/console/new-campaign" {
            (form.person.frame().csrf_field())
            (terms.hidden())
            input type="hidden" name="table" value=(base64url(file));
            button type="submit" { (EN.create_links) " (" (people.count()) ")" }
            a.button.quiet href="/console/new-campaign" { (EN.other_file) }
        }
    };
    Ok(form.person.frame().page(Section::Campaigns, EN.new_campaign, &content))
}

/// What the table has and the person may not expect.
fn warnings(people: &People) -> Markup {
    let blank = people.recipients.rows.iter().filter(|row| row.is_none()).count();
    html! {
        @if let Some(encoding) = people.sheet.guessed { p.warning { (EN.encoding_guessed) " " (encoding) "." } }
        @if people.recipients.user_column.is_none() {
            p.warning { (EN.no_user_column) @if !people.recipients.unused_ids.is_empty() { " " (EN.unused_ids) " " (people.recipients.unused_ids.join(", ")) "." } }
        }
        @if blank > 0 { p { (EN.blank_rows) " " (blank) } }
    }
}

/// A person as the webchat learns of them.
fn shown(recipient: &Value) -> Markup {
    let attributes = recipient["attributes"].as_object().into_iter().flatten();
    html! {
        dl.facts {
            dt { (EN.user) } dd { (recipient[USER_ID].as_str().unwrap_or(EN.generated_id)) }
            @for (name, value) in attributes { dt { (name) } dd { (value.as_str().unwrap_or_default()) } }
        }
    }
}
